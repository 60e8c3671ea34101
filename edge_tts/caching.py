"""Which utterances come from the cache and which go to it. Looking up is done at once, writing by a thread."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from edge_tts import cache_key, jobs
from edge_tts.cache import Cache
from edge_tts.config import Config
from edge_tts.engines import ModelFiles
from edge_tts.errors import BudgetExceeded, DiskFull, EdgeTTSError, RequestError, StoreError
from edge_tts.lexicon_file import LexiconFile
from edge_tts.messages import Speak
from edge_tts.recording_file import Kept

log = logging.getLogger(__name__)

_WAITING = 16
"""Most recordings that wait for a slow disk; what comes then is not kept."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was found for a request, before its utterance is taken in.

    Attributes:
        speak: what was asked, with the voice's full name.
        model: that speaks.
        key: of its audio in the cache, "" if it has nothing to do with it.
        edition: of the front end, that the key depends on.
        kept: its audio in the cache.
    """

    speak: Speak
    model: ModelFiles
    key: str
    edition: str
    kept: Kept | None

    def close(self) -> None:
        """Let go of what is kept: it is not spoken."""
        if self.kept:
            self.kept.close()


class Caching:
    """The audio cache as the daemon uses it.

    Args:
        config: where the cache and the user's own words are, and the share.
        report: called from a thread when something was kept or not: number of the utterance, and why not or None.

    Attributes:
        changes: how many were begun so far.
    """

    def __init__(self, config: Config, report: Callable[[int, EdgeTTSError | None], None]) -> None:
        """Bring the cache inside its share, in the background."""
        self._cache = Cache(config)
        self._words = LexiconFile(config.paths.lexicon)
        self._report = report
        self._waiting: queue.Queue[Callable[[], None] | None] = queue.Queue(_WAITING)
        self._hits = self._misses = 0
        self.changes = 0
        self._waiting.put(self._cache.trim)
        threading.Thread(target=self._work, name="audio cache", daemon=True).start()

    def prepare(self, speak: Speak, model: ModelFiles, voice: str) -> Prepared:
        """Find what is kept of the audio for a request; looks at files, so it is called in a thread.

        Raises:
            RequestError: output none must not use the cache.
        """
        speak, edition = speak.changed(voice=voice), self.edition()
        key = self.key(speak, model, edition)
        return Prepared(speak, model, key, edition, self.find(key))

    def edition(self) -> str:
        """Return the edition of the front end as it would read a text now, see cache_key.py."""
        return cache_key.edition(self._words.digest())

    def program(self) -> str:
        """Return the edition without the user's own words, "" if the installation is damaged: requests say so."""
        try:
            return cache_key.edition("")
        except StoreError:
            return ""

    def key(self, speak: Speak, model: ModelFiles, edition: str) -> str:
        """Return the key of what is asked for, "" if it may neither come from the cache nor go there.

        Raises:
            RequestError: it is to go to the cache only, and must not.
        """
        if speak.cache and self._cache.share_bytes:
            return cache_key.key(speak, model, edition)
        if speak.plays or speak.returns:
            return ""
        reason = "the share disk.audio_bytes is 0" if speak.cache else "cache is false"
        raise RequestError(f"output none only fills the cache, but {reason}")

    def find(self, key: str) -> Kept | None:
        """Return what is kept under a key, None if there is nothing; from the one thread that looks things up."""
        found = self._cache.find(key) if key else None
        self._hits += found is not None
        self._misses += found is None and key != ""
        return found

    def pin(self, key: str, number: int) -> None:
        """Have what is kept under a key pinned; a report follows."""
        self._later(number, lambda: self._cache.pin(key, pinned=True))

    def keep(self, recorded: jobs.Recorded) -> None:
        """Keep what a worker has recorded; a report follows."""
        if recorded.problem:
            self._report(recorded.id, RequestError(recorded.problem))
        else:
            self._later(recorded.id, lambda: self._cache.keep(recorded.key, recorded.body, pin=recorded.pin))

    def status(self) -> dict[str, Any]:
        """Describe it; see messages.StatusReport."""
        return {
            "used_bytes": self._cache.used_bytes,
            "share_bytes": self._cache.share_bytes,
            "hits": self._hits,
            "misses": self._misses,
        }

    def close(self) -> None:
        """End the thread after what it is at."""
        try:
            self._waiting.put_nowait(None)
        except queue.Full:  # it ends with the process
            pass

    def _later(self, number: int, change: Callable[[], None]) -> None:
        def make() -> None:
            try:
                change()
            except EdgeTTSError as error:
                _tell(error)
                self._report(number, error)
            else:
                self._report(number, None)

        try:
            self._waiting.put_nowait(make)
        except queue.Full:
            self._report(number, StoreError("the disk is too slow to keep so much audio"))

    def _work(self) -> None:
        while change := self._waiting.get():
            self.changes += 1
            try:
                change()
            except Exception:  # what is not kept is made again
                log.exception("the audio cache failed")


def _tell(error: EdgeTTSError) -> None:
    level = logging.INFO if isinstance(error, BudgetExceeded | DiskFull) else logging.WARNING
    log.log(level, "audio is not kept: %s", error)
