"""FastSpeech 2 and multi-band MelGAN: symbols to a mel-spectrogram, that to samples, window by window.

The installed files are TensorFlow Lite models; what computes is made of their weights when they are prepared for this
machine (acoustic_graph.py, melgan_weights.py). The vocoder runs in windows, natively or in ONNX Runtime: what is
streamed is what one run over the whole would have given.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edge_tts.cancel import CancelToken
from edge_tts.config.settings import Config
from edge_tts.engines.baker import acoustic_graph, melgan, melgan_native
from edge_tts.engines.baker.acoustic_graph import Arithmetic
from edge_tts.engines.baker.melgan_weights import HOP, LOOKAHEAD
from edge_tts.engines.baker.symbols import symbols, units
from edge_tts.engines.engine import EngineInfo, VoiceSettings
from edge_tts.engines.model import ModelFiles
from edge_tts.engines.phrasing import grow
from edge_tts.engines.silence import DECAY, fit, tail
from edge_tts.engines.tuning import Way
from edge_tts.engines.ways import devices
from edge_tts.errors import EngineError, ModelCorrupt
from edge_tts.graphs.parts import Derived, Part, is_graph
from edge_tts.graphs.prepared import Prepared
from edge_tts.graphs.session import Session
from edge_tts.native.convolution import available

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_tts.engines.baker.symbols import Unit
    from edge_tts.engines.engine import Samples
    from edge_tts.text.sentence import Sentence


FIRST_WINDOW = 12
"""Frames whose sound comes with the first window: enough to compute the next one meanwhile."""
GROWTH = 4
LARGEST_WINDOW = 64
"""Frames: the memory that a window takes grows with it, the time hardly falls any more."""

PHRASE_SYLLABLES = 40
"""Most syllables in one run of the acoustic model: longer than any sentence it was trained on."""

LEAD_FRAMES = 8
"""Frames of silence before speech, at most."""

LOWEST_PITCH, HIGHEST_PITCH = 0.6, 1.2
"""Factors within which the voice follows; beyond them it would not get higher or lower, only worse."""

_ACOUSTIC_BYTES = 64_000_000


class FastSpeech2:
    """The loaded acoustic model and vocoder.

    Args:
        model: has files of roles acoustic, vocoder and symbols.
        prepared: what `parts` returned, prepared.
        way: how to compute.
        config: of this process.

    Raises:
        EngineError: a graph cannot be loaded.
        ModelCorrupt: a file is not what it should be.
    """

    def __init__(self, model: ModelFiles, prepared: Mapping[str, Prepared], way: Way, config: Config) -> None:
        """Map the weights."""
        self._numbers = _numbers(model.files["symbols"][0])
        self._acoustic = Session(prepared["acoustic"], way.threads)
        vocoder = prepared["vocoder"]
        native = not is_graph(vocoder.part.graph)
        self._vocoder = melgan_native.Vocoder(vocoder, way.threads) if native else melgan.Vocoder(vocoder, way.threads)
        self._info = EngineInfo(
            sample_rate=model.sample_rate,
            voices=tuple(voice.name for voice in model.voices),
            styles=("neutral",),
            languages=("zh",),
            controls=frozenset({"speed", "pitch"}),
        )

    @staticmethod
    def parts(model: ModelFiles, variant: str) -> dict[str, Part]:
        """Return what is prepared: the acoustic model and the vocoder.

        Args:
            model: has files of roles acoustic, vocoder and symbols.
            variant: "int8" or "float" for the acoustic model, "native" for 8 bits and a native vocoder, or one of
                `tuning.GPU`.
        """
        arithmetic: Arithmetic = "float" if variant in ("float", "cuda") else "int8"
        small_steps, vocoding = devices(variant)
        path, vocoder = model.files["acoustic"][0], model.files["vocoder"][0]
        acoustic = Derived(
            path, acoustic_graph.EDITION, _ACOUSTIC_BYTES, partial(acoustic_graph.build, path, arithmetic)
        )
        native = variant == "native" and available()
        derived = melgan_native.derived(vocoder) if native else melgan.derived(vocoder)
        folder = model.prepared / variant
        return {
            "acoustic": Part(acoustic, folder / "acoustic", small_steps),
            "vocoder": Part(derived, folder / "vocoder", vocoding),
        }

    @property
    def info(self) -> EngineInfo:
        """What it can do."""
        return self._info

    def synthesize(self, sentence: Sentence, settings: VoiceSettings, cancel: CancelToken) -> Iterator[Samples]:
        """Yield the audio of one window after the other; see `engines.Engine`."""
        rate = self._info.sample_rate
        most = max(int(PHRASE_SYLLABLES * min(settings.speed, 1.0)), 1)
        for words in grow(sentence.words):
            spoken = list(units(words))
            for start in range(0, len(spoken), most):
                last = start + most >= len(spoken)
                silent = tail(sentence, words, LEAD_FRAMES * HOP / rate, settings.speed) if last else DECAY
                yield from self._phrase(spoken[start : start + most], silent, settings, cancel)

    def close(self) -> None:
        """Drop what is loaded and end the threads."""
        self._vocoder.close()
        del self._acoustic, self._vocoder

    def _phrase(
        self, spoken: Sequence[Unit], silent: float, settings: VoiceSettings, cancel: CancelToken
    ) -> Iterator[Samples]:
        rate = self._info.sample_rate
        mel, first = self._mel(spoken, settings, cancel)
        stream = self._vocoder.stream()
        for start, end in windows(first, len(mel)):
            last = end == len(mel)
            samples = stream.feed(mel[start:end], cancel, last=last)[0 if start else first * HOP :]
            # A syllable fades out during the last symbol's frames: where the silence begins, only the samples tell.
            yield fit(samples, rate, len(samples) / rate, silent) if last else samples

    def _mel(
        self, spoken: Sequence[Unit], settings: VoiceSettings, cancel: CancelToken
    ) -> tuple[NDArray[np.float32], int]:
        """Return a mel-spectrogram, and the first of its frames that is to be heard."""
        numbers = [self._numbers[symbol] for symbol in symbols(spoken)]
        pitch = min(max(settings.pitch, LOWEST_PITCH), HIGHEST_PITCH)
        controls = {"speed": settings.speed, "pitch": pitch, "energy": 1.0}
        inputs: dict[str, NDArray[np.generic]] = {
            "symbols": np.array(numbers, np.int64),
            **{name: np.array([value], np.float32) for name, value in controls.items()},
        }
        mel, durations = self._acoustic.run_all(inputs, cancel)
        if not np.isfinite(mel).all():
            raise EngineError(f"the acoustic model gave values that are no spectrogram for {len(spoken)} syllables")
        return mel, max(int(durations[0]) - LEAD_FRAMES, 0)


def windows(first: int, count: int) -> Iterator[tuple[int, int]]:
    """Yield the bounds of windows that cover all frames, small ones first.

    The last one is at least FIRST_WINDOW long, more than the silence that ends a phrase, unless there are no more.

    Args:
        first: frame from which on there is something to be heard.
        count: of the frames.
    """
    start, size, end = 0, FIRST_WINDOW, first + FIRST_WINDOW + LOOKAHEAD
    while start < count:
        end = count if count - end < max(size // 2, FIRST_WINDOW) else end
        yield start, end
        size = min(size * GROWTH, LARGEST_WINDOW)
        start, end = end, end + size


def _numbers(path: Path) -> dict[str, int]:
    try:
        numbers = json.loads(path.read_text(encoding="utf-8"))["symbol_to_id"]
        return {str(symbol): int(number) for symbol, number in numbers.items()}
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise ModelCorrupt(f"{path} is not a list of symbols for Baker: {error}") from error
