"""How long the silence is after each mark, whichever engine speaks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_tts.cancel import CancelToken
from edge_tts.config.loading import load as load_config
from edge_tts.engines.engine import VoiceSettings
from edge_tts.engines.model import ModelFiles, Voice
from edge_tts.engines.tone import Tone
from edge_tts.engines.tuning import Way
from edge_tts.text import analyze
from edge_tts.text.prosody.pauses import AFTER_MARK, after

RATE = 24_000

MARKS = """
苹果、香蕉      | 0.2
你好，世界      | 0.3
他说：你好      | 0.35
天黑了；风停了  | 0.45
这件事——很难    | 0.35
我想……算了      | 0.5
走吧。我来了    | 0.6
真好！我来了    | 0.6
是吗？我来了    | 0.6
北京（首都）    | 0.15
他（小李）来了  | 0.15
他[小李]来了    | 0.15
他（小李），来了 | 0.15
所谓“智能”是    | 0
《红楼梦》好看  | 0
Python（3.10）好 | 0.15
"""
ROWS = [[cell.strip() for cell in line.split("|")] for line in MARKS.strip().splitlines()]


def first_pause(text: str) -> float:
    """Return the silence after the first word that has any."""
    words = [word for sentence in analyze(text) for word in sentence.words]
    return next((after(word) for word in words[:-1] if after(word)), 0.0)


@pytest.mark.parametrize(("text", "seconds"), ROWS)
def test_each_mark_has_its_silence(text: str, seconds: str) -> None:
    assert first_pause(text) == float(seconds)


def test_a_stronger_mark_is_never_shorter() -> None:
    order = [AFTER_MARK[mark] for mark in "(、,:;…."]
    assert order == sorted(order)


def test_the_bracket_of_a_formula_or_a_plural_is_no_pause() -> None:
    assert after(analyze("f(x)")[0].words[0]) == 0.0


def test_brackets_are_not_in_the_normalized_text() -> None:
    assert [sentence.text for sentence in analyze("他（小李）来了、走了。")] == ["他小李来了、走了。"]


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("第一段。\n第二段。", [True, False]),
        ("第一段\n\n第二段", [True, False]),
        ("第一段。  \n  第二段。第三句。", [True, False, False]),
        ("<speak><p>第一段</p><p>第二段</p></speak>", [True, True]),
        ("<speak><s>第一句</s><s>第二句？</s></speak>", [False, False]),
    ],
)
def test_a_new_line_ends_a_paragraph(text: str, ends: list[bool]) -> None:
    assert [sentence.ends_paragraph for sentence in analyze(text)] == ends


@pytest.mark.parametrize("speed", [1.0, 2.0])
def test_an_engine_without_silence_of_its_own_is_silent_for_that_long(speed: float) -> None:
    (sentence,) = analyze("天、天，天")
    model = ModelFiles("tone", "tone", "0", RATE, (Voice("beep", "zh"),), "surface", {}, Path("x"), Path("y"))
    tone = Tone(model, {}, Way(), load_config())
    samples = np.concatenate(list(tone.synthesize(sentence, VoiceSettings("beep", speed), CancelToken())))
    sounding = np.flatnonzero(np.abs(samples) > 1e-3)
    gaps = np.diff(sounding)
    silences = [gap / RATE for gap in gaps if gap > 0.05 * RATE]
    assert silences == [pytest.approx(0.2 / speed, abs=0.03), pytest.approx(0.3 / speed, abs=0.03)]
