"""What the generator speaks: features, pitch and energy of an utterance, and the silences in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_tts.engines.kokoro.layers import Signal

ROW_SECONDS = 0.025
"""Duration of one row of the features."""

_SILENCE = -8.0
"""Energy above which there is sound; silence has -9 to -10."""
_AFTER_SOUND, _BEFORE_END = 8, 4
"""Rows of silence that are computed after the last sound, and before the end."""
_COUNTED = 4
"""Rows of silence that count for the ones that are not computed."""
_FADING = 2
"""Rows beside a silence that are too soft to be heard, though their energy says that there is sound."""
_NEAR = 3
"""Rows around a token in which its silence is looked for: the graph's times are that rough."""


@dataclass(frozen=True, slots=True)
class Prosody:
    """What the graph's first part, in ONNX Runtime, has computed of an utterance.

    Attributes:
        features: float32 (T, 512).
        pitch: float32 (2T,), Hz.
        energy: float32 (2T,).
        counts: float32 (T,), how often each row counts in the moments of a normalization.
    """

    features: Signal
    pitch: NDArray[np.float32]
    energy: NDArray[np.float32]
    counts: NDArray[np.float32]

    @property
    def sounding(self) -> NDArray[np.bool_]:
        """Which rows are no silence, (T,)."""
        return np.maximum(self.energy[::2], self.energy[1::2]) > _SILENCE

    @property
    def silence(self) -> float:
        """Share of the rows that are silent, weighted by how often each counts, 0 to 1."""
        return float(self.counts[~self.sounding].sum() / self.counts.sum())

    def with_silence(self, share: float) -> Prosody:
        """Return the same with the silent rows weighted so that they make up this share."""
        silent = ~self.sounding
        counts = self.counts.copy()
        counts[silent] *= share / (1 - share) * counts[~silent].sum() / max(counts[silent].sum(), 1)
        return Prosody(self.features, self.pitch, self.energy, counts)

    def condensed(self) -> Prosody:
        """Return the same without the middle of the last silence, which its neighbours count for; see `condense`."""
        kept, counts = condense(self.energy)
        return self._of(kept, counts * self.counts[kept])

    def paused(self, durations: NDArray[np.float32], pauses: Mapping[int, float]) -> Prosody:
        """Return the same with longer silences, which do not count.

        The graph is hardly silent at a mark. Were a token to last longer, it would be sung; so rows that are silent
        are repeated instead: the most silent one there, or where there is none, that before the first sound.

        Args:
            durations: rows of each token.
            pauses: seconds of silence that there is to be, at least, at some of the tokens.
        """
        if not pauses or not self.sounding.any():
            return self
        ends = np.cumsum(durations).astype(int)
        order, counts = np.arange(len(self.features)), self.counts.copy()
        loudest = np.maximum(self.energy[::2], self.energy[1::2])
        for token in sorted(pauses, reverse=True):
            begin = max(ends[token] - int(durations[token]) - _NEAR, 0)
            quietest = begin + int(np.argmin(loudest[begin : ends[token] + _NEAR]))
            there = self._silent_around(quietest)
            row = quietest if there else int(np.argmin(loudest[: np.flatnonzero(self.sounding)[0] + 1]))
            more = max(round(pauses[token] / ROW_SECONDS) - there - _FADING, 0)
            order = np.insert(order, quietest + 1, np.full(more, row))
            counts = np.insert(counts, quietest + 1, np.zeros(more, np.float32))
        return self._of(order, counts)

    def _silent_around(self, row: int) -> int:
        """Return the length of the run of silent rows that a row is in."""
        sounding = np.flatnonzero(self.sounding)
        at = int(np.searchsorted(sounding, row))
        if at < len(sounding) and sounding[at] == row:
            return 0
        before = int(sounding[at - 1]) if at else -1
        return (int(sounding[at]) if at < len(sounding) else len(self.features)) - before - 1

    def _of(self, rows: NDArray[np.intp], counts: NDArray[np.float32]) -> Prosody:
        pitch, energy = (curve.reshape(-1, 2)[rows].reshape(-1) for curve in (self.pitch, self.energy))
        return Prosody(self.features[rows], pitch, energy, counts)


def condense(energy: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Return which rows of the features are computed, and how often each counts in the statistics.

    After the last sound the graph makes most of a second of silence, which `silence.fit` drops. Computing only its
    beginning and its end saves a fifth of the time of a short sentence. The normalizations span the utterance, so
    without the rest the voice is softer; so it is counted instead of computed (docs/measurements/kokoro.md).

    Args:
        energy: (2T,), of half rows.
    """
    rows = len(energy) // 2
    counts = np.ones(rows, np.float32)
    sounding = np.flatnonzero(energy > _SILENCE)
    start = sounding[-1] // 2 + 1 + _AFTER_SOUND if len(sounding) else rows
    end = rows - _BEFORE_END
    if start >= end:
        return np.arange(rows), counts
    counts[start - _COUNTED : start] += (end - start) / _COUNTED
    kept = np.r_[0:start, end:rows]
    return kept, counts[kept]
