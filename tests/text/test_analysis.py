"""The front end as a whole: sentences, marks, spans, limits, and that no text breaks it."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_tts import text as front_end
from edge_tts.errors import UnsupportedText
from edge_tts.text import LONGEST_SENTENCE, Sentence, analysis, analyze, describe, version
from edge_tts.text import sentence as text_sentence
from edge_tts.text.pinyin import FINALS, INITIALS
from edge_tts.text.prosody import prosody

SNIPPETS = [
    *"你好一不儿子的了得行长银行二两年月日点。，！？；：、…—“”《》（）\n\t \u3000\u200b\u202e\ud800\x00\ufeff",
    *"0123456789.,:;/-+*=%‰℃°²³×÷$¥€@#&_~'\"()[]<>IVXLabcdefgkmhzABCGPT😀🎉👍ⅢⅣ①½αéñдあ한１Ａ",
    *["2026年", "8:30", "3.14", "-5", "www.", "km/h", "GPT-4", "第3", "30%", "e@b.cn", "13812345678", "Mr. "],
]
texts = st.one_of(st.text(), st.lists(st.sampled_from(SNIPPETS), max_size=40).map("".join))


def check(text: str, sentences: list[Sentence]) -> None:
    """Fail unless the sentences keep their contract."""
    assert sentences
    spans = [sentence.span for sentence in sentences]
    words = [word for sentence in sentences for word in sentence.words]
    for start, end in [*spans, *(word.span for word in words)]:
        assert 0 <= start < end <= len(text)
    for items in (spans, [word.span for word in words]):
        assert all(a[0] <= b[0] and a[1] <= b[1] for a, b in itertools.pairwise(items))
    for sentence in sentences:
        assert sentence.words
        assert sentence.words[-1].break_after >= text_sentence.WORD
        assert len(sentence.words) == 1 or sum(map(prosody.size, sentence.words)) <= LONGEST_SENTENCE
        assert all(sentence.span[0] <= word.span[0] for word in sentence.words)
        assert all(word.span[1] <= sentence.span[1] for word in sentence.words)
    for word in words:
        assert bool(word.phonemes) == (word.language == "en")
        assert bool(word.syllables) == (word.language == "zh")
        assert word.punctuation in ("", *",.!?:;…—、(")
        for syllable in word.syllables:
            assert syllable.initial in INITIALS
            assert syllable.final in FINALS
            assert {syllable.lexical_tone, syllable.surface_tone} <= {1, 2, 3, 4, 5}


@settings(max_examples=400, deadline=None)
@given(texts)
def test_any_text_gives_sentences_or_says_that_there_is_nothing_to_read(text: str) -> None:
    try:
        found = analyze(text)
    except UnsupportedText:
        return
    check(text, found)
    assert analyze(text) == found
    json.dumps(describe(text))


@pytest.mark.parametrize("text", ["", " ", "\n\t\u3000"])
def test_empty_text_is_refused_with_a_clear_message(text: str) -> None:
    with pytest.raises(UnsupportedText, match=r"^text is empty$"):
        analyze(text)


@pytest.mark.parametrize(
    "text", ["\U0001f0ff", "。。。", "+-*/", "%", "“”", "\u200b", "\ud800", "\x00", "あ한д", "—", "℃"]
)
def test_text_without_anything_to_read_is_refused_with_the_text_in_the_message(text: str) -> None:
    with pytest.raises(UnsupportedText, match=r"^nothing in the text can be read aloud: "):
        analyze(text)


def test_the_message_about_unreadable_text_quotes_only_its_beginning() -> None:
    with pytest.raises(UnsupportedText) as raised:
        analyze("あ" * 100_000)
    assert len(str(raised.value)) < 100
    assert str(raised.value).isprintable()


PIECES = [
    "1",
    "好",
    "a",
    "A",
    "1.",
    "1,",
    "1-",
    "1:",
    "1/",
    "a.",
    "a@",
    "a1",
    "好-",
    "好.",
    "儿",
    "一",
    "不",
    "的，",
    "'a",
]


@pytest.mark.timeout(60)  # a quadratic step would need minutes
@pytest.mark.parametrize("piece", PIECES)
def test_long_monotonous_text_is_read(piece: str) -> None:
    text = "好" + piece * (10_000 // len(piece))
    check(text, analyze(text))


def test_a_hundred_thousand_digits_are_read_in_sentences_of_bounded_length() -> None:
    sentences = analyze("7" * 100_000)
    sizes = [sum(prosody.size(word) for word in sentence.words) for sentence in sentences]
    assert sum(sizes) == 100_000
    assert max(sizes) <= LONGEST_SENTENCE


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("你好。再见！真的吗？是的…好", 5),
        ("第一行\n第二行", 2),
        ("有苹果；有梨", 2),
        ("价格是3.14元。", 1),
        ("Hello there. How are you?", 2),
        ("Mr. Smith is here.", 1),
        ("他说：“你好。”然后走了。", 2),
        ("访问 www.baidu.com 吧", 1),
        ("真的吗？！", 1),
        ("等等……好的", 2),
    ],
)
def test_text_is_cut_into_sentences_at_closing_marks(text: str, count: int) -> None:
    assert len(analyze(text)) == count


def test_a_long_sentence_is_cut_at_a_comma_before_it_is_too_long() -> None:
    sentences = analyze("今天天气很好，" * 40 + "走吧。")
    assert len(sentences) == 3
    assert all(sentence.words[-1].punctuation in (",", ".") for sentence in sentences)
    assert all(sum(map(prosody.size, s.words)) <= LONGEST_SENTENCE for s in sentences)


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("你好，世界。", ",."),
        ("真的吗？！", "?"),
        ("一、二：三", "、:"),
        ("好……", "…"),
        ("他——走了", "—"),
        ("“你好”，他说", ","),
        ("Hello, world!", ",!"),
    ],
)
def test_marks_of_both_scripts_become_one_alphabet(text: str, marks: str) -> None:
    words = [word for sentence in analyze(text) for word in sentence.words]
    assert "".join(word.punctuation for word in words) == marks


def test_breaks_follow_marks_and_the_end_of_the_sentence() -> None:
    (sentence,) = analyze("今天天气好，我们走。")
    assert [word.break_after for word in sentence.words if word.punctuation] == [
        text_sentence.CLAUSE,
        text_sentence.SENTENCE,
    ]
    assert all(word.break_after <= text_sentence.PHRASE for word in sentence.words if not word.punctuation)


def test_spans_lead_back_to_what_was_written() -> None:
    text = "  “现在”是2026年，用iPhone。 "
    (sentence,) = analyze(text)
    assert "".join(text[slice(*word.span)] for word in sentence.words) == "现在是2026年用iPhone"
    assert text[slice(*sentence.span)] == "“现在”是2026年，用iPhone。"


def test_the_language_hint_decides_how_bare_numbers_are_read() -> None:
    assert analyze("42")[0].text == "四十二"
    assert analyze("42", language="en")[0].text == "forty two"


def test_describe_has_the_fields_of_the_command_line() -> None:
    described = describe("你好2次")
    assert described["text"] == "你好2次"
    assert described["normalized"] == "你好两次"
    word = described["sentences"][0]["words"][0]
    assert word["syllables"][0] | {"text": "你", "lexical": "ni3", "surface": "ni2"} == word["syllables"][0]
    assert {"text", "language", "syllables", "phonemes", "break", "span"} <= word.keys()


def test_the_version_names_rules_and_lexicon() -> None:
    rules, _, tables = version().partition("-")
    assert rules == front_end.VERSION
    assert len(tables) == 16


def test_a_long_text_is_read_as_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    tokens = analysis.tokens
    monkeypatch.setattr(analysis, "tokens", lambda text, *given: read.append(text.text) or tokens(text, *given))
    sentences = front_end.sentences_of("今天天气很好。我们去公园散步。" * 500)
    assert read == []
    assert next(sentences).text == "今天天气很好。"
    assert len(read) == 2, "the sentence, and the one after it"
    assert len(list(sentences)) == len(read) - 1 == 999
