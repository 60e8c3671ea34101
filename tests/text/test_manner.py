"""SSML's prosody, emphasis and voice: how a span of the text is to be said."""

from __future__ import annotations

import pytest

from edge_tts.engines.engine import EngineInfo, VoiceSettings
from edge_tts.errors import UnsupportedText
from edge_tts.text import analyze
from edge_tts.text.prosody.pauses import parts
from edge_tts.text.sentence import PLAIN, Manner

INFO = EngineInfo(24_000, ("one", "two"), ("neutral",), ("zh",), frozenset({"speed"}))


def said(text: str) -> str:
    """Return the parts that an engine gets, each with what differs from the default."""
    return " | ".join(
        "".join(word.text for word in part.words) + shown(part.words[0].manner)
        for sentence in analyze(f"<speak>{text}</speak>")
        for part in parts(sentence)
    )


def shown(manner: Manner) -> str:
    settings = {"x": manner.speed, "p": manner.pitch, "v": manner.volume}
    factors = [f"{name}{round(value, 2):g}" for name, value in settings.items() if value != 1]
    return f"({' '.join([*factors, *([manner.voice] if manner.voice else [])])})" if manner != PLAIN else ""


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ('你好<prosody rate="slow">世界</prosody>再见', "你好 | 世界(x0.8) | 再见"),
        ('<prosody rate="80%">你好</prosody>', "你好(x0.8)"),
        ('<prosody rate="+10%">你好</prosody>', "你好(x1.1)"),
        ('<prosody rate="-10%">你好</prosody>', "你好(x0.9)"),
        ('<prosody rate="999%">你好</prosody>', "你好(x4)"),
        ('<prosody rate="0%">你好</prosody>', "你好(x0.25)"),
        ('<prosody rate="default">你好</prosody>', "你好"),
        ('<prosody pitch="+2st">你好</prosody>', "你好(p1.12)"),
        ('<prosody pitch="high" volume="-6dB">你好</prosody>', "你好(p1.15 v0.5)"),
        ('<prosody volume="silent">你好</prosody>', "你好(v0)"),
        ('<prosody volume="+6dB">你好</prosody>', "你好(v2)"),
        ('<prosody rate="fast"><prosody rate="fast">你好</prosody>吗</prosody>', "你好(x1.56) | 吗(x1.25)"),
        ('<prosody rate="fast"><prosody volume="soft">你好</prosody></prosody>', "你好(x1.25 v0.5)"),
        ("我<emphasis>很</emphasis>好", "我 | 很(x0.92 v1.2) | 好"),
        ('我<emphasis level="none">很</emphasis>好', "我很好"),
        ('<emphasis level="strong">快跑</emphasis>', "快跑(x0.85 v1.4)"),
        ('<voice name="two">你好</voice>世界', "你好(two) | 世界"),
        ('<voice name="two"><prosody rate="slow">你好</prosody></voice>', "你好(x0.8 two)"),
        ('<voice name="two">你<voice name="one">好</voice></voice>', "你(two) | 好(one)"),
        ('<prosody rate="slow">你好<break time="1s"/>世界</prosody>', "你好(x0.8) | 世界(x0.8)"),
        ('<prosody rate="slow">第一句。第二句</prosody>。', "第一句(x0.8) | 第二句(x0.8)"),
        ('他在<prosody rate="slow">2026年</prosody>去', "他在 | 二零二六年(x0.8) | 去"),
    ],
)
def test_a_span_is_said_as_its_elements_ask(text: str, parts: str) -> None:
    assert said(text) == parts


def test_a_word_never_goes_across_the_edge_of_a_span() -> None:
    assert said("北京大<emphasis>学</emphasis>生") == "北京大 | 学(x0.92 v1.2) | 生"


def test_emphasis_has_a_break_on_both_sides_and_other_prosody_a_small_one() -> None:
    (sentence,) = analyze("<speak>我<emphasis>很</emphasis>好</speak>")
    assert [word.break_after for word in sentence.words] == [3, 3, 4]
    (sentence,) = analyze('<speak>我<prosody rate="slow">很</prosody>好</speak>')
    assert [word.break_after for word in sentence.words] == [2, 2, 4]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('<prosody rate="quick">', "expected rate to be slow, fast, 80% or .10%, got 'quick'"),
        ('<prosody rate="1e9%">', "expected rate"),
        ('<prosody rate="-1">', "expected rate"),
        ('<prosody pitch="200Hz">', "expected pitch to be low, high, .10% or -2st, got '200Hz'"),
        ('<prosody volume="nan">', "expected volume"),
        ('<prosody volume="+999dB">', "expected volume"),
        ('<emphasis level="huge">', "expected level to be one of strong, moderate, reduced, none, got 'huge'"),
    ],
)
def test_a_wrong_value_is_named_with_its_place(text: str, message: str) -> None:
    with pytest.raises(UnsupportedText, match=f"SSML, line 1, column 9: {message}"):
        analyze(f"<speak>你{text}好</speak>")


def test_settings_follow_a_span_within_their_limits() -> None:
    settings = VoiceSettings("one", speed=3.0)
    assert settings.following(PLAIN, INFO) == settings
    assert settings.following(Manner(speed=2.0, voice="two"), INFO) == VoiceSettings("two", speed=4.0)
    assert settings.following(Manner(voice="of another model"), INFO).voice == "one"
    assert settings.following(Manner(pitch=1.5), INFO).without_effect(INFO) == ["pitch"]


def test_an_ignored_energy_is_reported_and_an_ignored_seed_never() -> None:
    assert VoiceSettings("one", energy=1.5, seed=3).without_effect(INFO) == ["energy"]
