"""Where a sentence is parted that is too long for its engine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_tts.engines.phrasing import FIRST_CLAUSE, FIRST_MOST, GROWTH, grow, part, part_evenly
from edge_tts.text import analyze
from edge_tts.text.prosody.prosody import size
from edge_tts.text.sentence import PHRASE, Word


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
        ("ccc1 一百1 二十三1 dd4", 6, "ccc | 一百 二十三 | dd"),
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
        "a number stays whole where it can",
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


def grown(text: str) -> str:
    (sentence,) = analyze(text)
    return " | ".join("".join(one.text for one in piece) for piece in grow(sentence.words))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("列车即将到达终点站，请您带好随身物品，从左侧车门下车。", "列车即将到达终点站请您带好随身物品从左侧车门下车"),
        (
            "如果明天不下雨，我们就在学校的操场上举行一年一度的春季运动会。",
            "如果明天不下雨 | 我们就在学校的操场上举行 | 一年一度的春季运动会",
        ),
        (
            "妈妈，我把书包放在客厅的沙发旁边了，你能不能帮我拿到楼上的房间里来？",
            "妈妈我把书包放在客厅的沙发旁边了 | 你能不能帮我拿到楼上的房间里来",
        ),
        (
            "请您务必准时到，我的联系电话是13812345678，办公室的房间号是302。",
            "请您务必准时到 | 我的联系电话是幺三八幺二三四五六七八 | 办公室的房间号是三零二",
        ),
        (
            "他昨天晚上在电话里告诉我“别担心，事情总会过去的”，然后就急急忙忙地把电话挂断了。",
            "他昨天晚上在电话里 | 告诉我别担心事情总会过去的 | 然后就急急忙忙地把电话挂断了",
        ),
    ],
    ids=[
        "up to 24 syllables stay whole",
        "the first clause comes first, the others grow",
        "a clause of two syllables is too short",
        "a number stays whole",
        "a short quotation stays whole",
    ],
)
def test_the_first_part_is_short_and_the_others_grow(text: str, parts: str) -> None:
    assert grown(text) == parts


def test_a_long_clause_is_parted_at_a_phrase_before_the_limit() -> None:
    (sentence,) = analyze("科学家发现这种植物的根部能够在干旱的土壤中吸收更多的水分。")
    first, *_ = grow(sentence.words)
    assert first[-1].break_after == PHRASE
    assert FIRST_CLAUSE <= sum(map(size, first)) <= FIRST_MOST


def test_a_long_sentence_has_parts_that_grow() -> None:
    (sentence,) = analyze("今天很冷，" + "我们打算先去学校上课，再去图书馆看书，" * 4 + "然后回家。")
    sizes = [sum(map(size, piece)) for piece in grow(sentence.words)]
    assert sizes[0] == FIRST_CLAUSE
    assert FIRST_CLAUSE < sizes[1] <= FIRST_MOST < sizes[2] <= GROWTH * FIRST_MOST


def test_a_long_number_is_never_parted() -> None:
    (sentence,) = analyze("一共是" + "8" * 60)
    assert all(piece[0].text[0] not in "八" for piece in grow(sentence.words))


chinese = st.lists(
    st.sampled_from(["今天", "我们", "的", "在", "学校", "，", "一百", "二十", "GPU"]), min_size=1, max_size=60
)


@given(chinese)
def test_the_grown_parts_together_are_the_whole(pieces: list[str]) -> None:
    (sentence,) = analyze("好" + "".join(pieces))[:1]
    parts = grow(sentence.words)
    assert [one for piece in parts for one in piece] == list(sentence.words)
    assert all(sum(map(size, piece)) >= FIRST_CLAUSE for piece in parts) or len(parts) == 1


@given(words, st.integers(4, 30))
def test_even_parts_are_the_whole_and_within_the_limit(words: list[Word], most: int) -> None:
    parts = part_evenly(words, length, most)
    assert [one for piece in parts for one in piece] == words
    assert all(len(piece) == 1 or sum(map(length, piece)) <= most for piece in parts)


def test_a_sentence_little_over_the_limit_has_two_parts_of_like_length() -> None:
    made = part_evenly([word("aaaa", 3)] * 6, length, 20)
    assert [sum(map(length, piece)) for piece in made] == [12, 12]
