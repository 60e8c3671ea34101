"""Work that may wait for a disk, in threads beside the event loop; nobody waits for one that hangs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

from edge_tts.daemon.event_loop import EventLoop, from_thread
from edge_tts.errors import StoreError
from edge_tts.system.busy import Busy

log = logging.getLogger(__name__)

T = TypeVar("T")


_MOST_REST_SECONDS = 0.5
_LEAST_NAP_SECONDS = 0.01


class Hung(StoreError):
    """A disk does not answer."""


class BackgroundThread:
    """A thread that does one thing after another. It ends with the process, whatever hangs in it.

    After each it rests for as long as that took: the loop needs the interpreter too, and somebody may always have more.
    When one takes too long, it and all that wait fail; what comes later fails at once, until it has come back.

    Args:
        name: of what it is at, for people.
        loop: the event loop.
        seconds: how long one thing may take.
    """

    def __init__(self, name: str, loop: EventLoop, seconds: float) -> None:
        """Start with nothing to do."""
        self.busy = Busy(name, seconds)
        self._loop = loop
        self._waiting: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._asking: dict[Future[Any], Callable[[Future[Any]], None]] = {}
        self._timer: Any = None
        threading.Thread(target=self._run, name=name, daemon=True).start()

    @property
    def waiting(self) -> int:
        """How many things are not done yet that somebody waits for."""
        return len(self._asking)

    def run(
        self,
        work: Callable[[], T],
        then: Callable[[Future[T]], None],
        discard: Callable[[T], None] = lambda result: None,
    ) -> Future[T]:
        """Have something done.

        Args:
            work: is called in the thread.
            then: is called in the loop with what came of it, an error perhaps, which is `Hung` where it came too late;
                not if it was cancelled before it began.
            discard: is called in the thread with what came too late.

        Returns:
            What can be cancelled, as long as it has not begun.
        """
        future: Future[T] = Future()
        self._asking[future] = then
        if self.busy.hangs:
            self._loop.call_soon(self._fail, future)
            return future
        told, kept = from_thread(self._loop, self._tell), [work]

        def forget(ended: Future[T]) -> None:
            if ended.cancelled():  # in the loop; what it was about may be large, and its turn far away
                kept.clear()
                self._asking.pop(future, None)

        def make() -> None:
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(kept.pop()())
                except Exception as error:  # belongs to who asked
                    future.set_exception(error)
            told(future, discard)

        del work
        future.add_done_callback(forget)
        self._waiting.put(make)
        if self._timer is None:
            self._timer = self._loop.call_later(self.busy.most_seconds, self._look)
        return future

    def answer(self, result: T, then: Callable[[Future[T]], None]) -> None:
        """Have `then` called as `run` does, with what is known already."""
        done: Future[T] = Future()
        done.set_result(result)
        self._loop.call_soon(then, done)

    def later(self, work: Callable[[], None]) -> None:
        """Have something done after all that waits, however long that takes; nobody is told."""
        self._waiting.put(work)

    def _tell(self, future: Future[T], discard: Callable[[T], None]) -> None:
        then = self._asking.pop(future, None)
        if future.cancelled():
            return
        if then is not None:
            then(future)
        elif future.exception() is None:
            self.later(lambda: discard(future.result()))

    def _look(self) -> None:
        """Fail all that wait if the thread hangs; look again as long as somebody waits."""
        self._timer = None
        if self.busy.hangs:
            log.error("%s", self._hung())
            for future in list(self._asking):
                self._fail(future)
        elif self._asking:
            left = max(_LEAST_NAP_SECONDS, self.busy.most_seconds - self.busy.seconds)
            self._timer = self._loop.call_later(left, self._look)

    def _fail(self, future: Future[Any]) -> None:
        then = self._asking.pop(future, None)
        if then is not None and not future.cancelled():
            future.cancel()
            late: Future[Any] = Future()
            late.set_exception(self._hung())
            then(late)

    def _hung(self) -> Hung:
        name, seconds = self.busy.name, self.busy.most_seconds
        return Hung(f"{name}: the disk has not answered for more than {seconds:g} s", retry_after=seconds)

    def _run(self) -> None:
        while True:
            make = self._waiting.get()
            self.busy.begin()
            try:
                make()
            except Exception:  # of what nobody waits for
                log.exception("%s failed", self.busy.name)
            del make  # what it holds is not needed while nothing waits
            took = self.busy.end()
            if took >= self.busy.most_seconds:
                log.warning("%s: the disk answers again, after %.1f s", self.busy.name, took)
            time.sleep(min(took, _MOST_REST_SECONDS))


class SharedReport(Generic[T]):
    """A report that is made once for all who asked before it was begun, however many they are.

    Args:
        thread: the thread that makes it.
        make: is called there.
    """

    def __init__(self, thread: BackgroundThread, make: Callable[[], T]) -> None:
        """Make none yet."""
        self._thread, self._make = thread, make
        self._asking: dict[Future[T], Callable[[Future[T]], None]] = {}
        self._told: dict[Future[T], Callable[[Future[T]], None]] = {}  # when the one that is made now is there
        self._busy = False

    def ask(self, then: Callable[[Future[T]], None]) -> Future[T]:
        """Have `then` called in the loop with a report of a moment after now, or an error.

        Returns:
            What can be cancelled: then nothing is called, or held.
        """
        asked: Future[T] = Future()
        self._asking[asked] = then
        asked.add_done_callback(self._withdraw)
        if not self._busy:
            self._begin()
        return asked

    def _withdraw(self, asked: Future[T]) -> None:
        self._asking.pop(asked, None)
        self._told.pop(asked, None)

    def _begin(self) -> None:
        self._told, self._asking, self._busy = self._asking, {}, True

        def made(future: Future[T]) -> None:
            told, self._told, self._busy = list(self._told.values()), {}, False
            if self._asking:
                self._begin()
            for then in told:
                then(future)

        self._thread.run(self._make, made)
