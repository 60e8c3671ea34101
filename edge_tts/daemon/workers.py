"""The workers at work: whose sentence each one makes, how long it may take, and what a lost one takes with it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Protocol

from edge_tts.config.settings import Engines
from edge_tts.daemon.deadlines import Deadlines
from edge_tts.daemon.event_loop import EventLoop
from edge_tts.daemon.pool import Exited, Pool, Worker, describe_exit
from edge_tts.daemon.scheduler import Scheduler
from edge_tts.daemon.sources import FromWorker
from edge_tts.daemon.utterance import Utterance
from edge_tts.engines.model import ModelFiles
from edge_tts.errors import EdgeTTSError, EngineCrashed, EngineTimeout, from_wire
from edge_tts.wire import Message, worker_messages

log = logging.getLogger(__name__)


class Owner(Protocol):
    """Whose utterances the workers make.

    Attributes:
        queue: all of them.
    """

    queue: Scheduler[Utterance]

    def find(self, number: int) -> Utterance | None:
        """Return an utterance, None if it has ended."""

    def restart(self, utterance: Utterance) -> None:
        """Begin an utterance again, under a new number."""

    def wants_more(self, utterance: Utterance) -> bool:
        """Return whether its next sentence should be made now."""

    def hear(self, utterance: Utterance | None, message: Message) -> None:
        """Take what a worker says of an utterance."""

    def keep(self, recorded: worker_messages.Recorded) -> None:
        """Take what a worker has recorded."""

    def end(self, utterance: Utterance, error: EdgeTTSError) -> None:
        """Take that an utterance cannot be made."""

    def advance(self) -> None:
        """Look who comes next."""


class Workers:
    """The worker processes and what they are at.

    Args:
        owner: whose utterances they make.
        loop: the event loop.
        times: how long they may take.
        pool: returns the processes, which report messages.
        edition: of the front end that runs here, "" if it is not known.

    Attributes:
        outdated: whether a worker runs another edition of this program than is loaded here.
    """

    def __init__(
        self,
        owner: Owner,
        loop: EventLoop,
        times: Engines,
        pool: Callable[[Callable[[Worker, Message], None]], Pool],
        edition: str,
    ) -> None:
        """Start none."""
        self._owner = owner
        self._pool = pool(self._on_message)
        self._deadlines = Deadlines(loop, times, self._give_up, self._unload)
        self._edition = edition
        self.outdated = False

    def __iter__(self) -> Iterator[Worker]:
        """Iterate over those that are neither lost nor replaced."""
        return iter(self._pool)

    def load(self, model: ModelFiles) -> Worker:
        """Return the worker of a model; it begins to load if there was none.

        Raises:
            EngineError: no process can be started for it.
        """
        worker = self._pool.worker(model)
        if worker.state == "loading":
            self._deadlines.load(worker)
        return worker

    def serve(self) -> None:
        """Give each worker that is free the sentence that comes next."""
        for model in {other.model_name: other.model for other in self._owner.queue if not other.cached}.values():
            self._serve(model)

    def give_way(self, model: ModelFiles) -> None:
        """Take the engine from an utterance that nobody hears; it begins again when nobody else speaks."""
        for worker in self._pool:
            other = self._owner.find(worker.serves)
            if worker.model.name == model.name and other is not None and not other.heard:
                worker.send(worker_messages.Cancel(id=worker.serves))
                self._owner.restart(other)

    def close(self) -> None:
        """End them."""
        self._deadlines.close()
        self._pool.close()

    def _serve(self, model: ModelFiles) -> None:
        try:
            worker = self.load(model)
        except EdgeTTSError as error:
            self._fail_all(model.name, error)
            return
        if worker.state != "ready":
            return
        utterance = self._owner.queue.next_served(model.name, self._owner.wants_more)
        if utterance is not None and isinstance(utterance.source, FromWorker):
            worker.state, worker.serves = "busy", utterance.number
            self._deadlines.sentence(worker)
            utterance.source.next(worker, utterance.number)

    def _on_message(self, worker: Worker, message: Message) -> None:
        if worker.state == "lost":
            return
        answers = worker.state == "busy" and message.id == worker.serves
        match message:
            case Exited():
                ended = f"the worker of {worker.model.name} ended with {describe_exit(message.status)}"
                self._lose(worker, EngineCrashed(f"{ended}: {message.words}" if message.words else ended))
            case worker_messages.Recorded():
                self._owner.keep(message)
                return
            case worker_messages.Loaded() if worker.state == "loading":
                log.info("%s loaded in %.2f s, %s", worker.model.name, message.load_seconds, message.device)
                self._compare(message.edition)
                self._make_ready(worker)
            case worker_messages.LoadFailed() if worker.state == "loading":
                self._compare(message.edition)
                self._lose(worker, from_wire(message.code, message.message))
            case worker_messages.Opened() | worker_messages.Sound() | worker_messages.Encoded() if answers:
                self._owner.hear(self._owner.find(message.id), message)
                return
            case worker_messages.SentenceDone() | worker_messages.JobFailed() if answers:
                self._owner.hear(self._owner.find(message.id), message)
                self._make_ready(worker)
            case _:
                said = f"the worker of {worker.model.name} said {message.type!r}, which nothing had asked it for"
                self._lose(worker, EngineCrashed(said))
        self._owner.advance()

    def _compare(self, edition: str) -> None:
        """Note whether other code is installed than runs here; workers run it already, which is no reason to fail."""
        if self._edition and edition != self._edition and not self.outdated:
            self.outdated = True
            installed = edition or "another version"
            log.warning("%s is installed, %s runs here and ends when nothing waits", installed, self._edition)

    def _make_ready(self, worker: Worker) -> None:
        worker.state, worker.serves = "ready", 0
        self._deadlines.forget(worker)
        if worker in self._pool:
            self._deadlines.rest(worker)

    def _lose(self, worker: Worker, error: EdgeTTSError) -> None:
        """Let go of a worker, dead or alive: what it was at and what was half spoken fails, the rest gets a new one."""
        replaced = worker not in self._pool
        self._pool.retire(worker)
        self._deadlines.forget(worker)
        if worker.state == "loading" and not replaced:
            self._fail_all(worker.model.name, error)
        for utterance in [other for other in self._owner.queue if other.source.worker is worker]:
            utterance.source.worker = None
            half_spoken = utterance.announced and not utterance.complete
            lost = utterance.complete and not utterance.heard
            if half_spoken or lost or utterance.number == worker.serves:
                self._owner.end(utterance, error)
        worker.state, worker.serves = "lost", 0

    def _fail_all(self, model_name: str, error: EdgeTTSError) -> None:
        for utterance in [other for other in self._owner.queue if other.model_name == model_name and not other.cached]:
            self._owner.end(utterance, error)

    def _unload(self, worker: Worker) -> None:
        """End a worker that had nothing to do, unless it only waits for a listener that has enough ahead."""
        if any(other.source.worker is worker for other in self._owner.queue):
            self._deadlines.rest(worker)
            return
        log.info("%s was idle and is unloaded", worker.model.name)
        self._pool.retire(worker)

    def _give_up(self, worker: Worker, error: EngineTimeout) -> None:
        log.warning("worker %d: %s", worker.pid, error)
        self._lose(worker, error)
        self._owner.advance()
