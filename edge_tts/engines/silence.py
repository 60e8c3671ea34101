"""Fits the silence at both ends of a run of an engine to the pause that belongs there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from edge_tts.engines import Samples

_FRAME = 0.01  # seconds
_AUDIBLE = 10 ** (-45 / 20)
"""Root mean square of a frame, of full scale: the softest consonants are above it, a graph's noise below."""


def fit(samples: Samples, sample_rate: int, lead: float, tail: float) -> Samples:
    """Return the samples with this much silence at most before the speech, and this much after it.

    Args:
        samples: float32, shape (n,); what has no speech at all is returned as it is.
        sample_rate: Hz.
        lead: seconds before the first audible frame; never more than there is.
        tail: seconds after the last audible frame; zeros are added if there are fewer.
    """
    frame = int(_FRAME * sample_rate)
    whole = len(samples) // frame * frame
    power = np.square(samples[:whole]).reshape(-1, frame).mean(axis=1)
    audible = np.flatnonzero(power > _AUDIBLE**2)
    if not audible.size:
        return samples
    start = max(int(audible[0]) * frame - int(lead * sample_rate), 0)
    end = (int(audible[-1]) + 1) * frame + int(tail * sample_rate)
    return np.pad(samples[start:end], (0, max(end - len(samples), 0)))
