"""The header of a wav file. Standard library only."""

from __future__ import annotations

import struct

BYTES = 44
"""Length of a header."""

_UNKNOWN_SIZE = 0xFFFFFFFF


def header(sample_rate: int, size: int | None) -> bytes:
    """Return what stands before 16-bit mono samples: the heads of the chunks RIFF, fmt and data.

    Args:
        sample_rate: in Hz.
        size: of the samples, in bytes; None where it is not known yet.
    """
    riff, data = (_UNKNOWN_SIZE, _UNKNOWN_SIZE) if size is None else (size + 36, size)
    fmt = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, sample_rate, sample_rate * 2, 2, 16)
    return struct.pack("<4sI4s", b"RIFF", riff, b"WAVE") + fmt + struct.pack("<4sI", b"data", data)
