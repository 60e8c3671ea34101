"""Whose turn it is in the event loop: everybody's in each round, one step at a time. Pure."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

TURN_SECONDS = 0.002
"""After so long the loop looks what else has come: sound, workers, other clients."""


class Busy(Protocol):
    """Somebody with steps to do."""

    def step(self) -> bool:
        """Do one small thing; return whether there is more."""


class Turns:
    """Round robin over all who have something to do, in turns of the loop that end soon.

    Args:
        soon: calls back after all that waits in the loop, as `call_soon` does.
        now: seconds of a clock.
    """

    def __init__(self, soon: Callable[[Callable[[], None]], object], now: Callable[[], float] = time.monotonic) -> None:
        """Wait for nobody."""
        self._soon, self._now = soon, now
        self._waiting: dict[Busy, None] = {}
        self._planned = False

    def add(self, one: Busy) -> None:
        """Give somebody steps until it has no more; who waits already keeps its place."""
        self._waiting.setdefault(one)
        self._plan()

    def drop(self, one: Busy) -> None:
        """Give somebody no more steps."""
        self._waiting.pop(one, None)

    def _plan(self) -> None:
        if self._waiting and not self._planned:
            self._planned = True
            self._soon(self._turn)

    def _turn(self) -> None:
        self._planned, until = False, self._now() + TURN_SECONDS
        while self._waiting:
            one = next(iter(self._waiting))
            del self._waiting[one]
            if one.step():
                self._waiting.setdefault(one)
            if self._now() >= until:
                break
        self._plan()
