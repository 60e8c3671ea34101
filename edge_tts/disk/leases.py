"""Leases: whoever holds a shared lock, flock(2), on a file or folder uses it. A crash lets go of it.

A lease also says when something was last used: that is the time stamp of the file or folder itself.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from edge_tts.system import locks

LEASE_SECONDS = 5.0
"""How long a lease waits by default; an evictor holds what it removes for much less."""

_OPEN = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC


class Lease:
    """Keeps a file or folder from being evicted, and marks it as used now; ends with its block, `close` or a crash.

    Args:
        path: the file or folder that will be used.
        make: make the folder if it is not there.
        seconds: the longest wait for an evictor; 0 in an event loop, which may not wait.

    Raises:
        OSError: it cannot be opened; FileNotFoundError if it is not there, or no longer; TimeoutError if somebody
            holds it alone for longer.
    """

    def __init__(self, path: Path, *, make: bool = False, seconds: float = LEASE_SECONDS) -> None:
        """Take the lock, waiting for an evictor that looks at it just now."""
        self._path = path
        while True:
            if make:
                path.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                self.descriptor = os.open(path, _OPEN)
            except FileNotFoundError:
                if make:  # evicted between the two calls
                    continue
                raise
            if not locks.take(self.descriptor, seconds, shared=True):
                self.close()
                raise TimeoutError(errno.ETIMEDOUT, f"another process holds it for more than {seconds:g} s", str(path))
            if _is_at(self.descriptor, path):
                break
            os.close(self.descriptor)
        self.touch()

    def renew(self) -> None:
        """Mark it as used now, and hold what has taken its place if it was removed and made again meanwhile."""
        if not _is_at(self.descriptor, self._path):
            with contextlib.suppress(OSError):  # gone, or being evicted: what we have of it still works
                found = Lease(self._path, seconds=0)
                os.close(self.descriptor)
                self.descriptor = found.descriptor
        self.touch()

    def touch(self) -> None:
        """Mark it as used now; without effect on what this process may not change."""
        with contextlib.suppress(OSError):
            os.utime(self.descriptor)

    def close(self) -> None:
        """Let go of it."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def __enter__(self) -> Lease:
        """Start the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of it."""
        self.close()


@contextlib.contextmanager
def claim(path: str | os.PathLike[str]) -> Iterator[bool]:
    """Hold a file or folder alone during the block, without ever waiting.

    Yields:
        Whether nobody uses it; False also for what is gone or cannot be opened.
    """
    try:
        descriptor = os.open(path, _OPEN)
    except OSError as error:
        yield error.errno == errno.ELOOP  # a link, which nobody can lease
        return
    try:
        try:
            free = locks.take(descriptor, 0) and _is_at(descriptor, path)
        except OSError:
            free = False
        yield free
    finally:
        os.close(descriptor)


def in_use(path: str | os.PathLike[str]) -> bool:
    """Return whether somebody holds a lease on a file or folder that is there."""
    with claim(path) as free:
        return not free and os.path.lexists(path)


def _is_at(descriptor: int, path: str | os.PathLike[str]) -> bool:
    """Return whether the path still leads to what was opened."""
    try:
        now = os.stat(path, follow_symlinks=False)
    except OSError:
        return False
    return os.path.samestat(os.fstat(descriptor), now)
