"""Sambert-HiFiGAN: an autoregressive acoustic model with speakers and emotions, and a vocoder.

`edge-tts convert sambert` makes such models from ModelScope packages. Files: role `voice`, one voice.json for each
voice, its graphs and tables beside it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
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
from edge_tts.engines.tuning import Way
from edge_tts.engines.ways import devices
from edge_tts.errors import EngineError, ModelCorrupt
from edge_tts.graphs.parts import Part, is_graph
from edge_tts.graphs.prepared import Prepared, prepare
from edge_tts.graphs.session import Session
from edge_tts.machine import processors
from edge_tts.native.convolution import Pool, available
from edge_tts.text.prosody.prosody import size

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_tts.engines.engine import Samples
    from edge_tts.text.sentence import Sentence

STYLES = ("neutral", "happy", "angry", "sad", "fear", "hate", "surprise", "arousal")
"""Emotions that the published voices were trained on; others of a voice's table are had by `emotion_NAME`."""
_UNNAMED = re.compile("none|placeholder")
LONGEST = 60
"""Syllables spoken in one go where there is a place to part: the original is used with such lengths."""
PITCH_PER_OCTAVE = 2.0
"""What is added to the normalised pitch for one twice as high: about two deviations of a speaker's pitch."""
ENERGY_PER_DOUBLING = 1.5
"""What is added to the normalised energy for speech twice as loud: its mean is about one and a half deviations."""
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
        prepared: what `parts` returned for the default voice, prepared.
        way: how to compute; those of the other voices are prepared for it when one first speaks.
        config: the budget of the disk, where everything is, the memory of a GPU.

    Raises:
        EngineError: a graph cannot be loaded.
        ModelCorrupt: a file is missing or not what it should be.
    """

    def __init__(self, model: ModelFiles, prepared: Mapping[str, Prepared], way: Way, config: Config) -> None:
        """Read the voices' settings and map the default voice."""
        self._model, self._way, self._config = model, way, config
        self._pool = Pool(way.threads or processors()) if way.variant == "native" and available() else None
        path = _file(model, model.voices[0].name)
        self._voices = {path.parent.name: self._load(path, prepared)}
        emotions = self._voices[path.parent.name].settings.emotions
        others = [f"{CATEGORY}{name}" for name in emotions if not _UNNAMED.match(name) and name not in STYLES]
        self._info = EngineInfo(
            sample_rate=model.sample_rate,
            voices=tuple(voice.name for voice in model.voices),
            styles=(*(style for style in STYLES if style in emotions), *others),
            languages=("zh", "en") if any(voice.language != "en" for voice in model.voices) else ("en",),
            controls=frozenset({"speed", "pitch", "energy"}),
        )

    @staticmethod
    def parts(model: ModelFiles, variant: str, voice: str = "") -> dict[str, Part]:
        """Return what is prepared to speak with a voice: the graphs of the acoustic model, and the vocoder.

        Args:
            model: see `Sambert`.
            variant: "native" or "onnx" for the vocoder on the CPU, or one of `tuning.GPU`.
            voice: "" for the default one.

        Raises:
            EngineError: the model has no such voice.
            ModelCorrupt: the voice's settings are not what they should be.
        """
        path, (small_steps, vocoding) = _file(model, voice or model.voices[0].name), devices(variant)
        settings, folder = read(path), model.prepared / variant / path.parent.name
        graph = path.parent / settings.vocoder.graph
        vocoder = Part(graph, folder / graph.stem, vocoding)
        if variant == "native" and available():
            vocoder = Part(hifigan_weights.derived(graph), vocoder.folder, otherwise=vocoder)
        acoustic = {name: Part(path.parent / f"{name}.onnx", folder / name, small_steps) for name in GRAPHS}
        return {**acoustic, "vocoder": vocoder}

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
        path = _file(self._model, name)
        if path.parent.name not in self._voices:
            wanted = self.parts(self._model, self._way.variant, name)
            prepared = {part: prepare(wanted[part], self._config) for part in wanted}
            self._voices[path.parent.name] = self._load(path, prepared)
        return self._voices[path.parent.name]

    def _load(self, path: Path, prepared: Mapping[str, Prepared]) -> _Loaded:
        """Map what a voice is computed with."""
        settings, folder, vocoder = read(path), path.parent, prepared["vocoder"]
        native = self._pool if not is_graph(vocoder.part.graph) else None
        return _Loaded(
            settings,
            AcousticModel(settings, {name: self._session(name, prepared[name]) for name in GRAPHS}),
            Network(vocoder.arrays(), native) if native else self._session("vocoder", vocoder),
            _table(folder / "speakers.npy", len(settings.speakers)),
            _table(folder / "emotions.npy", len(settings.emotions)),
        )

    def _session(self, name: str, prepared: Prepared) -> Session:
        return Session(prepared, 1 if name in _SMALL else self._way.threads)


def _file(model: ModelFiles, voice: str) -> Path:
    """Return the voice.json of a voice, whose speakers are called by its name, a point and theirs."""
    paths = {path.parent.name: path for path in model.files["voice"]}
    found = paths.get(voice) or paths.get(voice.rpartition(".")[0])
    if found is None:
        raise EngineError(f"model {model.name} has no voice {voice!r}")
    return found


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
