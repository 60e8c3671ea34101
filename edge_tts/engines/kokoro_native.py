"""Kokoro in two parts: ONNX Runtime computes prosody, native convolutions the rest, piece by piece."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_tts.engines import CancelToken
from edge_tts.engines.kokoro_decoder import decode
from edge_tts.engines.kokoro_generator import Generator
from edge_tts.engines.kokoro_layers import Network, Run
from edge_tts.engines.kokoro_moments import Measured, predict
from edge_tts.engines.kokoro_source import Source
from edge_tts.engines.kokoro_weights import BUILT_BYTES, EDITION, FRONT_OUTPUTS, STYLE, extract
from edge_tts.engines.onnx_file import OnnxFile
from edge_tts.native.convolution import Pool
from edge_tts.onnx_session import Session
from edge_tts.prepared import Derived

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_tts.engines import Samples
    from edge_tts.engines.kokoro_layers import Moments, Signal

FIRST_ROWS, GROWTH, MOST_ROWS = 24, 1.6, 96
"""Rows, of 25 ms, of the first piece; how much longer each piece is than the one before; rows of the longest one."""
WHOLE_ROWS = 56
"""Rows up to which an utterance is computed in one piece, with its own moments."""

_SILENCE = -8.0
"""Energy above which there is sound; silence has -9 to -10."""
_BEFORE_SOUND = 8
"""Rows of silence that are spoken before the first sound."""
_AFTER_SOUND, _BEFORE_END = 8, 4
"""Rows of silence, of 25 ms, that are computed."""
_COUNTED = 4
"""Rows of silence that count for those that are not."""


@dataclass(frozen=True, slots=True)
class Prosody:
    """What ONNX Runtime has computed of an utterance, without the middle of the last silence.

    Attributes:
        features: (T, 512).
        pitch: (2T,), Hz.
        energy: (2T,).
        counts: (T,), how often each row counts in statistics.
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
        """Share of silence, as it counts."""
        return float(self.counts[~self.sounding].sum() / self.counts.sum())

    def with_silence(self, share: float) -> Prosody:
        """Return the same with silent rows that count for this share."""
        silent = ~self.sounding
        counts = self.counts.copy()
        counts[silent] *= share / (1 - share) * counts[~silent].sum() / max(counts[silent].sum(), 1)
        return Prosody(self.features, self.pitch, self.energy, counts)


class NativeGraph:
    """Does what a Session of the whole graph does, faster, in less memory and piece by piece.

    Args:
        graph: installed .onnx file.
        prepared: folder for what is prepared from it.
        threads: threads to compute with, 0 for one per core.

    Raises:
        EngineError: there is no native library for this machine, or the graph cannot be loaded.
        ModelCorrupt: the graph is missing or not the one that is expected here.
    """

    def __init__(self, graph: Path, prepared: Path, threads: int = 0) -> None:
        """Map the weights and start the threads."""
        self._pool = Pool(threads or len(os.sched_getaffinity(0)))
        front = Derived(
            graph,
            build=lambda: OnnxFile(graph).part(FRONT_OUTPUTS),
            edition=EDITION,
            built_bytes=BUILT_BYTES,
            arrays=lambda: extract(graph),
        )
        self._session = Session(front, prepared, threads, shrinks=True)
        self._network = Network(self._session.arrays, self._pool)

    def run(self, inputs: Mapping[str, NDArray[Any]], cancel: CancelToken) -> Samples:
        """Return audio; see `Session.run`."""
        prosody = self._prosody(inputs, cancel)
        return self._generator(prosody, inputs, None, cancel).audio(0, len(prosody.features))

    def stream(
        self, inputs: Mapping[str, NDArray[Any]], coefficients: Mapping[str, NDArray[Any]], cancel: CancelToken
    ) -> Iterator[Samples]:
        """Yield audio, without most of the silence at both ends.

        Args:
            inputs: see `Session.run`.
            coefficients: of the moments of the voice (kokoro_moments.py).
            cancel: ends the computation from another thread.

        Raises:
            Interrupted: `cancel` was called.
        """
        prosody = self._prosody(inputs, cancel)
        if len(prosody.features) <= WHOLE_ROWS or not prosody.sounding.any():
            yield self._generator(prosody, inputs, None, cancel).audio(0, len(prosody.features))
            return
        moments = predict(coefficients, inputs["tokens"].size - 2, prosody.silence)
        generator = self._generator(prosody, inputs, moments, cancel)
        for begin, end in pieces(prosody.sounding):
            yield generator.audio(begin, end)

    def measure(self, inputs: Mapping[str, NDArray[Any]], silence: float | None, cancel: CancelToken) -> Measured:
        """Return the moments of every normalization of the generator, as if this were the share of silence."""
        prosody = self._prosody(inputs, cancel)
        if silence is not None:
            prosody = prosody.with_silence(silence)
        generator = self._generator(prosody, inputs, None, cancel)
        generator.audio(0, len(prosody.features))
        return Measured(inputs["tokens"].size - 2, prosody.silence, generator.moments)

    def close(self) -> None:
        """End the threads."""
        self._pool.close()

    def _prosody(self, inputs: Mapping[str, NDArray[Any]], cancel: CancelToken) -> Prosody:
        features, pitch, energy = self._session.run_all(inputs, cancel)
        kept, counts = condense(energy[0])
        pitch, energy = (curve[0].reshape(-1, 2)[kept].reshape(-1) for curve in (pitch, energy))
        return Prosody(features[0].T[kept], pitch, energy, counts)

    def _generator(
        self,
        prosody: Prosody,
        inputs: Mapping[str, NDArray[Any]],
        moments: Mapping[str, Moments] | None,
        cancel: CancelToken,
    ) -> Generator:
        run = Run(self._network, inputs["style"][0, :STYLE], prosody.counts, cancel)
        x = decode(run, prosody.features, prosody.pitch, prosody.energy)
        return Generator(run, x, Source(prosody.pitch, self._network.arrays), moments)


def pieces(sounding: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield begin and end of the pieces of an utterance: a short one first, so that it is heard soon.

    Args:
        sounding: (T,), which rows are no silence; at least one.
    """
    rows = np.flatnonzero(sounding)
    begin, last = max(int(rows[0]) - _BEFORE_SOUND, 0), min(int(rows[-1]) + 1 + _AFTER_SOUND, len(sounding))
    length = float(FIRST_ROWS)
    while begin < last:
        end = begin + int(length)
        end = last if end + FIRST_ROWS / 2 > last else end
        yield begin, end
        begin, length = end, min(length * GROWTH, MOST_ROWS)


def condense(energy: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Return which rows of the features are computed, and how often each counts in the statistics.

    After the last sound the graph makes most of a second of silence, which `silence.fit` drops. Computing only its
    beginning and its end saves a fifth of the time of a short sentence. The normalizations span the utterance, so
    without the rest the voice is softer; so it is counted instead of computed (docs/VOICES.md, scripts/compare_native).

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
