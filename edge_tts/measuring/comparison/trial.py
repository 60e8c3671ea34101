"""Speaks sentences with one model in a process of its own, and measures it; the samples are left in a folder."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_tts import text
from edge_tts.cancel import CancelToken
from edge_tts.config.settings import Config
from edge_tts.engines import loading, ways
from edge_tts.engines.engine import Engine, VoiceSettings
from edge_tts.engines.model import ModelFiles
from edge_tts.engines.tuning import Way
from edge_tts.measuring import fresh_process
from edge_tts.system.memory import MemoryWatch

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROUNDS = 3
LIMIT_SECONDS = 600.0
_SEED = 1


@dataclass(frozen=True, slots=True)
class Figures:
    """What speaking with a model takes.

    Attributes:
        load_seconds: how long a prepared model takes to be able to speak, without Python's own start.
        cold_seconds: how long the first sentence takes to its first samples.
        first_seconds: how long later sentences take to their first samples, the median.
        rtf: seconds for a second of audio: the best of each sentence, of those the median.
        own_bytes: the most memory that no file backs.
        resident_bytes: the most memory with the pages of mapped files.
    """

    load_seconds: float
    cold_seconds: float
    first_seconds: float
    rtf: float
    own_bytes: int
    resident_bytes: int


def run(
    model: ModelFiles, variant: str, voice: str, texts: Sequence[str], threads: int, folder: Path, config: Config
) -> tuple[Figures, list[NDArray[np.float32]]]:
    """Prepare a model in one fresh process, and speak texts with it in another.

    Args:
        model: what speaks; it is prepared as far as it is not.
        variant: the way of computing, "" for the one that was measured best.
        voice: the voice of the model that speaks.
        texts: a sentence each.
        threads: how many threads compute, 0 for as many as were measured best.
        folder: takes the samples; it must exist.
        config: the configuration of this process.

    Raises:
        EngineError: it does not work, or takes longer than LIMIT_SECONDS.
    """
    way = ways.way(model.engine, model.prepared, threads, variant, "cpu")
    of_model = {"model": model.as_message(), "way": asdict(way), "config": config.as_message()}
    fresh_process.measure("edge_tts.measuring.preparing", of_model, model.name, LIMIT_SECONDS)
    order = {**of_model, "voice": voice, "texts": list(texts), "folder": str(folder)}
    found = fresh_process.measure("edge_tts.measuring.comparison.trial", order, model.name, LIMIT_SECONDS)
    return Figures(**found), [np.load(folder / f"{number}.npy") for number in range(len(texts))]


def _speak(engine: Engine, voice: str, written: str) -> tuple[float, float, NDArray[np.float32]]:
    """Return seconds to the first samples and to the last, and the samples."""
    started, first, pieces = time.perf_counter(), 0.0, []
    for sentence in text.analyze(written):
        for samples in engine.synthesize(sentence, VoiceSettings(voice, seed=_SEED), CancelToken()):
            first = first or time.perf_counter() - started
            pieces.append(samples)
    return first, time.perf_counter() - started, np.concatenate(pieces)


def _trial(order: dict[str, Any]) -> dict[str, Any]:
    """Return the figures as JSON has them."""
    model, way = ModelFiles.from_message(order["model"]), Way(**order["way"])
    config, started = Config.from_message(order["config"]), time.perf_counter()
    engine = loading.open_prepared(model, loading.prepare(model, way, config), way, config)
    load_seconds = time.perf_counter() - started
    pid = os.getpid()
    with MemoryWatch([pid]) as watch:
        cold, *_ = _speak(engine, order["voice"], order["texts"][0])
        rounds = [[_speak(engine, order["voice"], one) for one in order["texts"]] for _ in range(ROUNDS)]
    best = [min(said[1] for said in of_one) for of_one in zip(*rounds, strict=True)]
    spoken = [samples for _, _, samples in rounds[-1]]
    for number, samples in enumerate(spoken):
        np.save(Path(order["folder"]) / f"{number}.npy", samples)
    lengths = [len(samples) / engine.info.sample_rate for samples in spoken]
    peak = watch.peaks[pid]
    figures = Figures(
        load_seconds=load_seconds,
        cold_seconds=cold,
        first_seconds=median(first for of_all in rounds for first, *_ in of_all),
        rtf=median(seconds / length for seconds, length in zip(best, lengths, strict=True)),
        own_bytes=peak.own_bytes,
        resident_bytes=peak.own_bytes + peak.mapped_bytes,
    )
    return asdict(figures)


if __name__ == "__main__":
    fresh_process.serve(_trial)
