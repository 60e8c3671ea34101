"""Work that may wait for a disk, in threads beside the event loop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Generic, TypeVar

from edge_tts.clock import Clock, from_thread

T = TypeVar("T")


_MOST_REST_SECONDS = 0.5


class Errands:
    """A thread that does one thing after another. It ends with the process, whatever hangs in it.

    After each it rests for as long as that took: the loop needs the interpreter too, and somebody may always have more.

    Args:
        name: of the thread, for people.
        clock: the event loop.
    """

    def __init__(self, name: str, clock: Clock) -> None:
        """Start with nothing to do."""
        self._clock = clock
        self._waiting: SimpleQueue[Callable[[], None]] = SimpleQueue()
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def run(self, work: Callable[[], T], then: Callable[[Future[T]], None]) -> Future[T]:
        """Have something done.

        Args:
            work: is called in the thread.
            then: is called in the loop with what came of it, an error perhaps; not if it was cancelled before it began.

        Returns:
            What can be cancelled, as long as it has not begun.
        """
        future: Future[T] = Future()
        told = from_thread(self._clock, then)

        def make() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(work())
            except Exception as error:  # belongs to who asked
                future.set_exception(error)
            told(future)

        self._waiting.put(make)
        return future

    def _run(self) -> None:
        while True:
            make = self._waiting.get()
            began = time.monotonic()
            make()
            del make  # what it holds is not needed while nothing waits
            time.sleep(min(time.monotonic() - began, _MOST_REST_SECONDS))


class Shared(Generic[T]):
    """A report that is made once for all who asked before it was begun, however many they are.

    Args:
        errands: the thread that makes it.
        make: is called there.
    """

    def __init__(self, errands: Errands, make: Callable[[], T]) -> None:
        """Make none yet."""
        self._errands, self._make = errands, make
        self._asking: list[Callable[[Future[T]], None]] = []
        self._busy = False

    def ask(self, then: Callable[[Future[T]], None]) -> None:
        """Have `then` called in the loop with a report of a moment after now, or an error."""
        self._asking.append(then)
        if not self._busy:
            self._begin()

    def _begin(self) -> None:
        asking, self._asking, self._busy = self._asking, [], True

        def made(future: Future[T]) -> None:
            self._busy = False
            if self._asking:
                self._begin()
            for then in asking:
                then(future)

        self._errands.run(self._make, made)
