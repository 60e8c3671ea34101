"""The silence around a run of an engine."""

from __future__ import annotations

import numpy as np
import pytest

from edge_tts.engines.silence import DECAY, fit, fit_pieces, tail
from edge_tts.text import analyze

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


@pytest.mark.parametrize("tail", [0.02, 0.05, 0.5])
def test_a_decay_that_is_cut_or_ends_early_falls_to_zero(tail: float) -> None:
    decay = (0.0056 * np.exp(-np.arange(100) / 50)).astype(np.float32)
    made = fit(np.concatenate([SPEECH, decay]), RATE, 0.05, tail)
    assert len(made) == 100 + round(tail * RATE)
    assert made[-1] == 0
    assert np.abs(np.diff(made[100:])).max() < 0.001


@pytest.mark.parametrize(
    ("text", "silent"),
    [
        ("好。", 0.6),
        ("好", 0.6),
        ("好，", 0.6),
        ("好——", 0.6),
        ("看（好）", 0.6),
        ("看“好”", 0.6),
        ("好……", 0.6),
        ("ok", 0.6),
        ("好😀", 0.6),
    ],
)
def test_a_text_ends_in_the_silence_of_a_full_stop_whatever_its_mark(text: str, silent: float) -> None:
    (sentence,) = analyze(text)
    assert tail(sentence, sentence.words, 0.15, 1.0) == silent
    assert tail(sentence, sentence.words, 0.15, 2.0) == silent / 2


@pytest.mark.parametrize(
    ("text", "silent"), [("好。走", 0.45), ("好……走", 0.35), ("看（好）。走", 0.45), ("好\n走", 0.45)]
)
def test_the_next_run_brings_its_own_part_of_the_silence(text: str, silent: float) -> None:
    sentence, _ = analyze(text)
    assert tail(sentence, sentence.words, 0.15, 1.0) == pytest.approx(silent)


def test_where_a_sentence_is_parted_without_a_mark_only_the_sound_ends() -> None:
    first, *others = analyze("letters and words " * 50)
    assert others
    assert tail(first, first.words, 0.15, 1.0) == DECAY
    assert tail(first, first.words[:3], 0.15, 1.0) == DECAY
