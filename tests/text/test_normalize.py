"""What numbers, signs and other characters become: a table to read, and properties that hold for any text."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_tts.errors import UnsupportedText
from edge_tts.text import analyze
from edge_tts.text.normalization.abbreviations import dotless
from edge_tts.text.normalization.fold import fold
from edge_tts.text.normalization.lines import unmarked
from edge_tts.text.normalization.normalize import language_of, normalize
from edge_tts.text.normalization.split import sentences
from edge_tts.text.traced import Traced

TABLE = [
    line.split("\t")
    for line in (Path(__file__).parents[1] / "data/normalization.tsv").read_text("utf-8").splitlines()[1:]
]
PIECES = [
    *"0123456789",
    *".,:;/-+*=%‰℃°²³×÷$¥€£@#&_~^|()<>√≈→№§½ \n，。年月日时点个元米第两负到",
    *[
        "kg",
        "km/h",
        "GPT-",
        "v1.",
        "www.",
        "@qq.com",
        "https://",
        "Ⅲ",
        "①",
        "⁻",
        "IV",
        "B2B",
        "公元前",
        "比分",
        "电话",
        "x",
    ],
    *[
        "138",
        "2026",
        "1/2",
        "3:2",
        "10:30",
        "-5",
        "3.14",
        "1,000",
        "USD",
        "HK$",
        "pm",
        "No.",
        "後",
        "著",
        "M",
        "G",
        "the ",
    ],
]
texts = st.lists(st.sampled_from(PIECES), min_size=1, max_size=30).map("".join)


def normalized(text: str) -> list[Traced]:
    """Return the sentences with everything written out."""
    folded = dotless(unmarked(fold(text)))
    return [normalize(part.strip(), language_of(folded.text)) for part in sentences(folded)]


@pytest.mark.parametrize(("kind", "text", "spoken"), TABLE, ids=lambda value: value)
def test_it_is_written_as_it_is_read(kind: str, text: str, spoken: str) -> None:
    found = re.sub(" +", " ", " ".join(part.text.strip() for part in normalized(text)))
    assert re.sub(" (?=[.,])", "", found) == spoken


def test_the_table_covers_every_kind_with_hundreds_of_lines() -> None:
    assert len(TABLE) >= 1300
    assert len({text for _, text, _ in TABLE}) == len(TABLE)
    assert len({kind for kind, _, _ in TABLE}) >= 25


@settings(max_examples=500, deadline=None)
@given(texts)
def test_no_figure_vanishes_and_places_stay_in_order(text: str) -> None:
    covered: set[int] = set()
    for part in normalized(text):
        assert len(part.text) == len(part.spans)
        assert not re.search("[0-9]", part.text)
        assert all(0 <= start < end <= len(text) for start, end in part.spans)
        assert all(a[0] <= b[0] and a[1] <= b[1] for a, b in itertools.pairwise(part.spans))
        for start, end in part.spans:
            covered.update(range(start, end))
    assert {place for place, char in enumerate(text) if char in "0123456789"} <= covered


@settings(max_examples=200, deadline=None)
@given(texts)
def test_every_figure_lies_in_the_span_of_a_word(text: str) -> None:
    figures = {place for place, char in enumerate(text) if char in "0123456789"}
    try:
        words = [word for sentence in analyze(text) for word in sentence.words]
    except UnsupportedText:
        assert not figures
        return
    assert figures <= {place for word in words for place in range(*word.span)}


@pytest.mark.timeout(30)  # a quadratic rule would need minutes
@pytest.mark.parametrize(
    "piece",
    [
        *[
            "7",
            "7.",
            "1,234,",
            "1-",
            "1:",
            "1/",
            "1~",
            "1 ",
            "1+",
            "x²",
            "a@",
            "a.",
            "a-1",
            "-",
            "~",
            "^",
            "@",
            "1%",
            "$1",
            "IV",
        ],
        *["2026-", "13812345678", "A1", "¥", "1°", "年1", "比分", "電", "著", "½", "https://a", "a_", "aA", "0x", "1G"],
    ],
)
def test_long_runs_of_anything_take_linear_time(piece: str) -> None:
    text = "好" + piece * (20_000 // len(piece))
    assert sum(len(part.text) for part in normalized(text)) > 0


def test_words_that_stand_for_a_number_know_its_place() -> None:
    text = "共￥1,234.56，约30%"
    (part,) = normalized(text)
    spoken = part.text.index("一千")
    assert text[slice(*part.spans[spoken])] == "￥1,234.56"
    assert text[slice(*part.spans[part.text.index("百分之")])] == "30%"


def test_figures_that_are_read_one_by_one_keep_their_own_places() -> None:
    (part,) = normalized("验证码4071")
    assert [part.spans[at] for at in range(3, 7)] == [(3, 4), (4, 5), (5, 6), (6, 7)]


TRADITIONAL = {
    "頭髮乾了以後再說": "头发干了以后再说",
    "這裡發生了什麼": "这里发生了什么",
    "他們說著話走進銀行": "他们说着话走进银行",
    "我們去臺灣喫麵": "我们去台湾吃面",
    "他答覆說這是藉口": "他答复说这是借口",
    "乾隆年間的乾淨衣裳": "乾隆年间的干净衣裳",
}


@pytest.mark.parametrize(("traditional", "simplified"), TRADITIONAL.items())
def test_a_traditional_sentence_reads_like_its_simplified_form(traditional: str, simplified: str) -> None:
    read = [
        [syllable.surface for sentence in analyze(text) for word in sentence.words for syllable in word.syllables]
        for text in (traditional, simplified)
    ]
    assert read[0] == read[1]
    assert fold(traditional).text == simplified


@pytest.mark.parametrize("text", ["乾坤", "鲁迅著", "徵羽", "慰藉", "喆和镕是人名"])
def test_simplified_text_is_left_alone(text: str) -> None:
    assert fold(text).text == text
