"""Stores a graph in fewer bytes: what is still float in 16 bits, equal constants once, names short.

The arithmetic stays what it is: ONNX Runtime folds the 16-bit constants into float32 when it loads or prepares a graph.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import AttributeProto, GraphProto, NodeProto, TensorProto, helper, numpy_helper

_LEAST_BYTES = 1024
"""Smaller constants are left: two more operators would take as much."""
_LARGEST = 32767
_SCALE = "_scale"
"""Ends the names of what the quantizer multiplies by: it must be a constant of float32."""


def compact(path: Path) -> None:
    """Rewrite a graph; one that holds float32 constants differs by one in 65,000 of each column's largest value."""
    model = onnx.load(str(path))
    _halve(model.graph)
    if not any(_inner(model.graph)):  # which may use the names of this one
        _merge(model.graph)
        _shorten(model.graph)
    path.write_bytes(model.SerializeToString())


def _halve(graph: GraphProto) -> None:
    """Store float32 constants as int16 with a scale for each column, in graphs inside others too."""
    large = [one for one in graph.initializer if one.data_type == TensorProto.FLOAT and not one.name.endswith(_SCALE)]
    restored: list[NodeProto] = []
    for tensor in large:
        values = numpy_helper.to_array(tensor)
        if values.nbytes < _LEAST_BYTES:
            continue
        scale = _scale(values)
        whole, factor, cast = f"{tensor.name}_16", f"{tensor.name}_factor", f"{tensor.name}_cast"
        restored += [
            helper.make_node("Cast", [whole], [cast], to=TensorProto.FLOAT),
            helper.make_node("Mul", [cast, factor], [tensor.name]),
        ]
        graph.initializer.remove(tensor)
        rounded = np.rint(values / scale).astype(np.int16)
        graph.initializer.extend([numpy_helper.from_array(rounded, whole), numpy_helper.from_array(scale, factor)])
    nodes = [*restored, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    for inner in _inner(graph):
        _halve(inner)


def _scale(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the step of each column of a matrix, of each first axis of more, of a vector as a whole."""
    kept = {1: (), 2: (1,)}.get(values.ndim, (0,))
    others = tuple(axis for axis in range(values.ndim) if axis not in kept)
    largest = np.abs(values).max(axis=others, keepdims=True)
    return np.asarray(np.where(largest > 0, largest, 1) / _LARGEST, np.float32)


def _inner(graph: GraphProto) -> Iterator[GraphProto]:
    for node in graph.node:
        yield from (one.g for one in node.attribute if one.type == AttributeProto.GRAPH)


def _merge(graph: GraphProto) -> None:
    """Keep equal constants once, as the zero points of a quantizer."""
    known: dict[tuple[object, ...], str] = {}
    other: dict[str, str] = {}
    for tensor in list(graph.initializer):
        values = numpy_helper.to_array(tensor)
        first = known.setdefault((tensor.data_type, values.shape, values.tobytes()), tensor.name)
        if first != tensor.name:
            other[tensor.name] = first
            graph.initializer.remove(tensor)
    for node in graph.node:
        node.input[:] = [other.get(name, name) for name in node.input]


def _shorten(graph: GraphProto) -> None:
    """Give the values of a graph names of a few letters; those that people and programs know stay."""
    public = {one.name for one in (*graph.input, *graph.output)}
    numbers = count()
    short: dict[str, str] = {}

    def renamed(name: str) -> str:
        if not name or name in public:
            return name
        return short.setdefault(name, f"{next(numbers):x}_")

    for tensor in graph.initializer:
        tensor.name = renamed(tensor.name)
    for node in graph.node:
        node.name = ""
        node.input[:] = [renamed(name) for name in node.input]
        node.output[:] = [renamed(name) for name in node.output]
    del graph.value_info[:]
