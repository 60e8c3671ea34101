"""Whatever comes in: words with their places, or one of the documented errors; nothing else, and in linear time."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge_tts.errors import EdgeTTSError, RequestError
from edge_tts.text import Sentence, analyze
from edge_tts.text.markup import markup

ANYTHING = st.characters(exclude_categories=())
STRANGE = [
    *[
        "\ud800",
        "\udfff",
        "\u202e",
        "\u2066",
        "\u200b",
        "\u200d",
        "\ufe0f",
        "\U0001f3fd",
        "\U000e0067",
        "\u0301",
        "\u20e3",
    ],
    *[
        "\x00",
        "\x1b[2J",
        "\u0378",
        "\ue000",
        "\U0010ffff",
        "﷽",
        "ﷺ",
        "㋿",
        "㏇",
        "ǅ",
        "İ",
        "ß",
        "ﬃ",
        "½",
        "⅐",
        "𝟘",
        "〸",
        "፼",
    ],
    *[
        "<speak>",
        "</speak>",
        "<break time='1s'/>",
        "<sub alias='x'>",
        "&amp;",
        "&#x110000;",
        "<![CDATA[",
        "<!--",
        "-->",
    ],
    *[
        "[重庆|",
        "chong2]",
        "[pause ",
        "1s]",
        "[ipa:",
        "[",
        "]",
        "|",
        "👩🏽‍💻",
        "🇨",
        "🏴",
        "1️⃣",
        "²",
        "⁻",
        "①",
        "、",
        "，",
        "：",
        "第",
        "X",
    ],
]
texts = st.one_of(
    st.text(ANYTHING, max_size=60),
    st.lists(st.one_of(st.sampled_from(STRANGE), ANYTHING), max_size=30).map("".join),
    st.lists(st.sampled_from(STRANGE), max_size=30).map(lambda pieces: "<speak>" + "".join(pieces)),
)


def read(text: str, emoji: str = "name") -> list[Sentence] | EdgeTTSError:
    """Return the sentences, or the documented error."""
    try:
        return analyze(text, emoji="drop" if emoji == "drop" else "name")
    except RequestError as error:
        return error


@settings(max_examples=400, deadline=None)
@given(texts, st.sampled_from(["name", "drop"]))
@example("Ⅻ\u0301" * 3, "name")
def test_any_text_is_read_or_refused_with_a_documented_error(text: str, emoji: str) -> None:
    sentences = read(text, emoji)
    if isinstance(sentences, EdgeTTSError):
        assert str(sentences).isprintable()
        return
    assert json.dumps([sentence.as_json() for sentence in sentences], ensure_ascii=False).encode()
    for sentence in sentences:
        assert sentence.words
        assert sentence.text.encode()
        spans = [word.span for word in sentence.words]
        assert spans == sorted(spans)
        assert all(0 <= start < end <= len(text) for start, end in [*spans, *(piece.span for piece in sentence.unread)])


@settings(max_examples=100, deadline=None)
@given(st.text(ANYTHING, max_size=200))
def test_marks_are_found_or_not_in_any_text(text: str) -> None:
    marked = markup.parse(text)
    assert marked.spans is None or len(marked.spans) == len(marked.text)


@pytest.mark.parametrize("depth", [10, 1_000, 50_000])
def test_tags_inside_tags_are_read_or_refused(depth: int) -> None:
    text = "<speak>" + "<prosody rate='fast'>" * depth + "好" + "</prosody>" * depth + "</speak>"
    found = read(text)
    if isinstance(found, EdgeTTSError):
        assert depth > 10
        assert len(str(found)) < 300
    else:
        assert [sentence.text for sentence in found] == ["好"]


@pytest.mark.timeout(30)  # a quadratic step would need a minute
@pytest.mark.parametrize(
    "piece",
    [
        *[
            "7",
            "😀",
            "👩🏽‍💻",
            "🏽",
            "\u200d😀",
            "e\u0301",
            "\u0301",
            " ",
            "“",
            "（",
            "[",
            "[重庆|",
            "[pause ",
            "<b>",
            "ж",
            "1 ",
        ],
        *["\ud800", "①", "²", "⁻", "Α", "a_", "\u202e", "。", "，", "!", "..", "字", "\U0001f1e8", "\n", "a'"],
    ],
    ids=ascii,
)
def test_long_runs_take_linear_time(piece: str) -> None:
    text = "好" + piece * (15_000 // len(piece))
    assert analyze(text)
