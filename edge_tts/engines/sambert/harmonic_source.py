"""The excitation of an NSF vocoder: sines at the harmonics of the pitch where speech is voiced, noise elsewhere.

Method: Wang, Takaki & Yamagishi 2019, "Neural source-filter-based waveform models". Phases are summed in float64 and
carried from one piece to the next, so that it does not matter how an utterance is cut.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

AMPLITUDE = 0.1
"""Amplitude of each harmonic, of full scale."""
NOISE = 0.003
"""Standard deviation of the noise in voiced speech."""
UNVOICED = AMPLITUDE / 3
"""Standard deviation of the noise in unvoiced speech."""


class HarmonicSource:
    """Makes the excitation of one utterance, piece by piece.

    Args:
        sample_rate: of the audio, Hz.
        hop: samples in a frame.
        harmonics: number of sines, the fundamental included.
        seed: of phases and noise; the same seed gives the same excitation, None another one each time.
        phases: of the harmonics at the start, radians, shape (harmonics,); by default drawn, but 0 for the fundamental.
    """

    def __init__(
        self, sample_rate: int, hop: int, harmonics: int, seed: int | None, phases: NDArray[np.floating] | None = None
    ) -> None:
        """Begin at the start of an utterance."""
        self._rate, self._hop = sample_rate, hop
        self._random = np.random.default_rng(seed)
        drawn = self._random.uniform(-np.pi, np.pi, harmonics)
        drawn[0] = 0.0
        self._phases = np.asarray(drawn if phases is None else phases, np.float64).reshape(harmonics, 1)
        self._numbers = np.arange(1, harmonics + 1)[:, np.newaxis]
        self._turns = 0.0

    def __call__(
        self, pitch: NDArray[np.floating], voiced: NDArray[np.bool_], noise: NDArray[np.floating] | None = None
    ) -> NDArray[np.float32]:
        """Return the excitation of the next frames.

        Args:
            pitch: Hz, shape (n,).
            voiced: shape (n,).
            noise: of deviation NOISE, shape (harmonics, n · hop); by default drawn.

        Returns:
            Shape (harmonics, n · hop).
        """
        turns = self._turns + np.cumsum(np.repeat(pitch.astype(np.float64) / self._rate, self._hop))
        if len(turns):
            self._turns = float(turns[-1])
        angles = 2 * np.pi * np.mod(turns * self._numbers, 1.0) + self._phases
        if noise is None:
            noise = NOISE * self._random.standard_normal((len(self._numbers), len(turns)))
        sounding = np.repeat(voiced, self._hop)
        return np.where(sounding, AMPLITUDE * np.sin(angles) + noise, UNVOICED / NOISE * noise).astype(np.float32)
