"""How a client reaches the daemon's socket: within a time, and nobody else's."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

from edge_tts.errors import DaemonUnavailable
from edge_tts.system.private import require_trusted

CONNECT_SECONDS = 5.0
"""How long connecting may take."""

NAP_SECONDS = 0.01
"""How long to wait before trying again where more clients wait to be accepted than the system allows."""


def connect(path: Path, seconds: float = CONNECT_SECONDS) -> socket.socket:
    """Return a socket that is connected to the daemon.

    Args:
        path: of the daemon's socket.
        seconds: how long to wait for a place among those that wait to be accepted.

    Raises:
        DaemonUnavailable: nobody listens there, it takes too long, or it is not a daemon of ours.
    """
    deadline = time.monotonic() + seconds
    while (connection := attempt(path)) is None:
        if time.monotonic() >= deadline:
            raise hung(path, seconds)
        time.sleep(NAP_SECONDS)
    return connection


def attempt(path: Path) -> socket.socket | None:
    """Try once to connect; None if too many wait to be accepted. `connect` has the errors."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        connection.setblocking(False)
        connection.connect(os.fspath(path))
        require_trusted(connection, path)
    except BlockingIOError:
        connection.close()
        return None
    except OSError as error:
        connection.close()
        raise unavailable(path, error) from error
    except DaemonUnavailable:
        connection.close()
        raise
    return connection


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
    """Return the error for a daemon that has ended, or is about to; another one may be asked the same."""
    return DaemonUnavailable(f"the daemon on {path} closed the connection", retry_after=0.0)


def hung(path: Path, seconds: float) -> DaemonUnavailable:
    """Return the error for a daemon that is there and does not answer."""
    return DaemonUnavailable(f"the daemon on {path} sent nothing for {seconds:g} s: is its process stopped?")
