"""What was measured of a model on this machine, and the way of computing that was chosen by it.

The record is one JSON file beside the model's prepared graphs. It imports neither numpy nor onnxruntime, because the
daemon chooses a voice by it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from edge_tts.errors import StoreError
from edge_tts.machine import cpu_features, processors
from edge_tts.system.replacing import write_whole

FILE_NAME = "tuning.json"

GPU = ("mixed", "cuda", "tensorrt")
"""Variants that use a GPU: for most of the arithmetic; for all graphs; for most of it, with TensorRT."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way of computing.

    Attributes:
        variant: one of the engine's variants, "" for its only one.
        threads: threads to compute with, 0 for one per core.
    """

    variant: str = ""
    threads: int = 0

    def __str__(self) -> str:
        """Return it for people, as `native, 2 threads`."""
        threads = f"{self.threads or 'all'} thread{'' if self.threads == 1 else 's'}"
        return f"{self.variant}, {threads}" if self.variant else threads

    @property
    def device(self) -> str:
        """What computes, for people: CPU, CUDA or TensorRT."""
        return {"tensorrt": "TensorRT"}.get(self.variant, "CUDA" if self.variant in GPU else "CPU")


@dataclass(frozen=True, slots=True)
class Figures:
    """What one way of computing takes.

    Attributes:
        way: the way that was measured.
        rtf: synthesis seconds for a second of audio, see `CpuUse.undisturbed`; median over sentences, the quickest of
            several turns of each.
        first_seconds: seconds from a sentence to its first samples, likewise.
        private_bytes: the most memory of the process while it spoke that no file backs.
    """

    way: Way
    rtf: float
    first_seconds: float
    private_bytes: int


@dataclass(frozen=True, slots=True)
class CpuUse:
    """How long a computation took, and what of that time its process had a processor or waited for one.

    Attributes:
        seconds: the time that passed.
        processor_seconds: the time that its threads computed, all together.
        waited_seconds: the time that its threads could have computed but had no processor, all together.
    """

    seconds: float
    processor_seconds: float
    waited_seconds: float

    def undisturbed(self, threads: int) -> float:
        """Return the seconds that it would have taken on a machine with nothing else to do.

        What else runs delays several threads more than one: they wait for each other as well. Without that, a machine
        that is busy while it is measured would be said to compute best with few threads. No thread's wait can have
        cost more than it lasted, and no sharing is better than an even one.

        Args:
            threads: how many threads computed.
        """
        return min(self.seconds, max(self.seconds - self.waited_seconds, self.processor_seconds / threads))


@dataclass(frozen=True, slots=True)
class Tuning:
    """The record of a model.

    Attributes:
        tried: at least one, the chosen way first, then the fastest.
        machine: what the figures depend on, see `machine`.
    """

    tried: tuple[Figures, ...]
    machine: str

    @property
    def chosen(self) -> Figures:
        """The way to use."""
        return self.tried[0]


TIE = 1.1
"""A way has to be faster than one that was named before it by more than this factor: measuring is not exact."""


def choose(tried: Sequence[Figures], available_bytes: int) -> Tuning:
    """Return the record that prefers the fastest way that fits the memory, or the smallest if none does.

    Args:
        tried: at least one, in the order of preference where they are equally fast.
        available_bytes: memory that a worker may take.
    """
    fitting = [figures for figures in tried if figures.private_bytes <= available_bytes]
    if not fitting:
        fitting = [min(tried, key=lambda figures: figures.private_bytes)]
    fastest = min(figures.rtf for figures in fitting)
    chosen = next(figures for figures in fitting if figures.rtf <= fastest * TIE)
    others = sorted((figures for figures in tried if figures is not chosen), key=lambda figures: figures.rtf)
    return Tuning((chosen, *others), machine())


def read(prepared: Path) -> Tuning | None:
    """Return a model's record; None if it was never measured, not on this machine, or the file is damaged.

    Args:
        prepared: folder of what is prepared from the model.
    """
    try:
        record = json.loads((prepared / FILE_NAME).read_text(encoding="utf-8"))
        tried = tuple(Figures(**{**figures, "way": Way(**figures["way"])}) for figures in record["tried"])
        tuning = Tuning(tried, record["machine"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return tuning if tried and tuning.machine == machine() else None


def write(prepared: Path, tuning: Tuning) -> None:
    """Put a model's record into its folder, whole or not at all.

    Raises:
        StoreError: the disk is full or read-only.
    """
    try:
        prepared.mkdir(parents=True, exist_ok=True)
        write_whole(prepared / FILE_NAME, json.dumps(asdict(tuning), indent=1).encode(), durable=False)
    except OSError as error:
        raise StoreError(f"what was measured cannot be kept in {prepared}: {error.strerror}") from error


def machine() -> str:
    """Return a name for what figures depend on besides the model."""
    facts = [os.uname().machine, str(processors()), cpu_features()]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]
