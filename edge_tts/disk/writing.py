"""What the operating system says of a disk: how much is free, and that it is full."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge_tts.errors import DiskFull, StoreError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def free_bytes(folder: Path) -> int:
    """Return what an ordinary user may still write on the disk of a folder, which need not exist yet."""
    return shutil.disk_usage(existing(folder)).free


def existing(path: Path) -> Path:
    """Return a path, or its nearest parent that exists.

    Raises:
        StoreError: not even its root does.
    """
    for place in (path, *path.absolute().parents):
        if place.exists():
            return place
    raise StoreError(f"{path}: none of its parent folders exists")


def require_room(folder: Path, wanted_bytes: int, purpose: str) -> None:
    """Refuse a write that the disk cannot hold, before it begins.

    Args:
        folder: the folder to write to.
        wanted_bytes: most that it will take at once.
        purpose: what it is, for the message.

    Raises:
        DiskFull: less is free.
    """
    free = free_bytes(folder)
    if free < wanted_bytes:
        raise DiskFull(f"{purpose} needs {wanted_bytes} bytes in {folder}, the disk has {free} free")


@contextmanager
def writing(folder: Path, wanted_bytes: int, purpose: str) -> Iterator[None]:
    """Turn the errors of the operating system inside the block into ours.

    Raises:
        DiskFull: the disk or the user's quota is full.
        StoreError: it cannot be written for another reason.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise full(folder, wanted_bytes, purpose) from error
        place = error.filename or folder
        raise StoreError(f"{purpose} failed at {place}: {error.strerror or error}") from error


def full(folder: Path, wanted_bytes: int, purpose: str) -> DiskFull:
    """Return the error for a disk that filled up during a write."""
    free = free_bytes(folder)
    return DiskFull(f"{purpose} needs {wanted_bytes} bytes in {folder}, the disk became full: {free} are free")
