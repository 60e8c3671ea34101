"""Multi-band MelGAN as an ONNX graph: mel-spectrogram to samples, from the weights of a TensorFlow Lite model.

Architecture: Yang et al. 2020 (arXiv:2005.05106) as TensorFlowTTS trains it: four bands, each a quarter of the sample
rate, joined by a pseudo quadrature mirror filter bank. The published graph rounds the bands to 8 bits before it joins
them; this one does not. Values are (1, channels, 1, time): ONNX Runtime has its fastest convolutions for images. A
transposed convolution is written as a convolution that makes all samples of a step at once, as channels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edge_tts.engines.onnx_graph import Graph
from edge_tts.engines.tflite import Tensor, read_tensors
from edge_tts.errors import ModelCorrupt

if TYPE_CHECKING:
    from numpy.typing import NDArray

EDITION = "1"
"""Changes when `build` returns something else for the same file."""

MELS = 80
HOP = 300
"""Samples that a frame of the mel-spectrogram stands for."""

_STEPS = (3, 5, 5)
"""How much each transposed convolution lengthens its input."""
_BANDS = 4
_DILATIONS = (1, 3, 9, 27)
"""Of the three-tap convolutions after each transposed one."""
_TAPS = 63  # of the filter bank
_EDGE = 3  # taps before and after the middle of the first and the last convolution
_SLOPE = 0.2  # of the leaky rectifier


def _context() -> int:
    """Return how many frames on each side have a part in a frame's samples."""
    seen, rate = float(_EDGE), 1
    for step in _STEPS:
        seen += 1 / rate + sum(_DILATIONS) / (rate * step)
        rate *= step
    return ceil(seen + (_EDGE + _TAPS // 2 / _BANDS) / rate)


CONTEXT = _context()
"""Frames on each side that have a part in a frame's samples."""
SHORTEST_FRAMES = ceil((max(_DILATIONS) + 1) / _STEPS[0])
"""Frames that the graph needs, because it continues its values beyond both ends by reflecting them."""


def build(path: Path) -> bytes:
    """Return the vocoder as the content of an .onnx file.

    Input: `mel` float32 (frames, 80), at least SHORTEST_FRAMES. Output: `audio` float32 (frames · HOP,).

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
    """

    graph: Graph
    tensors: Mapping[str, Tensor]
    convolutions: int = 0

    def build(self) -> bytes:
        """Return the whole graph."""
        g = self.graph
        mel = g.add("Transpose", g.input("mel", "float32", ["frames", MELS]), perm=[1, 0])
        values = self._next(g.add("Reshape", mel, g.wholes(1, MELS, 1, -1)), "sequential_4")
        for stage, step in enumerate(_STEPS):
            values = self._lengthen(self._rectify(values), stage, step)
            for number, dilation in enumerate(_DILATIONS):
                values = self._residual(values, f"sequential_4/residual_stack_._{stage}._._{number}", dilation)
        bands = g.add("Tanh", self._next(self._rectify(values), "sequential_4"))
        g.output(self._join(bands), "audio", "float32", ["samples"])
        return g.serialize()

    def _residual(self, values: str, name: str, dilation: int) -> str:
        inner = self._next(self._rectify(values), name, dilation)
        outer = self._next(self._rectify(inner), name)
        return self.graph.add("Add", self._convolve(values, f"{name}/shortcut"), outer)

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
        steps = g.add("Conv", values, self._kernel(pairs), g.constant(bias), pads=[0, 1, 0, 1])
        apart = g.add("Reshape", steps, g.wholes(1, channels, step, -1))
        joined = g.add("Reshape", g.add("Transpose", apart, perm=[0, 1, 3, 2]), g.wholes(1, channels, 1, -1))
        before = step // 2  # what the padding of TensorFlow's "same" cuts off; the rest is cut at the other end
        return g.add("Slice", joined, g.wholes(before), g.wholes(before - step), g.wholes(3))

    def _next(self, values: str, prefix: str, dilation: int = 1) -> str:
        """Return the next of the numbered convolutions."""
        name = f"{prefix}/conv1d" + (f"_{self.convolutions}" if self.convolutions else "")
        self.convolutions += 1
        return self._convolve(values, name, dilation)

    def _convolve(self, values: str, name: str, dilation: int = 1) -> str:
        weights = self._weights(name)
        side = weights.shape[1] // 2 * dilation
        if side:
            pads = self.graph.wholes(0, 0, 0, side, 0, 0, 0, side)
            values = self.graph.add("Pad", values, pads, mode="reflect")
        bias = self.graph.constant(self._floats(name))
        return self.graph.add("Conv", values, self._kernel(weights), bias, dilations=[1, dilation])

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
        phases = g.add("Conv", bands, self._kernel(taps), pads=[0, reach, 0, reach])
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
