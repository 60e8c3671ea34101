"""What people see of long operations."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import subprocess
import sys
import termios

import pytest

from edge_tts.cli.terminal import Pace, width


def test_the_rate_is_that_of_the_last_seconds_and_gives_the_remaining_time() -> None:
    pace = Pace()
    assert pace.words(10.0, 0, 90_000_000) == ""
    assert pace.words(11.0, 2_000_000, 90_000_000) == "2.0 MB/s, 0:44 left"
    for second in range(12, 20):
        shown = pace.words(float(second), (second - 11) * 10_000_000, 90_000_000)
    assert shown == "10.0 MB/s, 0:01 left"


@pytest.mark.parametrize("done", [0, 5])
def test_no_remaining_time_is_shown_while_nothing_arrives(done: int) -> None:
    pace = Pace()
    pace.words(0.0, done, 100)
    assert pace.words(30.0, done, 100) == ""
    assert pace.words(31.0, 100, 100).endswith("0:00 left")


SHOWN = """
from edge_tts.cli.terminal import ProgressBar
bar = ProgressBar()
for done in (0, 3_000_000, 1_000_000, 6_000_000):
    bar.show("download", "列车" * 40, done, 10_000_000)
bar.show("install", "", 0, 20)
bar.show("download", "again", 2_000_000, 10_000_000)
bar.show("prepare", "for this machine", 0, 0)
for count in range(6):
    bar.steps("measure", "way", count, 6)
"""


def on_a_terminal(columns: int, **variables: str) -> str:
    """Return what is written to a terminal of that width."""
    ours, theirs = os.openpty()
    environ = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm", **variables}
    subprocess.run([sys.executable, "-c", SHOWN], stderr=theirs, env=environ, check=True, timeout=60)
    os.close(theirs)
    with open(ours, "rb", buffering=0) as terminal:
        return terminal.read(100_000).decode()


def test_a_bar_never_goes_back_and_steps_are_counted_as_steps() -> None:
    shown = on_a_terminal(100)
    shares = [int(share) for share in re.findall(r"download [^\r]* (\d+)%", shown)]
    assert shares == sorted(shares) == [0, 30, 30, 60, 60]
    assert re.findall(r"measure .*? (\d of \d) ", shown) == [f"{step} of 6" for step in range(1, 7)]
    assert " B of 6 B" not in shown
    assert "prepare   for this machine…" in shown


@pytest.mark.parametrize("columns", [10, 20, 41, 80])
def test_a_line_fits_the_window_whatever_is_in_it(columns: int) -> None:
    for line in re.split(r"\r\033\[K|\n", on_a_terminal(columns)):
        assert width(line.rstrip("\r")) < columns


def test_a_dumb_terminal_gets_no_control_signs() -> None:
    assert "\033" not in on_a_terminal(80, TERM="dumb")


def test_a_pipe_gets_a_line_for_each_label() -> None:
    result = subprocess.run([sys.executable, "-c", SHOWN], capture_output=True, text=True, timeout=60)
    assert result.stderr == "download…\ninstall…\ndownload…\nprepare…\nmeasure…\n"


WIDTHS = """
import shutil, sys
from edge_tts.cli.arguments import Parser
width = Parser()._get_formatter()._width
print(width + 2, shutil.get_terminal_size().columns, file=sys.stderr)
"""


@pytest.mark.parametrize("told", ["60", "0", "-3", "wide", ""])
@pytest.mark.parametrize("window", [None, 0, 57])
def test_help_is_as_wide_as_the_terminal(told: str, window: int | None) -> None:
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, window or 0, 0, 0))
    stdout = subprocess.DEVNULL if window is None else theirs
    environ = {**os.environ, "COLUMNS": told}
    command = [sys.executable, "-c", WIDTHS]
    said = subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, env=environ, timeout=60, check=True).stderr
    os.close(ours)
    os.close(theirs)
    width, expected = said.split()
    assert width == expected == (b"60" if told == "60" else b"57" if window else b"80")
