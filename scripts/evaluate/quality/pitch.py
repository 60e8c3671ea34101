"""Fundamental frequency of speech by YIN, and tone contours made of it.

de Cheveigné and Kawahara, "YIN, a fundamental frequency estimator for speech and music", JASA 111 (2002): steps 1 to 5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LOWEST_HZ, HIGHEST_HZ = 60.0, 500.0
HOP_SECONDS = 0.005
_SHORTEST = 6
"""Voiced frames of the shortest contour that is taken."""
_WINDOW_SECONDS = 0.03
_PERIODIC = 0.15
"""Largest normalized difference of the first period that is taken; YIN's absolute threshold."""
_VOICED = 0.5
"""Largest normalized difference of a frame that counts as voiced."""


def track(samples: NDArray[np.float32], sample_rate: int) -> Floats:
    """Return the pitch of each frame in Hz, NaN where it is voiceless or silent.

    Args:
        samples: float32, shape (n,).
        sample_rate: Hz.

    Returns:
        Shape (frames,), one every HOP_SECONDS; frame i is centred at i * HOP_SECONDS.
    """
    longest = int(sample_rate / LOWEST_HZ)
    window = int(_WINDOW_SECONDS * sample_rate)
    hop = HOP_SECONDS * sample_rate
    half = (window + longest) // 2
    padded = np.pad(samples.astype(np.float64), half + 1)
    frames = int(len(samples) / hop)
    starts = (np.arange(frames) * hop).astype(int)
    pieces = padded[starts[:, None] + np.arange(window + longest)]
    difference = _normalized_difference(pieces, window, longest)
    quiet = np.sqrt(np.mean(pieces**2, axis=1)) < 0.01 * max(float(np.abs(samples).max(initial=0.0)), 1e-9)
    hertz = np.array([_pitch(row, sample_rate) for row in difference])
    hertz[quiet] = np.nan
    return hertz


def contour(hertz: Floats, begin: float, end: float, points: int) -> Floats | None:
    """Return the pitch between two times at evenly spread points of its voiced part, None where that is too short.

    Args:
        hertz: what `track` returned.
        begin: seconds.
        end: seconds.
        points: how many.

    Returns:
        Semitones over 1 Hz, shape (points,).
    """
    piece = hertz[round(begin / HOP_SECONDS) : round(end / HOP_SECONDS)]
    voiced = np.flatnonzero(np.isfinite(piece))
    if len(voiced) < _SHORTEST:
        return None
    semitones = 12 * np.log2(piece[voiced])
    kept = np.abs(semitones - np.median(semitones)) < 9  # the rest are octave errors
    at = np.linspace(voiced[kept][0], voiced[kept][-1], points + 2)[1:-1]
    found: Floats = np.interp(at, voiced[kept], semitones[kept])
    return found


def _normalized_difference(pieces: Floats, window: int, longest: int) -> Floats:
    """Return the cumulative mean normalized difference, shape (frames, longest); equations 6 and 8."""
    size = 1 << (2 * window + longest - 1).bit_length()
    spectrum = np.fft.rfft(pieces, size)
    head = np.fft.rfft(pieces[:, :window], size)
    products = np.fft.irfft(spectrum * np.conj(head), size)[:, :longest]
    energy = np.cumsum(np.pad(pieces**2, ((0, 0), (1, 0))), axis=1)
    lags = np.arange(longest)
    powers = energy[:, lags + window] - energy[:, lags]
    difference = np.maximum(powers[:, :1] + powers - 2 * products, 0.0)
    sums = np.cumsum(difference[:, 1:], axis=1)
    normalized = np.ones_like(difference)
    normalized[:, 1:] = difference[:, 1:] * lags[1:] / np.maximum(sums, 1e-12)
    return normalized


def _pitch(row: Floats, sample_rate: int) -> float:
    """Return the pitch in Hz for one frame's normalized difference, NaN where nothing is periodic."""
    shortest = int(sample_rate / HIGHEST_HZ)
    below = np.flatnonzero(row[shortest:-1] < _PERIODIC)
    lag = shortest + int(below[0] if below.size else np.argmin(row[shortest:-1]))
    while lag + 1 < len(row) - 1 and row[lag + 1] < row[lag]:
        lag += 1
    if row[lag] > _VOICED:
        return float("nan")
    before, at, after = row[lag - 1 : lag + 2]
    bend = before - 2 * at + after
    return float(sample_rate / (lag + (0.5 * (before - after) / bend if bend > 1e-9 else 0.0)))
