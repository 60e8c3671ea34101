"""What an engine is: loaded graphs that turn a Sentence into samples.

An engine without English sounds says an English word as the syllables that `loanwords.in_mandarin` makes of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from edge_tts.cancel import CancelToken
from edge_tts.config.settings import Config
from edge_tts.engines.model import ModelFiles
from edge_tts.engines.styles import resolve
from edge_tts.engines.tuning import Way

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from edge_tts.graphs.parts import Part
    from edge_tts.graphs.prepared import Prepared
    from edge_tts.text.sentence import Manner, Sentence

    Samples = NDArray[np.float32]
    """Audio, shape (n,), float32 in [-1, 1], at the engine's sample rate."""


SPEEDS, PITCHES = (0.25, 4.0), (0.5, 2.0)
"""Least and greatest speed, and pitch, that an engine is asked for."""


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What a loaded engine can do.

    Attributes:
        sample_rate: of the samples it yields, Hz.
        voices: names it accepts.
        styles: speaking manners it knows, the neutral one first.
        languages: languages it can speak, by code.
        controls: which settings it follows, of speed, pitch, energy, style, cloning.
    """

    sample_rate: int
    voices: tuple[str, ...]
    styles: tuple[str, ...]
    languages: tuple[str, ...]
    controls: frozenset[str]


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """How to speak.

    Attributes:
        voice: name of a voice of the engine.
        speed: 1.0 as trained, 2.0 twice as fast.
        pitch: 1.0 as trained.
        style: a speaking manner, see styles.py; an engine that lacks it speaks in the nearest, or neutrally.
        energy: 1.0 as trained, 2.0 as strongly as the model would say something twice as loud.
        seed: of what is drawn at random, so that the same is said the same; 0 draws anew.
    """

    voice: str
    speed: float = 1.0
    pitch: float = 1.0
    style: str = "neutral"
    energy: float = 1.0
    seed: int = 0

    def following(self, manner: Manner, info: EngineInfo) -> VoiceSettings:
        """Return the settings for a span of the text; a voice that the engine lacks is passed over."""
        return replace(
            self,
            voice=manner.voice if manner.voice in info.voices else self.voice,
            speed=min(max(self.speed * manner.speed, SPEEDS[0]), SPEEDS[1]),
            pitch=min(max(self.pitch * manner.pitch, PITCHES[0]), PITCHES[1]),
        )

    def without_effect(self, info: EngineInfo) -> list[str]:
        """Return the names of settings that differ from their default and that the engine cannot follow.

        Raises:
            RequestError: the style cannot be understood.
        """
        wanted = {
            "speed": self.speed != 1.0,
            "pitch": self.pitch != 1.0,
            "energy": self.energy != 1.0,
            "style": not resolve(self.style, info.styles).near,
        }
        return [name for name, matters in wanted.items() if matters and name not in info.controls]

    def approximated(self, info: EngineInfo) -> list[tuple[str, str]]:
        """Return the names of settings that the engine follows only about, and what it does instead."""
        style = resolve(self.style, info.styles)
        return [("style", style.name)] if style.near and not style.kept else []


class Engine(Protocol):
    """Turns sentences into samples; used by one thread at a time."""

    @property
    def info(self) -> EngineInfo:
        """What it can do; constant."""

    def synthesize(self, sentence: Sentence, settings: VoiceSettings, cancel: CancelToken) -> Iterator[Samples]:
        """Yield the sentence's audio, as soon as there is something to play.

        Raises:
            Interrupted: `cancel` was called.
            EngineError: the sentence cannot be spoken.
        """

    def close(self) -> None:
        """Release what it holds."""


class EngineClass(Protocol):
    """What makes the engine of a model, in two steps: what `parts` names is prepared, then the constructor maps it."""

    @staticmethod
    def parts(model: ModelFiles, variant: str) -> dict[str, Part]:
        """Return what has to be prepared to speak with the default voice, by names of the engine's own.

        Args:
            model: an installed model.
            variant: one of the engine's variants (ways.py).

        Raises:
            ModelCorrupt: a file that says what there is cannot be read.
        """

    def __call__(self, model: ModelFiles, prepared: Mapping[str, Prepared], way: Way, config: Config) -> Engine:
        """Return the engine.

        Args:
            model: an installed model.
            prepared: its parts, prepared.
            way: how to compute; its variant is the one that they are of.
            config: of this process.

        Raises:
            EngineError: a graph cannot be loaded.
            ModelCorrupt: a file is not what it should be.
        """
