"""Multi-band MelGAN in ONNX Runtime, in windows that leave no seam and compute nothing twice: mel in, samples out."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_tts.engines.baker import melgan_graph
from edge_tts.engines.baker.melgan_weights import SHORTEST_FRAMES
from edge_tts.graphs.parts import Derived
from edge_tts.graphs.prepared import Prepared
from edge_tts.graphs.session import Session

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from edge_tts.cancel import CancelToken
    from edge_tts.engines.engine import Samples

_BYTES = 8_000_000


def derived(path: Path) -> Derived:
    """Return the graph that is built from a TensorFlow Lite model."""
    return Derived(path, melgan_graph.EDITION, _BYTES, partial(melgan_graph.build, path), blocked=False)


class Vocoder:
    """The loaded vocoder.

    Args:
        prepared: what `derived` returned, prepared.
        threads: threads to compute with, 0 for one per core.

    Raises:
        EngineError: the graph cannot be loaded.
    """

    def __init__(self, prepared: Prepared, threads: int) -> None:
        """Map the weights."""
        self.session = Session(prepared, threads)

    def stream(self) -> Stream:
        """Begin a spectrogram."""
        return Stream(self)

    def close(self) -> None:
        """Drop the session."""
        del self.session


class Stream:
    """The vocoder during one spectrogram.

    Args:
        vocoder: what computes.
    """

    def __init__(self, vocoder: Vocoder) -> None:
        """Begin at the first frame."""
        self._session = vocoder.session
        self._kept = empty(self._session.inputs)
        self._first = True

    def feed(self, frames: NDArray[np.float32], cancel: CancelToken, *, last: bool) -> Samples:
        """Return the samples that frames complete: all but those of the last LOOKAHEAD frames, these with `last`.

        Args:
            frames: mel-spectrogram, shape (n, 80); the first ones at least SHORTEST_FRAMES, unless they are the last.
            cancel: ends the computation from another thread.
            last: no more frames follow.
        """
        missing = max(SHORTEST_FRAMES - len(frames), 0) if self._first else 0
        inputs = {"mel": np.pad(frames, ((0, missing), (0, 0)), mode="edge"), **self._kept}
        inputs["edges"] = np.array([self._first, last], np.int64)
        audio, *kept = self._session.run_all(inputs, cancel)
        self._first = False
        self._kept = dict(zip(self._kept, kept, strict=True))
        return np.clip(audio, -1.0, 1.0)  # type: ignore[no-any-return]


def empty(inputs: Mapping[str, Sequence[int | str]]) -> dict[str, NDArray[Any]]:
    """Return what the graph needs of the window before the first one: nothing, in the right shapes.

    Args:
        inputs: shapes of the graph's inputs by name; a name in a shape is a size that may differ.
    """
    return {
        name: np.zeros([size if isinstance(size, int) else 0 for size in shape], np.float32)
        for name, shape in inputs.items()
        if name.startswith(melgan_graph.KEPT)
    }
