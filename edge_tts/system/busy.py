"""How long a thread has been at one thing: others ask, because one that waits for a disk cannot tell."""

from __future__ import annotations

import time


class Busy:
    """What a thread is at, as others see it.

    Args:
        name: of what it is at, for people.
        most_seconds: how long one thing may take.
    """

    def __init__(self, name: str, most_seconds: float) -> None:
        """Be at nothing."""
        self.name = name
        self.most_seconds = most_seconds
        self._began: float | None = None

    def begin(self) -> None:
        """Be at something from now on."""
        self._began = time.monotonic()

    def end(self) -> float:
        """Be at nothing again; return how many seconds it took."""
        took, self._began = self.seconds, None
        return took

    @property
    def seconds(self) -> float:
        """How long it has been at it, 0 if it is at nothing."""
        began = self._began
        return time.monotonic() - began if began is not None else 0.0

    @property
    def hangs(self) -> bool:
        """Whether it takes longer than it may."""
        return self.seconds >= self.most_seconds
