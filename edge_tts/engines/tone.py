"""An engine without a model: every syllable is a beep whose pitch follows its tone.

It is the template for a new engine, the voice of tests, and the smoke check of a device whose models are gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from edge_tts.cancel import CancelToken
from edge_tts.config.settings import Config
from edge_tts.engines.engine import EngineInfo, VoiceSettings
from edge_tts.engines.model import ModelFiles
from edge_tts.engines.tuning import Way
from edge_tts.text.prosody.pauses import after_run

if TYPE_CHECKING:
    from edge_tts.engines.engine import Samples
    from edge_tts.graphs.parts import Part
    from edge_tts.graphs.prepared import Prepared
    from edge_tts.text.sentence import Sentence, Word

SYLLABLE_SECONDS = 0.12
_CONTOURS = {1: (5.0, 5.0), 2: (3.0, 5.0), 3: (2.0, 1.5), 4: (5.0, 1.0), 5: (3.0, 2.5)}
"""Begin and end of each Mandarin tone on Chao's five-level scale."""

_LOWEST_HZ = 180.0
_LEVEL_RATIO = 2.0 ** (2.5 / 12)
"""Two and a half semitones from one level to the next."""


class Tone:
    """The beeping engine.

    Args:
        model: its sample rate and voices count, it has no files.
        prepared: nothing.
        way: makes no difference.
        config: makes no difference.
    """

    def __init__(self, model: ModelFiles, prepared: Mapping[str, Prepared], way: Way, config: Config) -> None:
        """Keep the sample rate; there is nothing to map."""
        self._info = EngineInfo(
            sample_rate=model.sample_rate,
            voices=tuple(voice.name for voice in model.voices),
            styles=("neutral",),
            languages=("zh", "en"),
            controls=frozenset({"speed"}),
        )

    @staticmethod
    def parts(model: ModelFiles, variant: str) -> dict[str, Part]:
        """Return nothing: there is nothing to prepare."""
        return {}

    @property
    def info(self) -> EngineInfo:
        """What it can do."""
        return self._info

    def synthesize(self, sentence: Sentence, settings: VoiceSettings, cancel: CancelToken) -> Iterator[Samples]:
        """Yield one array for each word; see `engines.Engine`."""
        for word in sentence.words:
            cancel.check()
            yield self._word(word, after_run(sentence, [word]) / settings.speed, settings.speed)

    def close(self) -> None:
        """Do nothing; there is nothing to release."""

    def _word(self, word: Word, silent: float, speed: float) -> Samples:
        tones = [syllable.surface_tone for syllable in word.syllables] or [1]
        pause = np.zeros(int(silent * self._info.sample_rate), np.float32)
        return np.concatenate([*(self._beep(tone, speed) for tone in tones), pause])

    def _beep(self, tone: int, speed: float) -> Samples:
        count = int(SYLLABLE_SECONDS / speed * self._info.sample_rate)
        begin, end = _CONTOURS[tone]
        hertz = _LOWEST_HZ * _LEVEL_RATIO ** np.linspace(begin, end, count)
        phase = 2 * np.pi * np.cumsum(hertz) / self._info.sample_rate
        return (0.3 * np.sin(phase) * np.hanning(count)).astype(np.float32)
