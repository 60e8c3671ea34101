"""Measures what an 8-bit encoder does to durations, which are computed in float from its output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_tts.convert.quantization.fidelity import Run, Runner


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long the calibration's sentences became.

    Attributes:
        tokens: the number of tokens of all sentences.
        changed: the number of tokens that have another number of frames.
        frames: the number of frames of all sentences, as the float graphs predict.
        change: the number of additional frames, negative for fewer.
    """

    tokens: int
    changed: int
    frames: int
    change: int

    def __str__(self) -> str:
        """Return it for people."""
        share = self.change / max(self.frames, 1)
        return f"{self.changed} of {self.tokens} differ by rounding, the speech is {share:+.1%} long"


def compare(folder: Path, encoded: Sequence[Run], spoken: Sequence[Run]) -> Lengths:
    """Compare the durations of the graphs in a folder with those of the float graphs.

    Args:
        folder: has the graphs encoder and duration as they will be used.
        encoded: runs of the float encoder.
        spoken: runs of the float duration graph, of the same sentences.
    """
    encoder, duration = (Runner.load(folder / f"{name}.onnx") for name in ("encoder", "duration"))
    tokens = changed = frames = change = 0
    for first, second in zip(encoded, spoken, strict=True):
        text = encoder.run_all(first.inputs)[-1]
        cond = np.concatenate([text, second.inputs["cond"][:, :, text.shape[2] :]], axis=2)
        before, after = (_frames(one) for one in (second.outputs[0], duration.run_all({"cond": cond})[0]))
        tokens += before.size
        changed += int((before != after).sum())
        frames += int(before.sum())
        change += int(after.sum() - before.sum())
    return Lengths(tokens, changed, frames, change)


def _frames(logarithms: NDArray[np.float32]) -> NDArray[np.int64]:
    found: NDArray[np.int64] = np.floor(np.exp(logarithms) - np.float32(0.5)).astype(np.int64).clip(0)
    return found
