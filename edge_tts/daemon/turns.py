"""Whose turn it is in the event loop: everybody's in each round, one step at a time. Pure."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Protocol

TURN_SECONDS = 0.0005
"""After so long the loop looks what else has come: sound, workers, other clients. A request takes five turns or six."""


class Busy(Protocol):
    """Somebody with steps to do."""

    def step(self) -> bool:
        """Do one small thing; return whether there is more."""


class Turns:
    """Round robin over all who have something to do, in turns of the loop that end soon.

    Somebody whose step takes longer than a turn should then rests for as long, so that it never has more than half of
    the loop: others need several turns for one request.

    Args:
        soon: calls back after all that waits in the loop, as `call_soon` does.
        later: calls back after seconds, as `call_later` does.
        now: seconds of a clock.
    """

    def __init__(
        self,
        soon: Callable[[Callable[[], None]], object],
        later: Callable[[float, Callable[[], None]], object],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Wait for nobody."""
        self._soon, self._later, self._now = soon, later, now
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
        self._planned = False
        began = now = self._now()
        while self._waiting and now - began < TURN_SECONDS:
            one = next(iter(self._waiting))
            del self._waiting[one]
            more, before, now = one.step(), now, self._now()
            if more and now - before > TURN_SECONDS:
                self._later(now - before, partial(self.add, one))
            elif more:
                self._waiting.setdefault(one)
        self._plan()
