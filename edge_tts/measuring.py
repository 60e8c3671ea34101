"""Times the ways in which a model can be computed on this machine: each in a process of its own.

The process is `python -m edge_tts.measuring`; it reads a model, a way and what to speak from standard input, and
writes figures, or the error, to standard output; all JSON.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from statistics import median
from typing import Any

import psutil

from edge_tts import engines
from edge_tts.engines import CancelToken, Engine, ModelFiles, VoiceSettings, tuning
from edge_tts.engines.tuning import Figures, Tuning, Way
from edge_tts.errors import EdgeTTSError, EngineError
from edge_tts.memory import MemoryWatch

TEXTS = ("你好。", "今天天气真好，我们一起去公园散步吧。", "请在听到提示音以后，按屏幕上的按钮，取走您的票据。")
"""What is spoken: short, and about as long as people write."""
ROUNDS = 3
LIMIT_SECONDS = 120.0
"""After this long a way is given up."""


def tune(model: ModelFiles, ways: Sequence[Way], report: Callable[[Way, int], None]) -> Tuning:
    """Measure ways of computing and record them with the model.

    Args:
        model: an installed model; it is prepared as far as it is not.
        ways: at least one; those that fail are left out.
        report: is told what is measured next and how many were.

    Raises:
        EngineError: none of them works.
        StoreError: the record cannot be written.
    """
    figures, failures = [], []
    for count, way in enumerate(ways):
        report(way, count)
        try:
            figures.append(measure(model, way))
        except EngineError as error:
            failures.append(error)
    if not figures:
        raise failures[0]
    record = tuning.choose(figures, psutil.virtual_memory().available)
    for variant in {way.variant for way in ways} - {record.chosen.way.variant, ""}:
        shutil.rmtree(model.prepared / variant, ignore_errors=True)
    tuning.write(model.prepared, record)
    return record


def ways(engine: str, threads: int) -> list[Way]:
    """Return every way of computing that is worth measuring.

    Args:
        engine: its name.
        threads: the only number of threads to try; 0 tries one, half and all of the cores.
    """
    cores = len(os.sched_getaffinity(0))
    counts = [threads] if threads else sorted({1, max(cores // 2, 1), cores})
    return [Way(variant, threads) for variant in engines.variants(engine) for threads in counts]


def measure(model: ModelFiles, way: Way) -> Figures:
    """Measure one way of computing.

    Raises:
        EngineError: it does not work, or takes longer than LIMIT_SECONDS.
    """
    order = json.dumps({"model": model.as_message(), "way": asdict(way)})
    command = [sys.executable, "-m", "edge_tts.measuring"]
    try:
        done = subprocess.run(command, input=order, capture_output=True, text=True, timeout=LIMIT_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise EngineError(f"{model.name} took longer than {LIMIT_SECONDS:g} s with {way}") from error
    if done.returncode != 0:
        reason = done.stderr.strip().rpartition("\n")[2]
        raise EngineError(f"{model.name} does not work with {way}: {reason or f'exit status {done.returncode}'}")
    return Figures(way, **json.loads(done.stdout))


def _measured(engine: Engine, voice: str) -> dict[str, Any]:
    """Return the figures of a loaded engine as JSON has them."""
    list(_spoken(engine, voice))  # the first run of a length allocates
    rounds = [list(_spoken(engine, voice)) for _ in range(ROUNDS)]
    best = [min(runs) for runs in zip(*rounds, strict=True)]  # of each sentence: others may have been busy
    return {
        "rtf": median(seconds / length for seconds, _, length in best),
        "first_seconds": median(first for _, first, _ in best),
        "private_bytes": _peak_bytes(lambda: list(_spoken(engine, voice))),
    }


def _peak_bytes(action: Callable[[], object]) -> int:
    """Return the most private memory that this process has while `action` runs."""
    with MemoryWatch([os.getpid()]) as watch:
        action()
    return watch.peaks[os.getpid()].own_bytes


def _spoken(engine: Engine, voice: str) -> Iterator[tuple[float, float, float]]:
    """Yield for each sentence: seconds until the last samples, until the first ones, and of audio."""
    from edge_tts import text

    for sentence in (sentence for written in TEXTS for sentence in text.analyze(written)):
        started, first, count = time.perf_counter(), 0.0, 0
        for samples in engine.synthesize(sentence, VoiceSettings(voice), CancelToken()):
            first = first or time.perf_counter() - started
            count += len(samples)
        yield time.perf_counter() - started, first, count / engine.info.sample_rate


def main() -> None:
    """Measure what standard input asks for."""
    order = json.load(sys.stdin)
    model = ModelFiles.from_message(order["model"])
    try:
        engine = engines.load(model, order["way"]["threads"], order["way"]["variant"])
        json.dump(_measured(engine, model.voices[0].name), sys.stdout)
    except EdgeTTSError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
