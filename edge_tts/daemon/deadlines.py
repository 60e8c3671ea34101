"""How long a worker may take for what it is at, and how long it stays without work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edge_tts.config.settings import Engines
from edge_tts.daemon.event_loop import EventLoop
from edge_tts.daemon.pool import Worker
from edge_tts.errors import EngineTimeout


class Deadlines:
    """A timer for each worker.

    Args:
        loop: the event loop.
        limits: the times.
        late: called with a worker that did not answer in time.
        idle: called with a worker that had nothing to do for long.
    """

    def __init__(
        self,
        loop: EventLoop,
        limits: Engines,
        late: Callable[[Worker, EngineTimeout], None],
        idle: Callable[[Worker], None],
    ) -> None:
        """Wait for nobody."""
        self._loop, self._limits, self._late, self._idle = loop, limits, late, idle
        self._timers: dict[Worker, Any] = {}

    def load(self, worker: Worker) -> None:
        """Give a worker time to load; nothing happens if it has some already."""
        if worker not in self._timers:
            self._expect(worker, self._limits.load_seconds, "loading")

    def sentence(self, worker: Worker) -> None:
        """Give a worker time for a sentence."""
        self._expect(worker, self._limits.sentence_seconds, "a sentence")

    def rest(self, worker: Worker) -> None:
        """Let a worker wait for work."""
        self.forget(worker)
        if self._limits.idle_seconds:
            self._timers[worker] = self._loop.call_later(self._limits.idle_seconds, self._idle, worker)

    def forget(self, worker: Worker) -> None:
        """Wait no longer for a worker."""
        if timer := self._timers.pop(worker, None):
            timer.cancel()

    def close(self) -> None:
        """Wait for nobody any more."""
        for worker in list(self._timers):
            self.forget(worker)

    def _expect(self, worker: Worker, seconds: float, what: str) -> None:
        self.forget(worker)
        error = EngineTimeout(f"{worker.model.name} took more than {seconds:g} s for {what} and was killed")
        self._timers[worker] = self._loop.call_later(seconds, self._late, worker, error)
