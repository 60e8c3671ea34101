"""FastSpeech 2 as an ONNX graph: symbols to a mel-spectrogram, from the weights of a TensorFlow Lite model.

Architecture: Ren et al. 2020 (arXiv:2006.04558) as TensorFlowTTS trains it for Baker: post-norm transformer layers of
two heads with convolutions inside, Mish; predictors of duration, pitch and energy; a postnet. The dropout that the
published graph has left on its pitch and energy embeddings is not there. Values are (time, channels), so that a
convolution is one matrix product over neighbouring rows and 8-bit weights are used as they are stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from edge_tts.errors import ModelCorrupt
from edge_tts.graphs.onnx_writer import MICROSOFT, Graph
from edge_tts.graphs.tflite_file import Tensor, read_tensors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Factor = NDArray[np.float32] | np.float32

EDITION = "3"
"""Changes when `build` returns something else for the same file."""

MELS = 80

PITCH_MEAN = 7.0
"""Mean pitch of the voice in its standard deviations, by which the predictor's values are normalized; measured."""

Arithmetic = Literal["float", "int8"]
"""How the matrix products over frames are computed: in float32, or in 8 bits with activations scaled as they come.

Those over symbols are always in float32: they are few, and decide how long each symbol is.
"""

_EPSILON = 1e-5
_HEADS, _HEAD = 2, 16
_LAYERS = 3
_LAST = np.iinfo(np.int64).max
_ONE, _ZERO = np.float32(1), np.float32(0)


def build(path: Path, arithmetic: Arithmetic) -> bytes:
    """Return the acoustic model as the content of an .onnx file.

    Inputs: `symbols` int64 (n,); `speed`, `pitch`, `energy` float32 (1,), 1.0 as trained. Outputs: `mel` float32
    (frames, 80), `durations` int64 (n,) in frames.

    Args:
        path: TensorFlow Lite model.
        arithmetic: of its matrix products.

    Raises:
        ModelCorrupt: it lacks a tensor, or is no such model.
    """
    tensors = read_tensors(path)
    try:
        return _Builder(Graph("FastSpeech 2"), tensors).build(arithmetic)
    except (KeyError, ValueError) as error:
        raise ModelCorrupt(f"{path} is not a FastSpeech 2 model for Baker: {error}") from error


@dataclass(slots=True)
class _Builder:
    """Adds the layers one after the other.

    Attributes:
        graph: what is being built.
        tensors: weights by TensorFlow's name.
        arithmetic: of the matrix products that are added next.
    """

    graph: Graph
    tensors: Mapping[str, Tensor]
    arithmetic: Arithmetic = "float"

    def build(self, over_frames: Arithmetic) -> bytes:
        """Return the whole graph."""
        g = self.graph
        symbols = g.input("symbols", "int64", ["n"])
        controls = {name: g.input(name, "float32", [1]) for name in ("speed", "pitch", "energy")}
        hidden = g.add("Add", self._rows("embeddings/Gather/resource", symbols), self._positions(symbols))
        hidden = self._transformer("encoder", hidden)
        durations = self._durations(hidden, controls["speed"])
        embedded = self._variances(hidden, controls["pitch"], controls["energy"])
        repeated = self._repeat(g.add("Add", hidden, embedded), durations)
        self.arithmetic = over_frames
        hidden = self._transformer("decoder", g.add("Add", repeated, self._positions(repeated)))
        mel = self._product(hidden, "mel_before/Tensordot/MatMul", self._floats("mel_before", "BiasAdd"))
        g.output(g.add("Add", mel, self._postnet(mel)), "mel", "float32", ["frames", MELS])
        g.output(durations, "durations", "int64", ["n"])
        return g.serialize()

    def _transformer(self, name: str, hidden: str) -> str:
        for number in range(_LAYERS):
            layer = f"{name}/layer_._{number}"
            hidden = self._norm(f"{layer}/attention/output/LayerNorm", self._attention(f"{layer}/attention", hidden))
            inner = self._mish(self._convolution(hidden, f"{layer}/intermediate/conv1d_1"))
            outer = self._convolution(inner, f"{layer}/intermediate/conv1d_2")
            hidden = self._norm(f"{layer}/output/LayerNorm", self.graph.add("Add", outer, hidden))
        return hidden

    def _attention(self, name: str, hidden: str) -> str:
        """Return what attention adds to its input, and the input."""
        g = self.graph
        query, key, value = (self._heads(f"{name}/self/{part}", hidden) for part in ("query", "key", "value"))
        scores = g.add("MatMul", query, g.add("Transpose", key, perm=[0, 2, 1]))
        scaled = g.add("Mul", scores, g.floats(_HEAD**-0.5))
        seen = g.add("MatMul", g.add("Softmax", scaled, axis=-1), value)
        joined = g.add("Reshape", g.add("Transpose", seen, perm=[1, 0, 2]), g.wholes(-1, _HEADS * _HEAD))
        bias = self._floats(f"{name}/output/dense", "BiasAdd")
        return g.add("Add", self._product(joined, f"{name}/output/dense/Tensordot/MatMul", bias), hidden)

    def _heads(self, name: str, hidden: str) -> str:
        """Return a projection, parted into heads: (heads, time, head)."""
        g = self.graph
        flat = self._product(hidden, f"{name}/Tensordot/MatMul", self._floats(name, "BiasAdd"))
        return g.add("Transpose", g.add("Reshape", flat, g.wholes(-1, _HEADS, _HEAD)), perm=[1, 0, 2])

    def _durations(self, hidden: str, speed: str) -> str:
        """Return frames for each symbol; the predictor gives the logarithm of frames and one."""
        g = self.graph
        logarithm = self._predictor("duration_predictor", "sequential_8", "dense_7", hidden)
        frames = g.add("Relu", g.add("Sub", g.add("Exp", logarithm), g.floats(1.0)))
        rounded = g.add("Round", g.add("Div", frames, speed))
        return g.add("Cast", g.add("Squeeze", rounded, g.wholes(1)), to=7)

    def _variances(self, hidden: str, pitch: str, energy: str) -> str:
        """Return the embeddings of pitch and energy, added."""
        g = self.graph
        f0 = self._predictor("f0_predictor", "sequential_6", "dense_5", hidden)
        shifted = g.add("Mul", g.add("Add", f0, g.floats(PITCH_MEAN)), pitch)
        f0 = g.add("Sub", shifted, g.floats(PITCH_MEAN))
        loudness = g.add("Mul", self._predictor("energy_predictor", "sequential_7", "dense_6", hidden), energy)
        return g.add("Add", self._embedding("f0_embeddings", f0), self._embedding("energy_embeddings", loudness))

    def _predictor(self, name: str, sequence: str, dense: str, hidden: str) -> str:
        """Return one value for each symbol: (time, 1)."""
        for number in range(2):
            convolved = self._convolution(hidden, f"{name}/{sequence}/conv_._{number}")
            hidden = self._norm(f"{name}/{sequence}/LayerNorm_._{number}", self.graph.add("Relu", convolved))
        weights = self.tensors[f"{name}/{dense}/Tensordot/MatMul"].floats().T
        bias = self.graph.constant(self._floats(f"{name}/{dense}", "BiasAdd"))
        return self.graph.add("Add", self.graph.add("MatMul", hidden, self.graph.constant(weights)), bias)

    def _embedding(self, name: str, values: str) -> str:
        weights = self._weights(f"{name}/conv1d").floats()
        neighbours = self._neighbours(values, weights.shape[1])
        product = self.graph.add("MatMul", neighbours, self.graph.constant(_matrix(weights)))
        return self.graph.add("Add", product, self.graph.constant(self._floats(name, "BiasAdd")))

    def _repeat(self, hidden: str, durations: str) -> str:
        """Repeat each symbol's row as often as it lasts frames."""
        g = self.graph
        ends = g.add("CumSum", durations, g.constant(np.array(0)))
        total = g.add("ReduceMax", ends, keepdims=0)
        frames = g.add("Range", g.constant(np.array(0)), total, g.constant(np.array(1)))
        past = g.add("GreaterOrEqual", g.add("Unsqueeze", frames, g.wholes(1)), ends)
        symbol = g.add("ReduceSum", g.add("Cast", past, to=7), g.wholes(1), keepdims=0)
        return g.add("Gather", hidden, symbol)

    def _postnet(self, mel: str) -> str:
        """Return what the postnet adds; its batch normalization is folded into the convolutions."""
        hidden = mel
        for number in range(5):
            normal = f"postnet/batch_norm_._{number}/batchnorm"
            factor, shift = self.tensors[f"{normal}/mul"].floats(), self.tensors[f"{normal}/sub"].floats()
            hidden = self._convolution(hidden, f"postnet/conv_._{number}", factor, shift)
            hidden = self.graph.add("Tanh", hidden) if number < 4 else hidden
        return hidden

    def _mish(self, values: str) -> str:
        """Return x · tanh(softplus(x)) (Misra 2019), which is x · (1 - q²) / (1 + q²) with q = sigmoid(-x)."""
        g = self.graph
        q = g.add("Sigmoid", g.add("Neg", values))
        square = g.add("Mul", q, q)
        ratio = g.add("Div", g.add("Sub", g.floats(1.0), square), g.add("Add", square, g.floats(1.0)))
        return g.add("Mul", values, ratio)

    def _norm(self, name: str, values: str) -> str:
        gain = self.graph.constant(self._floats(name, "batchnorm/mul"))
        shift = self.graph.constant(self._floats(name, "batchnorm"))
        return self.graph.add("LayerNormalization", values, gain, shift, axis=-1, epsilon=_EPSILON)

    def _positions(self, values: str) -> str:
        """Return as many rows of the table of positions as `values` has, from row 1."""
        g = self.graph
        table = self.tensors["embeddings/position_embeddings/Gather/resource"]
        end = g.add("Add", g.add("Slice", g.add("Shape", values), g.wholes(0), g.wholes(1)), g.wholes(1))
        rows = g.add("Slice", g.constant(table.values), g.wholes(1), end, g.wholes(0))
        return g.add("Mul", g.add("Cast", rows, to=1), g.floats(table.scale or 1.0))

    def _rows(self, name: str, indices: str) -> str:
        table = self.tensors[name]
        rows = self.graph.add("Gather", self.graph.constant(table.values), indices)
        return self.graph.add("Mul", self.graph.add("Cast", rows, to=1), self.graph.floats(table.scale or 1.0))

    def _convolution(self, values: str, name: str, factor: Factor = _ONE, shift: Factor = _ZERO) -> str:
        """Return a convolution with bias, followed by · factor + shift for each channel."""
        weights, bias = self._weights(f"{name}/conv1d"), self._floats(name, "BiasAdd")
        return self._multiply(values, weights, bias * factor + shift, factor)

    def _product(self, values: str, name: str, bias: NDArray[np.float32]) -> str:
        weights = self.tensors[name]
        return self._multiply(values, Tensor(weights.values[:, np.newaxis], weights.scale), bias, _ONE)

    def _multiply(self, values: str, weights: Tensor, bias: NDArray[np.float32], factor: Factor) -> str:
        """Return the product of neighbouring rows with weights (out, width, in), · factor + bias."""
        if self.arithmetic == "int8":
            return self._multiply_int8(values, weights, bias, factor)
        g = self.graph
        rows = self._neighbours(values, weights.values.shape[1])
        product = g.add("MatMul", rows, g.constant(_matrix(weights.floats()) * factor))
        return g.add("Add", product, g.constant(bias))

    def _multiply_int8(self, values: str, weights: Tensor, bias: NDArray[np.float32], factor: Factor) -> str:
        g = self.graph
        quantized, scale, zero = g.several("DynamicQuantizeLinear", 3, values)
        rows = self._neighbours(quantized, weights.values.shape[1], zero)
        scales = np.broadcast_to(np.float32(weights.scale or 1.0) * factor, bias.shape)
        constants = g.constant(_matrix(weights.values)), g.constant(scales), g.constant(bias)
        inputs = (rows, constants[0], scale, constants[1], zero, "", constants[2])
        return g.add("MatMulIntegerToFloat", *inputs, domain=MICROSOFT)

    def _neighbours(self, values: str, width: int, fill: str = "") -> str:
        """Return for each row that row between its neighbours, `width` rows side by side; `fill` beyond the ends."""
        if width == 1:
            return values
        g, side = self.graph, width // 2
        padded = g.add("Pad", values, g.wholes(side, 0, side, 0), fill)
        slices = [
            g.add("Slice", padded, g.wholes(start), g.wholes(start - width + 1 or _LAST), g.wholes(0))
            for start in range(width)
        ]
        return g.add("Concat", *slices, axis=1)

    def _floats(self, name: str, part: str) -> NDArray[np.float32]:
        return self.tensors[f"{name}/{part}/ReadVariableOp/resource"].floats()

    def _weights(self, name: str) -> Tensor:
        """Return a convolution's weights, (out, width, in); where names collide, the converter has added a 1."""
        for candidate in (f"{name}1", name):
            found = self.tensors.get(candidate)
            if found and found.values.ndim == 4:
                return Tensor(found.values[:, 0], found.scale)
        raise KeyError(name)


def _matrix(weights: NDArray[Any]) -> NDArray[Any]:
    """Return weights (out, width, in) as a matrix (width · in, out)."""
    return np.ascontiguousarray(weights.reshape(len(weights), -1).T)
