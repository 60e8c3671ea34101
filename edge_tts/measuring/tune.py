"""Times the ways in which a model can be computed on this machine, each in a process of its own."""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from edge_tts import disk
from edge_tts.cancel import CancelToken
from edge_tts.config.settings import Config, Engines
from edge_tts.engines import loading, tuning
from edge_tts.engines import ways as engine_ways
from edge_tts.engines.engine import Engine, VoiceSettings
from edge_tts.engines.model import ModelFiles
from edge_tts.engines.tuning import CpuUse, Figures, Tuning, Way
from edge_tts.errors import EngineError
from edge_tts.graphs import gpu
from edge_tts.machine import processors
from edge_tts.measuring import fresh_process
from edge_tts.system.memory import MemoryWatch

log = logging.getLogger(__name__)

TEXTS = ("你好。", "今天天气真好，我们一起去公园散步吧。", "请在听到提示音以后，按屏幕上的按钮，取走您的票据。")
"""What is spoken: short, and about as long as people write."""
ROUNDS = 3
HOPELESS = 1.5
"""A way that is slower than the fastest one by this factor in the first round gets no more rounds."""
LIMIT_SECONDS = 120.0
"""How long measuring one way may take."""
TUNE_SECONDS = 50.0
"""How long tuning begins further ways: it is part of an installation, on slow machines too."""


def tune(model: ModelFiles, ways: Sequence[Way], report: Callable[[Way, int], None], config: Config) -> Tuning:
    """Measure ways of computing and record them with the model.

    Args:
        model: an installed model; it is prepared as far as it is not.
        ways: the ways to measure, at least one; those that fail are left out.
        report: is called with the way that is measured next and the number of those that were.
        config: of this process.

    Raises:
        EngineError: none of them works.
        StoreError: the record cannot be written.
    """
    figures: dict[Way, Figures] = {}
    kept: set[Way] = set()
    failures: list[EngineError] = []
    end = time.monotonic() + TUNE_SECONDS
    for count, way in enumerate(ways):
        if figures and time.monotonic() > end:
            break
        report(way, count)
        try:
            fastest = min((found.rtf for found in figures.values()), default=0.0)
            figures[way], is_kept = measure(model, way, config, fastest)
            kept |= {way} if is_kept else set()
        except EngineError as error:
            log.info("%s is left out: %s", way, error)
            failures.append(error)
    if not figures:
        raise failures[0]
    tried = [found for way, found in figures.items() if way in kept] or list(figures.values())
    record = tuning.choose(tried, psutil.virtual_memory().available)
    for variant in {way.variant for way in ways} - {record.chosen.way.variant, ""}:
        disk.remove_graphs(model.prepared / variant)
    tuning.write(model.prepared, record)
    return record


def ways(engine: str, settings: Engines) -> list[Way]:
    """Return every way of computing that is worth measuring: the default one first, then on a GPU if there is one.

    Args:
        engine: its name.
        settings: the only number of threads to try, where 0 tries one, half and all of the cores; and the provider.
    """
    cores = processors()
    counts = [settings.threads] if settings.threads else sorted({1, max(cores // 2, 1), cores})
    on_cpu = [[Way(variant, threads) for threads in counts] for variant in engine_ways.variants(engine)]
    on_gpu = [variant for variant in engine_ways.variants(engine, settings.provider) if variant in tuning.GPU]
    with_gpu = [Way(variant, counts[-1]) for variant in on_gpu] if on_gpu and not gpu.problem() else []
    return list(chain(*on_cpu[:1], with_gpu, *on_cpu[1:]))


def measure(model: ModelFiles, way: Way, config: Config, fastest: float = 0.0) -> tuple[Figures, bool]:
    """Measure one way of computing; return the figures, and whether the disk had room for what is prepared for it.

    Args:
        model: an installed model.
        way: how to compute.
        config: the configuration of this process.
        fastest: the least RTF of other ways, 0 if there are none.

    Raises:
        EngineError: it does not work, or takes longer than LIMIT_SECONDS.
    """
    order = {"model": model.as_message(), "config": config.as_message(), "way": asdict(way), "fastest": fastest}
    found = fresh_process.measure("edge_tts.measuring.tune", order, f"{model.name} with {way}", LIMIT_SECONDS)
    return Figures(way, **found["figures"]), found["kept"]


def _answer(order: dict[str, Any]) -> dict[str, Any]:
    """Prepare and open what is to be measured, and return its figures."""
    model, config = ModelFiles.from_message(order["model"]), Config.from_message(order["config"])
    wanted = Way(**order["way"])
    way = engine_ways.way(model.engine, model.prepared, wanted.threads, wanted.variant, "cpu")
    prepared = loading.prepare(model, way, config)
    engine = loading.open_prepared(model, prepared, way, config)
    figures = _measured(engine, model.voices[0].name, order["fastest"], way.threads or processors())
    return {"figures": figures, "kept": all(part.folder for part in prepared.values())}


def _measured(engine: Engine, voice: str, fastest: float, threads: int = 1) -> dict[str, Any]:
    """Return the figures of a loaded engine, which computes with so many threads, as JSON has them."""
    with MemoryWatch([os.getpid()]) as watch:
        list(_spoken(engine, voice, TEXTS[:1], threads))  # the first run allocates
        rounds: list[list[tuple[float, float, float]]] = []
        while not rounds or (len(rounds) < ROUNDS and not 0 < fastest * HOPELESS < _rtf(rounds)):
            rounds.append(list(_spoken(engine, voice, TEXTS, threads)))
    return {
        "rtf": _rtf(rounds),
        "first_seconds": median(min(runs)[1] for runs in zip(*rounds, strict=True)),
        "private_bytes": watch.peaks[os.getpid()].own_bytes,
    }


def _rtf(rounds: Sequence[Sequence[tuple[float, float, float]]]) -> float:
    best = [min(runs) for runs in zip(*rounds, strict=True)]  # of each sentence: others may have been busy
    return float(median(seconds / length for seconds, _, length in best))


def _spoken(engine: Engine, voice: str, texts: Sequence[str], threads: int) -> Iterator[tuple[float, float, float]]:
    """Yield for each sentence the undisturbed seconds to its last samples and its first, and its seconds of audio."""
    from edge_tts import text

    for sentence in (sentence for written in texts for sentence in text.analyze(written)):
        since, first, count = _used(), 0.0, 0
        for samples in engine.synthesize(sentence, VoiceSettings(voice), CancelToken()):
            first = first or _used_since(since).undisturbed(threads)
            count += len(samples)
        yield _used_since(since).undisturbed(threads), first, count / engine.info.sample_rate


def _used() -> CpuUse:
    """Return what this process has used so far; 0 s of waiting where the kernel does not tell."""
    waited = 0
    for task in Path("/proc/self/task").glob("*/schedstat"):
        with contextlib.suppress(OSError, ValueError, IndexError):  # the thread has ended
            waited += int(task.read_text().split()[1])  # nanoseconds on the run queue, sched-stats.rst
    return CpuUse(time.perf_counter(), time.process_time(), waited / 1e9)


def _used_since(since: CpuUse) -> CpuUse:
    """Return what this process has used since then."""
    now = _used()
    return CpuUse(
        now.seconds - since.seconds,
        now.processor_seconds - since.processor_seconds,
        max(now.waited_seconds - since.waited_seconds, 0.0),
    )


if __name__ == "__main__":
    fresh_process.serve(_answer)
