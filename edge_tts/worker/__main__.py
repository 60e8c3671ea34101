"""The child process that hosts one engine: `python -m edge_tts.worker FD PARENT`.

It talks to the daemon, its parent process, over the socket whose descriptor it is given, in wire/worker_messages.py.
When the daemon is gone, so is the worker.
"""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np

from edge_tts import text
from edge_tts.audio_cache import key
from edge_tts.config.settings import Config, Paths
from edge_tts.disk import Lease, own
from edge_tts.engines import engine, loading
from edge_tts.engines.engine import Engine
from edge_tts.engines.model import ModelFiles
from edge_tts.errors import (
    EdgeTTSError,
    EngineError,
    Interrupted,
    ProtocolError,
    RequestError,
    StoreError,
    UnsupportedText,
)
from edge_tts.lexicon_file import LexiconFile
from edge_tts.sound.encode import Encoder, amplify
from edge_tts.system import process_limits
from edge_tts.text.markup import markup
from edge_tts.text.prosody.pauses import AFTER_PARAGRAPH, parts
from edge_tts.text.reading.user_lexicon import EMPTY, UserLexicon
from edge_tts.text.sentence import Sentence
from edge_tts.wire import Message, Speak, check, worker_messages
from edge_tts.worker.channel import Channel
from edge_tts.worker.job import Job, Lookahead, check_pauses, settings_of
from edge_tts.worker.recorder import Packer, Recorder

log = logging.getLogger(__name__)

MARGIN_BYTES = 256 << 20
"""What a worker may take besides the memory that its model needs on the longest input: audio, encoders, allocators."""


class Worker:
    """Serves the daemon's messages with one engine.

    Args:
        channel: to the daemon.
    """

    def __init__(self, channel: Channel) -> None:
        """Load nothing yet."""
        self._channel, self._send = channel, channel.send
        self._jobs: dict[int, Job] = {}
        self._words: LexiconFile | None = None
        self._leases: list[Lease] = []
        self._model: ModelFiles
        self._engine: Engine
        self._packer: Packer

    def run(self) -> None:
        """Serve until the daemon closes the socket; a worker that cannot load says why and ends."""
        try:
            self._load(self._channel.receive())
        except Exception as error:  # whatever it is, the daemon must hear of it: it waits for nothing else
            self._refuse(error)
            return
        self._packer = Packer(self._send)
        while True:
            message = self._channel.receive()
            try:
                self._serve(message)
            except EdgeTTSError as error:
                self._fail(message.id, error)
            except Exception as error:  # the border of the engine: whatever it raises fails this utterance only
                log.exception("utterance %d failed", message.id)
                self._fail(message.id, EngineError(f"{type(error).__name__}: {error}"))

    def _serve(self, message: Message) -> None:
        match message:
            case worker_messages.Open():
                self._open(message)
                self._next(message.id)
            case worker_messages.Next():
                self._next(message.id)
            case worker_messages.Cancel():
                self._forget(message.id)
            case _:
                raise ProtocolError(f"worker does not know {message.type!r}")

    def _load(self, message: Message) -> None:
        if not isinstance(message, worker_messages.Load):
            raise ProtocolError(f"a worker is told first what to load, not {message.type!r}")
        started = time.monotonic()
        self._config = Config.from_message(message.config)
        self._model = ModelFiles.from_message(message.model)
        self._leases = _hold(self._model, self._config.paths)
        loaded = loading.load_best(self._model, message.threads, message.provider, self._config)
        self._engine = loaded.engine
        process_limits.limit_memory(self._model.memory_bytes and self._model.memory_bytes + MARGIN_BYTES)
        seconds, way = time.monotonic() - started, loaded.way
        self._send(
            worker_messages.Loaded(
                sample_rate=self._engine.info.sample_rate,
                load_seconds=seconds,
                device=way.device,
                way=str(way),
                note=loaded.note,
                edition=key.edition(""),
            )
        )

    def _refuse(self, error: Exception) -> None:
        if not isinstance(error, EdgeTTSError):
            log.error("the engine cannot be loaded", exc_info=error)
            error = EngineError(f"the engine cannot be loaded: {type(error).__name__}: {error}")
        self._send(worker_messages.LoadFailed(code=error.code, message=str(error), edition=key.edition("")))

    def _open(self, message: worker_messages.Open) -> None:
        for lease in self._leases:
            lease.renew()
        speak = check(Speak, message.speak)
        info = self._engine.info
        marked = markup.parse(speak.text)
        check_pauses(marked, message.pause_seconds)
        words = self._lexicon(message.lexicon)
        emoji: Literal["drop", "name"] = "drop" if speak.emoji == "drop" else "name"
        sentences = Lookahead(text.sentences_of(marked, lexicon=words, emoji=emoji))
        rate = speak.sample_rate or info.sample_rate
        encodes = speak.returns or not key.keeps_samples(speak, info.sample_rate)
        encoder = Encoder(speak.format, info.sample_rate, rate, self._config, stream=speak.stream) if encodes else None
        job = Job(message, speak, settings_of(speak), sentences, encoder, self._channel.cancels[message.id])
        first = job.read_on(info)
        ignored = list(dict.fromkeys([*first.ignored, *marked.ignored]))
        opened = worker_messages.Opened(
            id=message.id,
            spans=first.spans,
            ignored=ignored,
            approximated=job.settings.approximated(info),
            unread=first.unread,
            sample_rate=rate,
        )
        job.recorder = self._recorder(message, opened, speak)
        self._jobs[message.id] = job
        self._send(opened)

    def _recorder(self, request: worker_messages.Open, opened: worker_messages.Opened, speak: Speak) -> Recorder | None:
        if not request.record:
            return None
        edition = key.edition(self._words.digest() if self._words else "")
        return Recorder(request, opened, speak, self._model, edition)

    def _lexicon(self, path: str) -> UserLexicon:
        """Return the user's own words as they are now."""
        if self._words is None or str(self._words.path) != path:
            self._words = LexiconFile(Path(path)) if path else None
        return self._words.current() if self._words else EMPTY

    def _next(self, job_id: int) -> None:
        job = self._jobs.get(job_id)
        if job is None:
            raise Interrupted("the utterance was cancelled before it was its turn")
        started = time.monotonic()
        done = worker_messages.SentenceDone(id=job_id, last=False, samples=0, seconds=0.0)
        if job.sentence:
            done = self._speak(job, job.sentence, done)
        last = job.sentence is None and self._send_tail(job_id, job)
        self._send(done.changed(last=last, seconds=time.monotonic() - started))
        if not last:
            job.sentences.prepare()  # while the daemon decides whose sentence comes next
            return
        self._forget(job_id)
        if job.recorder:
            self._packer.pack(job.recorder)

    def _speak(self, job: Job, sentence: Sentence, done: worker_messages.SentenceDone) -> worker_messages.SentenceDone:
        """Speak a sentence and read the one after it; return `done` with what is to be told of that."""
        count, rate = 0, self._engine.info.sample_rate
        try:
            for samples in self._synthesize(job, sentence):
                count += len(samples)
                self._check_length(job, len(samples))
                job.waiting.append(samples)
                if not job.pace.waits(len(samples) / rate, time.monotonic()):
                    self._deliver(done.id, job)
        finally:  # what was made before a failure is heard too
            self._deliver(done.id, job, waits=True)
        read = job.read_on(self._engine.info)
        if sentence.ends_paragraph and job.sentence:
            pause = self._silence(AFTER_PARAGRAPH / job.settings.speed)
            count += len(pause)
            job.waiting.append(pause)
            self._deliver(done.id, job, waits=True)
        done = done.changed(samples=count, spans=read.spans, ignored=read.ignored, unread=read.unread)
        if job.sentence is None and job.encoder:
            job.tail = job.encoder.finish()
        if job.recorder:
            job.recorder.end_sentence(done, job.tail)
        return done

    def _check_length(self, job: Job, more: int) -> None:
        """Refuse what makes an utterance longer than it may be, or keeps more in memory than there may be."""
        job.samples += more
        most, limit = job.request.audio_seconds, job.request.unstreamed_bytes
        if most and job.samples > most * self._engine.info.sample_rate:
            raise UnsupportedText(f"audio of more than {most:g} s, which is the limit; divide the text")
        kept = sum(other.encoder.kept_bytes for other in self._jobs.values() if other.encoder)
        if limit and kept > limit:
            said = f"audio of more than {limit} bytes would wait for its end, which is the limit"
            raise RequestError(f"{said}; ask for it with stream true")

    def _send_tail(self, job_id: int, job: Job) -> bool:
        """Send a piece of what the encoder had kept to its end; return whether that was all."""
        if data := job.rest():
            self._send(worker_messages.Encoded(id=job_id, data=data))
        return not (data and job.tail and job.tail.left)

    def _synthesize(self, job: Job, sentence: Sentence) -> Iterator[engine.Samples]:
        for part in parts(sentence):
            manner = part.words[0].manner
            settings = job.settings.following(manner, self._engine.info)
            for samples in self._engine.synthesize(part, settings, job.cancel):
                yield amplify(samples, job.speak.volume * manner.volume)
            if pause := part.words[-1].pause_seconds:
                yield self._silence(pause)

    def _silence(self, seconds: float) -> engine.Samples:
        return np.zeros(round(seconds * self._engine.info.sample_rate), np.float32)

    def _deliver(self, job_id: int, job: Job, *, waits: bool = False) -> None:
        """Send the audio that waits; with `waits` the next message does."""
        job.cancel.check()
        if not job.waiting:
            return
        samples = np.concatenate(job.waiting, dtype=np.float32)
        job.waiting.clear()
        job.pace.go()
        if job.speak.plays:
            self._send(worker_messages.Sound(id=job_id, data=samples.tobytes()), waits=waits)
        data = job.encoder.encode(samples) if job.encoder else b""
        if data and job.speak.returns:
            self._send(worker_messages.Encoded(id=job_id, data=data), waits=waits)
        if job.recorder:
            job.recorder.add(samples, data)

    def _forget(self, job_id: int) -> None:
        if job := self._jobs.pop(job_id, None):
            job.close()
        self._channel.cancels.pop(job_id, None)

    def _fail(self, job_id: int, error: EdgeTTSError) -> None:
        self._forget(job_id)
        self._send(
            worker_messages.JobFailed(id=job_id, code=error.code, message=str(error), retry_after=error.retry_after)
        )


def _hold(model: ModelFiles, paths: Paths) -> list[Lease]:
    """Keep a model and its prepared graphs from being evicted as long as this process lives."""
    leases = []
    for place, make in ((model.folder, False), (model.prepared, bool(model.files))):
        with contextlib.suppress(OSError, StoreError):  # gone, or not ours to write: loading will say what that means
            if make:
                own(place, paths)
            leases.append(Lease(place, make=make))
    return leases


def main() -> None:
    """Run the worker process."""
    process_limits.yield_memory()
    process_limits.keep_private()
    process_limits.end_with(int(sys.argv[2]))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # for the daemon, which lets us end what we say, then
        signal.signal(number, signal.SIG_IGN)  # closes the socket: a terminal or systemd sends them to the whole group
    faulthandler.enable()
    logging.basicConfig(format="%(name)s: %(message)s")
    connection = socket.socket(fileno=int(sys.argv[1]))
    try:
        Worker(Channel(connection)).run()
    except OSError:  # the daemon is gone
        sys.exit(0)


if __name__ == "__main__":
    main()
