"""Marks in a text: pauses, readings, SSML, and what is none of these."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_tts.errors import UnsupportedText
from edge_tts.text import Sentence, analyze
from edge_tts.text import marked as text_marked
from edge_tts.text.markup import markup
from edge_tts.text.prosody.pauses import LONGEST_IN_SENTENCE, parts
from edge_tts.text.reading.user_lexicon import parse as parse_lexicon

READ = """
[重庆|zhong4 qing4]很大 | zhong4 qing4 hen3 da4
去[重庆|Zhong4qing4] | qu4 zhong4 qing4
她[行|hang2]不行 | ta1 hang2 bu4 xing2
[绿|lu:4]色 | lv4 se4
[玩儿|wanr2] | wanr2
用[Nginx|ipa:ˈɛks] | yong4 [ˈɛks]
<speak>去<phoneme alphabet="pinyin" ph="zhong4 qing4">重庆</phoneme></speak> | qu4 zhong4 qing4
<speak>用<phoneme ph="ˈɛks">Nginx</phoneme></speak> | yong4 [ˈɛks]
"""

SPOKEN = """
<speak>拨<say-as interpret-as="digits">120</say-as></speak> | 拨一二零
<speak>电话<say-as interpret-as="telephone">010-6512</say-as></speak> | 电话零幺零六五幺二
<speak>有<say-as interpret-as="cardinal">1,203</say-as>人</speak> | 有一千二百零三人
<speak>得<say-as interpret-as="ordinal">3</say-as>名</speak> | 得第三名
<speak>车牌<say-as interpret-as="characters">AB3</say-as></speak> | 车牌A B三
<speak>是<sub alias="世界卫生组织">WHO</sub></speak> | 是世界卫生组织
<speak>猫 &amp; 狗&#x3002;</speak> | 猫和狗。
<speak>The <say-as interpret-as="ordinal">22</say-as> room</speak> | The twenty second room
<speak><![CDATA[你好]]></speak> | 你好
<speak>你<emphasis>好</emphasis></speak> | 你好
<?xml version="1.0"?> <speak version="1.1" xml:lang="zh">你好</speak> | 你好
"""

TEXT = [
    "数组a[0]",
    "见[1]",
    "[重庆]",
    "[重庆|chong2]",
    "[重庆|zhong]",
    "[pause]好",
    "[pause 5x]好",
    "[pause 1.2.3s]好",
    "a<b",
]

WRONG = """
<speak>你<audio/></speak> | line 1, column 9: expected one of the elements speak, break,
<speak>好,\\n你好<b | line 2, column 3: unclosed token
<speak>你好</p></speak> | line 1, column 12: mismatched tag
<speak>&nbsp;</speak> | line 1, column 8: undefined entity
<!DOCTYPE speak [<!ENTITY a "b">]><speak>&a;</speak> | expected no document type and no entities
<speak><speak>好</speak></speak> | line 1, column 8: expected one element speak around everything
<speak><sub>好</sub></speak> | line 1, column 8: expected an attribute alias of sub
<speak><sub alias="x"><s>好</s></sub></speak> | line 1, column 23: expected only text in sub, got an element s
<speak>好<break time="soon"/></speak> | column 9: expected a time such as 500ms or 0.5s, got 'soon'
<speak>好<break strength="big"/></speak> | column 9: expected strength to be one of none, x-weak,
<speak><phoneme alphabet="pinyin" ph="hao3 ma5">好</phoneme></speak> | 好: expected 1 syllables, got 2
<speak><phoneme alphabet="pinyin" ph="hao3"></phoneme></speak> | expected the text of phoneme, got none
<speak><phoneme alphabet="pinyin" ph="er4">2</phoneme></speak> | expected a word of up to 20 Chinese characters
<speak><phoneme alphabet="x-sampa" ph="e">e</phoneme></speak> | expected alphabet to be pinyin or ipa, got 'x-sampa'
"""


def rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.rsplit(" | ", 1)] for line in table.strip().splitlines()]


def readings(sentences: list[Sentence]) -> str:
    return " ".join(
        " ".join(syllable.lexical for syllable in word.syllables) or f"[{word.phonemes}]"
        for sentence in sentences
        for word in sentence.words
    )


def pauses(text: str) -> list[tuple[str, float]]:
    return [
        (word.text, word.pause_seconds)
        for sentence in analyze(text)
        for word in sentence.words
        if word.pause_seconds
    ]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), rows(READ))
def test_a_marked_word_is_read_as_marked(text: str, expected: str) -> None:
    assert readings(analyze(text)) == expected


@pytest.mark.parametrize(("text", "expected"), rows(SPOKEN))
def test_ssml_is_read_as_it_means(text: str, expected: str) -> None:
    assert " ".join(sentence.text for sentence in analyze(text)) == expected


@pytest.mark.parametrize("text", TEXT)
def test_what_is_not_well_formed_stays_text(text: str) -> None:
    marked = markup.parse(text)
    assert (marked.text, marked.pauses, marked.readings, marked.ignored) == (text, [], [], [])


@pytest.mark.parametrize(("text", "message"), rows(WRONG))
def test_wrong_ssml_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(UnsupportedText) as refused:
        analyze(text.replace("\\n", "\n"))
    assert str(refused.value).startswith("SSML, line ")
    assert message in str(refused.value)


@pytest.mark.parametrize(("depth", "fits"), [(15, True), (16, False), (100_000 // 7, False)])
def test_elements_are_at_most_16_deep(depth: int, fits: bool) -> None:
    text = f"<speak>{'<p>' * depth}好{'</p>' * depth}</speak>"
    if fits:
        assert readings(analyze(text)) == "hao3"
    else:
        with pytest.raises(UnsupportedText, match="at most 16 deep"):
            analyze(text)


def test_ssml_that_is_too_long_is_refused() -> None:
    with pytest.raises(UnsupportedText, match="limit is 200000"):
        analyze("<speak>" + "好" * 200_000 + "</speak>")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("你好[pause 500ms]世界", [("你好", 0.5)]),
        ("你好。[pause 0.5s]世界", [("你好", 0.5)]),
        ("你[pause 1s]好", [("你", 1.0)]),
        ("你好[pause 1s][pause 2s]", [("你好", 3.0)]),
        ("你好[pause 99s]", [("你好", 10.0)]),
        ("你好[pause 0s]世界", []),
        ("2[pause 1s]3", [("二", 1.0)]),
        ('<speak>你好<break time="250ms"/>世界<break/></speak>', [("你好", 0.25), ("世界", 0.4)]),
        ('<speak><p>你好</p><break strength="strong"/><p>世界</p></speak>', [("你好", 0.7)]),
        ('<speak>你好<break strength="none"/>世界</speak>', []),
    ],
)
def test_silence_follows_the_word_before_it(text: str, expected: list[tuple[str, float]]) -> None:
    assert pauses(text) == expected


def test_silence_ends_a_clause_so_that_no_tone_changes_across_it() -> None:
    (sentence,) = analyze("雨[pause 1s]伞")
    assert [word.break_after for word in sentence.words] == [3, 4]
    assert [word.syllables[0].surface_tone for word in sentence.words] == [3, 3]


def test_a_sentence_has_parts_that_end_with_silence() -> None:
    (sentence,) = analyze("你好[pause 1s]世界[pause 1s]再见。")
    assert [[word.text for word in part.words] for part in parts(sentence)] == [["你好"], ["世界"], ["再见"]]
    (plain,) = analyze("你好世界")
    assert list(parts(plain)) == [plain]


def test_silence_in_a_sentence_is_limited() -> None:
    sentences = analyze("啊[pause 9s]" * 50)
    silences = [sum(word.pause_seconds for word in sentence.words) for sentence in sentences]
    assert sum(silences) == 50 * 9
    assert max(silences) < 2 * LONGEST_IN_SENTENCE


@pytest.mark.parametrize(
    ("text", "ignored"),
    [
        ("[pause 1s]你好", ["pause"]),
        ('<speak><prosody rate="slow" range="low" duration="2s">你好</prosody></speak>', ["range", "duration"]),
        ('<speak><voice gender="female">你好</voice></speak>', ["voice"]),
        ('<speak><say-as interpret-as="currency">5</say-as></speak>', ["say-as"]),
    ],
)
def test_what_has_no_effect_is_named(text: str, ignored: list[str]) -> None:
    assert markup.parse(text).ignored == ignored


def test_spans_point_into_the_marked_text() -> None:
    text = "先[pause 1s]去[重庆|zhong4 qing4]，<好>。"
    words = [word for sentence in analyze(text) for word in sentence.words]
    assert [text[slice(*word.span)] for word in words if word.text in ("先", "重庆")] == ["先", "重庆"]
    text = '<speak>一&lt;二<sub alias="三四">五</sub>\r\n六</speak>'
    marked = markup.parse(text)
    assert [text[slice(*span)] for span in marked.spans or ()] == [
        "一", "&lt;", "二", '<sub alias="三四">五', '<sub alias="三四">五', "\r\n", "六"
    ]  # fmt: skip


def test_a_reading_in_the_text_wins_over_the_users_words() -> None:
    lexicon = parse_lexicon("重庆\tchong2qing4\n在重庆\tzai5chong5qing5\nNginx\t[ipa:ˈæ]\n")
    text = "在[重庆|zhong4 qing4]用[Nginx|ipa:ˈɛ]，在重庆用nginx"
    assert readings(analyze(text, lexicon=lexicon)) == (
        "zai4 zhong4 qing4 yong4 [ˈɛ] zai5 chong5 qing5 yong4 [ˈæ]"
    )  # fmt: skip


PIECES = st.sampled_from(
    "[pause 500ms]~[pause 2s]~[重庆|chong2 qing4]~[重庆|x]~[Nginx|ipa:ˈɛ]~[~|~]~你好~a~1~。~<s>~</s>~<p>~</p>~<break/>~"
    '<sub alias="好">~</sub>~&amp;~&~<~\n~\r\n~\ud800~é~😀~<say-as interpret-as="digits">~</say-as>~'
    '<phoneme alphabet="pinyin" ph="hao3">~</phoneme>'.split("~")
)


@given(st.lists(PIECES | st.text(max_size=5), max_size=25), st.booleans())
def test_any_marks_are_read_or_refused_and_spans_are_valid(pieces: list[str], ssml: bool) -> None:
    text = f"<speak>{''.join(pieces)}</speak>" if ssml else "".join(pieces)
    try:
        sentences = analyze(text)
    except UnsupportedText:
        return
    words = [word for sentence in sentences for word in sentence.words]
    assert all(0 <= word.span[0] < word.span[1] <= len(text) for word in words)
    starts = [word.span[0] for word in words]
    assert starts == sorted(starts)
    assert all(0 <= word.pause_seconds <= text_marked.LONGEST_PAUSE for word in words)
    assert [word for sentence in sentences for part in parts(sentence) for word in part.words] == words


def test_the_documented_example_is_read() -> None:
    document = (Path(__file__).parents[2] / "docs" / "MARKUP.md").read_text(encoding="utf-8")
    example = document.split("```xml\n")[1].split("```")[0]
    assert pauses(example) == [("三", 0.5)]
