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
from edge_tts.onnx_session import Derived, Session

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_tts.engines import Samples


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
        self._session = Session(front, prepared, threads)
        self._decoder = Decoder(self._session.arrays, self._pool)

    def run(self, inputs: Mapping[str, NDArray[Any]], cancel: CancelToken) -> Samples:
        """Return audio; see `Session.run`."""
        features, pitch, energy, source = self._session.run_all(inputs, cancel)
        columns = source.reshape(source.shape[-2:])
        return self._decoder.run(
            np.ascontiguousarray(features[0].T),
            pitch[0],
            energy[0],
            np.ascontiguousarray(columns.T),
            inputs["style"][0, :STYLE],
            cancel,
        )

    def close(self) -> None:
        """End the threads."""
        self._pool.close()
