"""Prosodic breaks against marks by hand: #1 prosodic word, #2 prosodic phrase, #3 intonation phrase, #4 the end."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from edge_tts.text import analyze
from edge_tts.text.prosody.prosody import size
from edge_tts.text.sentence import CLAUSE, PHRASE, SENTENCE, WORD

LINES = (Path(__file__).parents[1] / "data" / "breaks.txt").read_text("utf-8").splitlines()


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


FORCED = {
    "this morning I walked down to the market near the river and bought a basket of onions and some cheese ": "with",
    "今天早上我和弟弟一起去河边的市场买了一篮子洋葱和一些奶酪": "",
    "我在 Apple Store 买了 iPhone 然后去 Starbucks 喝了一杯 coffee ": "",
    "请拨打零一二三四五六七八九": "",
    "https://example.org/a/b/c": "",
}


@pytest.mark.parametrize("piece", FORCED)
def test_what_is_too_long_is_parted_at_a_phrase_and_goes_on(piece: str) -> None:
    *parted, last = analyze(piece * 12)
    assert parted
    for sentence in parted:
        assert sentence.words[-1].break_after < CLAUSE
        assert sentence.words[-1].break_after == max(word.break_after for word in sentence.words)
        assert sentence.words[-1].text not in ("a", "the", "of", "and", "to", "my", "的")
    assert last.words[-1].break_after == SENTENCE
    assert last.ends_text


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("turn off the lights and lock the door behind them", ["turn off the lights", "and lock the door behind them"]),
    ],
)  # fmt: skip
def test_an_english_phrase_begins_with_its_small_words(text: str, phrases: list[str]) -> None:
    (sentence,) = analyze(text)
    joined = "".join(word.text + (" | " if word.break_after == PHRASE else " ") for word in sentence.words)
    assert joined.strip().split(" | ") == phrases
