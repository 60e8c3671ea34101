"""Builds a graph and writes it in ONNX's format without the onnx package; only what the engines here need.

The format is Protocol Buffers; field numbers are those of onnx.proto3, IR version 8.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

OPSET = 17
MICROSOFT = "com.microsoft"
"""Domain of the operators that only ONNX Runtime has."""

_IR_VERSION = 8
_TYPES = {"float32": 1, "uint8": 2, "int8": 3, "int32": 6, "int64": 7, "bool": 9, "float64": 11}
"""Numbers of TensorProto.DataType by NumPy's name."""

Attribute = int | float | str | bytes | Sequence[int]
"""A value of an attribute; bytes are a serialized graph."""
Shape = Sequence[int | str]
"""Sizes of a tensor by axis; a name stands for a size that is known only when the graph runs."""


class Graph:
    """A graph under construction; a value is known by its name.

    Args:
        name: of the graph, for people.
        prefix: begins the names of its values; a graph inside another needs one of its own.
    """

    def __init__(self, name: str, prefix: str = "") -> None:
        """Begin with nothing."""
        self._name = name
        self._prefix = prefix
        self._nodes: list[bytes] = []
        self._constants: dict[bytes, str] = {}
        self._initializers: list[bytes] = []
        self._inputs: list[bytes] = []
        self._outputs: list[bytes] = []

    def input(self, name: str, dtype: str, shape: Shape) -> str:
        """Declare an input and return its name."""
        self._inputs.append(_value_info(name, dtype, shape))
        return name

    def output(self, value: str, name: str, dtype: str, shape: Shape) -> None:
        """Declare that `value` leaves the graph as `name`."""
        self._add("Identity", [value], [name], "", {})
        self._outputs.append(_value_info(name, dtype, shape))

    def constant(self, values: NDArray[np.generic]) -> str:
        """Add a constant and return its name; the same values are kept once."""
        values = np.ascontiguousarray(values).reshape(np.shape(values))  # a scalar stays one
        key = hashlib.sha256(f"{values.dtype} {values.shape} ".encode() + values.tobytes()).digest()
        if key not in self._constants:
            self._constants[key] = f"{self._prefix}constant_{len(self._constants)}"
            self._initializers.append(constant_message(self._constants[key], values))
        return self._constants[key]

    def floats(self, *values: float) -> str:
        """Add a constant of float32: one number as a scalar, several as a vector."""
        return self.constant(np.array(values[0] if len(values) == 1 else values, np.float32))

    def wholes(self, *values: int) -> str:
        """Add a constant vector of int64."""
        return self.constant(np.array(values, np.int64))

    def add(self, operator: str, *inputs: str, domain: str = "", **attributes: Attribute) -> str:
        """Add an operator and return the name of its only output, or its first one.

        Args:
            operator: its name in `domain`.
            inputs: values, "" for one that is left out.
            domain: "" for ONNX's own.
            attributes: by name.
        """
        return self._add(operator, inputs, self._names(operator, 1), domain, attributes)[0]

    def several(self, operator: str, outputs: int, *inputs: str, **attributes: Attribute) -> list[str]:
        """Add an operator of ONNX's own that has several outputs and return their names."""
        return self._add(operator, inputs, self._names(operator, outputs), "", attributes)

    def _names(self, operator: str, count: int) -> list[str]:
        return [f"{self._prefix}{operator}_{len(self._nodes)}_{number}" for number in range(count)]

    def _add(
        self,
        operator: str,
        inputs: Sequence[str],
        outputs: list[str],
        domain: str,
        attributes: Mapping[str, Attribute],
    ) -> list[str]:
        fields = [_text(1, name) for name in inputs] + [_text(2, name) for name in outputs]
        fields += [_text(3, f"{self._prefix}node_{len(self._nodes)}"), _text(4, operator)]
        fields += [_block(5, _attribute(name, value)) for name, value in attributes.items()]
        self._nodes.append(b"".join([*fields, _text(7, domain)]))
        return outputs

    def body(self) -> bytes:
        """Return the graph alone, a GraphProto, as an attribute of an operator such as Scan."""
        parts = ((1, self._nodes), (5, self._initializers), (11, self._inputs), (12, self._outputs))
        return b"".join([_text(2, self._name), *(_block(field, item) for field, many in parts for item in many)])

    def serialize(self) -> bytes:
        """Return the content of an .onnx file."""
        domains = [_text(1, domain) + _whole(2, version) for domain, version in (("", OPSET), (MICROSOFT, 1))]
        return b"".join([_whole(1, _IR_VERSION), _block(7, self.body()), *(_block(8, domain) for domain in domains)])


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1  # negative numbers are written as 64 bits of two's complement
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)


def _whole(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _block(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _text(field: int, value: str) -> bytes:
    return _block(field, value.encode())


def _attribute(name: str, value: Attribute) -> bytes:
    """Return an AttributeProto; its field 20 says which of the others is set."""
    match value:
        case int():
            content = _whole(3, value) + _whole(20, 2)
        case float():
            content = _varint(2 << 3 | 5) + struct.pack("<f", value) + _whole(20, 1)
        case str():
            content = _text(4, value) + _whole(20, 3)
        case bytes():
            content = _block(6, value) + _whole(20, 5)
        case _:
            content = b"".join([*(_whole(8, item) for item in value), _whole(20, 7)])
    return _text(1, name) + content


def constant_message(name: str, values: NDArray[np.generic]) -> bytes:
    """Return a TensorProto."""
    sizes = b"".join(_whole(1, size) for size in values.shape)
    little = values.astype(values.dtype.newbyteorder("<"), copy=False)
    return b"".join([sizes, _whole(2, _TYPES[str(values.dtype)]), _text(8, name), _block(9, little.tobytes())])


def _value_info(name: str, dtype: str, shape: Shape) -> bytes:
    sizes = [_whole(1, size) if isinstance(size, int) else _text(2, size) for size in shape]
    dimensions = b"".join(_block(1, size) for size in sizes)
    tensor = _whole(1, _TYPES[dtype]) + _block(2, dimensions)
    return _text(1, name) + _block(2, _block(1, tensor))
