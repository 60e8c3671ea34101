"""Reads an ONNX file without the onnx package: its constants, which node makes a value, and a part of the graph.

The format is Protocol Buffers; field numbers are those of onnx.proto3. Subgraphs (If, Loop) are not followed.
"""

from __future__ import annotations

import dataclasses
import mmap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_tts.errors import ModelCorrupt
from edge_tts.graphs.onnx_writer import constant_message

if TYPE_CHECKING:
    from numpy.typing import NDArray

_GRAPH = 7  # of a model
_NODE, _INITIALIZER, _INPUT, _OUTPUT, _VALUE_INFO = 1, 5, 11, 12, 13  # of a graph
_NODE_INPUT, _NODE_OUTPUT, _NODE_NAME, _NODE_OPERATOR, _NODE_ATTRIBUTE = 1, 2, 3, 4, 5
_ATTRIBUTE_NAME, _ATTRIBUTE_FLOAT, _ATTRIBUTE_WHOLE, _ATTRIBUTE_WHOLES = 1, 2, 3, 8
_DIMENSIONS, _DATA_TYPE, _TENSOR_NAME, _RAW_DATA = 1, 2, 8, 9  # of a tensor
_VALUE_NAME = 1  # of an input or output
_TYPED_DATA = {4: "<f4", 5: "varint", 7: "varint", 10: "<f8"}
_TYPES = {1: "<f4", 2: "u1", 3: "i1", 5: "<i2", 6: "<i4", 7: "<i8", 9: "?", 10: "<f2", 11: "<f8"}
"""NumPy's names of TensorProto.DataType."""


@dataclass(frozen=True, slots=True)
class Node:
    """An operator of the graph.

    Attributes:
        operator: its type, as `Conv`.
        inputs: names of the values that it reads, "" for one that is left out.
        outputs: names of the values that it makes.
        message: its NodeProto as it is in the file.
    """

    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    message: memoryview

    def numbers(self, attribute: str) -> tuple[float, ...]:
        """Return an attribute's number, or its integers in order; nothing if there is no such attribute."""
        for field, _, value in _fields(self.message):
            if field == _NODE_ATTRIBUTE and _text(_first(value, _ATTRIBUTE_NAME)) == attribute:
                return tuple(_attribute_numbers(value))
        return ()

    def changed(self, operator: str, inputs: Sequence[str], *, attributes: bool = True) -> bytes:
        """Return a NodeProto with another operator, of ONNX's own, and other inputs; name and outputs stay."""
        kept = {_NODE_OUTPUT, _NODE_NAME, *([_NODE_ATTRIBUTE] if attributes else [])}
        fields = [_field(field, kind, value) for field, kind, value in _fields(self.message) if field in kept]
        return b"".join([*(_message(_NODE_INPUT, name.encode()) for name in inputs), *fields,
                         _message(_NODE_OPERATOR, operator.encode())])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Replacement:
    """What takes the place of a node.

    Attributes:
        nodes: NodeProto messages.
        constants: new constants by name.
        needs: names of values and constants of the file that the new nodes read.
    """

    nodes: Sequence[bytes] = ()
    constants: Mapping[str, NDArray[Any]] = dataclasses.field(default_factory=dict)
    needs: Sequence[str] = ()


def unchanged(node: Node) -> Replacement:
    """Return a replacement that is the node itself."""
    return Replacement([bytes(node.message)], needs=node.inputs)


class OnnxFile:
    """A graph in a file.

    Args:
        path: .onnx file whose constants are inside it.

    Raises:
        ModelCorrupt: it is no such file.
    """

    def __init__(self, path: Path) -> None:
        """Map the file and find nodes and constants in it."""
        self._path = path
        try:
            with open(path, "rb") as file:
                self._model = list(_fields(memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))))
            self._graph = list(_fields(next(value for field, _, value in self._model if field == _GRAPH)))
            self._nodes = [_node(value) for field, _, value in self._graph if field == _NODE]
            tensors = (value for field, _, value in self._graph if field == _INITIALIZER)
            self._tensors = {_text(_first(tensor, _TENSOR_NAME)): tensor for tensor in tensors}
        except (OSError, ValueError, IndexError, StopIteration, TypeError) as error:
            raise ModelCorrupt(f"{path} is no ONNX graph: {error}") from error
        self._makers = {output: node for node in self._nodes for output in node.outputs}

    def constant(self, name: str) -> NDArray[Any]:
        """Return the values of a constant.

        Raises:
            ModelCorrupt: there is none of this name.
        """
        if name not in self._tensors:
            raise ModelCorrupt(f"{self._path.name} has no constant {name}")
        try:
            return _tensor(self._tensors[name])
        except (KeyError, ValueError) as error:
            raise ModelCorrupt(f"{self._path.name}: constant {name} cannot be read: {error}") from error

    def has(self, name: str) -> bool:
        """Return whether there is a constant of this name."""
        return name in self._tensors

    def made(self, value: str) -> bool:
        """Return whether a node makes this value."""
        return value in self._makers

    def maker(self, value: str) -> Node:
        """Return the node that makes a value.

        Raises:
            ModelCorrupt: there is none.
        """
        if value not in self._makers:
            raise ModelCorrupt(f"{self._path.name} has no value {value}")
        return self._makers[value]

    def part(
        self,
        outputs: Iterable[str],
        inputs: Iterable[str] = (),
        replace: Callable[[Node], Replacement] = unchanged,
    ) -> bytes:
        """Return the part of the graph that makes some values, as the content of a file.

        Args:
            outputs: names of the float32 values that become outputs.
            inputs: names of the float32 values that become inputs, besides those of the graph's own that are used.
            replace: returns what takes the place of a node.

        Raises:
            ModelCorrupt: there is no such value.
        """
        outputs, inputs = list(outputs), list(inputs)
        needed = self._needed(outputs, set(inputs))
        made = [replace(node) for node in self._nodes if id(node) in needed]
        used = {name for replacement in made for name in replacement.needs}
        graph = [_message(_NODE, node) for replacement in made for node in replacement.nodes]
        graph += [_message(_INITIALIZER, tensor) for name, tensor in self._tensors.items() if name in used]
        added = {name: values for replacement in made for name, values in replacement.constants.items()}
        graph += [_message(_INITIALIZER, constant_message(name, values)) for name, values in added.items()]
        own = [value for field, _, value in self._graph if field == _INPUT]
        graph += [_message(_INPUT, value) for value in own if not inputs or _text(_first(value, _VALUE_NAME)) in used]
        graph += [_message(_INPUT, _float_value(name)) for name in inputs]
        graph += [_message(_OUTPUT, _float_value(name)) for name in outputs]
        rest = {_NODE, _INITIALIZER, _INPUT, _OUTPUT, _VALUE_INFO}
        graph += [_field(field, kind, value) for field, kind, value in self._graph if field not in rest]
        model = [_field(field, kind, value) for field, kind, value in self._model if field != _GRAPH]
        return b"".join([*model, _message(_GRAPH, b"".join(graph))])

    def _needed(self, outputs: list[str], given: set[str]) -> set[int]:
        needed: set[int] = set()
        wanted = [self.maker(output) for output in outputs]
        while wanted:
            node = wanted.pop()
            if id(node) not in needed:
                needed.add(id(node))
                wanted += [self._makers[name] for name in node.inputs if name in self._makers and name not in given]
        return needed


def _fields(message: memoryview) -> Iterator[tuple[int, int, Any]]:
    """Yield (field number, wire type, value) of a message: an int, or the bytes of any other value."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        field, kind = key >> 3, key & 7
        if kind == 0:
            value, at = _varint(message, at)
            yield field, kind, value
            continue
        if kind == 2:
            length, at = _varint(message, at)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise ValueError(f"wire type {kind}, expected 0, 1, 2 or 5")
        if at + length > len(message):
            raise ValueError(f"a value of {length} bytes where {len(message) - at} are left")
        yield field, kind, message[at : at + length]
        at += length


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def _first(message: memoryview, wanted: int) -> Any:
    return next(value for field, _, value in _fields(message) if field == wanted)


def _text(value: memoryview) -> str:
    return bytes(value).decode()


def _node(message: memoryview) -> Node:
    fields = list(_fields(message))
    inputs, outputs, operator = (
        tuple(_text(value) for field, _, value in fields if field == wanted)
        for wanted in (_NODE_INPUT, _NODE_OUTPUT, _NODE_OPERATOR)
    )
    return Node(operator[0], inputs, outputs, message)


def _tensor(message: memoryview) -> NDArray[Any]:
    fields = list(_fields(message))
    dtype = _TYPES[next(value for field, _, value in fields if field == _DATA_TYPE)]
    shape = [n for field, kind, value in fields if field == _DIMENSIONS for n in _numbers(kind, value)]
    for field, kind, value in fields:
        if field == _RAW_DATA:
            return np.frombuffer(value, dtype).reshape(shape)
        if field in _TYPED_DATA and kind == 2 and _TYPED_DATA[field] != "varint":
            return np.frombuffer(value, _TYPED_DATA[field]).astype(dtype).reshape(shape)
    typed = (number for field, kind, value in fields if field in _TYPED_DATA for number in _numbers(kind, value))
    return np.array([number - (number >> 63 << 64) for number in typed]).astype(dtype).reshape(shape)


def _attribute_numbers(attribute: memoryview) -> Iterator[float]:
    for field, kind, value in _fields(attribute):
        if field == _ATTRIBUTE_FLOAT:
            yield float(np.frombuffer(value, "<f4")[0])
        elif field in (_ATTRIBUTE_WHOLE, _ATTRIBUTE_WHOLES):
            yield from (number - (number >> 63 << 64) for number in _numbers(kind, value))


def _numbers(kind: int, value: Any) -> Iterator[int]:
    """Yield repeated integers, packed or one by one."""
    if kind == 0:
        yield value
        return
    at = 0
    while at < len(value):
        number, at = _varint(value, at)
        yield number


def _bytes_of(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _field(field: int, kind: int, value: Any) -> bytes:
    if kind == 0:
        return _bytes_of(field << 3) + _bytes_of(value)
    return _message(field, value) if kind == 2 else _bytes_of(field << 3 | kind) + bytes(value)


def _message(field: int, value: bytes | memoryview) -> bytes:
    return _bytes_of(field << 3 | 2) + _bytes_of(len(value)) + bytes(value)


def _float_value(name: str) -> bytes:
    """Return a ValueInfoProto: a name, and a tensor of float32 of any shape."""
    tensor_type = _message(1, _field(1, 0, 1))
    return _message(1, name.encode()) + _message(2, tensor_type)
