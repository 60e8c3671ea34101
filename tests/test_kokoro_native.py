"""Which silence Kokoro computes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_tts.engines.kokoro_native import condense

SOUND, SILENCE = -3.0, -9.4


def energy(*frames: tuple[int, float]) -> NDArray[np.float32]:
    return np.concatenate([np.full(2 * count, value, np.float32) for count, value in frames])


def test_the_middle_of_the_last_silence_counts_without_being_computed() -> None:
    kept, counts = condense(energy((13, SILENCE), (40, SOUND), (35, SILENCE)))
    assert kept.tolist() == [*range(53 + 8), *range(84, 88)]
    assert counts.sum() == pytest.approx(88)
    assert counts[:57].tolist() == [1] * 57


@pytest.mark.parametrize("last", [0, 5, 12])
def test_a_short_silence_is_computed_whole(last: int) -> None:
    kept, counts = condense(energy((13, SILENCE), (40, SOUND), (last, SILENCE)))
    assert kept.tolist() == list(range(53 + last))
    assert counts.tolist() == [1] * (53 + last)


def test_silence_between_words_is_computed() -> None:
    kept, _ = condense(energy((13, SILENCE), (20, SOUND), (60, SILENCE), (20, SOUND), (12, SILENCE)))
    assert len(kept) == 125


def test_what_is_silent_throughout_is_computed_whole() -> None:
    kept, _ = condense(energy((50, SILENCE)))
    assert len(kept) == 50
