"""How a client reaches the daemon's socket within a time, and no socket of somebody else."""

from __future__ import annotations

import errno
import math
import os
import socket
import struct
import time
from pathlib import Path

from edge_tts.errors import DaemonUnavailable
from edge_tts.system.private import require_trusted

CONNECT_SECONDS = 5.0
"""How long connecting may take."""

_TIMEVAL = struct.Struct("ll")


def connect(path: Path, seconds: float = CONNECT_SECONDS) -> socket.socket:
    """Return a socket that is connected to the daemon.

    Args:
        path: the daemon's socket.
        seconds: how long to wait for a place among those that wait to be accepted.

    Raises:
        DaemonUnavailable: nobody listens there, it takes too long, or it is not a daemon of ours.
    """
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        if connection := attempt(path, left):
            return connection
    raise hung(path, seconds)


def attempt(path: Path, seconds: float = 0.0) -> socket.socket | None:
    """Try to connect for so many seconds; return None if too many clients wait to be accepted. Raises like `connect`.

    The kernel lets in a client that waits as soon as there is a place; one that only came back from time to time would
    find the place taken.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        connection.setblocking(seconds > 0)
        _limit_waiting(connection, seconds)
        connection.connect(os.fspath(path))
        connection.getpeername()
        _limit_waiting(connection, 0)
        require_trusted(connection, path)
    except OSError as error:
        connection.close()
        if error.errno in (errno.EAGAIN, errno.ENOTCONN):  # the latter after a signal, with CPython
            return None
        raise unavailable(path, error) from error
    except DaemonUnavailable:
        connection.close()
        raise
    return connection


def _limit_waiting(connection: socket.socket, seconds: float) -> None:
    """Limit how long `connect` and `send` may wait in the kernel; 0 for no limit."""
    micros = math.ceil(seconds * 1e6)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _TIMEVAL.pack(*divmod(micros, 1_000_000)))


def listens(path: Path) -> bool:
    """Return whether somebody listens on a socket, without ever waiting."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as probe:
        probe.setblocking(False)
        try:
            probe.connect(os.fspath(path))
        except BlockingIOError:  # so many wait to be accepted that there must be somebody
            return True
        except OSError:
            return False
    return True


def unavailable(path: Path, error: OSError) -> DaemonUnavailable:
    """Return the error for a socket where nobody answers."""
    return DaemonUnavailable(
        f"no daemon answers on {path} ({error.strerror}); start one with: edge-tts serve", retry_after=0.0
    )


def hung_up(path: Path) -> DaemonUnavailable:
    """Return the error for a daemon that has ended, or is about to; the same may be asked of the next one."""
    return DaemonUnavailable(f"the daemon on {path} closed the connection", retry_after=0.0)


def hung(path: Path, seconds: float) -> DaemonUnavailable:
    """Return the error for a daemon that is there and does not answer."""
    return DaemonUnavailable(f"the daemon on {path} sent nothing for {seconds:g} s: is its process stopped?")
