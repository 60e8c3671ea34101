"""What the daemon's parts need of its event loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class EventLoop(Protocol):
    """An event loop."""

    def time(self) -> float:
        """Return the time in seconds, of a clock that never goes back."""

    def call_later(self, delay: float, callback: Callable[..., Any], *args: Any) -> Any:
        """Call back after a delay in seconds; the result can be cancelled."""

    def call_soon(self, callback: Callable[..., Any], *args: Any) -> Any:
        """Call back after all that waits already."""

    def add_reader(self, fd: int, callback: Callable[..., Any], *args: Any) -> None:
        """Call back whenever a descriptor can be read."""

    def remove_reader(self, fd: int) -> bool:
        """Call back no more; return whether it did."""

    def call_soon_threadsafe(self, callback: Callable[..., Any], *args: Any) -> Any:
        """Call back in the loop's thread, from any thread."""


def from_thread(loop: EventLoop, callback: Callable[..., None]) -> Callable[..., None]:
    """Return a function for other threads that has `callback` called in the loop's."""

    def forward(*values: Any) -> None:
        try:
            loop.call_soon_threadsafe(callback, *values)
        except RuntimeError:  # the loop has closed: nobody is left to hear it
            pass

    return forward
