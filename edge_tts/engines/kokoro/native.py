"""Kokoro in two parts: ONNX Runtime computes prosody, native convolutions the rest, piece by piece."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_tts.cancel import CancelToken
from edge_tts.engines.kokoro.decoder import decode
from edge_tts.engines.kokoro.generator import Generator
from edge_tts.engines.kokoro.layers import Network, Run
from edge_tts.engines.kokoro.moments import Measured, predict
from edge_tts.engines.kokoro.prosody import Prosody
from edge_tts.engines.kokoro.source import Source
from edge_tts.engines.kokoro.weights import BUILT_BYTES, EDITION, FRONT_OUTPUTS, STYLE, extract
from edge_tts.graphs.onnx_file import OnnxFile
from edge_tts.graphs.parts import Derived
from edge_tts.graphs.prepared import Prepared
from edge_tts.graphs.session import Session
from edge_tts.machine import processors
from edge_tts.native.convolution import Pool

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_tts.engines.engine import Samples
    from edge_tts.engines.kokoro.layers import Moments
    from edge_tts.engines.kokoro.moments import Coefficients

FIRST_ROWS, GROWTH, MOST_ROWS = 24, 2.0, 160
"""Rows of 25 ms in the first piece, factor by which each piece is longer than the one before, rows in the longest."""
WHOLE_ROWS = 56
"""Most rows of an utterance that is computed in one piece, with its own moments."""

_BEFORE_SOUND = 8
"""Rows of silence that are spoken before the first sound."""
_AFTER_SOUND = 8
"""Rows of silence that are spoken after the last one."""


def derived(graph: Path) -> Derived:
    """Return what is built from an installed .onnx file: the graph of the prosody, and the weights of the rest."""
    return Derived(
        graph,
        EDITION,
        BUILT_BYTES,
        build=lambda: OnnxFile(graph).part(FRONT_OUTPUTS),
        arrays=lambda: extract(graph),
    )


class NativeGraph:
    """Does what a Session of the whole graph does, faster, in less memory and piece by piece.

    Args:
        prepared: what `derived` returned, prepared.
        weights: its arrays.
        threads: threads to compute with, 0 for one per core.

    Raises:
        EngineError: there is no native library for this machine, or the graph cannot be loaded.
    """

    def __init__(self, prepared: Prepared, weights: Mapping[str, NDArray[Any]], threads: int = 0) -> None:
        """Map the weights and start the threads."""
        self._pool = Pool(threads or processors())
        self._session = Session(prepared, threads, shrinks=True)
        self._network = Network(weights, self._pool)

    def run(self, inputs: Mapping[str, NDArray[Any]], cancel: CancelToken) -> Samples:
        """Return audio; see `Session.run`."""
        prosody = self._prosody(inputs, cancel)
        return self._generator(prosody, inputs, None, cancel).audio(0, len(prosody.features))

    def stream(
        self,
        inputs: Mapping[str, NDArray[Any]],
        pauses: Mapping[int, float],
        coefficients: Coefficients | None,
        cancel: CancelToken,
    ) -> Iterator[Samples]:
        """Yield audio, without most of the silence at both ends.

        Args:
            inputs: see `Session.run`.
            pauses: seconds of silence that there is to be, at least, at some of the tokens.
            coefficients: of the moments of the voice (moments.py); without them all comes in one piece.
            cancel: ends the computation from another thread.

        Raises:
            Interrupted: `cancel` was called.
        """
        prosody = self._prosody(inputs, cancel, pauses)
        if coefficients is None or len(prosody.features) <= WHOLE_ROWS or not prosody.sounding.any():
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

    def _prosody(
        self, inputs: Mapping[str, NDArray[Any]], cancel: CancelToken, pauses: Mapping[int, float] | None = None
    ) -> Prosody:
        features, pitch, energy, durations = self._session.run_all(inputs, cancel)
        made = Prosody(features[0].T, pitch[0], energy[0], np.ones(features.shape[2], np.float32))
        return made.paused(durations[0], pauses or {}).condensed()

    def _generator(
        self,
        prosody: Prosody,
        inputs: Mapping[str, NDArray[Any]],
        moments: Mapping[str, Moments] | None,
        cancel: CancelToken,
    ) -> Generator:
        run = Run(self._network, inputs["style"][0, :STYLE], prosody.counts, cancel)
        x = decode(run, prosody.features, prosody.pitch, prosody.energy)
        return Generator(run, x, Source(prosody.pitch, self._network.arrays, self._pool), moments)


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
