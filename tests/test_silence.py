"""The silence around a run of an engine."""

from __future__ import annotations

import numpy as np
import pytest

from edge_tts.engines.silence import fit

RATE = 1000
SPEECH = np.where(np.arange(100) % 2, 0.5, -0.5).astype(np.float32)


def run(before: int, after: int) -> np.ndarray:
    return np.concatenate([np.zeros(before, np.float32), SPEECH, np.zeros(after, np.float32)])


@pytest.mark.parametrize(
    ("before", "after", "lead", "tail", "expected"),
    [
        (380, 1000, 0.05, 0.15, (50, 150)),
        (380, 100, 0.05, 0.45, (50, 450)),
        (20, 100, 0.05, 0.1, (20, 100)),
        (0, 0, 0.05, 0.0, (0, 0)),
    ],
    ids=["both are cut", "a short pause is lengthened", "a short lead stays", "without any silence"],
)
def test_speech_has_the_silence_that_was_asked_for(
    before: int, after: int, lead: float, tail: float, expected: tuple[int, int]
) -> None:
    assert np.array_equal(fit(run(before, after), RATE, lead, tail), run(*expected))


def test_what_has_no_speech_stays_as_it_is() -> None:
    silence = np.full(300, 0.001, np.float32)
    assert fit(silence, RATE, 0.05, 0.15) is silence


def test_the_softest_consonant_is_kept() -> None:
    soft = np.full(100, 0.01, np.float32)
    samples = np.concatenate([np.zeros(100, np.float32), soft, SPEECH])
    assert len(fit(samples, RATE, 0.0, 0.0)) == 200
