"""Turns a dynamically quantized ONNX graph back into one of float32, for devices that compute that faster.

ONNX Runtime's `quantize_dynamic` puts DynamicQuantizeLinear before each product, and multiplies what it gives by the
scale of the input and of the weights. Here the input stays as it is, with a scale of one, and the weights become whole
numbers in float32; the rest of the graph is the same, and ONNX Runtime folds the constants.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from edge_tts.graphs.onnx_file import Node, OnnxFile, Replacement, unchanged

if TYPE_CHECKING:
    from numpy.typing import NDArray

EDITION = "float-1"
"""Changes when `in_floats` returns something else for the same graph."""

_PRODUCTS = {"ConvInteger": "Conv", "MatMulInteger": "MatMul"}
_BIAS_ROUNDED = ".bias_quant_rounded:0"
"""Ends the name of a bias that was divided by the scales and rounded down, to be added to whole numbers."""


def in_floats(onnx: OnnxFile, outputs: Iterable[str], inputs: Iterable[str] = ()) -> bytes:
    """Return the part of a graph that makes `outputs`, in float32, as the content of an .onnx file.

    Args:
        onnx: the quantized graph.
        outputs: names of the values that become outputs.
        inputs: names of the values that become inputs, besides the graph's own inputs.

    Raises:
        ModelCorrupt: there is no such value or constant.
    """
    return onnx.part(outputs, inputs, lambda node: _in_floats(onnx, node))


def _in_floats(onnx: OnnxFile, node: Node) -> Replacement:
    """Return what computes in float32 what a node computes with whole numbers."""
    match node.operator:
        case "DynamicQuantizeLinear":
            return Replacement(constants={node.outputs[1]: np.array(1, np.float32)})
        case "ConvInteger" | "MatMulInteger":
            return _product(onnx, node)
        case "DynamicQuantizeLSTM":
            return _lstm(onnx, node)
        case "Floor" if node.outputs[0].endswith(_BIAS_ROUNDED):
            return _passed(node)
        case "Cast" if node.inputs[0].endswith(_BIAS_ROUNDED):
            return _passed(node)
        case _:
            return unchanged(node)


def _product(onnx: OnnxFile, node: Node) -> Replacement:
    quantized, weights, _, zero = node.inputs
    signal = onnx.maker(quantized).inputs[0]
    whole = onnx.constant(weights).astype(np.float32) - onnx.constant(zero).astype(np.float32)
    name = f"{weights}_in_floats"  # once for all products with the same weights
    return Replacement([node.changed(_PRODUCTS[node.operator], (signal, name))], {name: whole}, (signal,))


def _lstm(onnx: OnnxFile, node: Node) -> Replacement:
    """Weights are (directions, inputs, 4 hidden) here, and the other way round in ONNX's own operator."""
    constants = {}
    for number, scale in ((1, 8), (2, 10)):
        whole = onnx.constant(node.inputs[number]).astype(np.float32)
        zeros, scales = (_of_each_direction(onnx.constant(node.inputs[at])) for at in (scale + 1, scale))
        constants[f"{node.inputs[number]}_in_floats"] = ((whole - zeros) * scales).transpose(0, 2, 1)
    signal, rest = node.inputs[0], node.inputs[3:8]
    nodes = [node.changed("LSTM", (signal, *constants, *rest))]
    return Replacement(nodes, constants, (signal, *(name for name in rest if name)))


def _of_each_direction(values: NDArray[np.generic]) -> NDArray[np.float32]:
    """Return scales or zeros, of each direction or of each of its outputs, to be used with its weights."""
    return values.astype(np.float32).reshape(len(values), 1, -1)


def _passed(node: Node) -> Replacement:
    return Replacement([node.changed("Identity", node.inputs, attributes=False)], needs=node.inputs)
