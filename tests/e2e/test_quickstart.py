"""The README's first command, as on a machine that has never seen this project."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile

from edge_tts.engines import tuning
from tests.support.homes import REPOSITORY
from tests.support.running import environment, run

pytestmark = [pytest.mark.registry, pytest.mark.voice, pytest.mark.timeout(900)]

TEXT = "现在是2026年，欢迎使用Edge TTS。"


@pytest.fixture(scope="module")
def clone(voice_home: Path) -> Iterator[Path]:
    """A copy of what git knows of this checkout, and no more, but for how fast the voice is on this machine."""
    folder = Path(tempfile.mkdtemp(prefix="clone-"))  # short: a socket will be in it
    (measured,) = voice_home.glob(f"state/prepared/kokoro/*/{tuning.FILE_NAME}")
    known = folder / "home" / measured.relative_to(voice_home)
    known.parent.mkdir(parents=True)
    shutil.copy(measured, known)
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(listed, cwd=REPOSITORY, capture_output=True, text=True).stdout.split("\0"):
        if name and (REPOSITORY / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, folder / name)
    yield folder
    status = run(environment(folder / "home"), "status", "--json")
    if status.returncode == 0:
        os.kill(json.loads(status.stdout)["pid"], signal.SIGTERM)
    shutil.rmtree(folder)


def quickstart(clone: Path, *arguments: str) -> str:
    result = subprocess.run(
        [clone / "scripts" / "quickstart", *arguments],
        env=environment(clone / "home"),
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_quickstart_speaks_and_is_understood(clone: Path) -> None:
    pytest.importorskip("faster_whisper", reason="needs the extra intelligibility")
    from edge_tts.measuring.comparison import hearing, recognizer_files

    summary = quickstart(clone, TEXT)
    for row in ("voice ", "audio ", "first audio ", "speed ", "disk ", "daemon "):
        assert f"\n{row}" in summary
    samples, sample_rate = soundfile.read(clone / "hello.wav", dtype="float32")
    heard = hearing.Recognizer(recognizer_files.install(REPOSITORY / ".cache")).hear(samples, sample_rate)
    assert hearing.score("现在是二零二六年欢迎使用", heard.lower().partition("e")[0]).toneless.edits <= 2, heard


def test_the_second_run_finds_everything_there(clone: Path) -> None:
    before = (clone / ".venv" / "made-from").stat().st_mtime_ns
    (clone / "hello.wav").unlink()
    summary = quickstart(clone)
    assert "kokoro is installed" not in summary
    assert (clone / ".venv" / "made-from").stat().st_mtime_ns == before
    assert soundfile.info(clone / "hello.wav").duration > 2
