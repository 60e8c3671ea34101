"""What is read in a benchmark, and one reading as a client of the daemon measures it."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from edge_tts.client.blocking import Client
from edge_tts.wire import Audio, Done, Started

READINGS = {
    "zh": "今天天气真好，我们一起去公园散步吧。请在听到提示音以后，按屏幕上的按钮，取走您的票据。"
    "下一班开往机场的列车，将在十四点零五分从三号站台发车。昨晚的雨下得很大，早上起来院子里落满了桂花。"
    "一点儿也不难，只要照着说明书一步一步来就行了。各位旅客请注意，前方到站是人民广场，要下车的乘客请提前做好准备。"
    "他说完这句话，转过身去，望着窗外的灯火，很久没有出声。会议改到下周三上午九点，请大家准时参加。",
    "en": "The train to the airport leaves from platform three in five minutes. Please take your ticket and your "
    "receipt after you hear the tone. It rained all night, and in the morning the yard was covered with leaves. "
    "He said nothing for a long time, and looked out at the lights of the city. The meeting has been moved to "
    "Wednesday, so please be there at nine. Nothing could be easier if you follow the manual step by step. ",
}
"""What is read, by language; a text of any length is cut from its repetition."""
_STEP = 7
"""By how many characters the text of the next round begins later; each begins within another sentence."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One reading.

    Attributes:
        first_seconds: how long it took from sending to the first audio.
        seconds: how long it took from sending to the last audio.
        audio_seconds: how long the audio is.
        whole: whether it was read to its end.
    """

    first_seconds: float
    seconds: float
    audio_seconds: float
    whole: bool = True

    @property
    def rtf(self) -> float:
        """Seconds for a second of audio."""
        return self.seconds / self.audio_seconds


def reading(language: str, characters: int, turn: int) -> str:
    """Return a text of so many characters; each turn has another one, so that nothing was said before."""
    whole = READINGS.get(language.partition("-")[0], READINGS["zh"])
    start = turn * _STEP % len(whole)
    return (whole * (characters // len(whole) + 2))[start : start + characters]


def read(client: Client, text: str, voice: str, *, whole: bool = True) -> tuple[Turn, dict[str, Any]]:
    """Have a text read; return the figures, and the statistics of `done`.

    Args:
        client: the connection to the daemon.
        text: what is read.
        voice: the voice's name, "" for the default voice.
        whole: whether it is read to its end; else it is stopped at its first audio.

    Raises:
        EdgeTTSError: it cannot be read.
    """
    began, first, count, rate, stats = time.perf_counter(), 0.0, 0, 1, dict[str, Any]()
    with closing(client.utter(text, voice=voice, output="return", format="pcm_s16le", cache=False)) as replies:
        for message in replies:
            if isinstance(message, Started):
                rate = message.sample_rate
            elif isinstance(message, Audio):
                first = first or time.perf_counter() - began
                count += len(message.data) // 2
                if not whole:
                    break
            elif isinstance(message, Done):
                stats = message.stats
    return Turn(first, time.perf_counter() - began, count / rate, bool(stats)), stats
