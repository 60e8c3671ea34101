"""What an engine is: loaded graphs that turn a Sentence into samples.

`tone.py` is the smallest complete engine and the template for a new one. An engine without English sounds says an
English word as the syllables that `text.loanwords.in_mandarin` makes of it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from edge_tts.engines import placing, tuning
from edge_tts.engines.styles import resolve
from edge_tts.engines.tuning import Way
from edge_tts.errors import EngineError, Interrupted

log = logging.getLogger(__name__)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from edge_tts.text.sentence import Manner, Sentence

    Samples = NDArray[np.float32]
    """Audio, shape (n,), float32 in [-1, 1], at the engine's sample rate."""

SPEEDS, PITCHES = (0.25, 4.0), (0.5, 2.0)
"""Least and most that an engine is asked for."""


@dataclass(frozen=True, slots=True)
class Voice:
    """What a user names when asking for speech.

    Attributes:
        name: unique among installed models, as `zf_xiaoxiao`.
        language: the language it speaks best, "zh" or "en".
        gender: "female", "male" or "".
    """

    name: str
    language: str
    gender: str = ""


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """An installed model as an engine sees it.

    Attributes:
        name: model name.
        engine: which engine reads it, as `kokoro`.
        digest: identifies the exact bytes of the model, hexadecimal.
        sample_rate: of its audio, Hz.
        voices: what it can speak with, the default one first.
        tones: which tones of a syllable it was trained on, "lexical" or "surface".
        folder: where it is installed.
        files: installed files by role; for a role with several files, all of them in manifest order.
        prepared: folder for graphs prepared from it on this machine; may not exist yet.
        memory_bytes: most that it takes when it speaks, mapped files included; 0 if that is not known.
    """

    name: str
    engine: str
    digest: str
    sample_rate: int
    voices: tuple[Voice, ...]
    tones: Literal["lexical", "surface"]
    folder: Path
    files: Mapping[str, tuple[Path, ...]]
    prepared: Path
    memory_bytes: int = 0

    def as_message(self) -> dict[str, Any]:
        """Return the fields as plain values, for a worker process."""
        files = {role: [str(path) for path in paths] for role, paths in self.files.items()}
        return {**asdict(self), "files": files, "folder": str(self.folder), "prepared": str(self.prepared)}

    @classmethod
    def from_message(cls, fields: Mapping[str, Any]) -> ModelFiles:
        """Return what `as_message` was made from."""
        files = {role: tuple(Path(path) for path in paths) for role, paths in fields["files"].items()}
        voices = tuple(Voice(**voice) for voice in fields["voices"])
        folders = {name: Path(fields[name]) for name in ("folder", "prepared")}
        return cls(**{**fields, **folders, "files": files, "voices": voices})


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


@dataclass(slots=True)
class CancelToken:
    """Tells a synthesis that runs in one thread to stop, from another."""

    _event: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _action: Callable[[], None] | None = None

    def cancel(self) -> None:
        """Ask the synthesis to stop; returns at once."""
        with self._lock:
            self._event.set()
            if self._action is not None:
                self._action()

    def check(self) -> None:
        """Raise Interrupted when the synthesis was asked to stop."""
        if self._event.is_set():
            raise Interrupted("the utterance was stopped")

    @contextmanager
    def calling(self, action: Callable[[], None]) -> Iterator[None]:
        """Have `cancel` call `action` while the block runs, for native code that cannot look at the token."""
        with self._lock:
            self.check()
            self._action = action
        try:
            yield
        finally:
            with self._lock:
                self._action = None


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


@dataclass(frozen=True, slots=True)
class Placed:
    """A loaded engine.

    Attributes:
        engine: to speak with.
        way: how it computes.
        note: why not as it was wanted, "" if it is.
    """

    engine: Engine
    way: Way
    note: str = ""


def place(model: ModelFiles, threads: int, provider: str) -> Placed:
    """Load the engine of a model in the best way that works; where the GPU cannot be used, the CPU computes.

    Args:
        model: an installed model.
        threads: how many threads to compute with, 0 for as many as were measured best.
        provider: as in settings.Engines.

    Raises:
        EngineError: no such engine, or its files cannot be loaded.
    """
    way = placing.way(model.engine, model.prepared, threads, "", provider)
    if way.variant not in tuning.GPU:
        return Placed(_load(model, way), way)
    try:
        return Placed(_load(model, way), way)
    except EngineError as error:
        note = f"not computed with {way.device}: {error}"
    log.warning("%s is %s", model.name, note)
    way = placing.way(model.engine, model.prepared, threads, "", "cpu")
    return Placed(_load(model, way), way, note)


def load(model: ModelFiles, threads: int, variant: str = "") -> Engine:
    """Load the engine of a model.

    Args:
        model: an installed model.
        threads: how many threads to compute with, 0 for as many as were measured best, unmeasured one per core.
        variant: one of the engine's variants, "" for the one for the CPU that was measured best.

    Raises:
        EngineError: no such engine or variant, or its files cannot be loaded.
    """
    return _load(model, placing.way(model.engine, model.prepared, threads, variant, "cpu"))


def _load(model: ModelFiles, way: Way) -> Engine:
    match model.engine:
        case "fastspeech2":
            from edge_tts.engines.fastspeech2 import FastSpeech2

            return FastSpeech2(model, way.threads, way.variant)
        case "kokoro":
            from edge_tts.engines.kokoro import Kokoro

            return Kokoro(model, way.threads, way.variant)
        case "sambert":
            from edge_tts.engines.sambert import Sambert

            return Sambert(model, way.threads, way.variant)
        case "tone":
            from edge_tts.engines.tone import Tone

            return Tone(model)
        case name:
            known = "fastspeech2, kokoro, sambert or tone"
            raise EngineError(f"model {model.name} wants engine {name!r}, expected {known}")
