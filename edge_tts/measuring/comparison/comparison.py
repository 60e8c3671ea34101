"""Two models compared: figures of each, and of what they say."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Any

from edge_tts.config.settings import Config
from edge_tts.engines.model import ModelFiles
from edge_tts.measuring.comparison import opinion, spectra, trial
from edge_tts.measuring.comparison.opinion import Opinion
from edge_tts.measuring.comparison.spectra import Difference
from edge_tts.measuring.comparison.trial import Figures

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Report = Callable[[str, int, int], None]
"""Is called with what is being done, how many steps are done, and how many there are."""
RECOGNIZER = ("faster_whisper", "opencc", "pypinyin")
"""Packages that hearing needs."""
_STEPS = 4


@dataclass(frozen=True, slots=True)
class Subject:
    """One of the two models that are compared.

    Attributes:
        label: what people call it, as `kokoro@1.0-int8:onnx`.
        files: where the model is.
        voice: the voice that speaks.
        variant: the way of computing, "" for the one that was measured best.
        installed_bytes: how large the model's files are.
    """

    label: str
    files: ModelFiles
    voice: str
    variant: str
    installed_bytes: int


@dataclass(frozen=True, slots=True)
class Side:
    """What was measured of one.

    Attributes:
        subject: the model.
        figures: what it takes.
        errors: the share of characters that a recognizer hears wrong; None without its extra.
        opinion: how good it sounds; None without its extra.
    """

    subject: Subject
    figures: Figures
    errors: float | None
    opinion: Opinion | None

    def values(self) -> dict[str, Any]:
        """Return the figures for programs."""
        return {
            "model": self.subject.label,
            "voice": self.subject.voice,
            "installed_bytes": self.subject.installed_bytes,
            **asdict(self.figures),
            "character_errors": self.errors,
            "opinion": asdict(self.opinion) if self.opinion else None,
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was measured of both.

    Attributes:
        sides: the two.
        texts: what both said.
        differences: how far apart the recordings of each text are.
    """

    sides: tuple[Side, Side]
    texts: tuple[str, ...]
    differences: tuple[Difference, ...]

    @property
    def spectral(self) -> float:
        """Log-spectral distance, dB, mean over the texts."""
        return mean(one.spectral for one in self.differences)

    @property
    def decibels(self) -> float | None:
        """Signal to noise ratio, mean over the texts of equal length; None where there is none, or no noise."""
        found = [one.decibels for one in self.differences if one.decibels is not None]
        return mean(found) if found and max(found) < float("inf") else None

    def values(self) -> dict[str, Any]:
        """Return everything but the spectrograms for programs."""
        texts = [
            {"text": text, "log_spectral_distance": one.spectral, "signal_to_noise": _finite(one.decibels)}
            for text, one in zip(self.texts, self.differences, strict=True)
        ]
        return {
            "models": [side.values() for side in self.sides],
            "log_spectral_distance": self.spectral,
            "signal_to_noise": self.decibels,
            "texts": texts,
        }


def compare(
    subjects: tuple[Subject, Subject],
    texts: Sequence[str],
    threads: int,
    config: Config,
    *,
    judge: bool,
    ears: Path | None,
    report: Report,
) -> Comparison:
    """Let both say the same, each in a process of its own, and compare.

    Args:
        subjects: the two.
        texts: a sentence each, at least one, spelled as it is said.
        threads: how many threads compute, 0 for as many as were measured best.
        config: the configuration of this process.
        judge: whether to estimate how good it sounds, where the package for that is installed.
        ears: the folder of the recognizer, None not to listen.
        report: is called before each step.

    Raises:
        EngineError: one of them cannot speak.
    """
    with tempfile.TemporaryDirectory() as scratch:
        said = []
        for number, one in enumerate(subjects):
            report(f"{one.label} speaks", number, _STEPS)
            said.append(trial.run(one.files, one.variant, one.voice, texts, threads, Path(scratch), config))
        report("compare", 2, _STEPS)
        rates = (subjects[0].files.sample_rate, subjects[1].files.sample_rate)
        pairs = zip(said[0][1], said[1][1], strict=True)
        differences = tuple(spectra.difference(first, second, rates) for first, second in pairs)
        report("listen", 3, _STEPS)
        network = opinion.network() if judge else None
        heard = [_errors(ears, texts, samples, rate) for (_, samples), rate in zip(said, rates, strict=True)]
        judged = [
            _opinion(network, samples, rate, Path(scratch), config)
            for (_, samples), rate in zip(said, rates, strict=True)
        ]
    sides = [Side(subjects[place], said[place][0], heard[place], judged[place]) for place in (0, 1)]
    return Comparison((sides[0], sides[1]), tuple(texts), differences)


def hears() -> bool:
    """Return whether the packages of the recognizer are installed."""
    return all(find_spec(name) for name in RECOGNIZER)


def _errors(ears: Path | None, texts: Sequence[str], said: Sequence[NDArray[np.float32]], rate: int) -> float | None:
    """Return the share of characters that are heard wrong."""
    if ears is None:
        return None
    from edge_tts.measuring.comparison import hearing

    recognizer = hearing.Recognizer(ears)
    heard = (recognizer.hear(samples, rate) for samples in said)
    scores = (hearing.score(text, one) for text, one in zip(texts, heard, strict=True))
    return sum(scores, hearing.Score()).characters.rate


def _opinion(
    network: Path | None, said: Sequence[NDArray[np.float32]], rate: int, scratch: Path, config: Config
) -> Opinion | None:
    """Return the mean opinion of all texts."""
    if network is None:
        return None
    judge = opinion.Judge(network, scratch / "opinion", config)
    found = [judge(samples, rate) for samples in said]
    return Opinion(*(mean(getattr(one, name) for one in found) for name in ("speech", "background", "overall")))


def _finite(value: float | None) -> float | None:
    return value if value is not None and value < float("inf") else None
