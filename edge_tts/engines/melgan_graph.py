"""Multi-band MelGAN as an ONNX graph: mel-spectrogram to samples, from the weights of a TensorFlow Lite model.

The graph goes through a spectrogram window by window and computes nothing twice: what a convolution needs of the
window before is an output of one run and an input of the next. So its samples come LOOKAHEAD frames late, the rest
with the last window, and are those of one run over the whole.

Architecture: Yang et al. 2020 (arXiv:2005.05106) as TensorFlowTTS trains it: four bands, each a quarter of the sample
rate, joined by a pseudo quadrature mirror filter bank. The published graph rounds the bands to 8 bits before it joins
them; this one does not. Values are (1, channels, 1, time): ONNX Runtime has its fastest convolutions for images. A
transposed convolution is written as a convolution that makes all samples of a step at once, as channels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edge_tts.engines.onnx_graph import Graph
from edge_tts.engines.tflite import Tensor, read_tensors
from edge_tts.errors import ModelCorrupt

if TYPE_CHECKING:
    from numpy.typing import NDArray

EDITION = "2"
"""Changes when `build` returns something else for the same file."""

MELS = 80
HOP = 300
"""Samples that a frame of the mel-spectrogram stands for."""

KEPT = "kept_"
"""Begins the names of the inputs that say what was kept of the window before."""

_STEPS = (3, 5, 5)
"""How much each transposed convolution lengthens its input."""
_CHANNELS = 48
"""After the last of them."""
_BANDS = 4
_LAST = np.iinfo(np.int64).max
_DILATIONS = (1, 3, 9, 27)
"""Of the three-tap convolutions after each transposed one."""
_TAPS = 63  # of the filter bank
_EDGE = 3  # taps before and after the middle of the first and the last convolution
_SLOPE = 0.2  # of the leaky rectifier


def _lookahead() -> int:
    """Return how many frames after a frame have a part in its samples."""
    seen, rate = float(_EDGE), 1
    for step in _STEPS:
        seen += 1 / rate + sum(_DILATIONS) / (rate * step)
        rate *= step
    return ceil(seen + (_EDGE + _TAPS // 2 / _BANDS) / rate)


LOOKAHEAD = _lookahead()
"""Frames after a frame that have a part in its samples, and as many before it."""
SHORTEST_FRAMES = LOOKAHEAD + 1
"""Frames that the first window needs, because the graph continues its values beyond both ends by reflecting them."""


def build(path: Path) -> bytes:
    """Return the vocoder as the content of an .onnx file.

    Inputs: `mel` float32 (frames, 80); `edges` int64 (2,), 1 where the window is the first, and where it is the last,
    otherwise 0; `kept_0`, `kept_1`, … float32 (1, channels, 1, time), without any time for the first window, else what
    came out of the run before. Outputs: `audio` float32 (samples,), HOP for each frame in the end; then what to keep.

    Args:
        path: TensorFlow Lite model.

    Raises:
        ModelCorrupt: it lacks a tensor, or is no such model.
    """
    tensors = read_tensors(path)
    try:
        return _Builder(Graph("multi-band MelGAN"), tensors).build()
    except (KeyError, ValueError) as error:
        raise ModelCorrupt(f"{path} is not a multi-band MelGAN model: {error}") from error


@dataclass(slots=True)
class _Builder:
    """Adds the layers one after the other.

    Attributes:
        graph: what is being built.
        tensors: weights by TensorFlow's name.
        convolutions: how many convolutions there are so far, which is part of their names.
        kept: what is to be kept for the next window so far.
        edges: amounts to pad with are multiplied by this, so that only edges are padded.
    """

    graph: Graph
    tensors: Mapping[str, Tensor]
    convolutions: int = 0
    kept: list[str] = field(default_factory=list)
    edges: str = ""

    def build(self) -> bytes:
        """Return the whole graph."""
        g = self.graph
        mel = g.add("Transpose", g.input("mel", "float32", ["frames", MELS]), perm=[1, 0])
        apart = g.add("Reshape", g.input("edges", "int64", [2]), g.wholes(2, 1))
        self.edges = g.add("Reshape", g.add("Expand", apart, g.wholes(2, 4)), g.wholes(8))
        values = self._wide(g.add("Reshape", mel, g.wholes(1, MELS, 1, -1)), MELS, _EDGE, 2 * _EDGE)
        values = self._next(values, "sequential_4")
        for stage, step in enumerate(_STEPS):
            values = self._lengthen(self._rectify(values), stage, step)
            for number, dilation in enumerate(_DILATIONS):
                values = self._residual(values, f"sequential_4/residual_stack_._{stage}._._{number}", dilation)
        values = self._wide(values, _CHANNELS, _EDGE, 2 * _EDGE)
        bands = g.add("Tanh", self._next(self._rectify(values), "sequential_4"))
        g.output(self._join(bands), "audio", "float32", ["samples"])
        for number, value in enumerate(self.kept):
            g.output(value, f"keep_{number}", "float32", [1, "channels", 1, "time"])
        return g.serialize()

    def _wide(self, values: str, channels: int, side: int, kept: int, mode: str = "reflect") -> str:
        """Return a window as a convolution needs it: after what was kept, and padded at the edges of the spectrogram.

        Args:
            values: the window, (1, channels, 1, time).
            channels: of them.
            side: values to pad with before the first and after the last window.
            kept: values that the next window needs of this one.
            mode: what to pad with, "reflect" or "constant" for zeros.
        """
        g = self.graph
        name = f"{KEPT}{len(self.kept)}"
        joined = g.add("Concat", g.input(name, "float32", [1, channels, 1, f"{name}_time"]), values, axis=3)
        padded = self._pad(joined, side, side, mode)
        self.kept.append(g.add("Slice", padded, g.wholes(-kept), g.wholes(_LAST), g.wholes(3)))
        return padded

    def _pad(self, values: str, before: int, after: int, mode: str = "constant") -> str:
        """Add values before the first window and after the last one; negative numbers cut."""
        amounts = self.graph.wholes(0, 0, 0, before, 0, 0, 0, after)
        return self.graph.add("Pad", values, self.graph.add("Mul", amounts, self.edges), mode=mode)

    def _residual(self, values: str, name: str, dilation: int) -> str:
        g = self.graph
        channels = self._weights(f"{name}/shortcut").shape[2]
        wide = self._wide(values, channels, dilation, 2 * dilation)
        inner = self._next(self._rectify(wide), name, dilation)
        outer = self._next(self._rectify(inner), name)
        values = g.add("Slice", wide, g.wholes(dilation), g.wholes(-dilation), g.wholes(3))
        return g.add("Add", self._convolve(values, f"{name}/shortcut"), outer)

    def _lengthen(self, values: str, stage: int, step: int) -> str:
        """Return a transposed convolution of 2 · step taps.

        Before the ends are cut, sample r of step m is x[m] · w[r] + x[m - 1] · w[r + step].
        """
        g = self.graph
        name = f"sequential_4/conv_transpose_._{stage}/conv2d_transpose" + (f"_{stage}" if stage else "")
        weights = self.tensors[f"{name}/conv2d_transpose"].floats()[:, :, 0]  # (out, taps, in)
        channels = len(weights)
        pairs = np.stack([weights[:, step:], weights[:, :step]], axis=2).reshape(channels * step, 2, -1)
        bias = np.repeat(self._floats(name), step)
        wide = self._wide(values, weights.shape[2], 1, 1, "constant")
        steps = g.add("Conv", wide, self._kernel(pairs), g.constant(bias))
        apart = g.add("Reshape", steps, g.wholes(1, channels, step, -1))
        joined = g.add("Reshape", g.add("Transpose", apart, perm=[0, 1, 3, 2]), g.wholes(1, channels, 1, -1))
        before = step // 2  # what the padding of TensorFlow's "same" cuts off; the rest is cut at the other end
        return self._pad(joined, -before, before - step)

    def _next(self, values: str, prefix: str, dilation: int = 1) -> str:
        """Return the next of the numbered convolutions."""
        name = f"{prefix}/conv1d" + (f"_{self.convolutions}" if self.convolutions else "")
        self.convolutions += 1
        return self._convolve(values, name, dilation)

    def _convolve(self, values: str, name: str, dilation: int = 1) -> str:
        bias = self.graph.constant(self._floats(name))
        return self.graph.add("Conv", values, self._kernel(self._weights(name)), bias, dilations=[1, dilation])

    def _join(self, bands: str) -> str:
        """Return the samples of all bands' filters, added.

        Each band has a sample where the output has four, and zeros between: the taps that meet zeros are left out.
        """
        g = self.graph
        filters = self._weights("conv1d;PartitionedCall")[0]
        reach = _TAPS // 2 // _BANDS + 1
        taps = np.zeros((_BANDS, 2 * reach + 1, _BANDS), np.float32)
        for phase in range(_BANDS):
            for place in range(2 * reach + 1):
                tap = _TAPS // 2 - phase + _BANDS * (place - reach)
                if 0 <= tap < _TAPS:
                    taps[phase, place] = _BANDS * filters[tap]
        phases = g.add("Conv", self._wide(bands, _BANDS, reach, 2 * reach, "constant"), self._kernel(taps))
        rows = g.add("Transpose", g.add("Reshape", phases, g.wholes(_BANDS, -1)), perm=[1, 0])
        return g.add("Reshape", rows, g.wholes(-1))

    def _rectify(self, values: str) -> str:
        return self.graph.add("LeakyRelu", values, alpha=_SLOPE)

    def _kernel(self, weights: NDArray[np.float32]) -> str:
        """Add weights (out, taps, in) in ONNX's order."""
        return self.graph.constant(np.ascontiguousarray(weights.transpose(0, 2, 1)[:, :, np.newaxis]))

    def _floats(self, name: str) -> NDArray[np.float32]:
        """Return a layer's bias; where it equals the shortcut's, the converter has kept one of them."""
        candidates = (name, f"{name.rpartition('/')[0]}/shortcut")
        for candidate in candidates:
            if tensor := self.tensors.get(f"{candidate}/BiasAdd/ReadVariableOp/resource"):
                return tensor.floats()
        raise KeyError(f"{name}/BiasAdd")

    def _weights(self, name: str) -> NDArray[np.float32]:
        """Return a convolution's weights (out, taps, in); where names collide, the converter has added a 1."""
        for candidate in (f"{name}/conv1d1", f"{name}/conv1d"):
            tensor = self.tensors.get(candidate)
            if tensor and tensor.values.ndim == 4:
                return tensor.floats()[:, 0]
        raise KeyError(f"{name}/conv1d")
