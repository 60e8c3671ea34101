"""One utterance, from `speak` to its last reply: what is known of it, and what its client hears of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Protocol

from edge_tts.engines import ModelFiles
from edge_tts.errors import EdgeTTSError
from edge_tts.messages import AUDIO_BYTES, Accepted, Audio, Done, Mark, Message, Speak, Started
from edge_tts.pool import Worker
from edge_tts.protocol import failed


class Client(Protocol):
    """Whom replies go to."""

    def send(self, message: Message) -> None:
        """Queue a reply; never blocks, and does nothing when the client is gone."""

    @property
    def full(self) -> bool:
        """Whether it should read before it gets more audio."""


@dataclass(eq=False, slots=True)
class Utterance:
    """A request to speak and how far it is.

    Attributes:
        number: unique in this daemon; request ids are unique only in their connection.
        client: who asked.
        speak: what was asked.
        model: that speaks.
        voice: that speaks.
        received: when it came, seconds of the monotonic clock.
        worker: where it is opened, None before.
        spans: of its sentences in the text.
        ignored: settings without effect.
        unread: pieces of its text that cannot be read aloud.
        sentence: number of the sentence that is made or comes next.
        samples: made so far, at the model's rate.
        synthesis_seconds: spent so far.
        first_audio: when its first audio was at the sink or sent.
        complete: whether all of its audio is made.
        early: samples for the loudspeaker, made before it was its turn there.
        underruns: gaps in its playback.
    """

    number: int
    client: Client
    speak: Speak
    model: ModelFiles
    voice: str
    received: float = field(default_factory=time.monotonic)
    worker: Worker | None = None
    spans: list[list[int]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    sample_rate: int = 0
    sentence: int = 0
    samples: int = 0
    synthesis_seconds: float = 0.0
    first_audio: float | None = None
    complete: bool = False
    early: list[bytes] = field(default_factory=list)
    underruns: int = 0
    _started: bool = False
    _marked: int = -1
    _frames: int = 0

    @property
    def priority(self) -> str:
        """One of messages.PRIORITIES."""
        return self.speak.priority

    @property
    def plays(self) -> bool:
        """Whether it needs the loudspeaker."""
        return self.speak.plays

    @property
    def model_name(self) -> str:
        """The model that speaks it."""
        return self.model.name

    @property
    def announced(self) -> bool:
        """Whether some of its audio exists."""
        return self._started

    def count(self, samples: int, seconds: float, *, complete: bool) -> None:
        """Note that a sentence is made."""
        self.samples += samples
        self.synthesis_seconds += seconds
        self.sentence += 1
        self.complete = complete

    def accept(self, position: int) -> None:
        """Tell the client that it is in the queue."""
        self.client.send(Accepted(id=self.speak.id, position=position))

    def announce(self) -> None:
        """Tell the client, at its first audio, what follows; at the first of each sentence, which one it is."""
        if not self.announced:
            self._started = True
            self._send_started()
        if self._marked < self.sentence < len(self.spans):
            self._marked = self.sentence
            self._send_mark()

    def _send_started(self) -> None:
        self.client.send(
            Started(
                id=self.speak.id,
                voice=self.voice,
                model=self.model.name,
                format=self.speak.format,
                sample_rate=self.sample_rate,
            )
        )

    def _send_mark(self) -> None:
        start, end = self.spans[self.sentence]
        seconds = self.samples / self.model.sample_rate
        self.client.send(Mark(id=self.speak.id, sentence=self.sentence, start=start, end=end, audio_seconds=seconds))

    def deliver(self, data: bytes) -> None:
        """Send encoded audio to the client."""
        if self.first_audio is None and not self.speak.plays:
            self.first_audio = time.monotonic()
        for start in range(0, len(data), AUDIO_BYTES):
            piece = data[start : start + AUDIO_BYTES]
            self.client.send(Audio(id=self.speak.id, seq=self._frames, data=piece))
            self._frames += 1

    def succeed(self) -> None:
        """Send the last reply of an utterance that was spoken."""
        self.client.send(Done(id=self.speak.id, stats=self._stats()))

    def fail(self, error: EdgeTTSError) -> None:
        """Send the last reply of an utterance that was not spoken to its end."""
        self.client.send(failed(self.speak.id, error))

    def _stats(self) -> dict[str, Any]:
        audio_seconds = self.samples / self.model.sample_rate
        first = self.first_audio if self.first_audio is not None else time.monotonic()
        return {
            "voice": self.voice,
            "model": self.model.name,
            "sample_rate": self.sample_rate,
            "sentences": len(self.spans),
            "audio_seconds": audio_seconds,
            "ttfa_seconds": first - self.received,
            "synthesis_seconds": self.synthesis_seconds,
            "rtf": self.synthesis_seconds / audio_seconds if audio_seconds else 0.0,
            "cached": False,
            "underruns": self.underruns,
            "ignored": self.ignored,
            "unread": self.unread,
        }
