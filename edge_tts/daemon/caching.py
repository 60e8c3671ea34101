"""Which utterances come from the cache and which go to it; what looks at its disk does so in threads."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from edge_tts.audio_cache import key as cache_key
from edge_tts.audio_cache.cache import Cache
from edge_tts.config.settings import Config
from edge_tts.daemon.background import BackgroundThread, Hung
from edge_tts.daemon.event_loop import EventLoop
from edge_tts.daemon.sources import FromCache
from edge_tts.engines.model import ModelFiles
from edge_tts.errors import BudgetExceeded, DiskFull, EdgeTTSError, RequestError, StoreError
from edge_tts.lexicon_file import LexiconFile
from edge_tts.wire import Speak, worker_messages

log = logging.getLogger(__name__)

_WAITING = 16
"""Most recordings that wait for a slow disk; what comes then is not kept."""

_LOOK_SECONDS = 2.0
"""How long an utterance waits for the cache's disk before it is made anew."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was found for a request, before its utterance is taken in.

    Attributes:
        speak: what was asked, with the voice's full name.
        model: that speaks.
        key: cache key of its audio, "" when it bypasses the cache.
        edition: of the front end, that the key depends on.
        recording: its audio in the cache, None where there is none.
    """

    speak: Speak
    model: ModelFiles
    key: str
    edition: str
    recording: FromCache | None

    def close(self) -> None:
        """Let go of the recording: it is not spoken."""
        if self.recording:
            self.recording.close()


class Caching:
    """The audio cache as the daemon uses it.

    Args:
        config: where the cache and the user's own words are, and the share.
        loop: the event loop.
        report: called in the loop when something was kept or not: number of the utterance, and why not or None.

    Attributes:
        changes: how many came to an end so far.
        threads: its threads.
    """

    def __init__(self, config: Config, loop: EventLoop, report: Callable[[int, EdgeTTSError | None], None]) -> None:
        """Bring the cache inside its share, in the background."""
        self._cache = Cache(config)
        self._words = LexiconFile(config.paths.lexicon)
        self._report = report
        self._hits = self._misses = 0
        self.changes = 0
        most = config.limits.stalled_seconds
        self._looking = BackgroundThread("looking for cached audio", loop, min(_LOOK_SECONDS, most))
        self._reading = BackgroundThread(
            "reading cached audio", loop, most / 2
        )  # before what waits for it is ended as stalled
        self._writing = BackgroundThread("keeping audio", loop, most)
        self.threads = (self._looking, self._reading, self._writing)
        self._writing.later(self._cache.trim)

    def prepare(self, speak: Speak, model: ModelFiles, then: Callable[[Future[Prepared]], None]) -> None:
        """Find what is kept of the audio for a request; `then` gets it, in the loop.

        Where the disk does not answer in time, nothing comes from the cache, nor goes there.
        """

        def looked(found: Future[Prepared]) -> None:
            if isinstance(found.exception(), Hung) and (speak.plays or speak.returns):
                found = Future()
                found.set_result(Prepared(speak, model, "", "", None))
            then(found)

        self._looking.run(lambda: self._look_up(speak, model), looked, Prepared.close)

    def _look_up(self, speak: Speak, model: ModelFiles) -> Prepared:
        edition = self.edition()
        key = self.key(speak, model, edition)
        return Prepared(speak, model, key, edition, self.find(key, speak))

    def edition(self) -> str:
        """Return the edition of the front end as it would read a text now, see audio_cache/key.py."""
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

    def find(self, key: str, speak: Speak) -> FromCache | None:
        """Return what is kept under a key, None if there is nothing; from the one thread that looks things up."""
        found = self._read(key, speak) if key else None
        self._hits += found is not None
        self._misses += found is None and key != ""
        return found

    def _read(self, key: str, speak: Speak) -> FromCache | None:
        recording = self._cache.find(key)
        if recording is None:
            return None
        try:
            return FromCache(recording, speak, self._reading)
        except StoreError as error:  # it is made again
            recording.close()
            _tell(error)
            return None

    def pin(self, key: str, number: int) -> None:
        """Have what is kept under a key pinned; a report follows."""
        self._later(number, lambda: self._cache.pin(key, pinned=True))

    def keep(self, recorded: worker_messages.Recorded) -> None:
        """Keep what a worker has recorded; a report follows."""
        if recorded.problem:
            self._report(recorded.id, RequestError(recorded.problem))
        else:
            self._later(recorded.id, lambda: self._cache.keep(recorded.key, recorded.body, pin=recorded.pin))

    def status(self) -> dict[str, Any]:
        """Describe it; see wire.StatusReport."""
        return {
            "used_bytes": self._cache.used_bytes,
            "share_bytes": self._cache.share_bytes,
            "hits": self._hits,
            "misses": self._misses,
        }

    def _later(self, number: int, change: Callable[[], None]) -> None:
        if self._writing.waiting >= _WAITING:
            self._report(number, StoreError("the disk is too slow to keep so much audio"))
        else:
            self._writing.run(change, lambda made: self._ended(number, made))

    def _ended(self, number: int, made: Future[None]) -> None:
        self.changes += 1
        error = made.exception()
        if isinstance(error, EdgeTTSError):
            _tell(error)
        elif error is not None:  # what is not kept is made again
            log.error("the audio cache failed", exc_info=error)
            error = StoreError(f"the audio cannot be kept: {type(error).__name__}")
        self._report(number, error)


def _tell(error: EdgeTTSError) -> None:
    level = logging.INFO if isinstance(error, BudgetExceeded | DiskFull) else logging.WARNING
    log.log(level, "the audio cache cannot help: %s", error)
