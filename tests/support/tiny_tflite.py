"""A tiny TensorFlow Lite model, generated: constants and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

import flatbuffers
import numpy as np
from numpy.typing import NDArray

TYPES = {"float32": 0, "int32": 2, "int64": 4, "bool": 6, "int8": 9}
Constant = tuple[NDArray[np.generic], float | None]


def make(constants: Mapping[str, Constant]) -> bytes:
    """Return a model with these constants, each with its scale."""
    builder = flatbuffers.Builder(1024)
    buffers = [_table(builder, 1, {})]  # number 0 is empty, as the schema wants it
    tensors = []
    for name, (values, scale) in constants.items():
        content = builder.CreateByteVector(values.tobytes())
        buffers.append(_table(builder, 1, {0: content}))
        tensors.append(_tensor(builder, name, values, scale, len(buffers) - 1))
    graph = _table(builder, 1, {0: _vector(builder, tensors)})
    graphs, all_buffers = _vector(builder, [graph]), _vector(builder, buffers)
    builder.Finish(_table(builder, 5, {2: graphs, 4: all_buffers}), file_identifier=b"TFL3")
    return bytes(builder.Output())


def _tensor(
    builder: flatbuffers.Builder, name: str, values: NDArray[np.generic], scale: float | None, buffer: int
) -> int:
    text = builder.CreateString(name)
    shape = builder.CreateNumpyVector(np.array(values.shape, np.int32))
    parts = {0: shape, 3: text}
    if scale is not None:
        scales = builder.CreateNumpyVector(np.array([scale], np.float32))
        parts[4] = _table(builder, 4, {2: scales})
    builder.StartObject(5)
    builder.PrependUint32Slot(2, buffer, 0)
    builder.PrependInt8Slot(1, TYPES[str(values.dtype)], 0)
    for field, offset in parts.items():
        builder.PrependUOffsetTRelativeSlot(field, offset, 0)
    return int(builder.EndObject())


def _table(builder: flatbuffers.Builder, fields: int, parts: Mapping[int, int]) -> int:
    builder.StartObject(fields)
    for field, offset in parts.items():
        builder.PrependUOffsetTRelativeSlot(field, offset, 0)
    return int(builder.EndObject())


def _vector(builder: flatbuffers.Builder, offsets: list[int]) -> int:
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return int(builder.EndVector())
