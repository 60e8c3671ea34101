"""When a worker's audio goes to the daemon: at once while it is needed, several pieces together when it is not.

What it takes to encode a piece, and to wake daemon and client for it on the cores of the engine, hardly depends on how
long it is.
"""

from __future__ import annotations

from dataclasses import dataclass

QUICK_SECONDS = 0.05
"""A piece waits for the next one only if it came so soon after the one before it."""

IN_HAND_SECONDS = 1.0
"""A piece waits only while a listener has so much to hear besides what waits."""

WAITING_SECONDS = 4.0
"""Pieces that wait go when they are so long."""


@dataclass(slots=True)
class Pace:
    """How fast the audio of an utterance is made, and how much of it waits.

    Attributes:
        began: when the first piece was ready, seconds of the monotonic clock; None before.
        latest: when the latest one was.
        sent: seconds of audio that went.
        waiting: seconds of audio that wait.
    """

    began: float | None = None
    latest: float = 0.0
    sent: float = 0.0
    waiting: float = 0.0

    def waits(self, seconds: float, now: float) -> bool:
        """Note a piece of audio, its length and when it is ready; return whether it waits; else all go that do."""
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
        """Note that what waits goes."""
        self.sent += self.waiting
        self.waiting = 0.0
