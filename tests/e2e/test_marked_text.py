"""Marks in a text, through a running daemon."""

from __future__ import annotations

import json

import numpy as np
import pytest

from edge_tts.errors import UnsupportedText
from edge_tts.wire import Done, Mark
from tests.support.running import Daemon


@pytest.mark.parametrize("text", ["你好[pause 2s]世界", '<speak>你好<break time="2s"/>世界</speak>'])
def test_a_pause_is_silence_of_its_length(daemon: Daemon, text: str) -> None:
    with daemon.client() as client:
        samples, rate = client.synthesize(text)
    sounding = np.flatnonzero(np.abs(samples) > 1e-3)
    longest = np.diff(sounding).max() / rate
    assert 2.0 < longest < 2.3


def test_marks_point_into_the_text_as_it_was_sent(daemon: Daemon) -> None:
    text = "[pause 1s]第一句。[pause 1s]第二句。"
    with daemon.client() as client:
        replies = list(client.utter(text, output="return"))
    marks = [text[reply.start : reply.end] for reply in replies if isinstance(reply, Mark)]
    assert [mark.rpartition("]")[2] for mark in marks] == ["第一句。", "第二句。"]
    assert isinstance(replies[-1], Done)
    assert replies[-1].stats["ignored"] == ["pause"]


def test_what_has_no_effect_is_named(daemon: Daemon) -> None:
    text = '<speak><voice name="another">你好</voice><prosody pitch="high" range="low">世界</prosody></speak>'
    with daemon.client() as client:
        *_, done = client.utter(text, output="return")
    assert isinstance(done, Done)
    assert sorted(done.stats["ignored"]) == ["pitch", "range", "voice"]


def test_a_slow_span_takes_longer_and_a_soft_one_is_softer(daemon: Daemon) -> None:
    with daemon.client() as client:
        usual, _ = client.synthesize("天天天天")
        slow, _ = client.synthesize('<speak>天天<prosody rate="50%">天天</prosody></speak>')
        soft, _ = client.synthesize('<speak>天天<prosody volume="50%">天天</prosody></speak>')
    assert 1.4 < len(slow) / len(usual) < 1.8  # the silence at the end is slower, too
    middle = int(np.flatnonzero(np.abs(soft) > 1e-3).mean())
    assert np.abs(soft[middle:]).max() == pytest.approx(0.5 * np.abs(soft[:middle]).max(), rel=0.05)


def test_emphasis_and_settings_of_the_request_go_together(daemon: Daemon) -> None:
    with daemon.client() as client:
        loud, _ = client.synthesize("<speak>天<emphasis level='strong'>天</emphasis></speak>", volume=0.5)
    assert np.abs(loud).max() == pytest.approx(1.4 * 0.5 * 0.3, rel=0.05)


def test_wrong_ssml_fails_with_its_place(daemon: Daemon) -> None:
    with daemon.client() as client:
        with pytest.raises(UnsupportedText, match="SSML, line 1, column 10: unclosed token"):
            client.synthesize("<speak>你好<b")
        assert len(client.synthesize("你好").samples)


def test_the_command_line_shows_what_is_read(daemon: Daemon) -> None:
    result = daemon.run("text", "--json", "[重庆|zhong4 qing4][pause 500ms]吧")
    words = json.loads(result.stdout)["sentences"][0]["words"]
    assert [word["pause_seconds"] for word in words] == [0.5, 0.0]
