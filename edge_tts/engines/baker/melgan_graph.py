"""Multi-band MelGAN as an ONNX graph: mel-spectrogram to samples.

The graph goes through a spectrogram window by window and computes nothing twice: what a convolution needs of the
window before is an output of one run and an input of the next. So its samples come LOOKAHEAD frames late, the rest
with the last window, and are those of one run over the whole.

Values are (1, channels, 1, time): ONNX Runtime has its fastest convolutions for images.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from edge_tts.engines.baker.melgan_weights import (
    BANDS,
    DILATIONS,
    EDGE,
    JOIN_EDGE,
    MELS,
    SLOPE,
    STEPS,
    Convolution,
    read,
)
from edge_tts.graphs.onnx_writer import Graph

EDITION = "3"
"""Changes when `build` returns something else for the same file."""

KEPT = "kept_"
"""Begins the names of the inputs that say what was kept of the window before."""

_LAST = np.iinfo(np.int64).max


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
    return _Builder(Graph("multi-band MelGAN"), read(path)).build()


@dataclass(slots=True)
class _Builder:
    """Adds the layers one after the other.

    Attributes:
        graph: is being built.
        convolutions: weights by name.
        kept: names of the values that are kept for the next window, so far.
        edges: name of the value that amounts of padding are multiplied by, so that only the edges are padded.
    """

    graph: Graph
    convolutions: Mapping[str, Convolution]
    kept: list[str] = field(default_factory=list)
    edges: str = ""

    def build(self) -> bytes:
        """Return the whole graph."""
        g = self.graph
        mel = g.add("Transpose", g.input("mel", "float32", ["frames", MELS]), perm=[1, 0])
        apart = g.add("Reshape", g.input("edges", "int64", [2]), g.wholes(2, 1))
        self.edges = g.add("Reshape", g.add("Expand", apart, g.wholes(2, 4)), g.wholes(8))
        values = self._with_sides(g.add("Reshape", mel, g.wholes(1, MELS, 1, -1)), "pre", EDGE, 2 * EDGE)
        values = self._convolve(values, "pre")
        for stage, step in enumerate(STEPS):
            values = self._upsample(self._rectify(values), f"up.{stage}", step)
            for number, dilation in enumerate(DILATIONS):
                values = self._residual(values, f"{stage}.{number}", dilation)
        values = self._with_sides(values, "post", EDGE, 2 * EDGE)
        bands = g.add("Tanh", self._convolve(self._rectify(values), "post"))
        g.output(self._join(bands), "audio", "float32", ["samples"])
        for number, value in enumerate(self.kept):
            g.output(value, f"keep_{number}", "float32", [1, "channels", 1, "time"])
        return g.serialize()

    def _with_sides(self, values: str, reader: str, side: int, kept: int, mode: str = "reflect") -> str:
        """Return a window as a convolution needs it: after what was kept, and padded at the edges of the spectrogram.

        Args:
            values: the window, (1, channels, 1, time).
            reader: name of the convolution.
            side: values to pad with before the first and after the last window.
            kept: values that the next window needs of this one.
            mode: what to pad with, "reflect" or "constant" for zeros.
        """
        g = self.graph
        name, channels = f"{KEPT}{len(self.kept)}", self.convolutions[reader].weights.shape[2]
        joined = g.add("Concat", g.input(name, "float32", [1, channels, 1, f"{name}_time"]), values, axis=3)
        padded = self._pad(joined, side, side, mode)
        self.kept.append(g.add("Slice", padded, g.wholes(-kept), g.wholes(_LAST), g.wholes(3)))
        return padded

    def _pad(self, values: str, before: int, after: int, mode: str = "constant") -> str:
        """Add values before the first window and after the last one; negative numbers cut."""
        amounts = self.graph.wholes(0, 0, 0, before, 0, 0, 0, after)
        return self.graph.add("Pad", values, self.graph.add("Mul", amounts, self.edges), mode=mode)

    def _residual(self, values: str, number: str, dilation: int) -> str:
        g = self.graph
        whole = self._with_sides(values, f"dilated.{number}", dilation, 2 * dilation)
        inner = self._convolve(self._rectify(whole), f"dilated.{number}")
        outer = self._convolve(self._rectify(inner), f"plain.{number}")
        values = g.add("Slice", whole, g.wholes(dilation), g.wholes(-dilation), g.wholes(3))
        return g.add("Add", self._convolve(values, f"shortcut.{number}"), outer)

    def _upsample(self, values: str, name: str, step: int) -> str:
        """Return the window upsampled by a transposed convolution."""
        g = self.graph
        steps = self._convolve(self._with_sides(values, name, 1, 1, "constant"), name)
        apart = g.add("Reshape", steps, g.wholes(1, step, -1, 0))  # the empty third axis goes, time stays last
        joined = g.add("Reshape", g.add("Transpose", apart, perm=[0, 2, 3, 1]), g.wholes(1, 0, 1, -1))
        before = step // 2  # what the padding of TensorFlow's "same" cuts off; the rest is cut at the other end
        return self._pad(joined, -before, before - step)

    def _join(self, bands: str) -> str:
        """Return the samples of all bands."""
        g = self.graph
        phases = self._convolve(self._with_sides(bands, "join", JOIN_EDGE, 2 * JOIN_EDGE, "constant"), "join")
        rows = g.add("Transpose", g.add("Reshape", phases, g.wholes(BANDS, -1)), perm=[1, 0])
        return g.add("Reshape", rows, g.wholes(-1))

    def _convolve(self, values: str, name: str) -> str:
        made = self.convolutions[name]
        kernel = np.ascontiguousarray(made.weights.transpose(0, 2, 1)[:, :, np.newaxis])  # ONNX's order
        constants = self.graph.constant(kernel), self.graph.constant(made.bias)
        return self.graph.add("Conv", values, *constants, dilations=[1, made.dilation])

    def _rectify(self, values: str) -> str:
        return self.graph.add("LeakyRelu", values, alpha=SLOPE)
