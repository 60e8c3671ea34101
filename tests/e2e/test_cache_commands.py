"""`edge-tts cache …` against a running daemon, and without one."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edge_tts.cli.phrases import parse
from edge_tts.wire import Done, Speak
from tests.support.running import Daemon

PHRASES = ["欢迎光临。", "请稍等。", "谢谢，再见。"]


@pytest.fixture
def phrases(tmp_path: Path) -> Path:
    path = tmp_path / "phrases.txt"
    path.write_text("# kiosk\n\n" + "\n".join(PHRASES) + "\n", encoding="utf-8")
    return path


def cached(daemon: Daemon, text: str, **options: Any) -> bool:
    with daemon.client() as client:
        *_, done = client.utter(text, output="return", **options)
    assert isinstance(done, Done)
    return bool(done.stats["cached"])


def rows(daemon: Daemon) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(daemon.run("cache", "list", "--json").stdout)
    return found


# lists of phrases


def test_columns_of_a_list_set_voice_style_and_speed() -> None:
    common = Speak(text="", voice="a", speed=1.5)
    found, problems = parse("你好\n\n# note\nHi\tb\t\t2\n喂\t\tsad\n".encode(), common)
    assert problems == []
    said = [
        (phrase.line, phrase.speak.text, phrase.speak.voice, phrase.speak.style, phrase.speak.speed) for phrase in found
    ]
    assert said == [(1, "你好", "a", "neutral", 1.5), (4, "Hi", "b", "neutral", 2.0), (5, "喂", "a", "sad", 1.5)]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"\xff\xfe", "UTF-8, byte 0"),
        (b"a\tb\tc\t1\te", "at most 4 columns"),
        (b"\tvoice", "text in the first column"),
        (b"a\t\t\tfast", "a number for the speed, got 'fast'"),
        (b"a\t\t\t9", "from 0.25 to 4"),
        (b"a\t\t\tnan", "speed must be a number"),
    ],
)
def test_a_broken_line_is_named_by_its_number_and_the_others_count(line: bytes, problem: str) -> None:
    found, problems = parse(b"one\r\n" + line + b"\r\ntwo\r\n", Speak(text=""))
    assert [phrase.speak.text for phrase in found] == ["one", "two"]
    assert len(problems) == 1
    assert problems[0].startswith("line 2: ")
    assert problem in problems[0]


# warming


def test_a_list_is_made_once_and_then_comes_from_the_cache(start: Callable[..., Daemon], phrases: Path) -> None:
    daemon = start()
    first = json.loads(daemon.run("cache", "warm", str(phrases), "--json").stdout)
    again = json.loads(daemon.run("cache", "warm", str(phrases), "--json").stdout)
    assert (first["phrases"], first["kept"], first["cached"], first["problems"]) == (3, 3, 0, [])
    assert (again["kept"], again["cached"]) == (0, 3)
    assert all(cached(daemon, text) for text in PHRASES)


def test_warming_starts_a_daemon_if_none_runs(start: Callable[..., Daemon], phrases: Path) -> None:
    daemon = start()
    daemon.terminate()
    result = daemon.run("cache", "warm", str(phrases))
    assert result.stdout.startswith("3 of 3 phrases are in the cache")
    with daemon.client() as client:
        os.kill(client.status()["pid"], signal.SIGTERM)


def test_other_formats_and_settings_are_made_too(start: Callable[..., Daemon], phrases: Path) -> None:
    daemon = start()
    daemon.run(
        "cache", "warm", str(phrases), "--format", "mp3", "--sample-rate", "16000", "--speed", "1.5", "--volume", "0.5"
    )
    assert cached(daemon, PHRASES[0], format="mp3", sample_rate=16000, speed=1.5, volume=0.5)
    assert not cached(daemon, PHRASES[0], format="mp3", sample_rate=16000, speed=1.5)
    (row,) = [row for row in rows(daemon) if row["text"] == PHRASES[1]]
    assert (row["format"], row["settings"]) == ("mp3", ["speed 1.5", "volume 0.5"])


def test_lines_that_cannot_be_made_are_named_and_the_rest_is_made(start: Callable[..., Daemon], tmp_path: Path) -> None:
    daemon = start()
    (tmp_path / "list").write_text("你好\n喂\tnobody\n……\n再见\t\t\tfast\n谢谢\n", encoding="utf-8")
    result = daemon.run("cache", "warm", str(tmp_path / "list"))
    assert result.returncode == 4
    assert [line.split(": ")[1].split(" ", 1)[1] for line in result.stderr.splitlines() if "line " in line] == [
        "line 4", "line 2", "line 3",
    ]  # fmt: skip
    assert "2 of 4 phrases" in result.stdout


def test_a_full_share_of_pinned_phrases_ends_it_and_says_so(start: Callable[..., Daemon], tmp_path: Path) -> None:
    daemon = start(EDGE_TTS_DISK_AUDIO_BYTES="200000")
    (tmp_path / "list").write_text("".join(f"这是第{number}句话。\n" for number in range(40)), encoding="utf-8")
    result = daemon.run("cache", "warm", str(tmp_path / "list"), "--pin", "--json")
    assert result.returncode == 5
    assert "pinned phrases leave" in result.stderr
    said = json.loads(result.stdout)
    assert (said["stopped"], said["kept"]) == (True, len(rows(daemon)))
    assert all(row["pinned"] for row in rows(daemon))


def test_an_interrupted_list_goes_on_where_it_stopped(start: Callable[..., Daemon], tmp_path: Path) -> None:
    daemon = start()
    (tmp_path / "list").write_text("".join(f"这是第{number}句话。\n" for number in range(300)), encoding="utf-8")
    outer, inner = pty.openpty()
    command = [sys.executable, "-m", "edge_tts", "cache", "warm", str(tmp_path / "list")]
    warming = subprocess.Popen(command, env=daemon.environ, stderr=inner, stdout=subprocess.PIPE, text=True)
    shown = b""
    while b"3 of 300" not in shown or b" left" not in shown:
        shown += os.read(outer, 4096)
    warming.send_signal(signal.SIGINT)
    output, _ = warming.communicate(timeout=30)
    os.close(outer)
    os.close(inner)
    assert warming.returncode == 130
    assert "goes on where this one stopped" in output
    there = len(rows(daemon))
    assert 3 <= there < 300
    result = json.loads(daemon.run("cache", "warm", str(tmp_path / "list"), "--json").stdout)
    assert result["done"] == 300
    assert result["cached"] >= there


# looking and changing


def test_phrases_are_listed_pinned_and_cleared(start: Callable[..., Daemon], phrases: Path) -> None:
    daemon = start()
    daemon.run("cache", "warm", str(phrases))
    listed = daemon.run("cache", "list").stdout
    assert all(text in listed for text in PHRASES)
    (row,) = [row for row in rows(daemon) if row["text"] == PHRASES[0]]
    assert daemon.run("cache", "pin", row["id"][:12]).returncode == 0
    assert [row["text"] for row in rows(daemon) if row["pinned"]] == PHRASES[:1]
    assert json.loads(daemon.run("cache", "clear", "--json").stdout) == {"removed": 2}
    assert [cached(daemon, text, cache=True) for text in PHRASES[:2]] == [True, False]
    assert daemon.run("cache", "unpin", row["id"]).returncode == 0
    assert not any(row["pinned"] for row in rows(daemon))


def test_figures_without_a_daemon_are_those_of_the_folder(start: Callable[..., Daemon], phrases: Path) -> None:
    daemon = start()
    daemon.run("cache", "warm", str(phrases), "--pin")
    running = json.loads(daemon.run("cache", "stats", "--json").stdout)
    daemon.terminate()
    alone = json.loads(daemon.run("cache", "stats", "--json").stdout)
    assert running | {"hits": None, "misses": None} == alone
    assert (alone["phrases"], alone["pinned"], alone["share_bytes"]) == (3, 3, 1_000_000_000)
    assert running["misses"] == 3
    assert "3, " in daemon.run("cache", "stats").stdout


@pytest.mark.parametrize("arguments", [("pin", "abc"), ("unpin", "0123456789ab"), ("warm", "/nowhere")])
def test_a_mistake_is_answered_with_one_line(daemon: Daemon, arguments: tuple[str, ...]) -> None:
    result = daemon.run("cache", *arguments)
    assert result.returncode == 4
    assert len(result.stderr.splitlines()) == 1


def test_say_can_do_without_the_cache(start: Callable[..., Daemon], phrases: Path) -> None:
    daemon = start()
    daemon.run("cache", "warm", str(phrases))
    said = [
        json.loads(daemon.run("say", "--no-play", "--json", *more, PHRASES[0]).stdout)["cached"]
        for more in ((), ("--no-cache",))
    ]
    assert said == [True, False]
