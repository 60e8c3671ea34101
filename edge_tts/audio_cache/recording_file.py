"""A recording in a file: there whole or not at all, by a rename, and checked before anything of it is said."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from edge_tts.audio_cache.recording import Heading, messages, replay
from edge_tts.disk.forms import RECORDING
from edge_tts.disk.leases import Lease
from edge_tts.errors import EdgeTTSError, StoreError
from edge_tts.system.replacing import replacing
from edge_tts.wire import Message, Speak

HEAD_BYTES = 12
"""What a file has beyond its recording."""

MOST_BYTES = 64 << 20
"""No recording of a minute is longer; a file that is would take long to check."""

_HEAD = struct.Struct(">8sI")  # what it is, CRC-32 of what follows
_CHECK_BYTES = 262_144


class OpenRecording:
    """A recording that was found whole; nobody removes it before `close`."""

    def __init__(self, lease: Lease) -> None:
        """Check it.

        Raises:
            StoreError: it is damaged.
            OSError: it cannot be read.
        """
        self._lease = lease
        if (size := os.fstat(lease.descriptor).st_size) > MOST_BYTES:
            raise StoreError(f"expected at most {MOST_BYTES} bytes, got {size}")
        self._file: BinaryIO = open(lease.descriptor, "rb", closefd=False)
        magic, checksum = _HEAD.unpack(self._file.read(_HEAD.size).ljust(_HEAD.size))
        found = 0
        while data := self._file.read(_CHECK_BYTES):
            found = zlib.crc32(data, found)
        if (magic, checksum) != (RECORDING, found):
            raise StoreError(f"expected the checksum {checksum:08x}, got {found:08x}")
        self._file.seek(_HEAD.size)
        self._messages = messages(self._file)
        heading = next(self._messages, None)
        if not isinstance(heading, Heading):
            raise StoreError("a recording begins with something else than its heading")
        self.heading = heading

    def replay(self, speak: Speak) -> Iterator[Message]:
        """Yield what a worker would say, see recording.replay; once.

        Raises:
            StoreError: while iterating: it cannot be read any more, its disk has gone.
        """
        try:
            yield from replay(self._messages, self.heading, speak)
        except (OSError, EdgeTTSError) as error:
            raise StoreError(f"cached audio cannot be read: {error}; try again") from error
        raise StoreError("cached audio ends too soon; try again")

    def close(self) -> None:
        """Let go of the file."""
        self._lease.close()


def heading(path: Path) -> Heading | None:
    """Return what a file holds, None for what is damaged or gone; that does not count as a use."""
    try:
        with open(path, "rb") as file:
            file.seek(HEAD_BYTES)
            found = next(messages(file), None)
    except (OSError, EdgeTTSError):
        return None
    return found if isinstance(found, Heading) else None


def write(path: Path, body: bytes) -> None:
    """Write a recording, for the user alone.

    Nothing is synchronised to the disk: what a power failure takes can be made again, and is found damaged.

    Raises:
        OSError: it cannot be written; nothing is left of it.
    """
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with replacing(path, mode=0o600, durable=False, sweep=False) as scratch:
        scratch.write_bytes(_HEAD.pack(RECORDING, zlib.crc32(body)) + body)
