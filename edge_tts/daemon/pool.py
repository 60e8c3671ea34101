"""The worker processes: starts, watches and kills them, one for each model in use.

What a worker says is read in the event loop, where it goes on to clients and loudspeaker: a thread that read it would
wake the loop for each piece of audio, and both would take the processor from the worker.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Literal

from edge_tts.config.loading import computing
from edge_tts.config.settings import Config
from edge_tts.daemon.event_loop import EventLoop, from_thread
from edge_tts.engines.model import ModelFiles
from edge_tts.errors import EdgeTTSError, EngineError
from edge_tts.system.memory import memory_of
from edge_tts.wire import Message, worker_messages
from edge_tts.wire.fields import integer, string
from edge_tts.wire.frames import Decoder, encode

log = logging.getLogger(__name__)

_GONE_SECONDS = 0.5
"""How long a killed process may take to be gone; only one in an uninterruptible system call takes longer."""

_RETRY_SECONDS = 5.0

_LINE_BYTES = 4096

State = Literal["loading", "ready", "busy", "lost"]
"""What a worker is at; nothing that a lost one says counts any more."""


class Exited(Message):
    """The last that is heard of a worker; made by the pool, not sent by the process.

    Attributes:
        status: exit status, negative for the signal that ended it.
        words: the last line that it printed, "" if it printed none.
    """

    status: int = integer(low=-255, high=255)
    words: str = string("")


class Worker:
    """One worker process, as the daemon sees it.

    Args:
        model: what it hosts.
        config: the configuration that it works with.
        loop: the event loop.
        report: called by the loop with each message; at the end with Exited.
    """

    def __init__(
        self, model: ModelFiles, config: Config, loop: EventLoop, report: Callable[[Worker, Message], None]
    ) -> None:
        """Start the process; it begins to load at once.

        Raises:
            OSError: there is no room for another process, or no descriptor for it.
        """
        self.model = model
        self.state: State = "loading"
        self.loaded = worker_messages.Loaded(
            sample_rate=0, load_seconds=0, device=""
        )  # until it has said how it computes
        self.serves = 0  # number of the utterance whose sentence it makes, 0 for none
        self._loop = loop
        self._report = report
        self._decoder = Decoder(worker_messages.FROM_WORKER, worker_messages.FRAME_BYTES)
        self._room = memoryview(bytearray(worker_messages.BATCH_BYTES))
        self._words = ""
        self._socket, theirs = socket.socketpair()
        with theirs:
            theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, worker_messages.BATCH_BYTES)
            try:
                self._process = _process(theirs.fileno())
            except OSError:
                self._socket.close()
                raise
        engines = config.engines
        self.send(
            worker_messages.Load(
                model=model.as_message(),
                threads=engines.threads,
                provider=engines.provider,
                config=config.as_message(),
            )
        )
        self._relaying = threading.Thread(target=self._relay, name=f"output of {model.name}", daemon=True)
        self._relaying.start()
        loop.add_reader(self._socket.fileno(), self._read)

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def send(self, message: Message) -> None:
        """Send a message without ever blocking; a worker that cannot take it is killed."""
        data = encode(message)
        try:
            if self._socket.sendmsg([data], [], socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL) < len(data):
                raise BlockingIOError(f"there is no room for {len(data)} bytes")
        except OSError as error:  # dead, or so hung that its socket is full: Exited follows
            log.warning("worker %d of %s takes no message: %s", self.pid, self.model.name, error)
            self.kill()

    def kill(self) -> None:
        """End the process now; Exited follows."""
        self._process.kill()

    def join(self, seconds: float) -> None:
        """Wait until a killed process is gone; no Exited follows."""
        self._hang_up()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)

    def memory(self) -> tuple[int, int]:
        """Return its memory in bytes: resident, and its own, which no file backs; zeros if it has just ended."""
        memory = memory_of(self.pid)
        return memory.own_bytes + memory.mapped_bytes, memory.own_bytes

    def _read(self) -> None:
        try:
            count = self._socket.recv_into(self._room, 0, socket.MSG_DONTWAIT)
            messages = list(self._decoder.feed(self._room[:count]))
        except BlockingIOError:
            return
        except (OSError, EdgeTTSError) as error:  # killed in the middle of a frame, or its memory is garbage
            log.warning("worker %d of %s: %s", self.pid, self.model.name, error)
            self.kill()
            count, messages = 0, []
        for message in messages:
            self._tell(message)
        if count == 0:
            self._hang_up()
            threading.Thread(target=self._reap, name=f"end of {self.model.name}", daemon=True).start()

    def _tell(self, message: Message) -> None:
        if isinstance(message, worker_messages.Loaded):
            self.loaded = message
        try:
            self._report(self, message)
        except Exception:  # what comes after it is of other utterances
            log.exception("a message of worker %d was not understood", self.pid)

    def _hang_up(self) -> None:
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()

    def _reap(self) -> None:
        """Report the end of a process that talks no more, whether it ends by itself or has to be killed."""
        status = None
        for end in (self.kill, lambda: None):
            with contextlib.suppress(subprocess.TimeoutExpired):
                status = self._process.wait(_GONE_SECONDS)
                break
            end()
        self._relaying.join(_GONE_SECONDS)  # its last words come before the news of its end
        killed = -signal.SIGKILL if status is None else status
        from_thread(self._loop, self._report)(self, Exited(status=killed, words=self._words))
        self._process.wait()

    def _relay(self) -> None:
        """Put into our log what the process prints, last words of native code included."""
        with self._process.stderr or open(os.devnull, "rb") as lines:
            while line := lines.readline(_LINE_BYTES):
                said = line.decode(errors="replace").rstrip()
                self._words = said or self._words
                log.warning("%s, process %d: %s", self.model.name, self.pid, said)


def _process(descriptor: int) -> subprocess.Popen[bytes]:
    """Start a worker process that talks over an inherited descriptor."""
    return subprocess.Popen(
        [sys.executable, "-m", "edge_tts.worker", str(descriptor), str(os.getpid())],
        pass_fds=[descriptor],
        env=computing(),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


class Pool:
    """The workers by model.

    Args:
        config: the configuration that they work with.
        loop: the event loop.
        report: called by the loop with a worker and each of its messages.
    """

    def __init__(self, config: Config, loop: EventLoop, report: Callable[[Worker, Message], None]) -> None:
        """Start no worker yet."""
        self._config = config
        self._loop = loop
        self._report = report
        self._workers: dict[str, Worker] = {}

    def __iter__(self) -> Iterator[Worker]:
        """Iterate over the workers that run."""
        return iter(list(self._workers.values()))

    def worker(self, model: ModelFiles) -> Worker:
        """Return the worker of a model, started if there is none or if the model has changed.

        Raises:
            EngineError: it cannot be started: there are too many processes, open files, or too little memory.
        """
        worker = self._workers.get(model.name)
        if worker is not None and worker.model.digest != model.digest:
            self.retire(worker)
            worker = None
        if worker is None:
            try:
                worker = Worker(model, self._config, self._loop, self._report)
            except (OSError, RuntimeError) as error:
                reason = f"the worker of {model.name} cannot be started: {error}"
                raise EngineError(reason, retry_after=_RETRY_SECONDS) from error
            self._workers[model.name] = worker
            log.info("worker %d starts for %s", worker.pid, model.name)
        return worker

    def retire(self, worker: Worker) -> None:
        """End a worker and forget it."""
        self.forget(worker)
        worker.kill()

    def forget(self, worker: Worker) -> None:
        """Drop a worker that has ended."""
        if self._workers.get(worker.model.name) is worker:
            del self._workers[worker.model.name]

    def close(self) -> None:
        """End all workers and wait until they are gone."""
        workers = list(self)
        for worker in workers:
            self.retire(worker)
        for worker in workers:
            worker.join(_GONE_SECONDS)


def describe_exit(status: int) -> str:
    """Say how a process ended, for people."""
    if status >= 0:
        return f"exit status {status}"
    try:
        return f"signal {signal.Signals(-status).name}"
    except ValueError:
        return f"signal {-status}"
