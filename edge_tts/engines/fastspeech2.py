"""FastSpeech 2 and multi-band MelGAN: symbols to a mel-spectrogram, that to samples, window by window.

The installed files are TensorFlow Lite models; the graphs are built from them (fastspeech2_graph.py, melgan_graph.py)
when they are prepared for this machine. The vocoder's samples depend on few frames, so that it runs in windows with
exact overlap: what is streamed is what one run over the whole would have given.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from edge_tts.engines import CancelToken, EngineInfo, ModelFiles, VoiceSettings, fastspeech2_graph, melgan_graph
from edge_tts.engines.baker_symbols import symbols, units
from edge_tts.engines.fastspeech2_graph import Arithmetic
from edge_tts.engines.melgan_graph import CONTEXT, HOP, SHORTEST_FRAMES
from edge_tts.engines.phrasing import grow
from edge_tts.engines.silence import fit
from edge_tts.errors import EngineError, ModelCorrupt
from edge_tts.onnx_session import Session
from edge_tts.prepared import Derived
from edge_tts.text.pauses import after

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_tts.engines import Samples
    from edge_tts.engines.baker_symbols import Unit
    from edge_tts.text.sentence import Sentence


FIRST_WINDOW = 12
"""Frames of the first window: enough sound to compute the next one meanwhile."""
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
_VOCODER_BYTES = 8_000_000


class FastSpeech2:
    """The loaded acoustic model and vocoder.

    Args:
        model: has files of roles acoustic, vocoder and symbols.
        threads: threads to compute with, 0 for one per core.
        variant: one of VARIANTS.

    Raises:
        EngineError: a graph cannot be loaded.
        ModelCorrupt: a file is not what it should be.
    """

    def __init__(self, model: ModelFiles, threads: int, variant: str) -> None:
        """Build and prepare the graphs as far as need be, and map their weights."""
        self._numbers = _numbers(model.files["symbols"][0])
        arithmetic = cast(Arithmetic, variant)
        path = model.files["acoustic"][0]
        build = partial(fastspeech2_graph.build, path, arithmetic)
        acoustic = Derived(path, build, fastspeech2_graph.EDITION, _ACOUSTIC_BYTES)
        self._acoustic = Session(acoustic, model.prepared / variant, threads)
        path = model.files["vocoder"][0]
        vocoder = Derived(path, partial(melgan_graph.build, path), melgan_graph.EDITION, _VOCODER_BYTES)
        self._vocoder = Session(vocoder, model.prepared / "vocoder", threads)
        self._info = EngineInfo(
            sample_rate=model.sample_rate,
            voices=tuple(voice.name for voice in model.voices),
            styles=("neutral",),
            languages=("zh",),
            controls=frozenset({"speed", "pitch"}),
        )

    @property
    def info(self) -> EngineInfo:
        """What it can do."""
        return self._info

    def synthesize(self, sentence: Sentence, settings: VoiceSettings, cancel: CancelToken) -> Iterator[Samples]:
        """Yield the audio of one window after the other; see `engines.Engine`."""
        most = max(int(PHRASE_SYLLABLES * min(settings.speed, 1.0)), 1)
        for words in grow(sentence.words):
            spoken = list(units(words))
            for start in range(0, len(spoken), most):
                pause = after(words[-1]) if start + most >= len(spoken) else 0.0
                yield from self._phrase(spoken[start : start + most], pause, settings, cancel)

    def close(self) -> None:
        """Drop the sessions."""
        del self._acoustic, self._vocoder

    def _phrase(
        self, spoken: Sequence[Unit], pause: float, settings: VoiceSettings, cancel: CancelToken
    ) -> Iterator[Samples]:
        rate = self._info.sample_rate
        mel, first = self._mel(spoken, settings, cancel)
        tail = max(pause / settings.speed - LEAD_FRAMES * HOP / rate, 0.0)  # the next phrase's lead follows
        for start, end in windows(first, len(mel)):
            samples = self._samples(mel, start, end, cancel)
            # A syllable fades out during the last symbol's frames: where the silence begins, only the samples tell.
            yield samples if end < len(mel) else fit(samples, rate, len(samples) / rate, tail)

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
        missing = max(SHORTEST_FRAMES - len(mel), 0)
        return np.pad(mel, ((0, missing), (0, 0)), mode="edge"), max(int(durations[0]) - LEAD_FRAMES, 0)

    def _samples(self, mel: NDArray[np.float32], start: int, end: int, cancel: CancelToken) -> Samples:
        """Return the samples of some frames."""
        before = min(start, CONTEXT)
        audio = self._vocoder.run({"mel": mel[start - before : end + CONTEXT]}, cancel)
        return np.clip(audio[before * HOP : (before + end - start) * HOP], -1.0, 1.0)


def windows(first: int, last: int) -> Iterator[tuple[int, int]]:
    """Yield the bounds of windows that cover frames `first` to `last`, small ones first.

    The last one is at least FIRST_WINDOW long, more than the silence that ends a phrase, unless there are no more.
    """
    size = FIRST_WINDOW
    while first < last:
        end = last if last - first < size + max(size // 2, FIRST_WINDOW) else first + size
        yield first, end
        first, size = end, min(size * GROWTH, LARGEST_WINDOW)


def _numbers(path: Path) -> dict[str, int]:
    try:
        numbers = json.loads(path.read_text(encoding="utf-8"))["symbol_to_id"]
        return {str(symbol): int(number) for symbol, number in numbers.items()}
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise ModelCorrupt(f"{path} is not a list of symbols for Baker: {error}") from error
