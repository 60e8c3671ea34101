"""Lock files: opened so that nobody can lead us astray, and never waited for without a deadline; flock(2)."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import threading
import time

from edge_tts.errors import StoreError

_OPEN = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_LONGEST_NAP = 0.05  # seconds between two tries

_ending = threading.Event()


def open_lock(path: str | os.PathLike[str]) -> int:
    """Open a lock file and return its descriptor; it is made with mode 0600 if it is not there, and keeps its content.

    Raises:
        StoreError: it is a link, no regular file, or somebody else's.
        OSError: it cannot be opened.
    """
    try:
        descriptor = os.open(path, _OPEN, 0o600)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO, errno.EISDIR):  # a link, a socket or device, a folder
            raise StoreError(f"{os.fspath(path)} must be a regular file to be a lock; remove it") from error
        raise
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
        os.close(descriptor)
        raise StoreError(f"{os.fspath(path)} must be a regular file of user {os.geteuid()} to be a lock; remove it")
    if status.st_mode & 0o077:  # others could hold it, and stop us
        os.fchmod(descriptor, 0o600)
    return descriptor


def take(descriptor: int, seconds: float, *, shared: bool = False) -> bool:
    """Lock an open file or folder; return whether that was possible in time.

    Args:
        descriptor: the open file or folder; closing it gives the lock back.
        seconds: how long to wait; 0 for one try.
        shared: whether others may hold it too, if they take it shared.
    """
    operation = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB
    deadline, nap = time.monotonic() + seconds, 0.001
    while True:
        try:
            fcntl.flock(descriptor, operation)
            return True
        except BlockingIOError:
            left = deadline - time.monotonic()
            if left <= 0 or _ending.wait(min(nap, left)):
                return False
            nap = min(2 * nap, _LONGEST_NAP)


def give_up() -> None:
    """Let nothing in this process wait for a lock from now on, because the process is about to end."""
    _ending.set()
