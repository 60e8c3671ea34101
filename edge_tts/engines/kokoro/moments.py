"""What Kokoro's generator normalizes by, known before an utterance is computed.

Its adaptive normalizations use the mean and the variance of each channel over the utterance. For one voice these are
nearly the same in every utterance once two things are known: how many tokens it has, which choose the row of the
voice's style, and what share of it is silence. So they are measured once for a voice on a few utterances, and follow
by linear regression for all others (docs/measurements/kokoro.md has how far that is from measuring).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_tts.engines.kokoro.layers import Moments

    Coefficients = Mapping[str, NDArray[Any]]
    """Coefficients of each normalization by its name, float32 (3, 2, channels); see `fit`."""

_USUAL_TOKENS = 40
_LEAST_TOKENS, _MOST_TOKENS = 8, 200  # beyond these a voice has nearly the same style
_MOST_SILENCE = 0.75
_LEAST_VARIANCE = 1e-12


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured on one utterance.

    Attributes:
        tokens: number of its tokens, without the marks of start and end.
        silence: share of its rows that are silent, weighted by how often each counts, 0 to 1.
        moments: of the input of each normalization, by its name.
    """

    tokens: int
    silence: float
    moments: Mapping[str, Moments]


def fit(measured: Sequence[Measured]) -> dict[str, NDArray[np.float32]]:
    """Return the coefficients of each normalization, float32 (3, 2, channels), by linear regression.

    They say how a constant, the logarithm of the number of tokens and the share of silence (first axis) add up to the
    mean and to the logarithm of the deviation (second axis) of each channel.
    """
    inverse = np.linalg.pinv(np.stack([_features(one.tokens, one.silence) for one in measured]))
    return {
        name: np.tensordot(inverse, np.stack([_scales(one.moments[name]) for one in measured]), 1).astype(np.float32)
        for name in measured[0].moments
    }


def predict(coefficients: Coefficients, tokens: int, silence: float) -> dict[str, Moments]:
    """Return the moments of each normalization in an utterance.

    Args:
        coefficients: what `fit` has returned.
        tokens: see `Measured`.
        silence: see `Measured`.
    """
    features = _features(tokens, min(silence, _MOST_SILENCE))
    return {name: _moments(np.tensordot(features, found, 1)) for name, found in coefficients.items()}


def _features(tokens: int, silence: float) -> NDArray[np.float64]:
    within = min(max(tokens, _LEAST_TOKENS), _MOST_TOKENS)
    return np.array([1.0, np.log(within / _USUAL_TOKENS), silence])


def _scales(moments: Moments) -> NDArray[np.float64]:
    mean, mean_square = moments
    return np.stack([mean, 0.5 * np.log(np.maximum(mean_square - mean * mean, _LEAST_VARIANCE))])


def _moments(scales: NDArray[np.float64]) -> Moments:
    mean, logarithm = scales
    return np.stack([mean, mean * mean + np.exp(2 * logarithm)])
