"""Being started by somebody: systemd's notify and socket-activation protocols, and starting ourselves.

The command line starts a daemon with the same readiness protocol that systemd uses, see sd_notify(3) and
sd_listen_fds(3).
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from edge_tts.config import Config
from edge_tts.errors import DaemonUnavailable

_FIRST_DESCRIPTOR = 3  # SD_LISTEN_FDS_START
_NONE: Mapping[str, str] = MappingProxyType({})


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


def passed_socket(environ: MutableMapping[str, str] = os.environ) -> socket.socket | None:
    """Return the listening socket that was passed to us, None if there is none."""
    if environ.get("LISTEN_PID") != str(os.getpid()) or environ.get("LISTEN_FDS", "0") == "0":
        return None
    for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):  # not for our children
        environ.pop(name, None)
    os.set_inheritable(_FIRST_DESCRIPTOR, False)
    return socket.socket(fileno=_FIRST_DESCRIPTOR)


def start_daemon(config: Config, timeout_seconds: float = 20.0, variables: Mapping[str, str] = _NONE) -> int:
    """Start a daemon of our own in the background and return its process id when it is ready.

    Args:
        config: where it logs.
        timeout_seconds: how long it may take.
        variables: its environment besides that of this process.

    Raises:
        DaemonUnavailable: it ended, or was not ready in time; its log says why.
    """
    config.paths.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="edge-tts-") as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as readiness,
        open(config.paths.log, "ab") as log,
    ):
        address = Path(folder) / "ready"
        readiness.bind(str(address))
        started = subprocess.Popen(
            [sys.executable, "-m", "edge_tts", "serve", "--log", str(config.paths.log)],
            env={**os.environ, **variables, "NOTIFY_SOCKET": str(address)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        _await_ready(readiness, started, timeout_seconds, config.paths.log)
        return started.pid


@contextmanager
def passing_daemon(config: Config, variables: Mapping[str, str] = _NONE) -> Iterator[Path]:
    """Run a daemon on a socket of its own while the block runs; `start_daemon` has arguments and errors.

    It has the models and the configuration of every other daemon of this user.
    """
    with tempfile.TemporaryDirectory(prefix="edge-tts-") as folder:
        path = Path(folder) / "socket"
        pid = start_daemon(config, variables={**variables, "EDGE_TTS_SOCKET": str(path)})
        try:
            yield path
        finally:
            os.kill(pid, signal.SIGTERM)
            os.waitpid(pid, 0)


def _await_ready(readiness: socket.socket, started: subprocess.Popen[bytes], seconds: float, log: Path) -> None:
    """Wait for the first of: it is ready, it has ended, the time is over."""
    import selectors

    descriptor = _pidfd(started.pid)
    with selectors.DefaultSelector() as selector:
        selector.register(readiness, selectors.EVENT_READ)
        if descriptor is not None:
            selector.register(descriptor, selectors.EVENT_READ)
        events = [key.fileobj for key, _ in selector.select(seconds)]
    if descriptor is not None:
        os.close(descriptor)
    if readiness in events:
        started.returncode = 0  # it outlives us: no warning about a child that still runs
        return
    if events:
        raise DaemonUnavailable(f"the daemon ended with status {started.wait()}: {last_line(log)}")
    started.kill()
    started.wait()
    raise DaemonUnavailable(f"the daemon was not ready within {seconds:g} s, see {log}")


def _pidfd(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except OSError:  # a kernel before 5.3; then only the time-out tells that it has ended
        return None


def last_line(path: Path) -> str:
    """Return the last line of a file that is not empty, "" if there is none."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return ""
    return next((line for line in reversed(lines) if line.strip()), "")
