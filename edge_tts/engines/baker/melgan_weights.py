"""What multi-band MelGAN is made of: its convolutions, with the weights of a TensorFlow Lite model.

Architecture: Yang et al. 2020 (arXiv:2005.05106) as TensorFlowTTS trains it: four bands, each a quarter of the sample
rate, joined by a pseudo quadrature mirror filter bank. The published graph rounds the bands to 8 bits before it joins
them; here they are not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edge_tts.errors import ModelCorrupt
from edge_tts.graphs.tflite_file import Tensor, read_tensors

if TYPE_CHECKING:
    from numpy.typing import NDArray

MELS = 80
HOP = 300
"""Samples that a frame of the mel-spectrogram stands for."""

STEPS = (3, 5, 5)
"""Number of rows that each transposed convolution makes of one."""
DILATIONS = (1, 3, 9, 27)
"""Dilations of the three-tap convolutions after each transposed one."""
BANDS = 4
SLOPE = 0.2
"""Slope of the leaky ReLU before every convolution but the first one and the shortcuts."""

EDGE = 3
"""Number of taps before the middle one, and after it, of the first and the last convolution."""
_TAPS = 63  # of the filter bank
JOIN_EDGE = _TAPS // 2 // BANDS + 1
"""Number of taps before the middle one, and after it, of the convolution that joins the bands."""


def _lookahead() -> int:
    """Return how many frames after a frame have a part in its samples."""
    seen, rate = float(EDGE), 1
    for step in STEPS:
        seen += 1 / rate + sum(DILATIONS) / (rate * step)
        rate *= step
    return ceil(seen + (EDGE + _TAPS // 2 / BANDS) / rate)


LOOKAHEAD = _lookahead()
"""Frames after a frame that have a part in its samples, and as many before it."""
SHORTEST_FRAMES = LOOKAHEAD + 1
"""Frames that the first window needs, because values go on beyond both ends as in a mirror."""


@dataclass(frozen=True, slots=True)
class Convolution:
    """Weights and bias of a convolution.

    Attributes:
        weights: float32 (outputs, taps, inputs).
        bias: float32 (outputs,).
        dilation: number of rows from one tap to the next.
    """

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    dilation: int = 1


def read(path: Path) -> dict[str, Convolution]:
    """Return the convolutions by name, in the order in which values pass them.

    `pre`; for each of STEPS, number n, `up.n`, and for each of DILATIONS, number i, `dilated.n.i`, `plain.n.i` after it
    and `shortcut.n.i` beside both; `post`; `join`. A transposed convolution is one here that makes all values of a step
    at once, value after value, each with all channels; `join` makes BANDS samples at once.

    Args:
        path: TensorFlow Lite model.

    Raises:
        ModelCorrupt: it lacks a tensor, or is no such model.
    """
    tensors = read_tensors(path)
    try:
        return dict(_Reader(tensors).convolutions())
    except (KeyError, ValueError) as error:
        raise ModelCorrupt(f"{path} is not a multi-band MelGAN model: {error}") from error


@dataclass(slots=True)
class _Reader:
    """Names the layers as TensorFlow has.

    Attributes:
        tensors: weights by TensorFlow's name.
        count: how many of the numbered convolutions there are so far, which is part of their names.
    """

    tensors: Mapping[str, Tensor]
    count: int = 0

    def convolutions(self) -> Iterator[tuple[str, Convolution]]:
        yield "pre", self.next("sequential_4")
        for stage, step in enumerate(STEPS):
            yield f"up.{stage}", self.transposed(stage, step)
            for number, dilation in enumerate(DILATIONS):
                name = f"sequential_4/residual_stack_._{stage}._._{number}"
                yield f"dilated.{stage}.{number}", self.next(name, dilation)
                yield f"plain.{stage}.{number}", self.next(name)
                yield f"shortcut.{stage}.{number}", self.named(f"{name}/shortcut")
        yield "post", self.next("sequential_4")
        yield "join", self.join()

    def next(self, prefix: str, dilation: int = 1) -> Convolution:
        name = f"{prefix}/conv1d" + (f"_{self.count}" if self.count else "")
        self.count += 1
        return self.named(name, dilation)

    def named(self, name: str, dilation: int = 1) -> Convolution:
        return Convolution(self.weights(name), self.bias(name), dilation)

    def transposed(self, stage: int, step: int) -> Convolution:
        """Return a transposed convolution of 2 · step taps.

        Before the ends are cut, sample r of step m is x[m] · w[r] + x[m - 1] · w[r + step].
        """
        name = f"sequential_4/conv_transpose_._{stage}/conv2d_transpose" + (f"_{stage}" if stage else "")
        weights = self.tensors[f"{name}/conv2d_transpose"].floats()[:, :, 0].transpose(1, 0, 2)  # (taps, out, in)
        pairs = np.stack([weights[step:], weights[:step]], axis=2)  # (step, out, 2, in)
        return Convolution(pairs.reshape(-1, *pairs.shape[2:]), np.tile(self.bias(name), step))

    def join(self) -> Convolution:
        """Return the filter bank, which adds up the samples of all bands' filters.

        Each band has a sample where the output has four, and zeros between: the taps that meet zeros are left out.
        """
        filters = self.weights("conv1d;PartitionedCall")[0]
        taps = np.zeros((BANDS, 2 * JOIN_EDGE + 1, BANDS), np.float32)
        for phase in range(BANDS):
            for place in range(2 * JOIN_EDGE + 1):
                tap = _TAPS // 2 - phase + BANDS * (place - JOIN_EDGE)
                if 0 <= tap < _TAPS:
                    taps[phase, place] = BANDS * filters[tap]
        return Convolution(taps, np.zeros(BANDS, np.float32))

    def bias(self, name: str) -> NDArray[np.float32]:
        """Return a layer's bias; where it equals the shortcut's, the converter has kept one of them."""
        candidates = (name, f"{name.rpartition('/')[0]}/shortcut")
        for candidate in candidates:
            if tensor := self.tensors.get(f"{candidate}/BiasAdd/ReadVariableOp/resource"):
                return tensor.floats()
        raise KeyError(f"{name}/BiasAdd")

    def weights(self, name: str) -> NDArray[np.float32]:
        """Return a convolution's weights (out, taps, in); where names collide, the converter has added a 1."""
        for candidate in (f"{name}/conv1d1", f"{name}/conv1d"):
            tensor = self.tensors.get(candidate)
            if tensor and tensor.values.ndim == 4:
                return tensor.floats()[:, 0]
        raise KeyError(f"{name}/conv1d")
