"""The examples against a running daemon, as a reader of the documentation would start them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.support.running import Daemon

EXAMPLES = Path(__file__).parents[2] / "examples"
MOST_LINES = {"say.py": 30, "say_async.py": 33, "say.mjs": 31, "say_raw.py": 21}

TEXT = "今天天气真好，我们去公园。"
OTHER_TEXT = "再见。"

NAMES = [
    pytest.param(name, marks=pytest.mark.skipif(name.endswith("mjs") and not shutil.which("node"), reason="no node"))
    for name in MOST_LINES
]


def example(daemon: Daemon, name: str, *arguments: str, told: bool = True) -> subprocess.CompletedProcess[str]:
    """Run an example; `told` by EDGE_TTS_SOCKET where the daemon is, else it has to look where a user's daemon is."""
    environ = {key: value for key, value in daemon.environ.items() if key != "EDGE_TTS_HOME"}
    place = {"EDGE_TTS_SOCKET": str(daemon.socket)} if told else {"XDG_RUNTIME_DIR": str(daemon.home / "runtime")}
    runner = "node" if name.endswith(".mjs") else sys.executable
    return subprocess.run(
        [runner, str(EXAMPLES / name), *arguments],
        env={**environ, **place},
        capture_output=True,
        text=True,
        timeout=60,
    )


def sound_of(path: Path) -> tuple[np.ndarray, int]:
    samples, sample_rate = soundfile.read(path, dtype="float32")
    return samples, sample_rate


def assert_says(path: Path, text: str, daemon: Daemon) -> None:
    """Compare a file with what our own client gets; the tone engine is the same every time."""
    with daemon.client() as client:
        expected = client.synthesize(text)
    samples, sample_rate = sound_of(path)
    assert sample_rate == expected.sample_rate
    assert len(samples) == len(expected.samples)
    assert np.abs(samples).max() > 0.1
    np.testing.assert_allclose(samples, expected.samples, atol=2 / 32767)


def test_all_examples_are_run_here() -> None:
    assert {path.name for path in EXAMPLES.iterdir() if path.is_file()} == MOST_LINES.keys()


@pytest.mark.parametrize("name", MOST_LINES)
def test_an_example_is_short(name: str) -> None:
    assert len((EXAMPLES / name).read_text(encoding="utf-8").splitlines()) <= MOST_LINES[name]


@pytest.mark.parametrize("name", NAMES)
def test_an_example_writes_what_was_said(name: str, daemon: Daemon, tmp_path: Path) -> None:
    result = example(daemon, name, TEXT, str(tmp_path / "said.wav"))
    assert (result.returncode, result.stderr) == (0, "")
    assert_says(tmp_path / "said.wav", TEXT, daemon)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("arguments", [[], ["文"] * 4])
def test_an_example_says_what_it_wants(name: str, arguments: list[str], daemon: Daemon) -> None:
    if (name, len(arguments)) == ("say_async.py", 4):
        arguments = arguments[1:]
    result = example(daemon, name, *arguments)
    assert (result.returncode, result.stdout) == (1, "")
    assert f"{name} TEXT" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("name", [name for name in MOST_LINES if name.endswith(".py")])
def test_an_example_prints_any_name_of_a_file_in_any_locale(name: str, daemon: Daemon, tmp_path: Path) -> None:
    environ = {**daemon.environ, "EDGE_TTS_SOCKET": str(daemon.socket), "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, str(EXAMPLES / name), TEXT, str(tmp_path / "说了—.wav")]
    result = subprocess.run(command, env=environ, capture_output=True, timeout=60)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("name", NAMES)
def test_an_example_finds_the_daemon_of_its_user(name: str, daemon: Daemon, tmp_path: Path) -> None:
    usual = daemon.home / "runtime" / "edge-tts" / "edge-tts.sock"
    usual.parent.mkdir(parents=True, exist_ok=True)
    usual.unlink(missing_ok=True)
    usual.symlink_to(daemon.socket)
    result = example(daemon, name, OTHER_TEXT, str(tmp_path / "said.wav"), told=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert_says(tmp_path / "said.wav", OTHER_TEXT, daemon)


@pytest.mark.parametrize("name", NAMES)
def test_an_example_reports_what_the_daemon_refuses(name: str, daemon: Daemon, tmp_path: Path) -> None:
    result = example(daemon, name, " ", str(tmp_path / "said.wav"))
    assert result.returncode == 1
    assert "text is empty" in result.stderr


def test_the_asyncio_example_makes_two_texts_at_once(daemon: Daemon, tmp_path: Path) -> None:
    files = [str(tmp_path / "first.wav"), str(tmp_path / "second.wav")]
    result = example(daemon, "say_async.py", TEXT * 20, files[0], OTHER_TEXT, files[1])
    assert (result.returncode, result.stderr) == (0, "")
    assert_says(Path(files[0]), TEXT * 20, daemon)
    assert_says(Path(files[1]), OTHER_TEXT, daemon)
    order = [line.split(":")[0] for line in result.stdout.splitlines()]
    assert order.index(files[1]) < len(order) - 1, "the short text waited for the end of the long one"


def test_the_plain_example_plays_when_it_gets_no_file(daemon: Daemon) -> None:
    result = example(daemon, "say.py", TEXT)
    assert "spoke for" in result.stdout or "no sound device" in result.stderr


def test_the_raw_example_needs_nothing_of_ours() -> None:
    assert "import edge_tts" not in (text := (EXAMPLES / "say_raw.py").read_text(encoding="utf-8"))
    assert "from edge_tts" not in text
