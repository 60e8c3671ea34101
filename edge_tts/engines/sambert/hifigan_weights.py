"""The weights of a HiFi-GAN vocoder for the native convolutions, from its graph as it is installed, float or in 8 bits.

The graph is what edge_tts/convert/sambert/hifigan_graph.py builds and quantize.py changes. It is followed from its
output to its input, by what the operators are: their names say nothing any more.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from edge_tts.errors import ModelCorrupt
from edge_tts.graphs.onnx_file import Node, OnnxFile
from edge_tts.graphs.parts import Derived
from edge_tts.native import layer as native
from edge_tts.native.layer import OWN_RANGE, Layer, Quantization
from edge_tts.native.layer_arrays import arrays_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Result = TypeVar("Result")
    Arrays = Generator[tuple[str, NDArray[Any]], None, Result]

EDITION = "2"
"""Changes when `extract` returns something else for the same graph."""
BUILT_TIMES = 5
"""What `extract` returns takes less than this many times the graph."""

_TRANSPARENT = ("Identity", "Reshape", "Unsqueeze")
_LARGEST = 127


@dataclass(frozen=True, slots=True)
class _Conv:
    """A convolution of the graph.

    Attributes:
        source: the value that is convolved.
        weights: float32 (outputs, inputs, taps), of a transposed one (inputs, outputs, taps).
        bytes: the weights as int8, and the value of one step of each output; None where the layer is in floats.
        bias: float32 (outputs,).
        input: how the input is quantized.
        before: number of rows of padding before the input.
        dilation: number of rows from one tap to the next.
        stride: number of rows from one output to the next, of a transposed one from one input to the next.
    """

    source: str
    weights: NDArray[np.float32]
    bytes: tuple[NDArray[np.int8], NDArray[np.float32]] | None
    bias: NDArray[np.float32]
    input: Quantization
    before: int
    dilation: int
    stride: int


def derived(graph: Path) -> Derived:
    """Return the weights of an installed vocoder as native code wants them."""
    installed_bytes = graph.stat().st_size if graph.is_file() else 0
    return Derived(graph, EDITION, BUILT_TIMES * installed_bytes, arrays=partial(extract, graph))


def extract(graph: Path) -> dict[str, NDArray[Any]]:
    """Return layers and settings of a vocoder, by name; see `hifigan_layers.Network`.

    Raises:
        ModelCorrupt: it is no vocoder that is known here.
    """
    reader = _Reader(OnnxFile(graph))
    try:
        return dict(reader.network())
    except (ValueError, IndexError) as error:
        raise ModelCorrupt(f"{graph.name} is no vocoder that is known: {error}") from error


@dataclass(frozen=True, slots=True)
class _Reader:
    onnx: OnnxFile

    def network(self) -> Iterator[tuple[str, NDArray[Any]]]:
        """Yield everything by name, from the last layer to the first."""
        tanh = self.node("audio", "Tanh")
        post = self.conv(tanh.inputs[0])
        activation = self.node(post.source, "LeakyRelu")
        yield from _named("post", _packed(post))
        yield "post.slope", np.array(activation.numbers("alpha"))
        scales: list[int] = []
        value, excitation = activation.inputs[0], ""
        while self.kind(value) == "Mul":
            value, scale, excitation = yield from self.stage(value, f"stage.{-1 - len(scales)}")
            scales.insert(0, scale)
        if not scales:
            raise ModelCorrupt("expected a vocoder of stages, got none")
        yield from _named("pre", _packed(self.conv(value)))
        yield "scales", np.array(scales)
        if excitation:
            source = self.conv(self.node(excitation, "Tanh").inputs[0])
            yield "source.weights", source.weights[0, :, 0]
            yield "source.bias", source.bias

    def stage(self, value: str, name: str) -> Arrays[tuple[str, int, str]]:
        """Yield the arrays of a stage; return its input, its scale, and the value of the excitation or ""."""
        ends = self.node(self.node(value, "Mul").inputs[0], "Sum").inputs
        begins: set[str] = set()
        for number, end in enumerate(ends):
            begins.add((yield from self.block(end, f"{name}.block.{number}")))
        if len(begins) != 1:
            raise ModelCorrupt("expected residual blocks side by side")
        value, excitation = begins.pop(), ""
        parts = self.node(value, "Add").inputs
        if all(self.kind(part) != "ConvTranspose" for part in parts):  # the source is added last
            down = self.conv(parts[1])
            windows = np.ascontiguousarray(down.weights.transpose(0, 2, 1))
            yield from _named(f"{name}.source", native.pack(windows, down.bias))
            yield f"{name}.source.window", np.array([down.stride, down.before, down.weights.shape[2]])
            parts, excitation = self.node(parts[0], "Add").inputs, down.source
        near, up = self.conv(parts[0]), self.conv(parts[1])
        activation = self.node(up.source, "LeakyRelu")
        yield from _named(f"{name}.up", _upsampling(near, up))
        yield f"{name}.slope", np.array(activation.numbers("alpha"))
        return self.node(activation.inputs[0], "Add").inputs[0], up.stride, excitation

    def block(self, value: str, name: str) -> Arrays[str]:
        """Yield the arrays of a residual block; return its input."""
        pairs: list[tuple[_Conv, _Conv]] = []
        while found := self.pair(value):
            value, *layers = found
            pairs.insert(0, (layers[0], layers[1]))
        for number, (dilated, plain) in enumerate(pairs):
            yield from _named(f"{name}.dilated.{number}", _packed(dilated))
            yield from _named(f"{name}.plain.{number}", _packed(plain))
        return self.through(value)

    def pair(self, value: str) -> tuple[str, _Conv, _Conv] | None:
        """Return the input of a pair of layers whose output is added to it, and both; None if there is no such sum."""
        if self.kind(value) != "Add":
            return None
        before, made = self.node(value, "Add").inputs
        below = made
        for operator in ("Conv", "LeakyRelu", "Conv", "LeakyRelu"):
            if self.kind(below) != operator:
                return None
            below = self.node(below, operator).inputs[0]
        if self.through(below) != self.through(before):
            return None
        plain = self.conv(made)
        return before, self.conv(self.node(plain.source, "LeakyRelu").inputs[0]), plain

    def through(self, value: str) -> str:
        """Return the value that is the same but for quantization and shape."""
        while self.onnx.made(value):
            node = self.onnx.maker(value)
            if node.operator == "DequantizeLinear" and self.onnx.made(node.inputs[0]):
                value = self.onnx.maker(node.inputs[0]).inputs[0]
            elif node.operator in _TRANSPARENT:
                value = node.inputs[0]
            else:
                break
        return value

    def kind(self, value: str) -> str:
        """Return the operator that makes a value, "" for an input."""
        value = self.through(value)
        return self.onnx.maker(value).operator if self.onnx.made(value) else ""

    def node(self, value: str, operator: str) -> Node:
        """Return what makes a value, which must be such an operator."""
        if self.kind(value) != operator:
            raise ModelCorrupt(f"expected the vocoder to have {operator}, got {self.kind(value) or 'an input'}")
        return self.onnx.maker(self.through(value))

    def conv(self, value: str) -> _Conv:
        """Return the convolution that makes a value, transposed or not."""
        kind = self.kind(value)
        node = self.node(value, kind if kind == "ConvTranspose" else "Conv")
        restored, weights = self.restored(node.inputs[0]), self.restored(node.inputs[1])
        made_by_run = restored is not None and self.onnx.made(restored.inputs[0])
        of_bytes = None
        if made_by_run and weights:
            whole, units = (self.onnx.constant(name) for name in weights.inputs[:2])
            of_bytes = whole[:, :, 0], np.atleast_1d(units)
        return _Conv(
            self.through(node.inputs[0]),
            self.constant(node.inputs[1])[:, :, 0],
            of_bytes,
            self.constant(node.inputs[2]),
            self.quantization(restored) if restored and made_by_run else OWN_RANGE,
            int(node.numbers("pads")[1]),
            int((node.numbers("dilations") or (1, 1))[1]),
            int((node.numbers("strides") or (1, 1))[1]),
        )

    def restored(self, value: str) -> Node | None:
        """Return what makes floats of a quantized value, None if this one is not quantized."""
        node = self.onnx.maker(value) if self.onnx.made(value) else None
        return node if node and node.operator == "DequantizeLinear" else None

    def quantization(self, restored: Node) -> Quantization:
        unit, zero = (self.onnx.constant(name) for name in restored.inputs[1:3])
        return Quantization(1.0 / float(unit), int(zero))

    def constant(self, value: str) -> NDArray[np.float32]:
        """Return a constant as float32, however it is stored."""
        if self.onnx.has(value):
            return self.onnx.constant(value).astype(np.float32)
        node = self.onnx.maker(value)
        if node.operator in ("Cast", "Identity"):
            return self.constant(node.inputs[0])
        first, second = self.constant(node.inputs[0]), self.constant(node.inputs[1])
        if node.operator == "Mul":
            return first * second
        if node.operator != "DequantizeLinear":
            raise ModelCorrupt(f"expected a constant, got {node.operator}")
        if any(self.onnx.constant(name).any() for name in node.inputs[2:]):
            raise ModelCorrupt("expected quantized weights around zero")
        if second.ndim and first.ndim > 1:
            shape = [1] * first.ndim
            shape[int(*node.numbers("axis") or (1,))] = -1
            second = second.reshape(shape)
        return first * second


def _named(name: str, layer: Layer) -> Iterator[tuple[str, NDArray[Any]]]:
    yield from arrays_of(name, layer).items()


def _packed(conv: _Conv) -> Layer:
    return _layer(conv.weights, conv.bytes, conv.bias, conv.input, conv.dilation, -conv.before)


def _layer(
    weights: NDArray[np.float32],
    of_bytes: tuple[NDArray[np.int8], NDArray[np.float32]] | None,
    bias: NDArray[np.float32],
    quantization: Quantization,
    dilation: int,
    first: int,
) -> Layer:
    if of_bytes is None:
        return replace(native.pack(np.ascontiguousarray(weights), bias), dilation=dilation, first=first)
    whole, units = of_bytes
    layer = native.pack((whole.astype(np.int16) + 128).astype(np.uint8), bias, 1.0, 128)
    padded = np.zeros(len(layer.bias), np.float32)
    padded[: len(whole)] = units
    return replace(layer, dilation=dilation, first=first, units=padded, input=quantization)


def _upsampling(near: _Conv, up: _Conv) -> Layer:
    """Return both ways to more samples as one: each row that it makes is that of `up.stride` samples.

    Sample i of row q is made of rows q + m: in `near`, which convolves repeated rows, by all taps that fall on the same
    one; in `up`, a transposed convolution, by one tap of every stride.
    """
    scale, taps = up.stride, near.weights.shape[2]
    reads = [(i, j, (i - near.before + j) // scale) for i in range(scale) for j in range(taps)]
    rows = [row for _, _, row in reads]
    for i in range(scale):
        rows += [row for row in range(-up.weights.shape[2], up.weights.shape[2])
                 if 0 <= i + up.before - scale * row < up.weights.shape[2]]  # fmt: skip
    first, last = min(rows), max(rows)
    outputs, inputs = near.weights.shape[:2]
    merged = np.zeros((scale, outputs, inputs, last - first + 1), np.float32)
    for i, j, row in reads:
        merged[i, :, :, row - first] += near.weights[:, :, j]
    for i in range(scale):
        for row in range(first, last + 1):
            tap = i + up.before - scale * row
            if 0 <= tap < up.weights.shape[2]:
                merged[i, :, :, row - first] += up.weights[:, :, tap].T
    flat, bias = merged.reshape(scale * outputs, inputs, -1), np.tile(near.bias + up.bias, scale)
    if near.bytes is None or up.bytes is None:
        return _layer(flat, None, bias, OWN_RANGE, 1, first)
    wider = min(near.input, up.input, key=lambda one: one.steps)
    return _layer(flat, _quantized(flat), bias, wider, 1, first)


def _quantized(weights: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    largest = np.abs(weights).max(axis=(1, 2))
    units = (np.where(largest > 0, largest, 1) / _LARGEST).astype(np.float32)
    return np.rint(weights / units[:, np.newaxis, np.newaxis]).astype(np.int8), units
