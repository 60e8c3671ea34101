"""One utterance, from `speak` to its last reply: what is known of it, and what its client hears of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from edge_tts.daemon.sources import FromCache, Source
from edge_tts.engines.model import ModelFiles
from edge_tts.errors import EdgeTTSError
from edge_tts.wire import AUDIO_BYTES, Accepted, Audio, Done, Mark, Message, Speak, Started, worker_messages
from edge_tts.wire.frames import Packed, failed

State = Literal["waiting", "speaking", "made", "ended"]
"""What an utterance is at: none of its audio exists, some does, all does, its last reply was sent."""

_FOLLOWING: Mapping[State, tuple[State, ...]] = {
    "waiting": ("speaking", "made", "ended"),
    "speaking": ("made", "ended"),
    "made": ("ended",),
    "ended": (),
}


class Client(Protocol):
    """Whom replies go to."""

    user: int

    def send(self, message: Message | Packed, request_id: int = 0) -> None:
        """Queue a reply, a packed one for a request; never blocks, and does nothing when the client is gone."""

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
        source: of its audio.
        received: when it came, seconds of the monotonic clock.
        state: what it is at; it changes by `announce`, `count`, `succeed` and `fail` alone.
        settled: whether nothing more is to be written for it; matters only if it is not heard.
        trouble: why it could not be written.
        spans: in the text, of its sentences as far as it was read.
        ignored: settings without effect, likewise.
        approximated: what the engine does instead of what some settings ask for.
        unread: pieces of its text that cannot be read aloud, likewise.
        sentence: number of the sentence that is made or comes next.
        samples: made so far, at the model's rate.
        synthesis_seconds: spent so far.
        first_audio: when its first audio was at the sink or sent.
        early: samples for the loudspeaker, made before it was its turn there.
        underruns: gaps in its playback.
        sounds: pieces of samples that came for the loudspeaker.
    """

    number: int
    client: Client
    speak: Speak
    model: ModelFiles
    source: Source
    received: float = field(default_factory=time.monotonic)
    state: State = "waiting"
    settled: bool = False
    trouble: EdgeTTSError | None = None
    spans: list[list[int]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    approximated: dict[str, str] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    sample_rate: int = 0
    sentence: int = 0
    samples: int = 0
    synthesis_seconds: float = 0.0
    first_audio: float | None = None
    early: list[bytes] = field(default_factory=list)
    underruns: int = 0
    sounds: int = 0
    _marked: int = -1
    _beginnings: list[int] = field(default_factory=lambda: [0])
    _frames: int = 0

    @property
    def priority(self) -> str:
        """One of wire.PRIORITIES."""
        return self.speak.priority

    @property
    def user(self) -> int:
        """Whose program asked for it, a user id."""
        return self.client.user

    @property
    def plays(self) -> bool:
        """Whether it needs the loudspeaker."""
        return self.speak.plays

    @property
    def heard(self) -> bool:
        """Whether anybody hears it; else it only fills the cache."""
        return self.speak.plays or self.speak.returns

    @property
    def cached(self) -> bool:
        """Whether its audio comes from the cache."""
        return isinstance(self.source, FromCache)

    @property
    def unmade(self) -> bool:
        """Whether a worker has yet to make some of it."""
        return not self.cached and not self.complete

    @property
    def model_name(self) -> str:
        """The model that speaks it."""
        return self.model.name

    @property
    def announced(self) -> bool:
        """Whether some of its audio exists."""
        return self.state != "waiting"

    @property
    def complete(self) -> bool:
        """Whether all of its audio is made."""
        return self.state == "made"

    @property
    def progress(self) -> object:
        """What changes whenever something happens to it."""
        return self.sentence, self.samples, self.first_audio, self._frames, self.sounds, self.state

    def restart(self, number: int) -> int:
        """Forget how far it is; return its old number, of which a worker may still say something."""
        before, self.number, self.source.worker = self.number, number, None
        self.sentence, self.samples, self.synthesis_seconds, self._beginnings = 0, 0, 0.0, [0]
        return before

    def open(self, message: worker_messages.Opened) -> None:
        """Note what the beginning of its text gave."""
        self.sample_rate, self.approximated = message.sample_rate, dict(message.approximated)
        self.spans, self.ignored, self.unread = list(message.spans), list(message.ignored), list(message.unread)

    def count(self, message: worker_messages.SentenceDone) -> None:
        """Note that a sentence is made, and what was read after it."""
        self.samples += message.samples
        self.synthesis_seconds += message.seconds
        self.sentence += 1
        self._beginnings.append(self.samples)
        self.spans += message.spans
        self.ignored += [name for name in message.ignored if name not in self.ignored]
        self.unread += message.unread
        if message.last:
            self._become("made")

    def accept(self, position: int) -> None:
        """Tell the client that it is in the queue."""
        self.client.send(Accepted(id=self.speak.id, position=position))

    def announce(self) -> None:
        """Tell the client, at its first audio, what follows; at the first of each sentence, which ones began."""
        if self.state == "waiting":
            self._become("speaking")
            self._send_started()
        while self._marked < min(self.sentence, len(self.spans) - 1):
            self._marked += 1
            self._send_mark(self._marked)

    def _send_started(self) -> None:
        self.client.send(
            Started(
                id=self.speak.id,
                voice=self.speak.voice,
                model=self.model.name,
                format=self.speak.format,
                sample_rate=self.sample_rate,
            )
        )

    def _send_mark(self, sentence: int) -> None:
        start, end = self.spans[sentence]
        seconds = self._beginnings[sentence] / self.model.sample_rate
        self.client.send(Mark(id=self.speak.id, sentence=sentence, start=start, end=end, audio_seconds=seconds))

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
        self._let_go()
        self.client.send(Done(id=self.speak.id, stats=self._stats()))

    def fail(self, error: EdgeTTSError) -> None:
        """Send the last reply of an utterance that was not spoken to its end."""
        self._let_go()
        self.client.send(failed(self.speak.id, error))

    def _let_go(self) -> None:
        self.source.close(self.number, complete=self.complete)
        self._become("ended")

    def _become(self, state: State) -> None:
        if state not in _FOLLOWING[self.state]:
            raise RuntimeError(f"an utterance that is {self.state} cannot become {state}")
        self.state = state

    def _stats(self) -> dict[str, Any]:
        audio_seconds = self.samples / self.model.sample_rate
        first = self.first_audio if self.first_audio is not None else time.monotonic()
        return {
            "voice": self.speak.voice,
            "model": self.model.name,
            "sample_rate": self.sample_rate,
            "sentences": len(self.spans),
            "audio_seconds": audio_seconds,
            "ttfa_seconds": first - self.received,
            "synthesis_seconds": self.synthesis_seconds,
            "rtf": self.synthesis_seconds / audio_seconds if audio_seconds else 0.0,
            "cached": self.cached,
            "underruns": self.underruns,
            "ignored": self.ignored,
            "approximated": self.approximated,
            "unread": self.unread,
        }
