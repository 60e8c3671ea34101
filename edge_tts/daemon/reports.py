"""What the daemon tells of itself and its files on request; all that looks at files does so in threads."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from edge_tts import lexicon_file
from edge_tts.config.settings import Config
from edge_tts.daemon.background import BackgroundThread, Hung, SharedReport
from edge_tts.daemon.event_loop import EventLoop
from edge_tts.daemon.pool import Worker
from edge_tts.daemon.requests import Report
from edge_tts.daemon.speaking import Speaking
from edge_tts.daemon.voices import Voices as Installation
from edge_tts.disk.guard import Guard
from edge_tts.disk.report import report
from edge_tts.errors import EdgeTTSError, StoreError
from edge_tts.lexicon_file import LexiconFile
from edge_tts.store.installed import Installed
from edge_tts.system.memory import memory_of
from edge_tts.text.reading.user_lexicon import UserLexicon
from edge_tts.version import __version__
from edge_tts.wire import Disk, DiskReport, Lexicon, Message, Status, StatusReport, VoiceList, Voices
from edge_tts.wire.frames import Packed, failed

log = logging.getLogger(__name__)

_MEMORY_SECONDS = 1.0
"""For so long the memory of the workers counts as known: the kernel looks at all of their pages to tell it."""

_STATUS_SECONDS = 2.0
"""How long the status waits for a disk before it tells what was known before."""

Memory = dict[int, tuple[int, int]]
"""Bytes by process id: resident, and those of them that no file backs."""


Looked = tuple[list[Installed], Memory, int]
"""What files and the kernel say for the status: models, memory, bytes of disk that are used."""


class Reports:
    """Makes reports, each one for all who ask for it while another is made.

    Args:
        config: the whole configuration.
        loop: the event loop.
        voices: the installed ones.
        guard: knows what the disk holds.
        speaking: whose workers are told of.
        state: returns, in the loop, the part of the status that only the daemon knows.

    Attributes:
        threads: its threads.
    """

    def __init__(
        self,
        config: Config,
        loop: EventLoop,
        voices: Installation,
        guard: Guard,
        speaking: Speaking,
        state: Callable[[], dict[str, Any]],
    ) -> None:
        """Make none yet."""
        self._config, self._voices, self._guard, self._speaking, self._state = config, voices, guard, speaking, state
        self._measured, self._memory = 0.0, Memory()
        self._words = LexiconFile(config.paths.lexicon)
        self._listed: tuple[UserLexicon, Packed] | None = None
        self._looked: Looked = [], self._memory, 0
        most = config.limits.stalled_seconds
        looking = BackgroundThread("looking at the status", loop, min(_STATUS_SECONDS, most))
        listing = BackgroundThread("listing the voices", loop, most)
        measuring = BackgroundThread("looking at the disk", loop, most)
        self._changing = BackgroundThread("the lexicon", loop, most)
        self.threads = (looking, listing, measuring, self._changing)
        self._status, self._voice_list = SharedReport(looking, self._look), SharedReport(listing, self._list_voices)
        self._disk = SharedReport(measuring, self._look_at_disk)

    def make(self, request: Report, answer: Callable[[Message | Packed], None]) -> Future[Any]:
        """Answer a request, in the loop, when its report is made.

        Returns:
            What can be cancelled; who else waits for the same gets it.
        """
        match request:
            case Voices():
                return self._voice_list.ask(lambda made: answer(_outcome(request, made)))
            case Disk():
                return self._disk.ask(lambda made: answer(_outcome(request, made)))
            case Status():
                return self._status.ask(
                    lambda looked: answer(_outcome(request, self._or_before(looked), self._compose))
                )
        return self._changing.run(lambda: self._lexicon(request), lambda made: answer(_outcome(request, made)))

    def _list_voices(self) -> Packed:
        return Packed(VoiceList(voices=self._voices.describe()))

    def _look_at_disk(self) -> Packed:
        try:
            return Packed(DiskReport(disk=report(self._config, self._guard.accounts, time.time())))
        except OSError as error:
            raise StoreError(f"the disk cannot be looked at: {error}") from error

    def _lexicon(self, request: Lexicon) -> Packed:
        """Show or change the user's own words; the workers notice the new file."""
        if request.action != "list":
            return Packed(lexicon_file.perform(self._config.paths.lexicon, request, wait=False))
        words = self._words.current()
        if self._listed is None or self._listed[0] is not words:
            self._listed = words, Packed(lexicon_file.listing(self._config.paths.lexicon, words))
        return self._listed[1]

    # the status: what files and the kernel say is looked at in the thread, then composed in the loop

    def _look(self) -> Looked:
        pids = {worker.pid for worker in self._speaking.workers}
        if time.monotonic() >= self._measured + _MEMORY_SECONDS or not pids <= self._memory.keys():
            self._memory = {worker.pid: worker.memory() for worker in self._speaking.workers}
            self._measured = time.monotonic()
        self._looked = self._voices.models(), self._memory, self._guard.used_bytes
        return self._looked

    def _or_before(self, looked: Future[Looked]) -> Future[Looked]:
        """Return what was seen, or was before a disk hung: the status has to say that it does."""
        if not isinstance(looked.exception(), Hung):
            return looked
        before: Future[Looked] = Future()
        before.set_result(self._looked)
        return before

    def _compose(self, looked: Looked) -> StatusReport:
        """Describe the daemon; see wire.StatusReport."""
        models, memory, used_bytes = looked
        workers = {worker.model.name: worker for worker in self._speaking.workers}
        queue = self._speaking.queue
        speaking = queue.audible is not None
        state, own = self._state(), memory_of(os.getpid())
        status = {
            "version": __version__,
            "pid": os.getpid(),
            "uptime_seconds": state["uptime_seconds"],
            "memory": own.own_bytes + own.mapped_bytes,
            "private_memory": own.own_bytes,
            "socket": state["socket"],
            "models": [_row(model, workers.get(model.name), memory) for model in models],
            "queue": {"waiting": len(queue) - speaking, "speaking": int(speaking)},
            "connections": state["connections"],
            "disk": {"used_bytes": used_bytes, "budget_bytes": self._config.disk.budget_bytes},
            "cache": self._speaking.caching.status(),
            "hung": state["hung"],
        }
        return StatusReport(status=status)


def _row(model: Installed, worker: Worker | None, memory: Memory) -> dict[str, Any]:
    """Return what is told of an installed model; one that is not loaded has no process and takes no memory."""
    resident, private = memory.get(worker.pid, (0, 0)) if worker else (0, 0)
    return {
        "name": model.name,
        "version": model.manifest.version,
        "state": worker.state if worker else "unloaded",
        "pid": worker.pid if worker else None,
        "memory": resident,
        "private_memory": private,
        "device": worker.loaded.device if worker else "",
        "way": worker.loaded.way if worker else "",
        "note": worker.loaded.note if worker else "",
    }


def _outcome(request: Report, made: Future[Any], compose: Callable[[Any], Message] | None = None) -> Message | Packed:
    """Return the last reply to a request; what went wrong in a thread is one too."""
    try:
        result = made.result()
        return compose(result).changed(id=request.id) if compose else result
    except EdgeTTSError as error:
        return failed(request.id, error)
    except Exception:  # a fault of ours must not leave the request unanswered
        log.exception("%s failed", request.type)
        return failed(request.id, EdgeTTSError("internal error, see the daemon's log"))
