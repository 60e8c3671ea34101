"""Kokoro-82M: one graph from phonemes and a style vector to audio.

Graph: `tokens` int64 (1, n + 2), zero at both ends; `style` float32 (1, 256), row n of the voice's table; `speed`
float32 (1,) → audio float32 (samples,) at 24 kHz. n is at most 510.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edge_tts.cancel import CancelToken
from edge_tts.config.settings import Config
from edge_tts.engines.engine import EngineInfo, VoiceSettings
from edge_tts.engines.kokoro import mixed, native
from edge_tts.engines.kokoro.mixed import MixedGraph
from edge_tts.engines.kokoro.native import NativeGraph
from edge_tts.engines.kokoro.symbols import sentence_phonemes
from edge_tts.engines.kokoro.voices import STYLES, Voices
from edge_tts.engines.model import ModelFiles
from edge_tts.engines.phrasing import grow, part, part_evenly
from edge_tts.engines.silence import fit_pieces, tail
from edge_tts.engines.tuning import Way
from edge_tts.engines.ways import devices
from edge_tts.errors import EngineError, ModelCorrupt
from edge_tts.graphs.parts import Part
from edge_tts.graphs.prepared import Prepared
from edge_tts.graphs.session import Session
from edge_tts.native.convolution import available
from edge_tts.text.prosody.pauses import after
from edge_tts.text.sentence import SENTENCE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_tts.engines.engine import Samples
    from edge_tts.engines.kokoro.moments import Coefficients
    from edge_tts.text.sentence import Sentence, Word

log = logging.getLogger(__name__)

PHRASE_TOKENS = 240
"""Most tokens in one run of the graph where there is a place to part: about ten seconds of speech."""

STREAMED_TOKENS = 180
"""Most tokens in one run that is heard piece by piece: about 45 syllables, whose prosody takes 0.2 s."""

LEAD = 0.15
"""Seconds of silence before speech; the graph makes 0.38. With 0.05 a recognizer made more errors."""


class Kokoro:
    """The loaded Kokoro graph with its voices.

    Args:
        model: has files of roles graph, vocabulary and voice (one float32 table each, named after the voice).
        prepared: what `parts` returned, prepared.
        way: how to compute.
        config: the budget of the disk, for what is measured of the voices.

    Raises:
        EngineError: the graph cannot be loaded.
        ModelCorrupt: the vocabulary or a voice table is not what it should be.
    """

    def __init__(self, model: ModelFiles, prepared: Mapping[str, Prepared], way: Way, config: Config) -> None:
        """Map the graph's weights and the voice tables."""
        self._graph = _graph(prepared, way.threads)
        self._vocabulary = _vocabulary(model.files["vocabulary"][0])
        self._voices = Voices(model, self._vocabulary, config)
        self._tones = model.tones
        self._info = EngineInfo(
            sample_rate=model.sample_rate,
            voices=tuple(voice.name for voice in model.voices),
            styles=("neutral",),
            languages=("zh", "en"),
            controls=frozenset({"speed"}),
        )

    @staticmethod
    def parts(model: ModelFiles, variant: str) -> dict[str, Part]:
        """Return what is prepared: the graph, or decoder and front where they are computed on different devices.

        Args:
            model: see `Kokoro`.
            variant: "native", "onnx", "float", or one of `tuning.GPU`.
        """
        graph, folder = model.files["graph"][0], model.prepared / variant
        small_steps, decoder = devices(variant)
        if decoder != small_steps:
            return mixed.parts(graph, folder, decoder)
        in_floats = variant not in ("native", "onnx")
        plain = Part(mixed.whole(graph) if in_floats else graph, folder, decoder)
        if variant == "native" and available():
            return {"graph": Part(native.derived(graph), folder, otherwise=plain)}
        return {"graph": plain}

    @property
    def info(self) -> EngineInfo:
        """What it can do."""
        return self._info

    def synthesize(self, sentence: Sentence, settings: VoiceSettings, cancel: CancelToken) -> Iterator[Samples]:
        """Yield the audio of one phrase after the other; see `engines.Engine`."""
        phonemes = self._phonemes(settings.voice)
        coefficients = self._voices.coefficients(settings.voice)
        for words in self.runs(sentence, settings.voice):
            tokens, pauses = self._tokens(words, phonemes, settings.speed)
            for start in range(0, len(tokens), STYLES[0]):  # only a word of over 510 symbols takes a second turn
                pieces = self._spoken(tokens[start : start + STYLES[0]], pauses, settings, coefficients, cancel)
                silent = tail(sentence, words, LEAD, settings.speed)  # the graph makes 1.0 s
                yield from fit_pieces(pieces, self._info.sample_rate, LEAD, silent)
        if coefficients is None and isinstance(self._graph, NativeGraph):
            self._voices.measure(settings.voice, self._graph, cancel)  # while what was said is heard

    def close(self) -> None:
        """Drop the graph."""
        if isinstance(self._graph, NativeGraph):
            self._graph.close()
        del self._graph

    def runs(self, sentence: Sentence, voice: str) -> list[Sequence[Word]]:
        """Return what is said in one run each: as much as it can be, where the first sound comes before its end.

        Args:
            sentence: what is said.
            voice: by whom.
        """
        length = partial(_length, self._phonemes(voice))
        if isinstance(self._graph, NativeGraph) and self._voices.coefficients(voice) is not None:
            return part_evenly(sentence.words, length, STREAMED_TOKENS)
        return [words for grown in grow(sentence.words) for words in part(grown, length, PHRASE_TOKENS)]

    def _phonemes(self, voice: str) -> Callable[[Sequence[Word]], str]:
        return partial(sentence_phonemes, tones=self._tones, voice=self._voices.languages[voice])

    def _tokens(
        self, words: Sequence[Word], phonemes: Callable[[Sequence[Word]], str], speed: float
    ) -> tuple[list[int], dict[int, float]]:
        """Return the tokens, and the seconds of silence at those of them that are marks inside a sentence."""
        tokens: list[int] = []
        pauses = {}
        for word in words:
            symbols = (" " if tokens else "") + phonemes([_closed(word)])
            tokens += [self._vocabulary[symbol] for symbol in symbols if symbol in self._vocabulary]
            if word.punctuation and word is not words[-1]:
                pauses[len(tokens)] = after(word) / speed  # the mark's: there is one more token at the start
        return tokens, pauses

    def _spoken(
        self,
        tokens: list[int],
        pauses: Mapping[int, float],
        settings: VoiceSettings,
        coefficients: Coefficients | None,
        cancel: CancelToken,
    ) -> Iterator[Samples]:
        """Yield the graph's audio of some tokens, in as many pieces as the way of computing allows."""
        inputs = self._voices.inputs(settings.voice, tokens, settings.speed)
        for audio in self._computed(inputs, pauses, coefficients, cancel):
            if not np.isfinite(audio).all():
                raise EngineError(f"the graph gave values that are no audio for {len(tokens)} tokens")
            yield np.clip(audio.reshape(-1), -1.0, 1.0)

    def _computed(
        self,
        inputs: dict[str, NDArray[np.generic]],
        pauses: Mapping[int, float],
        coefficients: Coefficients | None,
        cancel: CancelToken,
    ) -> Iterable[NDArray[np.float32]]:
        if isinstance(self._graph, NativeGraph):
            return self._graph.stream(inputs, pauses, coefficients, cancel)
        return [self._graph.run(inputs, cancel)]


def _closed(word: Word) -> Word:
    """Return a word that ends a sentence with a mark: without one, the graph falls silent inside a single syllable."""
    open_end = word.break_after == SENTENCE and word.punctuation in ("", "(")
    return replace(word, punctuation=".") if open_end else word


def _graph(prepared: Mapping[str, Prepared], threads: int) -> NativeGraph | MixedGraph | Session:
    """Return the loaded graph; ONNX Runtime computes one that native code does not know."""
    if "decoder" in prepared:
        return MixedGraph(prepared, threads)
    graph = prepared["graph"]
    weights = graph.arrays()
    return NativeGraph(graph, weights, threads) if weights else Session(graph, threads, shrinks=True)


def _length(phonemes: Callable[[Sequence[Word]], str], word: Word) -> int:
    """Return the tokens that a word takes with the space after it."""
    return len(phonemes([word])) + 1


def _vocabulary(path: Path) -> dict[str, int]:
    try:
        symbols = json.loads(path.read_text(encoding="utf-8"))["vocab"]
        return {str(symbol): int(number) for symbol, number in symbols.items()}
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise ModelCorrupt(f"{path} is not a Kokoro vocabulary: {error}") from error
