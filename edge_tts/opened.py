"""An utterance in a worker: its text is read on as it is spoken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from edge_tts.encode import Encoder
from edge_tts.engines import CancelToken, EngineInfo, VoiceSettings
from edge_tts.messages import Speak
from edge_tts.recorder import Recorder
from edge_tts.text.sentence import Sentence


class Read(NamedTuple):
    """What the daemon is told of a sentence that was read; fields as those of jobs.SentenceDone."""

    spans: list[list[int]]
    ignored: list[str]
    unread: list[str]


@dataclass(slots=True)
class Job:
    """An utterance that the daemon has opened.

    Attributes:
        sentences: what is still to be read of its text.
        sentence: that comes next, None after the last one.
        tail: what the encoder gave at the end and was not sent yet.
    """

    speak: Speak
    settings: VoiceSettings
    sentences: Iterator[Sentence]
    encoder: Encoder | None
    recorder: Recorder | None = None
    sentence: Sentence | None = None
    cancel: CancelToken = field(default_factory=CancelToken)
    tail: bytes = b""

    def read_on(self, info: EngineInfo) -> Read:
        """Read the next sentence; return what the daemon is told of it."""
        self.sentence = next(self.sentences, None)
        if self.sentence is None:
            return Read([], [], [])
        ignored = dict.fromkeys(_without_effect(self.settings, self.sentence, info))
        return Read([list(self.sentence.span)], list(ignored), [piece.text for piece in self.sentence.unread])


def _without_effect(settings: VoiceSettings, sentence: Sentence, info: EngineInfo) -> Iterator[str]:
    """Yield the names of settings, of the whole text or of a span in the sentence, that the engine cannot follow."""
    yield from settings.without_effect(info)
    for manner in {word.manner for word in sentence.words}:
        yield from settings.following(manner, info).without_effect(info)
        if manner.voice and manner.voice not in info.voices:
            yield "voice"
