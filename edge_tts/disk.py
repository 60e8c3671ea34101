"""What we take of the disk, and whether a write may begin.

Every writer asks `require_room` before it begins and writes inside `writing`; admission is decided behind
`require_room`.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edge_tts.errors import DiskFull, StoreError

if TYPE_CHECKING:
    from edge_tts.config import Paths

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_BLOCK = 512  # bytes, unit of st_blocks whatever the file system's own block is, stat(2)


@dataclass(frozen=True, slots=True)
class Usage:
    """What we occupy, in bytes of disk.

    Attributes:
        models: installed models.
        prepared: graphs prepared from them.
        cache: what can be made again.
        temporary: unfinished writes.
    """

    models: int
    prepared: int
    cache: int
    temporary: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.models + self.prepared + self.cache + self.temporary


def usage(paths: Paths) -> Usage:
    """Measure our folders; one that does not exist counts nothing."""
    return Usage(
        models=used_bytes(paths.models),
        prepared=used_bytes(paths.prepared),
        cache=used_bytes(paths.cache),
        temporary=used_bytes(paths.temporary),
    )


def used_bytes(folder: Path) -> int:
    """Return the blocks that a folder's files take, in bytes; hard links count once, links are not followed.

    The folder itself may be a symlink to another disk. What vanishes meanwhile counts nothing.
    """
    return sum({(entry.st_dev, entry.st_ino): entry.st_blocks * _BLOCK for entry in _entries(folder)}.values())


def _entries(folder: str | Path) -> Iterator[os.stat_result]:
    try:
        entries = list(os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        try:
            yield entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _entries(entry.path)


def free_bytes(folder: Path) -> int:
    """Return what an ordinary user may still write on the disk of a folder, which need not exist yet."""
    for place in (folder, *folder.absolute().parents):
        if place.exists():
            return shutil.disk_usage(place).free
    raise StoreError(f"{folder}: none of its parent folders exists")


def require_room(folder: Path, wanted_bytes: int, purpose: str) -> None:
    """Refuse a write that the disk cannot hold, before it begins.

    Args:
        folder: where it would go.
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
