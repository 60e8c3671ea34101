"""Archives from elsewhere, read member by member. Nothing is unpacked by the names that an archive gives."""

from __future__ import annotations

import gzip
import io
import stat
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from edge_tts.errors import EdgeTTSError, SourceUnavailable
from edge_tts.store.origins import SAFE_PATH

MEMBERS = 10_000
"""Most members of an archive."""

RATIO = 100
"""Most bytes that one compressed byte may stand for, beyond the first `FREE_BYTES`."""

FREE_BYTES = 64_000_000

_BLOCK = 1 << 20
_LONGEST_READ = 16 << 20  # bytes; nothing but a forged header asks for more at once
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Archive:
    """A .zip, .tar, .tar.gz or .tar.zst, told apart by its content; `close` it.

    Only regular files whose names stay inside can be read; all else is in `refused`.

    Args:
        path: the archive.
        name: what to call it in messages.

    Attributes:
        members: the sizes of what can be read, in bytes, by name.
        refused: why, for each member that cannot be read.

    Raises:
        SourceUnavailable: it is no archive, is damaged, or exceeds a limit.
    """

    def __init__(self, path: Path, name: str) -> None:
        """Read the names of all members."""
        self._name = name
        self.members: dict[str, int] = {}
        self.refused: dict[str, str] = {}
        self._entries: dict[str, Any] = {}
        self._stack = ExitStack()
        try:
            with _readable(name):
                if not stat.S_ISREG(path.stat().st_mode):
                    raise SourceUnavailable(f"{name}: expected a regular file")
                self._open_all(path, path.stat().st_size * RATIO + FREE_BYTES)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._stack.close()

    def _open_all(self, path: Path, limit: int) -> None:
        self._archive: zipfile.ZipFile | tarfile.TarFile
        if zipfile.is_zipfile(path):
            self._archive = self._stack.enter_context(zipfile.ZipFile(path))
            self._list(_zip_entries(self._archive), limit)
        else:
            stream = self._stack.enter_context(_Bounded(_decompressed(path), limit))
            self._archive = self._stack.enter_context(tarfile.open(fileobj=stream, mode="r:"))
            self._list(_tar_entries(self._archive), limit)

    def blocks(self, member: str) -> Iterator[bytes]:
        """Yield the content of a member.

        Raises:
            SourceUnavailable: it is not there, may not be read, or is damaged.
        """
        if member not in self._entries:
            reason = self.refused.get(member, "is not in the archive")
            raise SourceUnavailable(f"{self._name}: {member} {reason}")
        with _readable(f"{self._name} {member}"):
            with self._open(self._entries[member]) as stream:
                while block := stream.read(_BLOCK):
                    yield block

    def _open(self, entry: Any) -> IO[bytes]:
        if isinstance(self._archive, zipfile.ZipFile):
            return self._archive.open(entry)
        stream = self._archive.extractfile(entry)
        return stream if stream is not None else io.BytesIO()

    def _list(self, entries: Iterable[tuple[str, int, Any, str]], limit: int) -> None:
        total = 0
        for count, (name, size, entry, refusal) in enumerate(entries, 1):
            total += size
            if count > MEMBERS:
                raise SourceUnavailable(f"{self._name}: has more than {MEMBERS} members")
            if total > limit:
                raise SourceUnavailable(f"{self._name}: unpacks to more than {limit} bytes, {RATIO} times its size")
            if not SAFE_PATH.fullmatch(name):
                self.refused[name] = "would leave its folder"
            elif refusal or name in self._entries:
                self.refused[name] = refusal or "is there twice"
            else:
                self.members[name], self._entries[name] = size, entry
        for name in self.refused:
            self.members.pop(name, None)
            self._entries.pop(name, None)


def _zip_entries(archive: Any) -> Iterator[tuple[str, int, Any, str]]:
    """Yield for everything but folders its name, size, entry and why it may not be read, "" for no reason."""
    for entry in archive.infolist():
        kind = stat.S_IFMT(entry.external_attr >> 16)
        refusal = "is encrypted" if entry.flag_bits & 1 else ""
        if entry.compress_type not in _METHODS:  # others ask for memory that the archive chooses
            refusal = f"is packed by method {entry.compress_type}, expected stored or deflate"
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            refusal = "is a link or a device"
        if not entry.is_dir():
            yield entry.filename, entry.file_size, entry, refusal


def _tar_entries(archive: Any) -> Iterator[tuple[str, int, Any, str]]:
    for entry in archive:
        name = entry.name.removeprefix("./")
        if not entry.isdir():
            yield name, entry.size, entry, "" if entry.isreg() else "is a link or a device"


def _decompressed(path: Path) -> IO[bytes]:
    with path.open("rb") as stream:
        magic = stream.read(4)
    if magic[:2] == b"\x1f\x8b":
        return gzip.open(path)  # type: ignore[return-value]
    if magic == b"\x28\xb5\x2f\xfd":
        return zstandard().open(path)  # type: ignore[no-any-return]
    return path.open("rb")


def zstandard() -> Any:
    """Return Python's own module for Zstandard, or its backport.

    Raises:
        SourceUnavailable: neither is there.
    """
    try:
        from compression import zstd
    except ImportError:
        try:
            from backports import zstd
        except ImportError as error:
            needs = "this Python reads no .tar.zst: pip install 'edge-tts-daemon[zstd]'"
            raise SourceUnavailable(needs) from error
    return zstd


class _Bounded(io.RawIOBase):
    """A stream that ends with an error before it costs too much disk or memory."""

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self._left = 2 * limit  # read once for the names, once for the content

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _LONGEST_READ:
            raise tarfile.ReadError(f"a header asks for {size} bytes at once")
        self._left -= size
        if self._left < 0:  # also where forged offsets lead in a circle
            raise tarfile.ReadError(f"unpacks to more than {self._limit} bytes, {RATIO} times its size")
        return self._stream.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if not 0 <= offset <= self._limit:
            raise tarfile.ReadError(f"a header leads to byte {offset}")
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def close(self) -> None:
        self._stream.close()
        super().close()


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """Turn the errors of Python's readers into ours: on a damaged archive they raise almost anything."""
    try:
        yield
    except EdgeTTSError:
        raise
    except Exception as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise SourceUnavailable(f"{name}: {reason or error or type(error).__name__}") from error
