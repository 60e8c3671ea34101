"""How other programs are measured: with a real process in their place, and figures that are known."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from scripts.evaluate.speed.peers.programs import Start
from scripts.evaluate.speed.peers.rounds import OURS, shown, summary
from scripts.evaluate.speed.peers.turns import cpu_seconds

ROOT = Path(__file__).parents[2]

WORK = "import sys, time\nfor line in sys.stdin.buffer:\n until = time.process_time() + 0.2\n" + (
    " held = b'x' * 50_000_000\n while time.process_time() < until: pass\n sys.stdout.buffer.write(b'ab' * 8000)\n"
    " sys.stdout.buffer.flush()\n"
)


@pytest.mark.parametrize("lasting", ["lasting", "passing"])
def test_a_command_is_measured_from_outside(lasting: str) -> None:
    command = [
        sys.executable,
        "-m",
        "scripts.evaluate.speed.peers.command_line_peer",
        "16000",
        lasting,
        sys.executable,
        "-c",
        WORK,
    ]
    orders = "".join(json.dumps({"text": text, "voice": ""}) + "\n" for text in ("one", "two"))
    begun = time.monotonic()
    done = subprocess.run([*map(str, command)], input=orders, capture_output=True, text=True, timeout=60, check=True)
    ready, *turns = (json.loads(line) for line in done.stdout.splitlines())
    assert begun < ready["ready_at"] < turns[0]["begun_at"] < turns[1]["begun_at"]
    assert len(turns) == 2
    for turn in turns:
        assert turn["audio_seconds"] == 0.5
        assert turn["first_at"] - turn["begun_at"] > 0.15
        assert turn["first_at"] <= turn["last_at"]
        assert 0.15 < turn["cpu_seconds"] < 2
        assert turn["own_bytes"] > 40_000_000


def test_a_command_that_ends_is_named(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scripts.evaluate.speed.peers.command_line_peer", "16000", "lasting", "false"]
    done = subprocess.run([*map(str, command)], input='{"text": "", "voice": ""}\n', capture_output=True, text=True)
    assert done.returncode != 0
    assert "false" in done.stderr


def _turn(program: str, number: int, cpu_seconds: float) -> dict[str, Any]:
    return {
        "program": program, "round": number, "characters": 5, "begun_at": 10.0, "first_at": 10.25, "last_at": 11.0,
        "cpu_seconds": cpu_seconds, "audio_seconds": 2.0, "own_bytes": number * 1000, "mapped_bytes": 7,
    }  # fmt: skip


def test_ratios_are_of_turns_of_the_same_round(tmp_path: Path) -> None:
    (tmp_path / "model").write_bytes(b"x" * 5000)
    rows = [Start(name, ("zh",), (), {}, (tmp_path,), "") for name in (OURS, "other")]
    turns = [_turn(OURS, 1, 1.0), _turn(OURS, 2, 2.0), _turn(OURS, 3, 4.0)]
    turns += [_turn("other", 1, 3.0), _turn("other", 2, 6.0), _turn("other", 3, 8.0)]
    cold = [{"program": "other", "first_seconds": seconds} for seconds in (3.0, 1.0, 2.0)]
    ours, other = summary(rows, turns, cold)
    assert (ours["cpu_ratio"], ours["cold_seconds"]) == (1, None)
    assert other == {
        "program": "other", "rtf": 0.5, "cpu_per_second": 3.0, "cpu_ratio": 3.0, "first_seconds": {5: 0.25},
        "cold_seconds": 2.0, "own_bytes": 3000, "mapped_bytes": 7, "disk_bytes": 5000,
    }  # fmt: skip
    line = shown([ours, other]).splitlines()[2]
    assert line.split()[:6] == ["other", "0.500", "█" * 12, "3.000", "3.00", "250"]


def test_the_time_of_threads_that_have_ended_counts() -> None:
    def work() -> None:
        until = time.thread_time() + 0.1
        while time.thread_time() < until:
            pass

    before = cpu_seconds([os.getpid()])
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert cpu_seconds([os.getpid()]) - before > 0.09
