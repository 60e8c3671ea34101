"""One file of the cache: what it takes of the disk, when it was used, and how it is removed."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from edge_tts.disk.eviction import is_recording
from edge_tts.disk.leases import claim

PINNED = "pinned"
"""The folder of what is removed last."""

BLOCK = 4096
"""What a file or folder takes at least, bytes."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the cache.

    Attributes:
        path: of the file.
        bytes: of disk that it takes.
        used: when it was last used, seconds since the epoch.
        pinned: whether it is removed last.
    """

    path: Path
    bytes: int
    used: float
    pinned: bool

    @property
    def key(self) -> str:
        """See audio_cache/key.py."""
        return self.path.name


def total(entries: list[Entry]) -> int:
    """Return what some files take together, bytes."""
    return sum(entry.bytes for entry in entries)


def allocated(size: int) -> int:
    """Return what a file of some size takes at least, bytes."""
    return -(-size // BLOCK) * BLOCK


def entry_of(file: os.DirEntry[str], shelf: Path) -> Entry | None:
    """Return what is known of a file of a shelf, None if it has gone meanwhile."""
    try:
        status = file.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    return Entry(
        Path(file.path), max(status.st_blocks * 512, allocated(status.st_size)), status.st_mtime, shelf.name == PINNED
    )


def size_of(path: Path) -> int:
    """Return what a file takes, 0 if there is none."""
    try:
        return allocated(path.stat().st_size)
    except FileNotFoundError:
        return 0


def remove(path: Path) -> bool:
    """Remove a recording that nobody uses; return whether it went."""
    with claim(path) as free, contextlib.suppress(OSError):
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            if free and is_recording(path.name, folder):
                os.unlink(path.name, dir_fd=folder)
                return True
        finally:
            os.close(folder)
    return False
