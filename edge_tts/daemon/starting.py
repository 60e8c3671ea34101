"""Starting a daemon of our own: it is there as soon as it listens, and the lock of its socket decides whose it is."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from edge_tts.client.connecting import listens
from edge_tts.config.places import require_private
from edge_tts.config.settings import Config, Paths
from edge_tts.errors import ConfigError, DaemonUnavailable, StoreError
from edge_tts.system import locks
from edge_tts.system.private import make_root

_NAP_SECONDS = 0.005
_WORDS_BYTES = 65536
_NONE: Mapping[str, str] = MappingProxyType({})


def start_daemon(config: Config, timeout_seconds: float = 20.0, variables: Mapping[str, str] = _NONE) -> int | None:
    """Have a daemon listen on the socket: start one in the background, or wait for the one that somebody else starts.

    The lock of the socket decides whose it is. It goes from whoever starts a daemon to the daemon, so that at no time
    somebody else could take it, and is free again when neither lives.

    Args:
        config: where it listens, and where it logs.
        timeout_seconds: how long it may take.
        variables: its environment besides that of this process.

    Returns:
        Its process id; None if somebody else has started it.

    Raises:
        DaemonUnavailable: it ended, or did not listen in time; its last words say why.
        ConfigError: no socket can be made there.
    """
    path = Path(variables.get("EDGE_TTS_SOCKET", config.paths.socket))
    deadline = time.monotonic() + timeout_seconds
    lock = open_socket_lock(path)
    starting: _Starting | None = None
    try:
        while not listens(path):
            if starting is None and locks.take(lock, 0):
                starting = _Starting(config, lock, variables)
            elif starting is not None:
                starting.require_alive()
            if time.monotonic() > deadline:
                raise DaemonUnavailable(
                    f"the daemon was not ready within {timeout_seconds:g} s, see {config.paths.log}"
                )
            time.sleep(_NAP_SECONDS)
    except DaemonUnavailable:
        if starting:
            starting.end()
        raise
    finally:
        os.close(lock)
    return starting.leave() if starting else None


def open_socket_lock(path: Path) -> int:
    """Return a descriptor of the lock of a socket; its folder is made, and ours alone unless EDGE_TTS_SOCKET names it.

    Raises:
        ConfigError: no socket can be made there.
    """
    try:
        require_private(path)
        if not path.parent.is_dir():
            make_root(path.parent)
        return locks.open_lock(path.with_name(path.name + ".lock"))
    except StoreError as error:
        raise ConfigError(f"no socket can be made at {path}: {error}") from error
    except OSError as error:
        raise ConfigError(
            f"no socket can be made at {path}: {error.strerror}; EDGE_TTS_SOCKET names another"
        ) from error


class _Starting:
    """A daemon that has been started and does not listen yet.

    Args:
        config: where it logs; where that is impossible, only its first words are kept, in memory.
        lock: of its socket, which it inherits.
        variables: its environment besides that of this process.
    """

    def __init__(self, config: Config, lock: int, variables: Mapping[str, str]) -> None:
        """Start it."""
        self._log, options = _log_of(config.paths)
        command = [sys.executable, "-m", "edge_tts", "serve", "--lock", str(lock), *options]
        self._process = subprocess.Popen(
            command,
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            pass_fds=[lock],
            start_new_session=True,
        )

    def require_alive(self) -> None:
        """Raise DaemonUnavailable, with its last words, if it has ended."""
        status = self._process.poll()
        if status is not None:
            again = 0.0 if status < 0 else None  # somebody has killed it
            raise DaemonUnavailable(f"the daemon ended with status {status}: {self._last_words()}", retry_after=again)

    def _last_words(self) -> str:
        data = os.pread(self._log, _WORDS_BYTES, max(0, os.fstat(self._log).st_size - _WORDS_BYTES))
        return last_line(data)

    def end(self) -> None:
        """Kill it."""
        self._process.kill()
        self._process.wait()
        os.close(self._log)

    def leave(self) -> int:
        """Let it live on, and return its process id."""
        os.close(self._log)
        self._process.returncode = 0  # it outlives us: no warning about a child that still runs
        return self._process.pid


def _log_of(paths: Paths) -> tuple[int, list[str]]:
    """Return where a daemon prints, and the options that make it log there; in memory if no log can be written."""
    from edge_tts.daemon import logs  # here: where a daemon runs, a command need not load it

    try:
        make_root(paths.state)
        paths.log.parent.mkdir(mode=0o700, exist_ok=True)
        return logs.open_file(paths.log), ["--log", str(paths.log)]
    except (OSError, StoreError):
        memory = os.memfd_create("edge-tts-log", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(memory, _WORDS_BYTES)
        fcntl.fcntl(memory, fcntl.F_ADD_SEALS, fcntl.F_SEAL_GROW)  # what comes after that is lost
        return memory, []


@contextmanager
def passing_daemon(config: Config, variables: Mapping[str, str] = _NONE) -> Iterator[Path]:
    """Run a daemon on a socket of its own while the block runs; `start_daemon` has arguments and errors.

    It has the models and the configuration of every other daemon of this user.
    """
    with tempfile.TemporaryDirectory(prefix="edge-tts-") as folder:
        path = Path(folder) / "socket"
        pid = start_daemon(config, variables={**variables, "EDGE_TTS_SOCKET": str(path)})
        if pid is None:
            raise DaemonUnavailable(f"another daemon already serves {path}")
        try:
            yield path
        finally:
            os.kill(pid, signal.SIGTERM)
            os.waitpid(pid, 0)


def last_line(data: bytes) -> str:
    """Return the last line that is not empty, "" if there is none."""
    lines = data.replace(b"\0", b"").decode(errors="replace").split("\n")
    return next((line for line in reversed(lines) if line.strip()), "")
