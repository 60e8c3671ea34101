"""How a synthesis that runs in one thread is stopped from another."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from edge_tts.errors import Interrupted


@dataclass(slots=True)
class CancelToken:
    """Tells a synthesis that runs in one thread to stop, from another."""

    _event: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _action: Callable[[], None] | None = None

    def cancel(self) -> None:
        """Ask the synthesis to stop; returns at once."""
        with self._lock:
            self._event.set()
            if self._action is not None:
                self._action()

    def check(self) -> None:
        """Raise Interrupted when the synthesis was asked to stop."""
        if self._event.is_set():
            raise Interrupted("the utterance was stopped")

    @contextmanager
    def calling(self, action: Callable[[], None]) -> Iterator[None]:
        """Have `cancel` call `action` while the block runs, for native code that cannot look at the token."""
        with self._lock:
            self.check()
            self._action = action
        try:
            yield
        finally:
            with self._lock:
                self._action = None
