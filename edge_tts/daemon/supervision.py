"""Being started by systemd: its notify and socket-activation protocols, see sd_notify(3) and sd_listen_fds(3)."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import MutableMapping

_FIRST_DESCRIPTOR = 3  # SD_LISTEN_FDS_START


def notify(state: str, environ: MutableMapping[str, str] = os.environ) -> None:
    """Tell whoever started us, as `READY=1`; nothing happens if nobody asked for it."""
    address = environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        try:
            sender.sendto(state.encode(), "\0" + address[1:] if address.startswith("@") else address)
        except OSError:  # whoever listened has gone; being ready does not depend on it
            pass


def watchdog_seconds(environ: MutableMapping[str, str] = os.environ) -> float | None:
    """Return how often systemd wants to hear `WATCHDOG=1`, None if it does not."""
    if environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    try:
        return int(environ["WATCHDOG_USEC"]) / 1e6
    except (KeyError, ValueError):
        return None


async def feed_watchdog() -> None:
    """Tell systemd twice as often as it wants that the event loop turns; without end, unless it wants nothing."""
    while seconds := watchdog_seconds():
        notify("WATCHDOG=1")
        await asyncio.sleep(seconds / 2)


def passed_socket(environ: MutableMapping[str, str] = os.environ) -> socket.socket | None:
    """Return the listening socket that was passed to us, None if there is none."""
    if environ.get("LISTEN_PID") != str(os.getpid()) or environ.get("LISTEN_FDS", "0") == "0":
        return None
    for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):  # not for our children
        environ.pop(name, None)
    os.set_inheritable(_FIRST_DESCRIPTOR, False)
    return socket.socket(fileno=_FIRST_DESCRIPTOR)
