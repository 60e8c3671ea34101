"""What the daemon's heart works with, as its tests decide: time, workers, a loudspeaker, a cache, clients.

Each stands for the real part of its name; what that does by itself happens here when a test says so, so that every
order of events can be tried. What a real part never does (audio after a last sentence, an event of an utterance that
was never begun) is not done here either.
"""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edge_tts.daemon.pool import Exited
from edge_tts.engines.model import ModelFiles, Voice
from edge_tts.errors import EdgeTTSError, EngineError, Interrupted, SinkError
from edge_tts.sound.playback import Began, Broken, Finished, Stopped
from edge_tts.wire import Message, Speak
from edge_tts.wire import worker_messages as said


class Timer:
    def __init__(self) -> None:
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class Clock:
    """An event loop whose time passes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0
        self._timers: list[tuple[float, int, Timer, Callable[[], None]]] = []
        self._count = itertools.count()

    def time(self) -> float:
        return self.now

    @property
    def waiting(self) -> bool:
        return any(not timer.cancelled for _, _, timer, _ in self._timers)

    def call_later(self, delay: float, callback: Callable[..., Any], *args: Any) -> Timer:
        timer = Timer()
        heapq.heappush(self._timers, (self.now + delay, next(self._count), timer, lambda: callback(*args)))
        return timer

    def run(self, until: float) -> None:
        """Let time pass, and call back who waited for that."""
        while self._timers and self._timers[0][0] <= until:
            self.now, _, timer, callback = heapq.heappop(self._timers)
            if not timer.cancelled:
                callback()
        self.now = until


def model(name: str, digest: str = "0") -> ModelFiles:
    folder = Path("/nowhere")
    return ModelFiles(name, "tone", digest, 24_000, (Voice(name, "zh"),), "surface", folder, {}, folder)


@dataclass
class Job:
    """An utterance as a worker has it."""

    request: said.Open
    speak: Speak
    opened: bool = False
    made: int = 0

    @property
    def sentences(self) -> int:
        """How many it has: as many as its text has characters."""
        return len(self.speak.text)


def sentence(job: Job) -> Iterator[Message]:
    """Yield what a worker says for one sentence of an utterance, its beginning included."""
    number = job.request.id
    if not job.opened:
        job.opened = True
        yield said.Opened(id=number, spans=[[0, 1]], ignored=[], unread=[], sample_rate=24_000)
    if job.speak.plays:
        yield said.Sound(id=number, data=b"\0" * 400)
    if job.speak.returns:
        yield said.Encoded(id=number, data=b"\0" * 200)
    job.made += 1
    last = job.made == job.sentences
    spans = [] if last else [[job.made, job.made + 1]]
    yield said.SentenceDone(id=number, last=last, samples=100, seconds=0.01, spans=spans)


class Worker:
    """A worker process: what it was told is in `job`, what it has said and nobody has read yet in `outbox`."""

    pids = itertools.count(1)

    def __init__(self, model: ModelFiles, report: Callable[[Any, Message], None]) -> None:
        self.model, self.state, self.serves = model, "loading", 0
        self.pid = next(self.pids)
        self.outbox: deque[Message] = deque()
        self.killed = self.gone = False
        self._report = report
        self._jobs: dict[int, Job] = {}
        self._at = 0  # whose sentence it makes

    def send(self, message: Message) -> None:
        if self.killed:
            return
        match message:
            case said.Open():
                self._jobs[message.id] = Job(message, Speak(**{**message.speak, "id": message.id}))
                self._at = message.id
            case said.Next():
                self._at = message.id
            case said.Cancel():
                self._jobs.pop(message.id, None)
                if self._at == message.id:
                    self._fail(Interrupted("cancelled"))

    @property
    def works(self) -> bool:
        return bool(self._at) and not self.killed

    def load(self, error: EdgeTTSError | None) -> None:
        """Have it loaded, or fail to."""
        if error is None:
            self.outbox.append(said.Loaded(id=0, sample_rate=24_000, load_seconds=0.1, device="CPU", edition="1"))
        else:
            self.outbox.append(said.LoadFailed(id=0, code=error.code, message=str(error), edition="1"))
            self.die(1)

    def work(self) -> None:
        """Make the sentence that was asked for."""
        job = self._jobs[self._at]
        self.outbox.extend(sentence(job))
        self._at = 0
        if job.made == job.sentences:
            del self._jobs[job.request.id]
            if job.request.record:
                recorded = said.Recorded(id=job.request.id, key=job.request.record, pin=job.speak.pin, body=b"audio")
                self.outbox.append(recorded)

    def fail(self) -> None:
        """Say that the sentence cannot be made."""
        self._jobs.pop(self._at)
        self._fail(EngineError("no sound comes of this"))

    def _fail(self, error: EdgeTTSError) -> None:
        self.outbox.append(said.JobFailed(id=self._at, code=error.code, message=str(error)))
        self._at = 0

    def kill(self) -> None:
        if not self.killed:
            self.die(-9)

    def die(self, status: int) -> None:
        """End; what was said before may still be read, then that it has ended."""
        self.killed, self._at = True, 0
        self.outbox.append(Exited(id=0, status=status))

    def join(self, seconds: float) -> None:
        self.gone = True

    def deliver(self) -> None:
        """Have the daemon read one message."""
        message = self.outbox.popleft()
        self.gone = self.gone or isinstance(message, Exited)
        self._report(self, message)


class Pool:
    """Workers by model."""

    def __init__(self, report: Callable[[Any, Message], None]) -> None:
        self._report = report
        self._workers: dict[str, Worker] = {}
        self.all: list[Worker] = []
        self.refuses = False

    def __iter__(self) -> Iterator[Worker]:
        return iter(list(self._workers.values()))

    def worker(self, model: ModelFiles) -> Worker:
        worker = self._workers.get(model.name)
        if worker is not None and worker.model.digest != model.digest:
            self.retire(worker)
            worker = None
        if worker is None:
            if self.refuses:
                raise EngineError("there is no room for another process", retry_after=5.0)
            worker = self._workers[model.name] = Worker(model, self._report)
            self.all.append(worker)
        return worker

    def retire(self, worker: Worker) -> None:
        if self._workers.get(worker.model.name) is worker:
            del self._workers[worker.model.name]
        worker.kill()

    def close(self) -> None:
        for worker in self:
            self.retire(worker)


@dataclass
class Heard:
    """An utterance at the loudspeaker."""

    bytes: int = 0
    began: bool = False
    ended: bool = False


class Loudspeaker:
    """A sound device that plays what it was given when a test says so."""

    def __init__(self, report: Callable[[Any], None]) -> None:
        self._report = report
        self.playing: dict[int, Heard] = {}
        self.events: deque[Any] = deque()
        self.refuses = False
        self.most_owners = 0

    @property
    def buffered_seconds(self) -> float:
        return sum(heard.bytes for heard in self.playing.values()) / 96_000

    def low(self, id: int) -> bool:
        heard = self.playing.get(id)
        return heard is not None and heard.bytes < 1000

    def begin(self, id: int, sample_rate: int) -> None:
        if self.refuses:
            raise SinkError("no sound device")
        self.playing[id] = Heard()
        self.most_owners = max(self.most_owners, len(self.playing))

    def write(self, id: int, data: bytes) -> None:
        if heard := self.playing.get(id):
            heard.bytes += len(data)

    def end(self, id: int) -> None:
        if heard := self.playing.get(id):
            heard.ended = True

    def stop(self, id: int) -> None:
        if self.playing.pop(id, None):
            self.events.append(Stopped(id, 0.0))

    def play(self) -> None:
        """Hand what waits to the device."""
        for id, heard in list(self.playing.items()):
            if heard.bytes and not heard.began:
                heard.began = True
                self.events.append(Began(id))
            heard.bytes = 0
            if heard.ended:
                del self.playing[id]
                self.events.append(Finished(id, 1.0, 0))

    def break_down(self) -> None:
        for id in list(self.playing):
            del self.playing[id]
            self.events.append(Broken(id, SinkError("the device has gone")))

    def deliver(self) -> None:
        self._report(self.events.popleft())

    def close(self) -> None:
        self.playing.clear()


class BackgroundThread:
    """A thread that does what it is asked when a test says so."""

    def __init__(self) -> None:
        self.waiting: deque[tuple[Callable[[], Any], Callable[[Future[Any]], None] | None]] = deque()

    def run(self, work: Callable[[], Any], then: Callable[[Future[Any]], None], *_: Any) -> None:
        self.waiting.append((work, then))

    def answer(self, result: Any, then: Callable[[Future[Any]], None]) -> None:
        self.waiting.append((lambda: result, then))

    def later(self, work: Callable[[], Any]) -> None:
        self.waiting.append((work, None))

    def work(self, error: BaseException | None = None) -> None:
        """Do what waits longest, or fail at it."""
        work, then = self.waiting.popleft()
        done: Future[Any] = Future()
        try:
            done.set_exception(error) if error and then else done.set_result(work())
        except Exception as problem:
            done.set_exception(problem)
        if then:
            then(done)


class Recording:
    """A recording of the cache."""

    def __init__(self) -> None:
        self.closed = 0

    def replay(self, speak: Speak) -> Iterator[Message]:
        job = Job(said.Open(speak={}), speak)
        while job.made < job.sentences:
            yield from sentence(job)

    def close(self) -> None:
        self.closed += 1


class Caching:
    """The audio cache: it tells what became of a recording when a test says so."""

    def __init__(self, report: Callable[[int, EdgeTTSError | None], None]) -> None:
        self._report = report
        self.changes = 0
        self.pending: deque[int] = deque()
        self.reading = BackgroundThread()

    def program(self) -> str:
        return "1"

    def keep(self, recorded: said.Recorded) -> None:
        self.pending.append(recorded.id)

    def pin(self, key: str, number: int) -> None:
        self.pending.append(number)

    def settle(self, error: EdgeTTSError | None) -> None:
        self.changes += 1
        self._report(self.pending.popleft(), error)


@dataclass(eq=False)
class Client:
    """A connection that notes what it is sent."""

    user: int
    full: bool = False
    gone: bool = False
    got: list[Message] = field(default_factory=list)

    def send(self, message: Message, request_id: int = 0) -> None:
        if not self.gone:
            self.got.append(message)
