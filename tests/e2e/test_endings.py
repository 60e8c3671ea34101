"""How short and long texts of a real voice end, and that there is no gap inside."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.running import environment

pytestmark = [pytest.mark.voice, pytest.mark.timeout(600)]

LONG = (
    "this morning I walked down to the market near the river and bought a bag of apples and a loaf of bread and a "
    "basket of onions and some cheese for my mother who had asked me to bring something nice for dinner because my "
    "brother was coming home from the city where he works in a large office with many other people who all want to "
    "go home early on a Friday afternoon so that they can see their families and have a good rest before the next "
    "week begins again with its meetings and letters and telephone calls"
)


@pytest.mark.parametrize(
    ("voice", "texts"),
    [
        ("zm_yunjian", ["是", "十", "10", "热", "请看第三页（左边）", "看左边，", LONG]),
        ("zf_xiaoxiao", ["四", "10", "请看左边(B)", "左边)"]),
        ("zm_yunxi", ["是", "10", "请看左边——"]),
    ],
)
def test_speech_has_no_gap_inside_and_silence_after_it(voice_home: Path, voice: str, texts: list[str]) -> None:
    command = [sys.executable, "-m", "scripts.evaluate.quality.endings", "--voices", voice, "--texts", *texts]
    done = subprocess.run(command, env=environment(voice_home), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
