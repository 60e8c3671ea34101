"""Audio that waits for its end: in memory as long as it is little, then in a file without a name inside the budget."""

from __future__ import annotations

import contextlib
import io
import tempfile
from pathlib import Path
from typing import BinaryIO

from edge_tts.config.settings import Config
from edge_tts.disk import Reservation, reserve, writing
from edge_tts.errors import BudgetExceeded, DiskFull, EdgeTTSError, StoreError

MEMORY_BYTES = 2 << 20
"""Most of one utterance that is in memory; 43 seconds at 24 kHz."""

UNWRITABLE_BYTES = 16 << 20
"""The same where no file can be made, as in a home that is read-only."""

_LOT_BYTES = 32 << 20  # admitted at once: the disk guard looks at everything to decide
_PURPOSE = "keeping audio until its end"


class Spool:
    """A file to write and read, for one utterance; what it takes of the disk is free again when the process ends.

    Args:
        config: the budget, and where temporary files are.
    """

    def __init__(self, config: Config) -> None:
        """Take nothing of the disk yet."""
        self._config = config
        self._file: BinaryIO = io.BytesIO()
        self._room: Reservation | None = None
        self._folder = Path()
        self._most = MEMORY_BYTES
        self._held = contextlib.ExitStack()
        self._trouble: EdgeTTSError | None = None
        self.size = 0

    @property
    def left(self) -> int:
        """How many bytes are still to be read."""
        return self.size - self._file.tell()

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Take all of the data; that there was no room says `check`, as libsndfile, which writes here, could not."""
        if self._trouble is None:
            try:
                self._write(memoryview(data).cast("B"))
            except EdgeTTSError as error:
                self.close()
                self._trouble = error
        return len(data)

    def check(self) -> None:
        """Raise what kept something from being written.

        Raises:
            BudgetExceeded: the budget has no room for it.
            DiskFull: the disk has none.
            StoreError: it cannot be written.
        """
        if self._trouble is not None:
            raise type(self._trouble)(f"{self._trouble}; ask for it with stream true") from self._trouble

    def read(self, size: int = -1) -> bytes:
        """Return what follows, at most so many bytes."""
        with writing(self._folder, 0, _PURPOSE):
            return self._file.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place, as in any file."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the place."""
        return self._file.tell()

    def close(self) -> None:
        """Forget everything and give the room back."""
        self._file, self._room, self.size = io.BytesIO(), None, 0
        self._held.close()

    def _write(self, data: memoryview) -> None:
        end = self._file.tell() + len(data)
        if self._room is None and end > self._most:
            self._leave_memory(end)
        if self._room is not None and end > self._room.promise.bytes:
            self._room.resize(end + _LOT_BYTES)
        with writing(self._folder, len(data), _PURPOSE):
            while data:
                data = data[self._file.write(data) :]
        self.size = max(self.size, end)

    def _leave_memory(self, size: int) -> None:
        try:
            self._move(size)
        except (BudgetExceeded, DiskFull):
            raise
        except StoreError:
            if size > UNWRITABLE_BYTES:
                raise
            self._held.close()
            self._room, self._most = None, UNWRITABLE_BYTES

    def _move(self, size: int) -> None:
        """Go on in a file."""
        settings, kept = self._config, self._file
        self._folder = settings.paths.temporary
        self._room = self._held.enter_context(reserve(settings, self._folder, size + _LOT_BYTES, _PURPOSE))
        with writing(self._folder, size, _PURPOSE):
            self._file = self._held.enter_context(tempfile.TemporaryFile(dir=self._folder, buffering=0))
        place = kept.tell()
        kept.seek(0)
        self._write(memoryview(kept.read()))
        self._file.seek(place)
