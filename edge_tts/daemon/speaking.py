"""How utterances get from their `speak` to their last reply: queue, workers, loudspeaker, in one event loop.

Everything here runs in the thread of the event loop; workers and the loudspeaker report into it.
"""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

from edge_tts.config.settings import Config, Limits
from edge_tts.daemon.caching import Caching, Prepared
from edge_tts.daemon.clients import share
from edge_tts.daemon.event_loop import EventLoop
from edge_tts.daemon.pool import Pool, Worker
from edge_tts.daemon.scheduler import Scheduler, Shares
from edge_tts.daemon.sources import FromCache, FromWorker
from edge_tts.daemon.stalls import Stalls
from edge_tts.daemon.utterance import Client, Utterance
from edge_tts.daemon.workers import Workers
from edge_tts.errors import (
    EdgeTTSError,
    Interrupted,
    QueueFull,
    RequestError,
    SinkError,
    StoreError,
    from_wire,
)
from edge_tts.sound.loudspeaker import Began, Broken, Finished, Loudspeaker, SinkEvent, Stopped
from edge_tts.wire import Message, worker_messages

log = logging.getLogger(__name__)


class Speaking:
    """All utterances of the daemon, and what speaks them.

    What it works with is made by its caller, given where to report to; daemon/service.py takes the real ones.

    Args:
        config: limits, and the times of engines.
        loop: the event loop.
        pool: returns the workers, which report messages.
        loudspeaker: returns the loudspeaker, which reports events in the loop.
        caching: returns the audio cache, which reports what was kept.
    """

    def __init__(
        self,
        config: Config,
        loop: EventLoop,
        *,
        pool: Callable[[Callable[[Worker, Message], None]], Pool],
        loudspeaker: Callable[[Callable[[SinkEvent], None]], Loudspeaker],
        caching: Callable[[Callable[[int, EdgeTTSError | None], None]], Caching],
    ) -> None:
        """Start with an empty queue, no worker and the sound device closed."""
        self._config = config
        self._loop = loop
        self._numbers = itertools.count(1)
        self._utterances: dict[int, Utterance] = {}
        self.queue: Scheduler[Utterance] = Scheduler(_shares(config.limits))
        self.caching = caching(self._on_kept)
        self.workers = Workers(self, loop, config.engines, pool, self.caching.program())
        self.loudspeaker = loudspeaker(self._on_sound)
        self._stalls = Stalls(loop, config.limits.stalled_seconds, self._signs, self._on_stalled)
        self.idle: Callable[[], None] = lambda: None
        self.renew: Callable[[], None] = lambda: None
        """Called when nothing waits and another edition of this program is installed than runs here."""

    def submit(self, client: Client, prepared: Prepared) -> None:
        """Take an utterance in; its replies go to the client.

        Raises:
            QueueFull: too many are waiting.
            RequestError: the client already has an utterance of that id.
        """
        speak, model = prepared.speak, prepared.model
        number = next(self._numbers)
        utterance = Utterance(number, client, speak, model, prepared.recording or FromWorker(self._opening(prepared)))
        try:
            if any(other.client is client and other.speak.id == speak.id for other in self.queue):
                raise RequestError(f"id {speak.id} is in use by an earlier speak of this connection")
            if loser := self.queue.displaced(utterance):
                self.end(loser, QueueFull("something important took its place in the queue", retry_after=1.0))
            utterance.accept(self.queue.submit(utterance))
        except EdgeTTSError:
            prepared.close()
            raise
        self._utterances[number] = utterance
        if prepared.recording:
            utterance.settled = not speak.pin
            if speak.pin:
                self.caching.pin(prepared.key, number)
        elif utterance.heard:
            self.workers.give_way(model)
        self.advance()

    def _opening(self, prepared: Prepared) -> worker_messages.Open:
        limits = self._config.limits
        return worker_messages.Open(
            speak=prepared.speak.values(),
            lexicon=str(self._config.paths.lexicon),
            record=prepared.key,
            edition=prepared.edition,
            audio_seconds=limits.audio_seconds,
            pause_seconds=limits.pause_seconds,
            unstreamed_bytes=limits.unstreamed_bytes,
        )

    def stop(self, wanted: Callable[[Utterance], bool], reason: str, retry_after: float | None = None) -> int:
        """Stop the utterances that are wanted; return how many there were."""
        found = [utterance for utterance in self.queue if wanted(utterance)]
        for utterance in found:
            self.end(utterance, Interrupted(reason, retry_after=retry_after))
        self.advance()
        return len(found)

    def close(self) -> None:
        """Fail what is open, end the workers, close the device."""
        self.stop(lambda _: True, "the daemon is shutting down", retry_after=0.1)
        self._stalls.close()
        self.workers.close()
        self.loudspeaker.close()

    def advance(self) -> None:
        """Give the loudspeaker and the engines to whoever comes next."""
        if self.queue.audible is None and (utterance := self.queue.next_audible()):
            self._make_audible(utterance)
        for utterance in self.queue:
            if isinstance(utterance.source, FromCache) and self.wants_more(utterance):
                utterance.source.next(partial(self._on_read, utterance))
        self.workers.serve()
        self._stalls.watch()
        if not self.queue:
            self.idle()
            if self.workers.outdated:
                self.renew()

    def find(self, number: int) -> Utterance | None:
        """Return an utterance, None if it has ended."""
        return self._utterances.get(number)

    def restart(self, utterance: Utterance) -> None:
        """Begin an utterance again, under a new number: its worker may still say something of the old one."""
        del self._utterances[utterance.restart(next(self._numbers))]
        self._utterances[utterance.number] = utterance

    def keep(self, recorded: worker_messages.Recorded) -> None:
        """Have what a worker has recorded kept."""
        self.caching.keep(recorded)

    # the loudspeaker

    def _make_audible(self, utterance: Utterance) -> None:
        self.queue.audible = utterance
        try:
            self.loudspeaker.begin(utterance.number, utterance.model.sample_rate)
        except SinkError as error:
            self.end(utterance, error)
            return
        for data in utterance.early:
            self.loudspeaker.write(utterance.number, data)
        utterance.early.clear()
        if utterance.complete:
            self.loudspeaker.end(utterance.number)

    def _on_sound(self, event: SinkEvent) -> None:
        utterance = self._utterances.get(event.id)
        if utterance is None:
            return
        match event:
            case Began():
                utterance.first_audio = time.monotonic()
            case Finished():
                utterance.underruns = event.underruns
                self.end(utterance, None)
            case Stopped():
                self.end(utterance, Interrupted("the sound was stopped"))
            case Broken():
                self.end(utterance, event.error)
        self.advance()

    # the cache

    def _on_read(self, utterance: Utterance, read: Future[list[Message]]) -> None:
        """Say the next piece of what is kept."""
        error = read.exception()
        if error is None:
            for message in read.result():
                self.hear(utterance, message)
        elif isinstance(error, EdgeTTSError):
            self.end(utterance, error)
        else:  # else it would be tried again for ever
            log.error("cached audio cannot be said", exc_info=error)
            self.end(utterance, StoreError(f"cached audio cannot be said: {type(error).__name__}"))
        self.advance()

    def _on_kept(self, number: int, error: EdgeTTSError | None) -> None:
        """Note that something was written or not; only an utterance that nobody hears waits for it."""
        if utterance := self._utterances.get(number):
            utterance.settled, utterance.trouble = True, error
            if utterance.complete:
                self._complete(utterance)
                self.advance()

    # what comes of the sources

    def wants_more(self, utterance: Utterance) -> bool:
        """Return whether more of its audio should be made or read now."""
        if utterance.complete or (utterance.speak.returns and utterance.client.full):
            return False
        if not utterance.plays:
            return True
        if utterance is self.queue.audible:
            return self.loudspeaker.low(utterance.number)
        return utterance is self.queue.next_audible() and not utterance.early

    def _on_audio(self, utterance: Utterance, message: worker_messages.Sound | worker_messages.Encoded) -> None:
        utterance.announce()
        if isinstance(message, worker_messages.Encoded):
            utterance.deliver(message.data)
            return
        utterance.sounds += 1
        if utterance is self.queue.audible:
            self.loudspeaker.write(utterance.number, message.data)
        else:
            utterance.early.append(message.data)

    def hear(self, utterance: Utterance | None, message: Message) -> None:
        """Take what a worker says of an utterance, or a recording in its place."""
        if utterance is None or utterance.state == "ended":  # stopped meanwhile
            return
        match message:
            case worker_messages.Sound() | worker_messages.Encoded():
                self._on_audio(utterance, message)
            case worker_messages.Opened():
                utterance.open(message)
            case worker_messages.SentenceDone():
                utterance.count(message)
                if message.last:
                    self._complete(utterance)
            case worker_messages.JobFailed():
                self.end(utterance, from_wire(message.code, message.message, message.retry_after))

    def _complete(self, utterance: Utterance) -> None:
        if utterance.plays:
            if utterance is self.queue.audible:
                self.loudspeaker.end(utterance.number)
        elif utterance.heard or utterance.settled:
            self.end(utterance, utterance.trouble)

    # what stands still

    def _signs(self) -> dict[Utterance, object]:
        """Return what must go on by itself, and what changes as it does; others wait for their turn or an engine."""
        at_work = {worker.model.name for worker in self.workers if worker.state != "ready"}
        signs: dict[Utterance, object] = {}
        for utterance in self.queue:
            if utterance is self.queue.audible and not (utterance.unmade and utterance.model_name in at_work):
                signs[utterance] = (utterance.progress, self.loudspeaker.buffered_seconds)
            elif utterance.complete and not utterance.heard:
                signs[utterance] = self.caching.changes
        return signs

    def _on_stalled(self, utterance: Utterance) -> None:
        seconds = self._config.limits.stalled_seconds
        log.error("utterance %d got nothing for %g s and is ended", utterance.number, seconds)
        if utterance.heard:
            self.end(utterance, SinkError(f"nothing more was heard for {seconds:g} s"))
        else:
            self.end(utterance, StoreError(f"the audio cache does not answer for {seconds:g} s"))
        self.advance()

    # the end

    def end(self, utterance: Utterance, error: EdgeTTSError | None) -> None:
        """Send the last reply and let go of everything; the only place where an utterance ends."""
        if self._utterances.pop(utterance.number, None) is None:
            return
        if utterance is self.queue.audible and error is not None:
            self.loudspeaker.stop(utterance.number)
        self.queue.remove(utterance)
        if error is None:
            utterance.succeed()
        else:
            utterance.fail(error)


def _shares(limits: Limits) -> Shares:
    return Shares(limits.queue, share(limits.queue, limits.user_percent), limits.client_queue)
