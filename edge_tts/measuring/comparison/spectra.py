"""How far apart two recordings of the same sentence are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import soxr
from numpy.typing import NDArray

Floats = NDArray[np.float32]

WINDOW, HOP = 1024, 256
"""Samples."""
BANDS = 80
LOUD = 60.0
"""dB below the loudest value: what is softer is not heard, and not compared."""
_FLOOR = 1e-10


@dataclass(frozen=True, slots=True)
class Difference:
    """How far apart two recordings are.

    Attributes:
        first: mel-spectrogram of the first, dB, shape (n, BANDS).
        second: the mel-spectrogram of the other, its frames laid beside those of the first, same shape.
        spectral: log-spectral distance of what is loud, dB (Gray & Markel 1976): per frame the root of the mean square
            over frequencies, then the mean.
        decibels: signal to noise ratio of the samples; None where the lengths differ, as they cannot be compared then.
        sample_rate: Hz, of both.
    """

    first: Floats
    second: Floats
    spectral: float
    decibels: float | None
    sample_rate: int


def difference(first: Floats, second: Floats, rates: tuple[int, int]) -> Difference:
    """Compare two recordings.

    Recordings of the same length are compared frame by frame, others along the path that fits best (dynamic time
    warping of the mel-spectrograms, Sakoe & Chiba 1978).

    Args:
        first: samples, shape (n,).
        second: samples of the other.
        rates: their sample rates, Hz; the higher one is resampled to the lower.
    """
    rate = min(rates)
    one, other = (soxr.resample(samples, old, rate) for samples, old in zip((first, second), rates, strict=True))
    spectra = [power(samples) for samples in (one, other)]
    mels = [to_mels(spectrum, rate) for spectrum in spectra]
    same = len(one) == len(other)
    rows, columns = (np.arange(len(mels[0])),) * 2 if same else path(*mels)
    keep = np.unique(rows, return_index=True)[1]  # one frame of the other for each of the first
    distances = [10 * np.log10(spectrum + _FLOOR) for spectrum in spectra]
    loud = distances[0][rows].max(axis=1) > distances[0].max() - LOUD
    squares = np.square(distances[0][rows][loud] - distances[1][columns][loud])
    return Difference(
        first=mels[0],
        second=mels[1][columns[keep]],
        spectral=float(np.sqrt(squares.mean(axis=1)).mean()) if loud.any() else 0.0,
        decibels=_decibels(one, other) if same else None,
        sample_rate=rate,
    )


def power(samples: Floats) -> NDArray[np.float64]:
    """Return the power in each window and frequency, shape (frames, WINDOW // 2 + 1); 1.0 is a full-scale sine."""
    padded = np.pad(samples, WINDOW // 2)
    padded = np.pad(padded, (0, max(WINDOW - len(padded), 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP] * np.hanning(WINDOW)
    return np.square(np.abs(np.fft.rfft(windows)) * (4 / WINDOW))


def to_mels(spectrum: NDArray[np.float64], rate: int) -> Floats:
    """Return a mel-spectrogram in dB, shape (frames, BANDS), from 0 Hz to half the sample rate."""
    edges = _hertz(np.linspace(0.0, mel(rate / 2), BANDS + 2))
    frequencies = np.linspace(0.0, rate / 2, spectrum.shape[1])
    rising = (frequencies - edges[:-2, np.newaxis]) / np.diff(edges)[:-1, np.newaxis]
    falling = (edges[2:, np.newaxis] - frequencies) / np.diff(edges)[1:, np.newaxis]
    weights = np.clip(np.minimum(rising, falling), 0.0, None)
    return np.asarray(10 * np.log10(spectrum @ weights.T + _FLOOR), np.float32)


def mel(hertz: float) -> float:
    """Return a frequency on the mel scale (O'Shaughnessy 1987)."""
    return 2595 * float(np.log10(1 + hertz / 700))


def _hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    return 700 * (10 ** (mels / 2595) - 1)


def path(first: Floats, second: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the frames of both, pair by pair, along the path on which they differ least; shapes (n, BANDS)."""
    floor = max(first.max(initial=-np.inf), second.max(initial=-np.inf)) - LOUD
    one, other = (np.maximum(mels, floor).astype(np.float64) for mels in (first, second))
    squares = (one**2).sum(1)[:, np.newaxis] + (other**2).sum(1) - 2 * one @ other.T
    cost = np.sqrt(np.maximum(squares, 0))
    total = np.full((len(one) + 1, len(other) + 1), np.inf)
    total[0, 0] = 0.0
    for row in range(len(one)):
        above = np.minimum(total[row, 1:], total[row, :-1])
        left = np.inf
        for column, (best, here) in enumerate(zip(above.tolist(), cost[row].tolist(), strict=True), start=1):
            left = here + min(best, left)
            total[row + 1, column] = left
    return _walk(total)


def _walk(total: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Go back from the end of the cheapest path to its beginning."""
    row, column = total.shape[0] - 1, total.shape[1] - 1
    pairs = []
    while row and column:
        pairs.append((row - 1, column - 1))
        steps = ((row - 1, column - 1), (row - 1, column), (row, column - 1))
        row, column = min(steps, key=lambda step: total[step])
    found = np.array(pairs[::-1], np.intp).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def _decibels(signal: Floats, other: Floats) -> float:
    noise = float(np.square(signal.astype(np.float64) - other).sum())
    return 10 * float(np.log10(np.square(signal, dtype=np.float64).sum() / noise)) if noise else float("inf")
