"""Arrays by name in one file that is mapped: what several processes read is in memory once.

The file: length of the header, u32 little-endian; the header, JSON {name: [dtype, shape, offset]}; the arrays, each
at a multiple of 64 bytes.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_tts.errors import ModelCorrupt

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ALIGNMENT = 64


def write(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays to a file."""
    header: dict[str, list[Any]] = {}
    at = 0
    for name, array in arrays.items():
        header[name] = [array.dtype.str, list(array.shape), at]
        at = _aligned(at + array.nbytes)
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<I", len(text)) + text)
        start = _aligned(4 + len(text))
        for name, array in arrays.items():
            file.seek(start + header[name][2])
            file.write(np.ascontiguousarray(array).tobytes())
        file.truncate(start + at)


def read(path: Path) -> dict[str, NDArray[Any]]:
    """Map the arrays of a file, read-only.

    Raises:
        ModelCorrupt: it is no such file, or shorter than its header says.
    """
    try:
        content = np.memmap(path, np.uint8, "r")
        (length,) = struct.unpack("<I", content[:4].tobytes())
        header = json.loads(content[4 : 4 + length].tobytes())
        start = _aligned(4 + length)
        return {
            name: np.ndarray(shape, dtype, content, start + offset) for name, (dtype, shape, offset) in header.items()
        }
    except (OSError, ValueError, TypeError, AttributeError, struct.error) as error:
        raise ModelCorrupt(f"{path} is no file of arrays: {error}") from error


def _aligned(offset: int) -> int:
    return -(-offset // _ALIGNMENT) * _ALIGNMENT
