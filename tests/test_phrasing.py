"""Where a sentence is parted that is too long for its engine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_tts.engines.phrasing import part
from edge_tts.text.sentence import Word


def word(text: str, break_after: int = 1) -> Word:
    return Word(text, "zh", (), "", break_after, "", (0, len(text)))


def length(one: Word) -> int:
    return len(one.text)


def parted(marked: str, most: int) -> str:
    """Part words written as `text3`, with the break after them; return them with bars between the parts."""
    words = [word(item[:-1], int(item[-1])) for item in marked.split()]
    return " | ".join(" ".join(one.text for one in words) for words in part(words, length, most))


@pytest.mark.parametrize(
    ("words", "most", "parts"),
    [
        ("aa1 bb1 cc4", 6, "aa bb cc"),
        ("aa1 bb1 cc4", 5, "aa bb | cc"),
        ("aa1 bb1 cc1 dd4", 4, "aa bb | cc dd"),
        ("aa1 bb3 cc1 dd1 ee4", 8, "aa bb | cc dd ee"),
        ("aa1 bb2 cc2 dd1 ee4", 8, "aa bb cc | dd ee"),
        ("a4 bb1 cc1 dd1 ee4", 8, "a bb cc dd | ee"),
        ("aaaaaaa1 bb4", 3, "aaaaaaa | bb"),
        ("aa1 bbbbbbb1 cc4", 3, "aa | bbbbbbb | cc"),
        ("aa0 bb0 cc0 dd0", 4, "aa bb | cc dd"),
    ],
    ids=[
        "what fits stays whole",
        "at the last word that fits, among equal breaks",
        "as full as it may be",
        "the stronger break wins over the fuller part",
        "the later of equally strong breaks wins",
        "a strong break too early makes no stump",
        "a word over the limit stands alone",
        "a word over the limit, in the middle",
        "without any break",
    ],
)
def test_a_sentence_is_parted_where_it_should_be(words: str, most: int, parts: str) -> None:
    assert parted(words, most) == parts


def test_no_words_make_no_parts() -> None:
    assert part([], length, 5) == []


words = st.lists(st.builds(word, st.text("x", max_size=12), st.integers(0, 4)), max_size=60)


@given(words, st.integers(1, 30))
def test_the_parts_together_are_the_whole(words: list[Word], most: int) -> None:
    parts = part(words, length, most)
    assert [one for piece in parts for one in piece] == words
    assert all(parts)


@given(words, st.integers(1, 30))
def test_no_part_is_over_the_limit_unless_it_is_a_single_word(words: list[Word], most: int) -> None:
    for piece in part(words, length, most):
        assert len(piece) == 1 or sum(map(length, piece)) <= most
