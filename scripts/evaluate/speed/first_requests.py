"""How soon a Sambert voice is heard through a daemon, the first time and later: part of sambert.py.

Each case is a first request of its kind, then others of the same voice and emotion. All say different texts of like
length, none comes from the cache but those of the last case.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge_tts import Client, store
from edge_tts.config.loading import load as load_config
from edge_tts.daemon.starting import passing_daemon
from edge_tts.wire import Audio, Done

TEXTS = (
    "请在三号窗口取您的快递，谢谢。",
    "前面路口向左转，再走三百米。",
    "会议改到下午三点，地点不变。",
    "您的余额不足，请及时充值。",
    "下一站是人民广场，请准备下车。",
    "明天有小雨，出门请带雨伞。",
)
"""What a first request and later ones say."""
CASES = {
    "start": "after the daemon's start: a worker and graphs to load",
    "loaded": "after a start that loads the model beforehand",
    "voice": "of another voice of a loaded model: its graphs",
    "emotion": "with another emotion of a loaded voice: nothing",
    "again": "then the same text again, from the cache",
}
"""What a first request is the first of, and what it has to load."""


def measured(model: Path, runs: int) -> dict[str, tuple[float, float]]:
    """Return for each case the seconds to the first sound of a first request and of later ones, medians of runs.

    Args:
        model: folder of a converted model; the case of a second voice needs one that has two.
        runs: daemons that are started.
    """
    with tempfile.TemporaryDirectory() as home:
        os.environ["EDGE_TTS_HOME"] = home
        installed = store.install(load_config(), model).model
        voices = [voice.name for voice in installed.voices if "." not in voice.name]
        found = [dict(_run(voices, number)) for number in range(runs + 1)][1:]  # the first one prepares the graphs
    cases = [{case: statistics.median(run[case][side] for run in found) for case in found[0]} for side in (0, 1)]
    return {case: (cases[0][case], cases[1][case]) for case in found[0]}


def _run(voices: list[str], number: int) -> Iterator[tuple[str, tuple[float, float]]]:
    """Yield the cases, measured through daemons that have just started."""
    with _started("false") as client:
        yield "start", _heard(client, voices[0], "happy")
        yield "emotion", _heard(client, voices[0], "sad")
        for other in voices[1:2]:
            yield "voice", _heard(client, other, "happy")
        text, cached, again = f"{number + 2}号，{TEXTS[0]}", False, 0.0  # of no daemon before
        first, _ = _said(client, text, voices[0], "happy", cache=True)
        while not cached:  # what was said is written after its last reply
            again, cached = _said(client, text, voices[0], "happy", cache=True)
        yield "again", (first, again)
    with _started("true") as client:
        while any(row["state"] == "loading" or not row["pid"] for row in client.status()["models"]):
            time.sleep(0.05)
        yield "loaded", _heard(client, voices[0], "happy")


@contextmanager
def _started(preload: str) -> Iterator[Client]:
    with (
        passing_daemon(load_config(), {"EDGE_TTS_SPEECH_PRELOAD": preload}) as path,
        Client(path, timeout_seconds=120) as client,
    ):
        yield client


def _heard(client: Client, voice: str, style: str) -> tuple[float, float]:
    """Return the seconds to the first sound of a first request and, in the median, of later ones."""
    first, *later = (_said(client, text, voice, style)[0] for text in TEXTS)
    return first, statistics.median(later)


def _said(client: Client, text: str, voice: str, style: str, *, cache: bool = False) -> tuple[float, bool]:
    """Return the seconds from sending a request to its first audio, and whether that was from the cache."""
    began, first, cached = time.perf_counter(), 0.0, False
    for message in client.utter(text, voice=voice, style=style, output="return", cache=cache):
        if isinstance(message, Audio):
            first = first or time.perf_counter() - began
        elif isinstance(message, Done):
            cached = message.stats["cached"]
    return first, cached


def shown(found: dict[str, tuple[float, float]]) -> Iterator[str]:
    """Yield lines for people."""
    yield f"{'through a daemon, first sound, ms':52}{'first':>8}{'later':>8}{'sooner':>8}"
    for case, label in CASES.items():
        if case in found:
            first, later = found[case]
            yield f"{label:52}{first * 1e3:8.0f}{later * 1e3:8.0f}{1 - later / first:8.0%}"
