"""How a file is written so that it is there whole, with the old content or the new one, at every instant."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path

UNFINISHED = ".new-"
"""How the name of a file begins while it is written."""

_RANDOM_DIGITS = 16
_NAME_BYTES = 200  # of the file's own name; with the rest no file system finds it too long


@contextlib.contextmanager
def replacing(path: Path, *, mode: int = 0o666, durable: bool = True, sweep: bool = True) -> Iterator[Path]:
    """Yield an empty file beside `path` to write into; at the end it takes its name.

    It does not on an error, nor where it is gone by then. It is locked, shared, meanwhile.

    Args:
        path: of the file; a link there is replaced, not followed.
        mode: of a new file, without what the umask takes.
        durable: whether to wait until the disk has it; else a power failure may leave an empty file.
        sweep: whether to remove what killed processes have left of the same file.

    Raises:
        OSError: it cannot be written.
    """
    if sweep:
        _sweep(path)
    scratch, descriptor = _scratch(path, mode)
    try:
        yield scratch
        if durable:
            os.fsync(descriptor)
        if os.fstat(descriptor).st_nlink:
            os.replace(scratch, path)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)
    if durable:
        sync_folder(path.parent)


def write_whole(path: Path, content: bytes, *, mode: int = 0o666, durable: bool = True) -> None:
    """Write a whole file, see `replacing`."""
    with replacing(path, mode=mode, durable=durable) as scratch:
        scratch.write_bytes(content)


def finished(name: str) -> str:
    """Return the name that an unfinished file will get, or the same name."""
    digits, dash, rest = name.removeprefix(UNFINISHED).partition("-")
    is_unfinished = name.startswith(UNFINISHED) and dash and len(digits) == _RANDOM_DIGITS
    return rest if is_unfinished and set(digits) <= set("0123456789abcdef") else name


def sync_folder(folder: Path) -> None:
    """Wait until the disk has the entries of a folder."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _scratch(path: Path, mode: int) -> tuple[Path, int]:
    """Make an empty file beside `path`, and lock it, so that nobody who sweeps takes it for one that was left."""
    while True:
        scratch = path.with_name(f"{UNFINISHED}{os.urandom(_RANDOM_DIGITS // 2).hex()}-{_short(path)}")
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with contextlib.suppress(OSError):  # a file system without locks: nothing is swept there
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        if os.fstat(descriptor).st_nlink:
            return scratch, descriptor
        os.close(descriptor)  # it was swept before it was locked


def _short(path: Path) -> str:
    return os.fsdecode(os.fsencode(path.name)[-_NAME_BYTES:])


def _sweep(path: Path) -> None:
    """Remove unfinished files of this name that nobody writes into."""
    name = _short(path)
    with contextlib.suppress(OSError), os.scandir(path.parent) as entries:
        for entry in entries:
            if finished(entry.name) == name != entry.name:
                _remove_unused(entry.path)


def _remove_unused(path: str) -> None:
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(path)
        finally:
            os.close(descriptor)
