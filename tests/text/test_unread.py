"""Emoji have names, or are dropped when asked; what cannot be read at all is in the result as such."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_tts.errors import UnsupportedText
from edge_tts.text import Unread, analyze, describe

EMOJI = {
    "今天真开心😀": "今天真开心，嘿嘿。",
    "你好😀世界": "你好，嘿嘿，世界。",
    "好👍👍👍": "好，拇指向上。",
    "好👍🏻 👍🏿": "好，拇指向上。",
    "👨‍👩‍👧出发": "家庭，出发。",
    "👩🏽‍💻在写代码": "女程序员，在写代码。",
    "我爱🇨🇳！": "我爱，中国国旗！",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿队": "英格兰，队。",
    "⚠️注意": "警告，注意。",
    "选1️⃣还是2️⃣": "选一还是二。",
    "太好了❗": "太好了！",
    "3➕2": "三加二。",
    "Great job 👍 everyone": "Great job, thumbs up, everyone",
    "α粒子": "阿尔法粒子。",
    "2πr²": "二派r平方。",
}
UNREAD = {
    "你好Привет世界": ["Привет"],
    "ありがとう。谢谢": ["ありがとう"],
    "谢谢。감사합니다": ["감사합니다"],
    "好\ud800的": ["\ufffd"],
    "这是\U000e0fff字": ["\U000e0fff"],
    "选A|B": ["|"],
    "《书》“名”（一）【二】——三…": [],
    "الف。好。日本のアニメ": ["الف", "のアニメ"],
}


@pytest.mark.parametrize(("text", "spoken"), EMOJI.items())
def test_a_picture_is_read_by_its_name(text: str, spoken: str) -> None:
    found = " ".join(sentence.text for sentence in analyze(text))
    assert found.rstrip("。") == spoken.rstrip("。")


def test_emoji_are_dropped_when_asked() -> None:
    (sentence,) = analyze("你好😀世界👨‍👩‍👧👍🏽。", emoji="drop")
    assert sentence.text == "你好世界。"
    with pytest.raises(UnsupportedText):
        analyze("👍", emoji="drop")


def test_a_picture_keeps_its_place_with_all_that_it_is_made_of() -> None:
    text = "看👩🏽‍💻！"
    (sentence,) = analyze(text)
    assert {text[slice(*word.span)] for word in sentence.words} == {"看", "👩🏽‍💻"}


@pytest.mark.parametrize(("text", "pieces"), UNREAD.items(), ids=ascii)
def test_what_cannot_be_read_is_named(text: str, pieces: list[str]) -> None:
    found = [piece for sentence in analyze(text) for piece in sentence.unread]
    assert [piece.text for piece in found] == pieces
    if "\ud800" not in text:
        assert [text[slice(*piece.span)] for piece in found] == pieces


def test_what_cannot_be_read_belongs_to_the_sentence_beside_it() -> None:
    first, last = analyze("Что?好。再见。한국")
    assert first.unread == (Unread("Что", (0, 3)),)
    assert last.unread == (Unread("한국", (9, 11)),)
    assert describe("好ж")["sentences"][0]["unread"] == [{"text": "ж", "span": [1, 2]}]


def test_what_cannot_be_read_has_its_place_in_the_marked_text() -> None:
    text = "[重庆|chong2 qing4]и火锅"
    (sentence,) = analyze(text)
    assert [text[slice(*piece.span)] for piece in sentence.unread] == ["и"]


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("一好2aжあ한😀👍\u200d\ufe0f🏽|&，。 \n\ud800\u0378")))
def test_every_letter_is_read_or_named(text: str) -> None:
    letters = {place for place, char in enumerate(text) if char in "一好2aжあ한😀👍|&\ud800\u0378"}
    try:
        sentences = analyze(text)
    except UnsupportedText:
        return
    covered = {place for sentence in sentences for word in sentence.words for place in range(*word.span)}
    named = {place for sentence in sentences for piece in sentence.unread for place in range(*piece.span)}
    assert letters <= covered | named
