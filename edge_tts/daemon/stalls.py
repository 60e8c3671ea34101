"""What ends an utterance that nothing happens to any more: the net below all time-outs of workers, clients, devices."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any, Generic, TypeVar

from edge_tts.daemon.event_loop import EventLoop

U = TypeVar("U", bound=Hashable)

_LOOKS = 4  # within the time that something may stand still


class Stalls(Generic[U]):
    """Looks at what must go on, again and again as long as there is any.

    Args:
        loop: the event loop.
        seconds: how long something may stand still.
        signs: returns what must go on, and for each what changes as it does.
        stalled: called with what stood still for so long; it must go on or be gone afterwards.
    """

    def __init__(
        self, loop: EventLoop, seconds: float, signs: Callable[[], Mapping[U, object]], stalled: Callable[[U], None]
    ) -> None:
        """Look at nothing yet."""
        self._loop, self._seconds, self._signs, self._stalled = loop, seconds, signs, stalled
        self._since: dict[U, tuple[object, float]] = {}
        self._timer: Any = None

    def watch(self) -> None:
        """Begin to look if there is something to look at; costs next to nothing when called again."""
        if self._timer is None and (signs := self._signs()):
            self._note(signs)
            self._timer = self._loop.call_later(self._seconds / _LOOKS, self._look)

    def close(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        self._note(self._signs())
        now = self._loop.time()
        for one in [one for one, (_, since) in self._since.items() if now - since >= self._seconds]:
            del self._since[one]
            self._stalled(one)
        self.watch()

    def _note(self, signs: Mapping[U, object]) -> None:
        now = self._loop.time()
        before = self._since
        self._since = {
            one: before[one] if one in before and before[one][0] == sign else (sign, now) for one, sign in signs.items()
        }
