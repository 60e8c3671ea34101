"""What Kokoro's decoder and generator are made of: convolutions with adaptive normalizations, for one utterance.

Modules and their names are those of iSTFTNet in StyleTTS 2 (weights.py). A signal is float32 (rows, channels).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_tts.cancel import CancelToken
from edge_tts.engines.kokoro.weights import RESBLOCKS, norms
from edge_tts.native.convolution import Pool
from edge_tts.native.layer import Activation, OutputSums, pack
from edge_tts.native.layer_arrays import layers_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Signal = NDArray[np.float32]
    Moments = NDArray[np.float64]
    """Means (0) and mean squares (1) of the channels, shape (2, channels)."""
    Normal = tuple[NDArray[np.float32], NDArray[np.float32]]
    """Scale and shift of the channels."""

PLAIN = Activation()
"""Changes nothing."""

_EPSILON = 1e-5


class Network:
    """The loaded weights.

    Args:
        arrays: what `weights.extract` returned.
        pool: computes; the caller closes it.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]], pool: Pool) -> None:
        """Find the layers among the arrays."""
        self.arrays = arrays
        self.pool = pool
        self.layers = layers_of(arrays) | {"istft": pack(arrays["istft.basis"].T[:, :, np.newaxis], None)}
        self.snakes = {
            (block, half, i): (arrays[f"{block}.frequency{half}.{i}"], arrays[f"{block}.amplitude{half}.{i}"])
            for block in RESBLOCKS
            for i in range(3)
            for half in (1, 2)
        }


class Run:
    """The layers with one style, for one utterance.

    Args:
        network: the weights.
        style: float32 (128,), the first half of a voice's style.
        counts: float32 (T,), how often each row of the features counts in the moments of a normalization.
        cancel: ends the computation from another thread: every method that convolves raises Interrupted.
    """

    def __init__(
        self, network: Network, style: NDArray[np.float32], counts: NDArray[np.float32], cancel: CancelToken
    ) -> None:
        """Compute scale and shift that the style gives to each normalization."""
        self.network = network
        self._cancel = cancel
        self._counts = counts
        self._styles = self._style(style)

    def measure(self, name: str, x: Signal, out: Signal, activation: Activation, **how: Any) -> Moments:
        """Convolve a signal of the whole utterance and return the moments of the output; see `convolve`."""
        counts = self._counts_of(len(out))
        sums = OutputSums(np.empty((2, out.shape[1])), counts)
        self.convolve(name, x, out, activation, sums=sums, **how)
        moments: Moments = sums.values / counts.sum()
        return moments

    def convolve(self, name: str, x: Signal, out: Signal, activation: Activation, **how: Any) -> None:
        """Convolve.

        Args:
            name: of the layer.
            x: input.
            out: becomes the output.
            activation: of the input.
            how: keyword arguments of `Pool.convolve`.
        """
        self._cancel.check()
        self.network.pool.convolve(self.network.layers[name], x, out, activation, **how)

    def new(self, name: str, x: Signal, activation: Activation = PLAIN, rows: int | None = None) -> Signal:
        """Convolve, and return the output in new memory; as many rows as x has unless `rows` says otherwise."""
        out = np.empty((len(x) if rows is None else rows, self.outputs(name)), np.float32)
        self.convolve(name, x, out, activation)
        return out

    def outputs(self, name: str) -> int:
        """Return the channels that a convolution makes."""
        return self.network.layers[name].outputs

    def normal(self, name: str, moments: Moments) -> Normal:
        """Return scale and shift of an adaptive instance normalization of a signal with these moments."""
        mean, mean_square = moments
        scale = self._styles[name][0] / np.sqrt(np.maximum(mean_square - mean * mean, 0) + _EPSILON)
        return scale.astype(np.float32), (self._styles[name][1] - mean * scale).astype(np.float32)

    def moments(self, x: Signal) -> Moments:
        """Return the moments of a signal of the whole utterance."""
        counts = self._counts_of(len(x)).astype(np.float64)
        counted = counts[:, np.newaxis] * x
        moments: Moments = np.stack([counted.sum(axis=0), (counted * x).sum(axis=0)])
        moments /= counts.sum()
        return moments

    def _counts_of(self, rows: int) -> NDArray[np.float32]:
        """Return how often each row of a signal of `rows` rows counts, whatever its stage."""
        counts = np.repeat(self._counts, rows // len(self._counts))
        return np.pad(counts, (0, rows - len(counts)), "edge")  # the last stage has one row more

    def _style(self, style: NDArray[np.float32]) -> dict[str, Normal]:
        """Return scale and shift that the style gives to every normalization."""
        arrays = self.network.arrays
        all_styles = self.new("style", style[np.newaxis])[0] * arrays["style.scale"]
        all_styles += arrays["style.shift"]
        parts = np.split(all_styles, np.cumsum(arrays["style.sizes"])[:-1])
        return {
            name: (1 + part[: part.size // 2], part[part.size // 2 :])
            for name, part in zip(norms(), parts, strict=True)
        }
