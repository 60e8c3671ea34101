"""How a worker records what it makes of an utterance; the form of a recording is in recording.py."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from edge_tts.audio_cache import key
from edge_tts.audio_cache.key import keeps_samples
from edge_tts.audio_cache.recording import SAMPLE_BYTES, Heading, Samples, pack
from edge_tts.engines.model import ModelFiles
from edge_tts.sound.encode import to_pcm
from edge_tts.sound.spool import Spool
from edge_tts.wire import AUDIO_BYTES, Message, Speak, worker_messages
from edge_tts.wire.frames import encode

if TYPE_CHECKING:
    from edge_tts.engines import engine

log = logging.getLogger(__name__)

LONGEST_SECONDS = 60.0
"""Longest audio that is kept."""

MOST_BYTES = 8 * 1024 * 1024
"""Most bytes of encoded audio that are kept."""

_FIRST_SECONDS, _PIECE_SECONDS = 0.1, 0.5  # unpacking one must not hold the daemon's event loop for long


@dataclass(slots=True)
class _Sentence:
    """What was made of a sentence.

    Attributes:
        pcm: its samples, as encode.to_pcm gives them.
        encoded: its bytes in the format that was asked for.
        done: what the daemon was told at its end.
    """

    pcm: bytearray = field(default_factory=bytearray)
    encoded: bytearray = field(default_factory=bytearray)
    done: worker_messages.SentenceDone = field(
        default_factory=lambda: worker_messages.SentenceDone(last=False, samples=0, seconds=0.0)
    )


class Recorder:
    """Collects one utterance while it is made.

    Args:
        request: the message that opened it, with the key that it is kept under.
        opened: what the daemon was told when its text was begun.
        speak: the client's request.
        model: the model that speaks.
        edition: of the front end that read the text, see audio_cache/key.py.
    """

    def __init__(
        self,
        request: worker_messages.Open,
        opened: worker_messages.Opened,
        speak: Speak,
        model: ModelFiles,
        edition: str,
    ) -> None:
        """Start empty."""
        self._request, self._opened, self._speak, self._model = request, opened, speak, model
        self._encodes = not keeps_samples(speak, model.sample_rate)
        self._samples = speak.plays or not self._encodes
        self._sentences: list[_Sentence] = []
        self._sentence = _Sentence()
        self._problem = _difference(request.edition, edition)

    def add(self, samples: engine.Samples, encoded: bytes) -> None:
        """Take what was made: samples, float32, shape (n,), and what the encoder made of them; it costs a copy."""
        if self._samples and not self._problem:
            self._sentence.pcm += to_pcm(samples).tobytes()
        if self._encodes and not self._problem:
            self._sentence.encoded += encoded

    def end_sentence(self, done: worker_messages.SentenceDone, tail: Spool | None) -> None:
        """Take what the daemon is told of the sentence that is complete, and what the encoder gave at its end."""
        rest = tail.size if tail else 0
        if tail and self._encodes and not self._problem and rest <= MOST_BYTES:
            self._sentence.encoded += tail.read()
            tail.seek(0)
        self._sentence.done = done
        self._sentences.append(self._sentence)
        self._sentence = _Sentence()
        size = sum(len(sentence.encoded) for sentence in self._sentences)
        if self._seconds > LONGEST_SECONDS or max(size, rest) > MOST_BYTES:
            self._problem = f"audio of more than {LONGEST_SECONDS:g} s is not kept"
            self._sentences.clear()

    def recorded(self) -> worker_messages.Recorded:
        """Return the recording of the utterance, which is complete."""
        if self._problem:
            return self.failed(self._problem)
        return self._recorded(b"".join(map(encode, self._messages())))

    def failed(self, problem: str) -> worker_messages.Recorded:
        """Return what tells that it cannot be kept."""
        return self._recorded(b"", problem)

    def _recorded(self, body: bytes, problem: str = "") -> worker_messages.Recorded:
        request = self._request
        return worker_messages.Recorded(
            id=request.id, key=request.record, pin=self._speak.pin, body=body, problem=problem
        )

    @property
    def _seconds(self) -> float:
        return sum(sentence.done.samples for sentence in self._sentences) / self._model.sample_rate

    def _messages(self) -> Iterator[Message]:
        yield self._heading()
        yield self._opened
        for index, sentence in enumerate(self._sentences):
            for piece in _cut(bytes(sentence.pcm), self._model.sample_rate):
                yield Samples(data=pack(piece))
            for start in range(0, len(sentence.encoded), AUDIO_BYTES):
                yield worker_messages.Encoded(data=bytes(sentence.encoded[start : start + AUDIO_BYTES]))
            last = index == len(self._sentences) - 1
            yield sentence.done.changed(id=0, last=last, seconds=0.0)

    def _heading(self) -> Heading:
        return Heading(
            text=self._speak.text,
            voice=self._speak.voice,
            model=self._model.name,
            format=self._speak.format if self._encodes else "samples",
            settings=_settings(self._speak),
            samples=sum(sentence.done.samples for sentence in self._sentences),
            seconds=self._seconds,
        )


def _difference(wanted: str, edition: str) -> str:
    """Return what keeps a recording of one edition from being kept for another, "" if they are the same."""
    if edition == wanted:
        return ""
    program = key.edition("")
    if wanted == program or wanted.startswith(f"{program}-"):
        return "the user's own words were changed meanwhile; try again"
    return f"edge-tts {program} was installed while the daemon of {wanted} runs; it ends when nothing waits, try again"


def _settings(speak: Speak) -> list[str]:
    """Return what a list for people shows of the settings."""
    factors: dict[str, Any] = {name: getattr(speak, name) for name in ("speed", "pitch", "energy", "volume")}
    shown = [f"{name} {value:g}" for name, value in factors.items() if value != 1.0]
    return [*shown, *([f"style {speak.style}"] if speak.style != "neutral" else [])]


def _cut(pcm: bytes, rate: int) -> Iterator[bytes]:
    """Yield samples in short pieces, the first one very short."""
    start, size = 0, int(_FIRST_SECONDS * rate) * SAMPLE_BYTES
    while start < len(pcm):
        yield pcm[start : start + size]
        start, size = start + size, int(_PIECE_SECONDS * rate) * SAMPLE_BYTES


class Packer:
    """A thread that packs what was recorded: nobody waits for it but what is made for the cache only.

    Args:
        send: is called there with the recording.
    """

    def __init__(self, send: Callable[[Message], None]) -> None:
        """Start it."""
        self._send = send
        self._waiting: queue.SimpleQueue[Recorder] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="packing", daemon=True).start()

    def pack(self, recorder: Recorder) -> None:
        """Have the recording of a finished utterance packed."""
        self._waiting.put(recorder)

    def _run(self) -> None:
        while True:
            recorder = self._waiting.get()
            try:
                recorded = recorder.recorded()
            except Exception as error:  # the thread must outlive it
                log.exception("audio is not kept")
                recorded = recorder.failed(f"{type(error).__name__}: {error}")
            self._send(recorded)
