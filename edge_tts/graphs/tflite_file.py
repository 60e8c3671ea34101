"""Reads the tensors of a TensorFlow Lite model, a FlatBuffer; its operators are not looked at.

Layout: FlatBuffers "internals" document and TensorFlow's schema.fbs, version 3. Field numbers are positions in the
schema's tables. Nothing is trusted: a position outside of the file, a size that does not fit or an unknown type is an
error, and what is read is bounded by the file's own length.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_tts.errors import ModelCorrupt

if TYPE_CHECKING:
    from numpy.typing import NDArray

_IDENTIFIER = b"TFL3"
_TYPES = {0: "<f4", 2: "<i4", 4: "<i8", 6: "?", 9: "i1"}
"""NumPy's names of the schema's TensorType, as far as constants have them."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """A constant of a model.

    Attributes:
        values: as they are stored, any shape and type.
        scale: value of one step of an integer, the same for the whole tensor; None for a tensor of floats.
    """

    values: NDArray[Any]
    scale: float | None

    def floats(self) -> NDArray[np.float32]:
        """Return the values in float32, integers multiplied by their scale."""
        return np.asarray(self.values * np.float32(self.scale or 1.0), np.float32)


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Return the constants of a model's first subgraph, by name; they are views into the mapped file.

    Raises:
        ModelCorrupt: it is missing, or no TensorFlow Lite model that can be read.
    """
    try:
        data = np.memmap(path, np.uint8, mode="r")
        return _tensors(data)
    except (OSError, ValueError, struct.error, UnicodeDecodeError) as error:
        raise ModelCorrupt(f"{path} is not a TensorFlow Lite model: {error}") from error


def _tensors(data: NDArray[np.uint8]) -> dict[str, Tensor]:
    if data[4:8].tobytes() != _IDENTIFIER:
        raise ValueError(f"expected identifier {_IDENTIFIER!r}, it has {data[4:8].tobytes()!r}")
    model = _Table.at(memoryview(data.data), 0)
    buffers, graphs = model.tables(4), model.tables(2)
    if not graphs:
        raise ValueError("it has no subgraph")
    return dict(_constants(graphs[0].tables(0), buffers))


def _constants(tensors: list[_Table], buffers: list[_Table]) -> list[tuple[str, Tensor]]:
    found = []
    for tensor in tensors:
        number = tensor.whole(2, "<I")
        if number >= len(buffers):
            raise ValueError(f"a tensor wants buffer {number} of {len(buffers)}")
        content = buffers[number].bytes(0)
        if len(content):
            found.append((bytes(tensor.bytes(3)).decode(), _constant(tensor, content)))
    return found


def _constant(tensor: _Table, content: memoryview) -> Tensor:
    kind = tensor.whole(1, "b")
    if kind not in _TYPES:
        raise ValueError(f"a tensor has type {kind}, expected one of {', '.join(map(str, _TYPES))}")
    shape = tensor.numbers(0, "i")
    values = np.frombuffer(content, _TYPES[kind])
    if any(size < 0 for size in shape) or prod(shape) != values.size:
        raise ValueError(f"a tensor of shape {list(shape)} has {values.size} values")
    return Tensor(values.reshape(shape), _scale(tensor))


def _scale(tensor: _Table) -> float | None:
    quantization = tensor.table(4)
    scales = quantization.numbers(2, "f") if quantization else ()
    if not quantization or not scales:
        return None
    if len(scales) > 1 or any(quantization.numbers(3, "q")):
        raise ValueError("a tensor has several scales or a zero point, expected one scale and none")
    return float(scales[0])


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of a FlatBuffer.

    Attributes:
        data: the whole file.
        start: position of the table in the file.
        fields: position of each of its fields, counted from `start`; 0 for an absent one.
    """

    data: memoryview
    start: int
    fields: tuple[int, ...]

    @classmethod
    def at(cls, data: memoryview, place: int) -> _Table:
        """Follow the offset that is at `place`."""
        start = place + _read(data, "<I", place)
        described = start - _read(data, "<i", start)
        length = _read(data, "<H", described)
        return cls(data, start, tuple(map(int, _many(data, described + 4, (length - 4) // 2, "H"))))

    def whole(self, field: int, layout: str) -> int:
        """Return a number, 0 if it is absent."""
        place = self._place(field)
        return _read(self.data, layout, place) if place else 0

    def table(self, field: int) -> _Table | None:
        """Return a table, None if it is absent."""
        place = self._place(field)
        return _Table.at(self.data, place) if place else None

    def tables(self, field: int) -> list[_Table]:
        """Return a vector of tables."""
        start, count = self._vector(field)
        _check(self.data, start, 4 * count)
        return [_Table.at(self.data, start + 4 * index) for index in range(count)]

    def numbers(self, field: int, layout: str) -> tuple[int | float, ...]:
        """Return a vector of numbers."""
        start, count = self._vector(field)
        return _many(self.data, start, count, layout)

    def bytes(self, field: int) -> memoryview:
        """Return a string or a vector of bytes."""
        start, count = self._vector(field)
        _check(self.data, start, count)
        return self.data[start : start + count]

    def _place(self, field: int) -> int:
        offset = self.fields[field] if field < len(self.fields) else 0
        return self.start + offset if offset else 0

    def _vector(self, field: int) -> tuple[int, int]:
        """Return where the first element is, and how many there are."""
        place = self._place(field)
        if not place:
            return 0, 0
        start = place + _read(self.data, "<I", place)
        return start + 4, _read(self.data, "<I", start)


def _check(data: memoryview, start: int, size: int) -> None:
    if start < 0 or size < 0 or start + size > len(data):
        raise ValueError(f"it refers to bytes {start} to {start + size} of {len(data)}")


def _read(data: memoryview, layout: str, place: int) -> int:
    _check(data, place, struct.calcsize(layout))
    return int(struct.unpack_from(layout, data, place)[0])


def _many(data: memoryview, start: int, count: int, layout: str) -> tuple[int | float, ...]:
    _check(data, start, count * struct.calcsize(layout))
    return struct.unpack_from(f"<{count}{layout}", data, start)
