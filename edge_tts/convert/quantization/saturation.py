"""Scales 8-bit weights so that no processor's products saturate.

x86-64 without VNNI instructions multiplies pairs of unsigned activations and signed weights, and adds each pair in 16
bits (`vpmaddubsw`): 255 · (127 + 127) is cut to 32767, and a graph that was faithful elsewhere is not there. So the
step of an output's weights is chosen such that no two neighbours, of one sign, are more than 128 steps together. That
costs a part of a bit, where ONNX Runtime's own remedy (`reduce_range`) costs a whole one.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

_PAIR = 127.0
"""Steps that two neighbours may have before they are rounded, which may add one."""


def unsaturate(source: Path, target: Path) -> None:
    """Quantize the weights of a quantized graph anew.

    Args:
        source: the float graph that it was made from.
        target: the quantized graph, with signed weights of 8 bits and a scale for each output; it is changed.
    """
    floats = {one.name: one for one in onnx.load(str(source)).graph.initializer}
    model = onnx.load(str(target))
    there = {one.name: one for one in model.graph.initializer}
    first_axis = _by_axis(model.graph)
    coarser: dict[str, NDArray[np.float32]] = {}
    for name, quantized in there.items():
        origin = name.removesuffix("_quantized")
        axis = first_axis.get(name)
        if quantized.data_type != onnx.TensorProto.INT8 or origin == name or origin not in floats or axis == 1:
            continue  # no weights, or those of a transposed convolution, which is computed in float
        weights, scale = numpy_helper.to_array(floats[origin]), there[f"{origin}_scale"]
        if weights.shape != tuple(quantized.dims):  # those of an LSTM have their outputs last once they are quantized
            weights = weights.swapaxes(-1, -2)
        before = numpy_helper.to_array(scale)
        steps, values = _quantized(weights, before, convolution=axis == 0)
        _put(scale, steps)
        _put(quantized, values)
        coarser[name] = steps / before
    _follow(model.graph, there, coarser)
    onnx.save(model, str(target))


def _by_axis(graph: onnx.GraphProto) -> dict[str, int]:
    """Return, for what is quantized beforehand, which axis has a scale for each place."""
    nodes = (node for node in graph.node if node.op_type == "DequantizeLinear")
    return {node.input[0]: next((int(one.i) for one in node.attribute if one.name == "axis"), 1) for node in nodes}


def _follow(
    graph: onnx.GraphProto, there: dict[str, onnx.TensorProto], coarser: dict[str, NDArray[np.float32]]
) -> None:
    """Quantize the biases of convolutions anew, whose steps are those of input times weights."""
    made_by = {node.output[0]: node for node in graph.node if node.op_type == "DequantizeLinear"}
    for node in graph.node:
        if node.op_type != "Conv" or len(node.input) < 3 or not {*node.input[1:3]} <= made_by.keys():
            continue
        weights, bias = (made_by[name] for name in node.input[1:3])
        if weights.input[0] in coarser:
            ratio = coarser[weights.input[0]]
            values, steps = (numpy_helper.to_array(there[name]) for name in bias.input[:2])
            _put(there[bias.input[0]], np.rint(values / ratio).astype(np.int32))
            _put(there[bias.input[1]], (steps * ratio).astype(np.float32))


def _quantized(
    weights: NDArray[np.float32], scale: NDArray[np.float32], *, convolution: bool
) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
    """Return the steps, at least `scale`, and the weights in steps.

    The products of a convolution run over the inputs of a tap, then over the taps; its outputs come first. All else has
    its outputs last, and for each direction of an LSTM a matrix of its own.
    """
    last = weights.ndim - 1
    axes = [0, *range(2, last + 1), 1] if convolution else [*range(last - 1), last, last - 1]
    moved = weights.transpose(axes)
    rows = moved.reshape(scale.size, -1)
    pairs = np.pad(rows, ((0, 0), (0, rows.shape[1] % 2))).reshape(len(rows), -1, 2)
    together = [np.maximum(signed, 0).sum(axis=2).max(axis=1, initial=0.0) for signed in (pairs, -pairs)]
    steps = np.maximum(scale.reshape(-1), np.maximum(*together) / _PAIR).astype(np.float32)
    values = np.clip(np.rint(rows / steps[:, np.newaxis]), -127, 127).astype(np.int8).reshape(moved.shape)
    return steps.reshape(scale.shape), np.ascontiguousarray(values.transpose(np.argsort(axes)))


def _put(tensor: onnx.TensorProto, values: NDArray[np.generic]) -> None:
    tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
