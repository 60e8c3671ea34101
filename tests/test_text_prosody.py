"""Prosodic breaks against marks by hand: #1 prosodic word, #2 prosodic phrase, #3 intonation phrase, #4 the end."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from edge_tts.text import analyze
from edge_tts.text.prosody import CLAUSE, PHRASE, SENTENCE, WORD, size

LINES = (Path(__file__).parent / "data" / "breaks.txt").read_text("utf-8").splitlines()


def by_hand(line: str) -> tuple[str, dict[int, int]]:
    """Return the text without marks, and the level at each number of characters where there is one."""
    levels, text, spoken = {}, "", 0
    for piece in re.findall(r"#\d|.", line):
        if piece.startswith("#"):
            levels[spoken] = int(piece[1])
        else:
            text += piece
            spoken += piece not in "，。？！"
    return text, levels


def by_rule(text: str) -> dict[int, int]:
    levels, spoken = {}, 0
    for word in analyze(text)[0].words:
        spoken += len(word.text)
        if word.break_after:
            levels[spoken] = word.break_after
    return levels


def f1(level: int) -> float:
    """Return the harmonic mean of precision and recall of breaks of a level or stronger, ends not counted."""
    right = found = marked = 0
    for line in LINES:
        text, levels = by_hand(line)
        wanted = {place for place, mark in levels.items() if level <= mark < SENTENCE}
        got = {place for place, mark in by_rule(text).items() if level <= mark < SENTENCE}
        right, found, marked = right + len(wanted & got), found + len(got), marked + len(wanted)
    return 2 * right / (found + marked)


@pytest.mark.parametrize(("level", "least"), [(WORD, 0.90), (PHRASE, 0.75), (CLAUSE, 0.99)])
def test_breaks_are_where_a_reader_puts_them(level: int, least: float) -> None:
    score = f1(level)
    print(f"breaks of level {level}: F1 {score:.3f}")
    assert score >= least


@pytest.mark.parametrize("line", LINES)
def test_no_prosodic_word_is_longer_than_five_syllables_nor_a_phrase_than_twelve(line: str) -> None:
    (sentence,) = analyze(by_hand(line)[0])
    for level, most in ((WORD, 5), (PHRASE, 12)):
        length = 0
        for word in sentence.words:
            length += size(word)
            assert length <= most
            length = 0 if word.break_after >= level else length


@pytest.mark.parametrize("text", ["一共是三千五百二十一万四千六百七十八元", "他的号码是13812345678"])
def test_no_phrase_ends_inside_a_number(text: str) -> None:
    numerals = "零幺一二三四五六七八九十百千万"
    words = analyze(text)[0].words
    for word, following in pairwise(words):
        assert word.break_after < PHRASE or word.text[-1] not in numerals or following.text[0] not in numerals
