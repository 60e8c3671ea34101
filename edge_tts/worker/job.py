"""An utterance in a worker: its text is read on as it is spoken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from edge_tts.cancel import CancelToken
from edge_tts.engines.engine import EngineInfo, VoiceSettings
from edge_tts.errors import UnsupportedText
from edge_tts.sound.encode import Encoder
from edge_tts.sound.spool import Spool
from edge_tts.text.marked import Marked
from edge_tts.text.sentence import Sentence
from edge_tts.wire import Speak
from edge_tts.wire.worker_messages import Open
from edge_tts.worker.batching import Pace
from edge_tts.worker.recorder import Recorder

if TYPE_CHECKING:
    from edge_tts.engines.engine import Samples


TAIL_BYTES = 1_048_576
"""Most bytes of a finished file that are sent at a time; a client that reads slowly must not fill the daemon."""


class Reading(NamedTuple):
    """What the daemon is told of a sentence that was read; fields as those of worker_messages.SentenceDone."""

    spans: list[list[int]]
    ignored: list[str]
    unread: list[str]


class Lookahead(Iterator[Sentence]):
    """Sentences that can be read before they are wanted.

    Args:
        sentences: reads one when it is asked for the next.
    """

    def __init__(self, sentences: Iterator[Sentence]) -> None:
        """Read nothing yet."""
        self._sentences = sentences
        self._ready: Sentence | None = None
        self._trouble: Exception | None = None

    def prepare(self) -> None:
        """Read the next one now; that there is none, or what is wrong with it, is said when it is wanted."""
        if self._ready or self._trouble:
            return
        try:
            self._ready = next(self._sentences)
        except Exception as error:
            self._trouble = error

    def __next__(self) -> Sentence:
        """Return the next one, which may have been read already."""
        if self._trouble:
            raise self._trouble
        ready, self._ready = self._ready, None
        return next(self._sentences) if ready is None else ready


@dataclass(slots=True)
class Job:
    """An utterance that the daemon has opened.

    Attributes:
        request: the message that opened it.
        speak: the client's request, checked.
        settings: how the whole text is spoken; a span of it may differ.
        sentences: reads the sentences that are left of its text.
        encoder: makes the returned audio, None where none is returned or recorded.
        cancel: ends what is computed for it.
        recorder: records it for the cache, None where it is not kept.
        sentence: the sentence that is spoken next, None after the last one.
        pace: decides whether a piece of its audio waits.
        waiting: pieces of audio that wait to be sent.
        tail: what the encoder gave at the end; it is read as it is sent.
        samples: number of samples that were made so far.
    """

    request: Open
    speak: Speak
    settings: VoiceSettings
    sentences: Lookahead
    encoder: Encoder | None
    cancel: CancelToken
    recorder: Recorder | None = None
    sentence: Sentence | None = None
    pace: Pace = field(default_factory=Pace)
    waiting: list[Samples] = field(default_factory=list)
    tail: Spool | None = None
    samples: int = 0

    def rest(self) -> bytes:
        """Return the next piece of what the encoder had kept to its end, empty when nothing is left to be sent."""
        return self.tail.read(TAIL_BYTES) if self.tail and self.speak.returns else b""

    def close(self) -> None:
        """Give back what its audio takes of the disk."""
        if self.encoder:
            self.encoder.close()

    def read_on(self, info: EngineInfo) -> Reading:
        """Read the next sentence; return what the daemon is told of it."""
        self.sentence = next(self.sentences, None)
        if self.sentence is None:
            return Reading([], [], [])
        ignored = dict.fromkeys(_without_effect(self.settings, self.sentence, info))
        return Reading([list(self.sentence.span)], list(ignored), [piece.text for piece in self.sentence.unread])


def _without_effect(settings: VoiceSettings, sentence: Sentence, info: EngineInfo) -> Iterator[str]:
    """Yield the names of settings, of the whole text or of a span in the sentence, that the engine cannot follow."""
    yield from settings.without_effect(info)
    for manner in {word.manner for word in sentence.words}:
        yield from settings.following(manner, info).without_effect(info)
        if manner.voice and manner.voice not in info.voices:
            yield "voice"


def settings_of(speak: Speak) -> VoiceSettings:
    """Return how a request wants to be spoken."""
    names = ("voice", "speed", "pitch", "style", "energy", "seed")
    return VoiceSettings(**{name: getattr(speak, name) for name in names})


def check_pauses(marked: Marked, most: float) -> None:
    """Raise UnsupportedText if the pauses that a text asks for are longer than so many seconds, together."""
    asked = sum(pause.seconds for pause in marked.pauses)
    if most and asked > most:
        raise UnsupportedText(f"pauses of {asked:g} s in one text, limit is {most:g} s")
