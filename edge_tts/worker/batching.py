"""When a worker's audio goes to the daemon: at once while it is needed, several pieces together when it is not.

What it takes to encode a piece, and to wake daemon and client for it on the cores of the engine, hardly depends on how
long it is.
"""

from __future__ import annotations

from dataclasses import dataclass

QUICK_SECONDS = 0.05
"""Longest time from one piece to the next at which the later one may wait."""

IN_HAND_SECONDS = 1.0
"""Least audio that the listener must have in hand, besides what waits, so that a piece may wait."""

WAITING_SECONDS = 4.0
"""Most audio that waits; then all of it is sent."""


@dataclass(slots=True)
class Pace:
    """How fast the audio of an utterance is made, and how much of it waits.

    Attributes:
        began: time at which the first piece was ready, seconds of the monotonic clock; None before.
        latest: time at which the latest piece was ready, likewise.
        sent: seconds of audio that were sent.
        waiting: seconds of audio that wait to be sent.
    """

    began: float | None = None
    latest: float = 0.0
    sent: float = 0.0
    waiting: float = 0.0

    def waits(self, seconds: float, now: float) -> bool:
        """Note a piece of audio and return whether it waits; if not, everything that waits is to be sent.

        Args:
            seconds: length of the piece.
            now: time at which it is ready, seconds of the monotonic clock.
        """
        if self.began is None:
            self.began = now
        quick = now - self.latest < QUICK_SECONDS
        in_hand = self.sent - (now - self.began)
        self.latest = now
        self.waiting += seconds
        if quick and in_hand > IN_HAND_SECONDS and self.waiting < WAITING_SECONDS:
            return True
        self.go()
        return False

    def go(self) -> None:
        """Note that what waits is sent."""
        self.sent += self.waiting
        self.waiting = 0.0
