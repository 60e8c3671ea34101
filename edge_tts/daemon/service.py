"""The service: socket, signals, readiness, watchdog, and the order in which things start and stop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import socket
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

from edge_tts.client.connecting import listens
from edge_tts.config.settings import Config
from edge_tts.daemon import logs, starting, supervision, system_limits
from edge_tts.daemon.accepting import Acceptor
from edge_tts.daemon.background import BackgroundThread
from edge_tts.daemon.caching import Caching, Prepared
from edge_tts.daemon.clients import Clients
from edge_tts.daemon.connection import Connection
from edge_tts.daemon.event_loop import from_thread
from edge_tts.daemon.pool import Pool
from edge_tts.daemon.reports import Reports
from edge_tts.daemon.requests import Report
from edge_tts.daemon.speaking import Speaking
from edge_tts.daemon.turns import Turns
from edge_tts.daemon.voices import Voices
from edge_tts.disk.guard import Guard
from edge_tts.engines.model import ModelFiles
from edge_tts.errors import ConfigError, DaemonUnavailable, EdgeTTSError, Interrupted
from edge_tts.sound.loudspeaker import Loudspeaker
from edge_tts.system import locks, process_limits
from edge_tts.system.busy import Busy
from edge_tts.system.private import make_root
from edge_tts.version import __version__
from edge_tts.wire import Event, Message, Speak
from edge_tts.wire.frames import Packed

log = logging.getLogger(__name__)

_BACKLOG = 256
"""Who connects while so many wait in the system's queue has to try again; all before it are looked at first."""

_PREDECESSOR_SECONDS, _NAP_SECONDS = 5.0, 0.02
"""How long a daemon that does not listen any more may take to end, and how often that is looked at."""

_GUARD_SECONDS = 0.5
"""How long the disk guard may take to end what it is at."""

_SWITCH_SECONDS = 0.0002
"""How long a thread that computes may keep the interpreter; the loop wants it back after each system call."""

_LOG_SECONDS = 30.0
"""How often the log is looked at: what native libraries print grows it without our knowing."""


class Daemon:
    """The composition root.

    Args:
        config: the whole configuration.
        loop: the event loop it runs in.
    """

    def __init__(self, config: Config, loop: asyncio.AbstractEventLoop) -> None:
        """Put the parts together; nothing is started."""
        self._places = places = system_limits.places(config.limits)
        self.limits = replace(config.limits, connections=places.clients)
        self.speaking = Speaking(
            config,
            loop,
            pool=partial(Pool, config, loop),
            loudspeaker=lambda report: Loudspeaker(config.sound, from_thread(loop, report)),
            caching=partial(Caching, config, loop),
        )
        self.turns = Turns(loop.call_soon, loop.call_later)
        self._config = config
        self._guard = Guard(config, lambda event, data: self._from_guard(loop, Event(event=event, data=data)))
        self._voices = Voices(config)
        self._looking_up = BackgroundThread("looking for voices", loop, config.limits.stalled_seconds)
        self._reports = Reports(config, loop, self._voices, self._guard, self.speaking, self._state)
        self._clients: Clients[Connection] = Clients(places, config.limits, loop.call_later)
        self._started = time.monotonic()
        self._address = ""
        self._stopping = asyncio.Event()
        self.speaking.renew = self._stopping.set

    def admit(self, connection: Connection) -> None:
        """Take a client in; one there is no place for is refused sooner or later."""
        self._clients.admit(connection)

    def refusal(self, connection: Connection, message: Message) -> EdgeTTSError | None:
        """Return why a client may not ask for this, None if it may."""
        return self._clients.refusal(connection, message)

    def leaves(self, connection: Connection, *, gone: bool) -> None:
        """Give a client's place away: it is gone, or will be shortly."""
        self._clients.leaves(connection, gone=gone)

    def prepare(self, speak: Speak, then: Callable[[Future[Prepared]], None]) -> Future[Any]:
        """Find the voice and what is kept of the audio; `then` gets it, in the loop.

        Raises:
            Interrupted: the daemon is about to end.
        """
        if self._stopping.is_set():
            raise Interrupted("the daemon is shutting down")

        def found(voice: Future[tuple[ModelFiles, str]]) -> None:
            if voice.exception():
                then(cast("Future[Prepared]", voice))
                return
            model, name = voice.result()
            self.speaking.caching.prepare(speak.changed(voice=name), model, then)

        return self._looking_up.run(lambda: self._voices.find(speak.voice), found)

    def report(self, request: Report, answer: Callable[[Message | Packed], None]) -> Future[Any]:
        """Answer a request for a report when it is made, in the loop."""
        return self._reports.make(request, answer)

    def _state(self) -> dict[str, Any]:
        return {
            "uptime_seconds": time.monotonic() - self._started,
            "socket": self._address,
            "connections": len(self._clients),
            "hung": [{"name": one.name, "seconds": one.seconds} for one in self._hung()],
        }

    def _hung(self) -> list[Busy]:
        """Return what threads are at that wait for a disk which does not answer."""
        threads = (self._looking_up, *self.speaking.caching.threads, *self._reports.threads, self._guard)
        return [thread.busy for thread in threads if thread.busy.hangs]

    def _from_guard(self, loop: asyncio.AbstractEventLoop, event: Event) -> None:
        """Tell the subscribers, from the guard's thread."""
        with contextlib.suppress(RuntimeError):  # the loop has closed
            loop.call_soon_threadsafe(self._tell, event)

    def _tell(self, event: Event) -> None:
        for connection in self._clients:
            connection.tell(event)

    async def run(self, listener: socket.socket) -> None:
        """Serve on a listening socket until SIGTERM or SIGINT."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_tell)
        for number in system_limits.ENDING:
            loop.add_signal_handler(number, self._stopping.set)
        for number in system_limits.IGNORED:
            loop.add_signal_handler(number, log.info, "signal %d means nothing here", number)
        self._address = str(listener.getsockname())
        acceptor = Acceptor(listener, lambda: Connection(self), loop, self._places.waiting)
        self._preload()
        gc.freeze()  # what is here stays: no collection has to look at it again
        gc.enable()
        supervision.notify("READY=1")
        log.info("edge-tts %s listens on %s", __version__, self._address)
        watchdog = loop.create_task(supervision.feed_watchdog())
        self._guard.start()
        self._tend_log(loop)
        await self._stopping.wait()
        supervision.notify("STOPPING=1")
        acceptor.close()
        closing = threading.Thread(target=self._guard.close, name="end of the disk guard", daemon=True)
        closing.start()
        await self._finish()
        watchdog.cancel()
        closing.join(_GUARD_SECONDS)  # it may wait for a disk that does not answer

    def _preload(self) -> None:
        """Have the default voice's model loaded; requests will say what goes wrong again, to who can act on it."""

        def found(voice: Future[tuple[ModelFiles, str]]) -> None:
            try:
                self.speaking.workers.load(voice.result()[0])
            except EdgeTTSError as error:
                log.warning("nothing is preloaded: %s", error)

        if self._config.speech.preload:
            self._looking_up.run(lambda: self._voices.find(""), found)

    def _tend_log(self, loop: asyncio.AbstractEventLoop) -> None:
        logs.tend()
        if self._guard.busy.hangs:
            log.error("the disk guard waits for a disk that has not answered for %.0f s", self._guard.busy.seconds)
        loop.call_later(_LOG_SECONDS, self._tend_log, loop)

    async def _finish(self) -> None:
        """Let what is open end by itself for a moment, then fail it, and say good-bye to the clients."""
        locks.give_up()
        ended = asyncio.Event()
        self.speaking.idle = ended.set
        self.speaking.advance()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(ended.wait(), self.limits.shutdown_seconds)
        self.speaking.close()
        for connection in self._clients:
            connection.close()
        await asyncio.sleep(0)  # lets the transports send what fits into the sockets' buffers


def _tell(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what went wrong in the loop; of a system that has nothing left, a line without where that was noticed."""
    error = context.get("exception")
    log.error("%s: %s", context["message"], error, exc_info=None if isinstance(error, OSError) else error)


def serve(config: Config, lock: int | None = None) -> None:
    """Run the daemon in the foreground until SIGTERM or SIGINT.

    Args:
        config: the whole configuration.
        lock: descriptor of the socket's lock, where whoever started us holds it for us.

    Raises:
        DaemonUnavailable: another daemon serves the socket.
        ConfigError: the socket cannot be made there.
    """
    process_limits.keep_private()
    _own_folders(config)
    passed = supervision.passed_socket()
    with contextlib.ExitStack() as stack:
        listener = passed or stack.enter_context(_own_socket(config.paths.socket, lock))
        sys.setswitchinterval(_SWITCH_SECONDS)
        asyncio.run(_main(config, listener))


def _own_folders(config: Config) -> None:
    """Make state and cache, and make them ours alone where an older version, or somebody else, made them too wide."""
    for root in (config.paths.state, config.paths.cache):
        try:
            make_root(root)
        except (OSError, EdgeTTSError) as error:  # speech does not need them
            log.warning("nothing can be kept: %s", error)


async def _main(config: Config, listener: socket.socket) -> None:
    await Daemon(config, asyncio.get_running_loop()).run(listener)


@contextlib.contextmanager
def _own_socket(path: Path, lock: int | None) -> Iterator[socket.socket]:
    """Bind the socket, mode 0600 in a folder of mode 0700, under a lock that dies with this process."""
    held = starting.open_socket_lock(path) if lock is None else lock
    os.set_inheritable(held, False)
    try:
        if lock is None:
            _await_lock(held, path)
        listener = _bind(path)
        try:
            yield listener
        finally:
            path.unlink(missing_ok=True)
    finally:
        os.close(held)


def _await_lock(lock: int, path: Path) -> None:
    """Take the lock of the socket, as soon as a daemon that is about to end lets go of it."""
    deadline = time.monotonic() + _PREDECESSOR_SECONDS
    while not locks.take(lock, _NAP_SECONDS):
        if listens(path) or time.monotonic() > deadline:
            raise DaemonUnavailable(f"another daemon already serves {path}")


def _bind(path: Path) -> socket.socket:
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise ConfigError(f"{path} exists and is no socket; choose another place with EDGE_TTS_SOCKET")
        if listens(path):  # one that systemd listens for has no lock
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
