"""Sambert-HiFiGAN: an autoregressive acoustic model with speakers and emotions, and a vocoder.

`edge-tts convert sambert` makes such models from ModelScope packages. Files: role `voice`, one voice.json for each
voice, its graphs and tables beside it.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edge_tts.cancel import CancelToken
from edge_tts.config.settings import Config
from edge_tts.engines.engine import EngineInfo, VoiceSettings
from edge_tts.engines.model import ModelFiles
from edge_tts.engines.phrasing import part
from edge_tts.engines.sambert import hifigan_weights
from edge_tts.engines.sambert.acoustic import AcousticModel, Conditions
from edge_tts.engines.sambert.harmonic_source import HarmonicSource
from edge_tts.engines.sambert.hifigan_layers import Network
from edge_tts.engines.sambert.symbols import Token, tokens
from edge_tts.engines.sambert.vocoder import NativeStream, VocoderStream
from edge_tts.engines.sambert.voice import CATEGORY, GRAPHS, SambertVoice, read
from edge_tts.engines.silence import fit_pieces, tail
from edge_tts.engines.styles import NEUTRAL, resolve
from edge_tts.engines.ways import devices
from edge_tts.errors import EngineError, ModelCorrupt
from edge_tts.graphs.prepared import Derived, mapped
from edge_tts.graphs.session import Session
from edge_tts.machine import processors
from edge_tts.native.convolution import Pool, available
from edge_tts.text.prosody.prosody import size

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_tts.engines.engine import Samples
    from edge_tts.text.sentence import Sentence

log = logging.getLogger(__name__)

STYLES = ("neutral", "happy", "angry", "sad", "fear", "hate", "surprise", "arousal")
"""Emotions that the published voices were trained on; others of a voice's table are had by `emotion_NAME`."""
_UNNAMED = re.compile("none|placeholder")
LONGEST = 60
"""Syllables spoken in one go where there is a place to part: the original is used with such lengths."""
PITCH_PER_OCTAVE = 2.0
"""How much a pitch twice as high adds to the normalised prediction: about two deviations of a speaker's pitch."""
ENERGY_PER_DOUBLING = 1.5
"""How much twice as loud adds to the normalised energy: its mean is about one and a half deviations."""
_SMALL = ("duration", "memory_keys", "decoder_step")
"""Graphs whose operators end before a second thread has woken up."""
LEAD = 1.0
"""Seconds of silence before speech, at most: what a voice makes itself is left."""
NOTHING_SAID = 0.28
"""Seconds of silence for tokens that are given no time; the original has as much between the pieces of a text."""


@dataclass(slots=True)
class _Loaded:
    """A voice whose graphs are loaded.

    Attributes:
        settings: from its voice.json.
        acoustic: runs the acoustic model.
        vocoder: of the mel frames, native or a graph.
        speakers: a vector each.
        emotions: a vector each.
    """

    settings: SambertVoice
    acoustic: AcousticModel
    vocoder: Network | Session
    speakers: NDArray[np.float32]
    emotions: NDArray[np.float32]


class Sambert:
    """A converted package with its voices; the graphs of a voice are loaded when it first speaks.

    Args:
        model: has files of roles voice, graph, vocoder and table.
        threads: threads to compute with, 0 for one per core.
        variant: "native" or "onnx" for the vocoder on the CPU, or one of `tuning.GPU`.
        config: the budget of the disk, where everything is, the memory of a GPU.

    Raises:
        EngineError: a graph cannot be loaded.
        ModelCorrupt: a file is missing or not what it should be.
    """

    def __init__(self, model: ModelFiles, threads: int, variant: str, config: Config) -> None:
        """Read the voices' settings and load the default voice."""
        self._model = model
        self._threads, self._config = threads, config
        self._variant = variant
        self._devices = devices(variant)
        self._pool = Pool(threads or processors()) if variant == "native" and available() else None
        self._folders = {path.parent.name: path.parent for path in model.files["voice"]}
        self._settings = {path.parent.name: read(path) for path in model.files["voice"]}
        self._voices: dict[str, _Loaded] = {}
        default = self._voice(model.voices[0].name)
        emotions = default.settings.emotions
        others = [f"{CATEGORY}{name}" for name in emotions if not _UNNAMED.match(name) and name not in STYLES]
        self._info = EngineInfo(
            sample_rate=model.sample_rate,
            voices=tuple(voice.name for voice in model.voices),
            styles=(*(style for style in STYLES if style in emotions), *others),
            languages=("zh", "en") if any(voice.language != "en" for voice in model.voices) else ("en",),
            controls=frozenset({"speed", "pitch", "energy"}),
        )

    @property
    def info(self) -> EngineInfo:
        """What it can do."""
        return self._info

    def synthesize(self, sentence: Sentence, settings: VoiceSettings, cancel: CancelToken) -> Iterator[Samples]:
        """Yield the audio of one piece after the other; see `engines.Engine`."""
        for words in part(sentence.words, size, LONGEST):
            spoken = self.speak(tokens(words), settings, cancel)
            yield from fit_pieces(spoken, self._info.sample_rate, LEAD, tail(sentence, words, 0.0, settings.speed))

    def close(self) -> None:
        """Drop the sessions and end the threads."""
        self._voices.clear()
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    def speak(self, symbols: list[Token], settings: VoiceSettings, cancel: CancelToken) -> Iterator[Samples]:
        """Yield the audio of tokens."""
        voice = self._voice(settings.voice)
        plan = voice.acoustic.plan(voice.settings.encode(symbols), self._conditions(voice, symbols, settings), cancel)
        stream = _stream(voice, settings.seed)
        done = 0
        for frames in voice.acoustic.mel(plan, cancel):
            done += len(frames)
            audio = stream.feed(frames, cancel, last=done == plan.frames)
            if audio is not None and len(audio):
                yield np.clip(audio, -1.0, 1.0)
        if not plan.frames:  # every token was given no time: a model may do that with a lone break
            yield np.zeros(int(NOTHING_SAID * self._info.sample_rate), np.float32)

    def _conditions(self, voice: _Loaded, symbols: list[Token], settings: VoiceSettings) -> Conditions:
        style = resolve(settings.style, self._info.styles)
        neutral, wanted = (voice.emotions[voice.settings.emotion(name)] for name in (NEUTRAL, style.name))
        chosen = neutral + np.float32(style.intensity) * (wanted - neutral)
        at_breaks = chosen if voice.settings.break_emotion == "same" else voice.emotions[voice.settings.emotion("none")]
        rows = np.stack([at_breaks if token.is_break else chosen for token in symbols])
        return Conditions(
            speaker=voice.speakers[speaker_of(settings.voice, voice.settings)],
            emotion=rows.astype(np.float32),
            speed=settings.speed,
            pitch_shift=PITCH_PER_OCTAVE * math.log2(settings.pitch),
            energy_shift=ENERGY_PER_DOUBLING * math.log2(settings.energy),
        )

    def _voice(self, name: str) -> _Loaded:
        folder = name if name in self._settings else name.rpartition(".")[0]
        if folder not in self._settings:
            raise EngineError(f"model {self._model.name} has no voice {name!r}")
        if folder not in self._voices:
            self._voices[folder] = self._load(self._settings[folder], self._folders[folder])
        return self._voices[folder]

    def _native(self, settings: SambertVoice, folder: Path) -> Network | None:
        """Return the vocoder for native convolutions, None if ONNX Runtime is to compute it."""
        if self._pool is None:
            return None
        graph = folder / settings.vocoder.graph
        most_bytes = hifigan_weights.BUILT_TIMES * (graph.stat().st_size if graph.is_file() else 0)
        derived = Derived(graph, bytes, hifigan_weights.EDITION, most_bytes, lambda: hifigan_weights.extract(graph))
        try:
            return Network(mapped(derived, self._prepared(settings, graph.name), self._config), self._pool)
        except ModelCorrupt as error:  # another vocoder than those that the native code knows
            log.warning("the vocoder of %s is computed without native code: %s", settings.name, error)
            return None

    def _prepared(self, settings: SambertVoice, file: str) -> Path:
        return self._model.prepared / self._variant / settings.name / Path(file).stem

    def _load(self, settings: SambertVoice, folder: Path) -> _Loaded:
        def session(file: str) -> Session:
            device = self._devices[file == settings.vocoder.graph]
            threads = 1 if Path(file).stem in _SMALL else self._threads
            return Session(folder / file, self._prepared(settings, file), threads, device=device, config=self._config)

        graphs = {name: session(f"{name}.onnx") for name in GRAPHS}
        return _Loaded(
            settings,
            AcousticModel(settings, graphs),
            self._native(settings, folder) or session(settings.vocoder.graph),
            _table(folder / "speakers.npy", len(settings.speakers)),
            _table(folder / "emotions.npy", len(settings.emotions)),
        )


def _stream(voice: _Loaded, seed: int) -> NativeStream | VocoderStream:
    source = _source(voice.settings, seed)
    if isinstance(voice.vocoder, Network):
        return NativeStream(voice.settings, voice.vocoder, source)
    return VocoderStream(voice.settings, voice.vocoder, source)


def _source(voice: SambertVoice, seed: int) -> HarmonicSource | None:
    if not voice.vocoder.harmonics:
        return None
    return HarmonicSource(voice.mel.sample_rate, voice.mel.hop_length, voice.vocoder.harmonics, seed or None)


def speaker_of(voice: str, settings: SambertVoice) -> int:
    """Return the row of a speaker: `zhitian_emo` is the first of its own model, `zhitian_emo.f74` the one called F74.

    Raises:
        EngineError: the model has no such speaker.
    """
    name = voice.removeprefix(settings.name).removeprefix(".")
    speakers = [speaker.lower() for speaker in settings.speakers]
    if name and name not in speakers:
        raise EngineError(f"voice {settings.name} has no speaker {name!r}; it has: {', '.join(speakers)}")
    return speakers.index(name) if name else 0


def _table(path: Path, rows: int) -> NDArray[np.float32]:
    try:
        table: NDArray[np.float32] = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise ModelCorrupt(f"{path} is no table of vectors: {error}") from error
    if table.ndim != 2 or len(table) < rows or table.dtype != np.float32:
        raise ModelCorrupt(f"{path} has shape {table.shape} and type {table.dtype}, expected {rows} rows of float32")
    return table
