"""Files and folders of a store that are complete or not there: hash while copying, fsync, rename."""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO, cast

from edge_tts.errors import ModelCorrupt
from edge_tts.system.replacing import sync_folder

Report = Callable[[int], None]
"""Is called with the number of bytes of one file that are done."""

_OLD = ".old"
_AT_FDCWD = -100  # fcntl.h
_RENAME_EXCHANGE = 2  # linux/fs.h


def copy(blocks: Iterable[bytes], target: Path, size: int, sha256: str, report: Report) -> None:
    """Write blocks into a new file and make sure that they are what was promised.

    Args:
        blocks: the content; no more than one block beyond `size` is taken.
        target: must not exist; is removed again on any failure.
        size: bytes expected.
        sha256: digest expected.
        report: is told the bytes written so far.

    Raises:
        ModelCorrupt: size or digest differ; the message has both.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with target.open("xb") as stream:
            got, digest = 0, hashlib.sha256()
            for block in blocks:
                got += len(block)
                if got > size:
                    raise ModelCorrupt(f"expected {size} bytes, got more")
                digest.update(block)
                stream.write(block)
                report(got)
            _check(got, digest.hexdigest(), size, sha256)
            stream.flush()
            os.fsync(stream.fileno())
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def check(path: Path, size: int, sha256: str, report: Report) -> None:
    """Read a whole file and compare it.

    Args:
        path: the file.
        size: bytes expected.
        sha256: digest expected.
        report: is told the bytes read so far.

    Raises:
        ModelCorrupt: it is missing or differs.
    """
    try:
        with open_regular(path) as stream:
            got, digest = os.fstat(stream.fileno()).st_size, hashlib.sha256()
            while got == size and (block := stream.read(1 << 20)):
                digest.update(block)
                report(stream.tell())
    except OSError as error:
        raise ModelCorrupt(f"cannot be read: {error.strerror or error}") from error
    _check(got, digest.hexdigest(), size, sha256)


def open_regular(path: Path) -> BinaryIO:
    """Open a file to read, without ever waiting for somebody to write into a pipe.

    Raises:
        OSError: it cannot be opened, or is no regular file.
    """
    stream = open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb", buffering=0)
    if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        stream.close()
        raise OSError(errno.EINVAL, "not a file", str(path))
    return cast(BinaryIO, stream)


def _check(got_size: int, got_sha256: str, size: int, sha256: str) -> None:
    if got_size != size:
        raise ModelCorrupt(f"expected {size} bytes, got {got_size}")
    if got_sha256 != sha256:
        raise ModelCorrupt(f"expected sha256 {sha256}, got {got_sha256}")


def write(target: Path, content: bytes) -> None:
    """Write a new file and wait until the disk has it."""
    with target.open("xb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def rename(folder: Path, place: Path) -> None:
    """Move a folder on one file system to a name that is free, and wait until the disk has it."""
    folder.rename(place)
    for parent in (place.parent, folder.parent):
        sync_folder(parent)


def sync_folders(root: Path) -> None:
    """Wait until the disk has the entries of a folder and all folders in it."""
    for folder, _, _ in os.walk(root):
        sync_folder(Path(folder))


def put(folder: Path, place: Path) -> None:
    """Make a complete folder appear at `place`; what was there before ends up where `folder` was.

    Both are on one file system. At every instant `place` is the old folder or the new one.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    if not place.exists():
        folder.rename(place)
    elif not _exchange(folder, place):
        # This file system cannot exchange: for an instant there is neither, and `ours.settle` puts the old one back.
        aside = _aside(place)
        place.rename(aside)
        folder.rename(place)
        aside.rename(folder)
    for parent in (place.parent, place.parent.parent):
        sync_folder(parent)


def _aside(place: Path) -> Path:
    return place.with_name(f".{place.name}{_OLD}")


def _exchange(one: Path, other: Path) -> bool:
    """Swap two names by renameat2(2); False where kernel, C library or file system cannot."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    if rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.ENOSYS, errno.EINVAL):
        return False
    raise OSError(code, os.strerror(code), str(other))
