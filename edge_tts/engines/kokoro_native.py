"""Kokoro in two parts: ONNX Runtime computes prosody and harmonic source, native convolutions the rest."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_tts.engines import CancelToken
from edge_tts.engines.kokoro_decoder import Decoder
from edge_tts.engines.kokoro_weights import BUILT_BYTES, EDITION, FRONT_OUTPUTS, STYLE, extract
from edge_tts.engines.onnx_file import OnnxFile
from edge_tts.native.convolution import Pool
from edge_tts.onnx_session import Session
from edge_tts.prepared import Derived

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_tts.engines import Samples


_SILENCE = -8.0
"""Energy above which there is sound; silence has -9 to -10."""
_AFTER_SOUND, _BEFORE_END = 8, 4
"""Rows of silence, of 25 ms, that are computed."""
_COUNTED = 4
"""Rows of silence that count for those that are not."""


class NativeGraph:
    """Does what a Session of the whole graph does, faster and in less memory.

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
        self._decoder = Decoder(self._session.arrays, self._pool)

    def run(self, inputs: Mapping[str, NDArray[Any]], cancel: CancelToken) -> Samples:
        """Return audio; see `Session.run`."""
        features, pitch, energy, source = self._session.run_all(inputs, cancel)
        kept, counts = condense(energy[0])
        return self._decoder.run(
            features[0].T[kept],
            pitch[0].reshape(-1, 2)[kept].reshape(-1),
            energy[0].reshape(-1, 2)[kept].reshape(-1),
            _kept_source(source.reshape(source.shape[-2:]).T, kept),
            inputs["style"][0, :STYLE],
            counts,
            cancel,
        )

    def close(self) -> None:
        """End the threads."""
        self._pool.close()


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


def _kept_source(source: NDArray[np.float32], kept: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return the rows of the source that belong to kept rows of the features, and the last one."""
    per_row = len(source) // (kept[-1] + 1)
    whole = source[:-1].reshape(-1, per_row, source.shape[1])[kept]
    return np.concatenate([whole.reshape(-1, source.shape[1]), source[-1:]])
