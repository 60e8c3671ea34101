"""Cuts a stream of frames into windows with as much context as a network looks back and ahead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Window:
    """Frames to run a network on.

    Attributes:
        frames: with context, shape (n, width).
        begin: the first frame in it whose output is wanted.
        end: one after the last.
    """

    frames: NDArray[np.float32]
    begin: int
    end: int


class Windows:
    """A buffer of frames between two networks.

    There is no context before the first frame and none behind the last: what lies outside an utterance is the
    network's own padding, which frames of zeros are not.

    Args:
        past: frames that the network looks back.
        ahead: frames that it looks ahead.
    """

    def __init__(self, past: int, ahead: int) -> None:
        """Start empty."""
        self._past, self._ahead = past, ahead
        self._kept: NDArray[np.float32] | None = None
        self._done = 0  # frames in `_kept` whose output was given

    def feed(self, frames: NDArray[np.float32], *, last: bool) -> Window | None:
        """Take frames, shape (n, width), and return the window that they complete, None if there is none yet."""
        kept = frames if self._kept is None else np.concatenate([self._kept, frames])
        end = len(kept) if last else max(len(kept) - self._ahead, self._done)
        window = Window(kept, self._done, end) if end > self._done else None
        drop = max(end - self._past, 0)
        self._kept, self._done = kept[drop:], end - drop
        return window
