"""Measures how close the outputs of a changed graph are to those of its original, given the same inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

if TYPE_CHECKING:
    from edge_tts.cancel import CancelToken

Feeds = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a graph.

    Attributes:
        inputs: the arrays that were fed, by name.
        outputs: the last outputs of the graph, those that count, in order.
    """

    inputs: Feeds
    outputs: Sequence[NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Fidelity:
    """How close outputs are to those of the original.

    Attributes:
        decibels: the signal to noise ratio of the output that suffers most; infinite for the same bytes.
        largest: the largest absolute difference of a value.
        relative: the mean absolute difference, divided by the mean absolute value.
    """

    decibels: float
    largest: float
    relative: float


@dataclass(frozen=True, slots=True)
class Runner:
    """A graph loaded as it is, for a few runs.

    Attributes:
        session: the loaded graph.
    """

    session: Any

    @classmethod
    def load(cls, path: Path) -> Runner:
        """Load a graph."""
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.enable_cpu_mem_arena = False  # it never gives back what the longest sentence took
        options.enable_mem_pattern = False
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # others want the cores too
        return cls(onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"]))

    def run_all(self, inputs: Feeds, _: CancelToken | None = None) -> list[Any]:
        """Return the outputs in order."""
        return self.session.run(None, dict(inputs))  # type: ignore[no-any-return]


@dataclass(slots=True)
class Recorder:
    """A graph that keeps some of its runs.

    Attributes:
        runner: the graph.
        every: keeps one run of so many, the first one too.
        outputs: how many of its outputs count, from the last.
        runs: the runs that were kept.
    """

    runner: Runner
    every: int = 1
    outputs: int = 0
    runs: list[Run] = field(default_factory=list)
    _count: int = 0

    def run_all(self, inputs: Feeds, _: CancelToken | None = None) -> list[Any]:
        """Return the outputs in order."""
        outputs = self.runner.run_all(inputs)
        if self._count % self.every == 0:
            self.runs.append(Run(dict(inputs), outputs[-self.outputs :]))
        self._count += 1
        return outputs


def compare(path: Path, runs: Sequence[Run]) -> Fidelity:
    """Run a graph on the inputs of some runs and compare the outputs; there must be a run."""
    runner = Runner.load(path)
    found = [runner.run_all(run.inputs)[-len(run.outputs) :] for run in runs]
    places = range(len(runs[0].outputs))
    pairs = [([run.outputs[place] for run in runs], [outputs[place] for outputs in found]) for place in places]
    return Fidelity(
        decibels=min(decibels(*pair) for pair in pairs),
        largest=max(float(np.abs(a - b).max(initial=0)) for pair in pairs for a, b in zip(*pair, strict=True)),
        relative=max(_relative(*pair) for pair in pairs),
    )


def decibels(expected: Sequence[NDArray[Any]], found: Sequence[NDArray[Any]]) -> float:
    """Return the ratio of a signal to what was changed of it, over all pieces, in dB."""
    signal = sum(float(np.square(one, dtype=np.float64).sum()) for one in expected)
    pairs = zip(expected, found, strict=True)
    noise = sum(float(np.square(one.astype(np.float64) - other).sum()) for one, other in pairs)
    return float("inf") if not noise else 10 * float(np.log10(signal / noise))


def _relative(expected: Sequence[NDArray[Any]], found: Sequence[NDArray[Any]]) -> float:
    signal = sum(float(np.abs(one).sum()) for one in expected)
    pairs = zip(expected, found, strict=True)
    return sum(float(np.abs(one - other).sum()) for one, other in pairs) / (signal or 1.0)
