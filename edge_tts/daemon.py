"""The service: socket, signals, readiness, watchdog, and the order in which things start and stop."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import signal
import socket
import stat
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil

from edge_tts import lexicon_file, logs, supervision
from edge_tts.config import Config
from edge_tts.connection import Connection
from edge_tts.disk.guard import Guard
from edge_tts.disk.report import report
from edge_tts.engines import ModelFiles
from edge_tts.errors import ConfigError, DaemonUnavailable, EdgeTTSError, QueueFull, StoreError
from edge_tts.messages import Disk, DiskReport, Event, Lexicon, LexiconList, Message
from edge_tts.protocol import failed
from edge_tts.speaking import Speaking
from edge_tts.version import __version__
from edge_tts.voices import Voices

log = logging.getLogger(__name__)

_BACKLOG = 64

_LOG_SECONDS = 30.0
"""How often the log is looked at: what native libraries print grows it without our knowing."""

# From 3.13 on asyncio removes the socket it served, also one that systemd keeps listening on.
_KEEP_SOCKET: dict[str, Any] = {"cleanup_socket": False} if sys.version_info >= (3, 13) else {}


class Daemon:
    """The composition root.

    Args:
        config: the whole configuration.
        loop: the event loop it runs in.
    """

    def __init__(self, config: Config, loop: asyncio.AbstractEventLoop) -> None:
        """Put the parts together; nothing is started."""
        self.limits = config.limits
        self.speaking = Speaking(config, loop)
        self._config = config
        self._guard = Guard(config, lambda event, data: self._from_guard(loop, Event(event=event, data=data)))
        self._voices = Voices(config)
        self._connections: set[Connection] = set()
        self._started = time.monotonic()
        self._address = ""
        self._stopping = asyncio.Event()

    def find_voice(self, name: str) -> tuple[ModelFiles, str]:
        """Return the model of a voice and the voice's full name, "" meaning the default one."""
        return self._voices.find(name)

    def voices(self) -> list[dict[str, Any]]:
        """Describe the installed voices."""
        return self._voices.describe()

    def status(self) -> dict[str, Any]:
        """Describe the daemon; see messages.StatusReport."""
        speaking = self.speaking.queue.audible is not None
        return {
            "version": __version__,
            "pid": os.getpid(),
            "uptime_seconds": time.monotonic() - self._started,
            "memory": psutil.Process().memory_info().rss,
            "socket": self._address,
            "models": self._model_rows(),
            "queue": {"waiting": len(self.speaking.queue) - speaking, "speaking": int(speaking)},
            "connections": len(self._connections),
            "disk": {"used_bytes": self._guard.used_bytes, "budget_bytes": self._config.disk.budget_bytes},
            "cache": self.speaking.caching.status(),
        }

    def lexicon(self, request: Lexicon) -> LexiconList:
        """Show or change the user's own words; the workers notice the new file."""
        return lexicon_file.perform(self._config.paths.lexicon, request, wait=False)

    def report_disk(self, request: Disk, send: Callable[[Message], None]) -> None:
        """Look at the disk in a thread, then send the answer."""
        loop = asyncio.get_running_loop()
        looking = loop.run_in_executor(None, self._disk_report, request)
        looking.add_done_callback(lambda done: send(done.result()))

    def _disk_report(self, request: Disk) -> Message:
        try:
            return DiskReport(id=request.id, disk=report(self._config, self._guard.accounts, time.time()))
        except EdgeTTSError as error:
            return failed(request.id, error)
        except Exception as error:
            log.exception("the disk cannot be reported")
            return failed(request.id, StoreError(f"the disk cannot be looked at: {error}"))

    def _from_guard(self, loop: asyncio.AbstractEventLoop, event: Event) -> None:
        """Tell the subscribers, from the guard's thread."""
        with contextlib.suppress(RuntimeError):  # the loop has closed
            loop.call_soon_threadsafe(self._tell, event)

    def _tell(self, event: Event) -> None:
        for connection in list(self._connections):
            connection.tell(event)

    def _model_rows(self) -> list[dict[str, Any]]:
        """Return a row for each installed model; one that is not loaded has no process and takes no memory."""
        workers = {worker.model.name: worker for worker in self.speaking.pool}
        rows = []
        for model in self._voices.models():
            worker = workers.get(model.name)
            resident, private = worker.memory() if worker else (0, 0)
            rows.append(
                {
                    "name": model.name,
                    "version": model.manifest.version,
                    "state": worker.state if worker else "unloaded",
                    "pid": worker.pid if worker else None,
                    "memory": resident,
                    "private_memory": private,
                    "device": worker.loaded.device if worker else "",
                    "way": worker.loaded.way if worker else "",
                    "note": worker.loaded.note if worker else "",
                }
            )
        return rows

    async def run(self, listener: socket.socket) -> None:
        """Serve on a listening socket until SIGTERM or SIGINT."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        self._address = str(listener.getsockname())
        server = await loop.create_unix_server(self._connection, sock=listener, backlog=_BACKLOG, **_KEEP_SOCKET)
        self._preload()
        supervision.notify("READY=1")
        log.info("edge-tts %s listens on %s", __version__, self._address)
        watchdog = self._keep_watchdog()
        self._guard.start()
        self._tend_log(loop)
        await self._stopping.wait()
        supervision.notify("STOPPING=1")
        server.close()
        await self._finish()
        watchdog.cancel()
        await loop.run_in_executor(None, self._guard.close)

    def _connection(self) -> Connection:
        return Connection(self, self._opened, self._connections.discard)

    def _opened(self, connection: Connection) -> bool:
        if len(self._connections) >= self.limits.connections:
            most = self.limits.connections
            connection.send(failed(0, QueueFull(f"{most} clients are connected, limit is {most}", retry_after=1.0)))
            return False
        self._connections.add(connection)
        return True

    def _preload(self) -> None:
        if not self._config.speech.preload:
            return
        try:
            self.speaking.preload(self._voices.find("")[0])
        except EdgeTTSError as error:  # requests will say it again, to somebody who can act on it
            log.warning("nothing is preloaded: %s", error)

    def _keep_watchdog(self) -> asyncio.Task[None]:
        return asyncio.get_running_loop().create_task(self._feed_watchdog(supervision.watchdog_seconds()))

    async def _feed_watchdog(self, seconds: float | None) -> None:
        while seconds:
            supervision.notify("WATCHDOG=1")
            await asyncio.sleep(seconds / 2)

    def _tend_log(self, loop: asyncio.AbstractEventLoop) -> None:
        logs.tend()
        loop.call_later(_LOG_SECONDS, self._tend_log, loop)

    async def _finish(self) -> None:
        """Let what is open end by itself for a moment, then fail it, and say good-bye to the clients."""
        ended = asyncio.Event()
        self.speaking.idle = ended.set
        self.speaking.advance()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(ended.wait(), self.limits.shutdown_seconds)
        self.speaking.close()
        for connection in list(self._connections):
            connection.close()
        await asyncio.sleep(0)  # lets the transports send what fits into the sockets' buffers


def serve(config: Config) -> None:
    """Run the daemon in the foreground until SIGTERM or SIGINT.

    Raises:
        DaemonUnavailable: another daemon serves the socket.
        ConfigError: the socket cannot be made there.
    """
    passed = supervision.passed_socket()
    with contextlib.ExitStack() as stack:
        listener = passed or stack.enter_context(_own_socket(config.paths.socket))
        asyncio.run(_main(config, listener))


async def _main(config: Config, listener: socket.socket) -> None:
    await Daemon(config, asyncio.get_running_loop()).run(listener)


@contextlib.contextmanager
def _own_socket(path: Path) -> Iterator[socket.socket]:
    """Bind the socket, mode 0600 in a folder of mode 0700, under a lock that dies with this process."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = open(path.with_name(path.name + ".lock"), "w", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"no socket can be made at {path}: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise DaemonUnavailable(f"another daemon already serves {path}") from error
        listener = _bind(path)
        try:
            yield listener
        finally:
            path.unlink(missing_ok=True)


def _bind(path: Path) -> socket.socket:
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise ConfigError(f"{path} exists and is no socket; choose another place with EDGE_TTS_SOCKET")
        if _answers(path):  # one that systemd listens for has no lock
            raise DaemonUnavailable(f"another daemon already serves {path}")
        path.unlink()  # left by a daemon that was killed
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    except OSError as error:
        listener.close()
        raise ConfigError(f"no socket can be made at {path}: {error.strerror}") from error
    finally:
        os.umask(before)
    listener.listen(_BACKLOG)
    return listener


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(str(path)) == 0
