"""What has come of a download so far: bytes on disk that a later attempt, or a later process, goes on from."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from types import TracebackType

from edge_tts.errors import ModelCorrupt
from edge_tts.system.tables import parse_json, read_bounded

SPAN_BYTES = 32_000_000
"""A file of at least two of these is fetched in spans, where nothing else keeps the connections busy."""

_BLOCK = 1 << 20


class Partial:
    """A span of a remote file, appended to a file of ours; used in a `with` block, by one thread.

    Beside the file a record remembers where its bytes came from and the validator that came with them (a strong
    ETag or a date, RFC 9110 section 8.8), so that the same bytes are asked for the next time.

    Args:
        path: where the bytes are; need not exist.
        total: bytes of the whole remote file.
        start: where the span begins.
        size: bytes of the span, by default all.
    """

    def __init__(self, path: Path, total: int, start: int = 0, size: int | None = None) -> None:
        """Open nothing yet."""
        self.path = path
        self.total = total
        self.start = start
        self.size = total if size is None else size
        self.length = 0
        self._record = path.with_name(f"{path.name}.json")

    def __enter__(self) -> Partial:
        """Open the file and hash what is there."""
        self._stream = open(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644), "r+b", buffering=0)
        self._digest = hashlib.sha256()
        while block := self._stream.read(_BLOCK):
            self._digest.update(block)
            self.length += len(block)
        if self.length > self.size:
            self.restart()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file; what has come stays."""
        self._stream.close()

    @property
    def whole(self) -> bool:
        """Whether the span is the whole file."""
        return self.size == self.total

    @property
    def missing(self) -> int:
        """Bytes that have not come yet."""
        return self.size - self.length

    @property
    def range(self) -> str:
        """What to ask for, as the value of a `Range` field."""
        return f"bytes={self.start + self.length}-{self.start + self.size - 1}"

    def append(self, block: bytes) -> None:
        """Add what came next.

        Raises:
            ModelCorrupt: it is more than was promised.
        """
        if self.length + len(block) > self.size:
            raise ModelCorrupt(f"expected {self.size} bytes, got more")
        view = memoryview(block)
        while view:
            view = view[self._stream.write(view) or 0 :]
        self._digest.update(block)
        self.length += len(block)

    def restart(self) -> None:
        """Forget what has come."""
        self._stream.seek(0)
        self._stream.truncate()
        self._digest = hashlib.sha256()
        self.length = 0

    def remember(self, url: str, validator: str) -> None:
        """Keep where the bytes come from; "" for no validator."""
        self._record.write_text(json.dumps({"url": url, "validator": validator}), encoding="utf-8")

    def validator(self, url: str) -> str:
        """Return the validator of what has come from this address, "" if there is none."""
        try:
            record = parse_json(read_bounded(self._record))
            return str(record["validator"]) if record["url"] == url else ""
        except (OSError, ValueError, TypeError, KeyError):  # a torn record is none: the digest decides in the end
            return ""

    def hexdigest(self) -> str:
        """Return the SHA-256 of what has come."""
        return self._digest.hexdigest()

    def sync(self) -> None:
        """Wait until the disk has it."""
        os.fsync(self._stream.fileno())

    def discard(self) -> None:
        """Remove it from the disk."""
        self.path.unlink(missing_ok=True)
        self._record.unlink(missing_ok=True)
