"""The silence around a run of an engine."""

from __future__ import annotations

import numpy as np
import pytest

from edge_tts.engines.silence import fit, fit_pieces

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
    assert np.array_equal(fit(silence, RATE, 0.05, 0.15), silence)


def test_the_softest_consonant_is_kept() -> None:
    soft = np.full(100, 0.01, np.float32)
    samples = np.concatenate([np.zeros(100, np.float32), soft, SPEECH])
    assert len(fit(samples, RATE, 0.0, 0.0)) == 200


@pytest.mark.parametrize("size", [7, 10, 100, 333])
@pytest.mark.parametrize("after", [0, 40, 900])
def test_speech_in_pieces_has_the_same_silence(size: int, after: int) -> None:
    samples = np.concatenate([run(380, 300), run(0, after)])
    pieces = np.split(samples, range(size, len(samples), size))
    made = list(fit_pieces(pieces, RATE, 0.05, 0.15))
    assert np.array_equal(np.concatenate(made), fit(samples, RATE, 0.05, 0.15))


def test_silence_is_kept_until_speech_goes_on() -> None:
    pieces = iter(fit_pieces([run(20, 70), np.zeros(30, np.float32), SPEECH], RATE, 0.05, 0.15))
    assert [len(next(pieces)) for _ in range(3)] == [120, 200, 150]
