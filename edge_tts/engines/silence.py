"""Fits the silence at both ends of a run of an engine to the pause that belongs there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from edge_tts.text.prosody.pauses import after_run

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_tts.engines.engine import Samples
    from edge_tts.text.sentence import Sentence, Word

_FRAME = 0.01  # seconds
_AUDIBLE = 10 ** (-45 / 20)
"""Root mean square of a frame, of full scale: the softest consonants are above it, a graph's noise below."""
DECAY = 0.02
"""Seconds after the last audible frame that are always kept: a sound that is cut there clicks."""


def tail(sentence: Sentence, words: Sequence[Word], lead: float, speed: float) -> float:
    """Return the seconds of silence that a run of an engine ends with.

    Args:
        sentence: what is said.
        words: of it, in this run.
        lead: seconds of silence that the next run begins with.
        speed: 1.0 as trained.
    """
    ends = sentence.ends_text and words[-1] is sentence.words[-1]
    return max(after_run(sentence, words) / speed - (0.0 if ends else lead), DECAY)


def fit_pieces(pieces: Iterable[Samples], sample_rate: int, lead: float, tail: float) -> Iterator[Samples]:
    """Yield the samples with this much silence at most before the speech, and this much after it.

    Where the speech ends it falls to zero. What is silent at the end of a piece is kept until the next one shows
    whether speech goes on. What has no speech at all comes as it is.

    Args:
        pieces: float32, shape (n,), one after the other.
        sample_rate: Hz.
        lead: seconds before the first audible frame; never more than there is.
        tail: seconds after the last audible frame; zeros are added if there are fewer.
    """
    frame = int(_FRAME * sample_rate)
    kept = np.empty(0, np.float32)
    begun = False
    for piece in pieces:
        kept = np.concatenate([kept, piece])
        audible = _audible(kept, frame)
        if not audible.size:
            continue
        start = 0 if begun else max(int(audible[0]) * frame - int(lead * sample_rate), 0)
        end = (int(audible[-1]) + 1) * frame
        begun = True
        yield kept[start:end]
        kept = kept[end:]
    if not begun:
        yield kept
        return
    rest = int(tail * sample_rate)
    yield np.pad(_faded(kept[:rest], frame), (0, max(rest - len(kept), 0)))


def fit(samples: Samples, sample_rate: int, lead: float, tail: float) -> Samples:
    """Return the samples with this much silence at most before the speech, and this much after; see `fit_pieces`."""
    return np.concatenate(list(fit_pieces([samples], sample_rate, lead, tail)))


def _faded(samples: Samples, count: int) -> Samples:
    """Return the samples with the last ones falling to zero."""
    faded: Samples = samples.copy()
    count = min(count, len(faded))
    faded[len(faded) - count :] *= np.linspace(1.0, 0.0, count, dtype=np.float32)
    return faded


def _audible(samples: Samples, frame: int) -> NDArray[np.intp]:
    """Return which whole frames are audible."""
    whole = len(samples) // frame * frame
    power = np.square(samples[:whole]).reshape(-1, frame).mean(axis=1)
    return np.flatnonzero(power > _AUDIBLE**2)
