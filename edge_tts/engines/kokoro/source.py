"""The excitation of Kokoro's generator: spectra of harmonics of the pitch, in place of the graph's own nodes.

Method: Wang, Takaki & Yamagishi 2019, "Neural source-filter-based waveform models", as in StyleTTS 2 without its noise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_tts.native.convolution import Pool
from edge_tts.native.layer import Activation, pack

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 24_000
HOP = 5
"""Samples between two spectra."""
_FFT = 20
_PITCH_HOP = 300  # samples of one value of the pitch
_VOICED = 10.0  # Hz; a pitch below means that speech is unvoiced there
_AMPLITUDE = 0.1
_CONSTANT_PHASES = (
    *(3.1415923, -1.0628594e-06, 2.4903617, -2.1253965, 0.79346722, -2.1291599),
    *(0.17297465, 2.9267988, -1.3449425, 2.7359736, -1.5468425),
)
"""Phases that ONNX Runtime's transform gives a constant, which the excitation is in unvoiced speech: rounding errors,
but the audio depends on them."""


class Source:
    """The excitation of one utterance, made piece by piece.

    Args:
        pitch: float32 (n,), Hz, a value for each 300 samples.
        arrays: has "source.weights" (harmonics,) and "source.bias" (1,).
        pool: computes; the caller closes it.
    """

    def __init__(self, pitch: NDArray[np.float32], arrays: Mapping[str, NDArray[Any]], pool: Pool) -> None:
        """Add the phases up."""
        self._pitch, self._pool = pitch, pool
        self._weights, self._bias = arrays["source.weights"], arrays["source.bias"]
        self._turns = np.cumsum(pitch.astype(np.float64) / RATE) * _PITCH_HOP
        self._middles = np.arange(len(pitch)) * _PITCH_HOP + (_PITCH_HOP - 1) / 2
        self.rows = len(pitch) * _PITCH_HOP // HOP + 1

    def spectra(self, begin: int, end: int) -> NDArray[np.float32]:
        """Return rows of the spectra, shape (end - begin, 22): 11 magnitudes, then 11 phases.

        Args:
            begin: first row, of `rows`.
            end: one after the last.
        """
        samples = self._wave(begin * HOP - _FFT // 2, (end - 1) * HOP + _FFT // 2)
        frames = np.lib.stride_tricks.sliding_window_view(samples, _FFT)[::HOP]
        parts = np.empty((len(frames), _TRANSFORM.outputs), np.float32)
        self._pool.convolve(_TRANSFORM, frames, parts, Activation())
        real, imaginary = parts[:, : _FFT // 2 + 1], parts[:, _FFT // 2 + 1 :]
        imaginary[:, -1] = -0.0  # the highest is real; where it is negative, the graph mostly says -pi
        rows = np.concatenate([np.hypot(real, imaginary), np.arctan2(imaginary, real)], axis=1)
        rows[(frames == frames[:, :1]).all(axis=1), _FFT // 2 + 1 :] = _CONSTANT_PHASES
        return rows

    def _wave(self, begin: int, end: int) -> NDArray[np.float32]:
        """Return samples of the excitation; before the first and after the last they are reflected."""
        count = len(self._pitch) * _PITCH_HOP
        places = np.abs(np.arange(begin, end))
        places = np.where(places < count, places, 2 * (count - 1) - places)
        first, last = int(places.min()), int(places.max()) + 1
        at = np.arange(first, last)
        angles = (2 * np.pi * np.mod(np.interp(at, self._middles, self._turns), 1.0)).astype(np.float32)
        voiced = self._pitch[at // _PITCH_HOP] > _VOICED
        wave = np.tanh(np.where(voiced, self._harmonics(angles), 0) + self._bias)
        reflected: NDArray[np.float32] = wave.astype(np.float32, copy=False)[places - first]
        return reflected

    def _harmonics(self, angles: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the weighted sum of the sines, by sin kx = 2 cos x sin (k - 1)x - sin (k - 2)x."""
        before, sine = np.zeros_like(angles), np.sin(angles)
        double = 2 * np.cos(angles)
        total = self._weights[0] * sine
        for weight in self._weights[1:]:
            before, sine = sine, double * sine - before
            total += weight * sine
        scaled: NDArray[np.float32] = (_AMPLITUDE * total).astype(np.float32, copy=False)
        return scaled


def _basis() -> NDArray[np.float32]:
    """Return what multiplies a frame: cosines and negative sines of a transform with Hann's window."""
    at = np.arange(_FFT)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * at / _FFT)
    angles = 2 * np.pi * np.outer(at, np.arange(_FFT // 2 + 1)) / _FFT
    basis = np.concatenate([np.cos(angles), -np.sin(angles)], axis=1) * window[:, np.newaxis]
    return basis.astype(np.float32)


_TRANSFORM = pack(_basis().T[:, :, np.newaxis], None)
"""The transform as a convolution: its sums do not depend on the number of rows, as those of a matrix product do."""
