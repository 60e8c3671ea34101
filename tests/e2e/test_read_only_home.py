"""A home where nothing can be written, or something is in the way: the voice speaks, or one line says why not."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge_tts import Client, store
from edge_tts.config.loading import load as load_config
from edge_tts.errors import DaemonUnavailable
from tests.support.running import environment, run


@pytest.fixture
def environ(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a user who has a voice, and a runtime folder that can be written; a daemon is ended after."""
    place = tmp_path / "made"
    store.install(load_config(environment(place)), "tone")
    (tmp_path / "runtime").mkdir(mode=0o700)
    shutil.move(place / "state", tmp_path / "home" / "state" / "edge-tts")
    variables = {name: value for name, value in environment(place).items() if name != "EDGE_TTS_HOME"}
    variables |= {
        "HOME": str(tmp_path / "home"),
        "XDG_STATE_HOME": str(tmp_path / "home" / "state"),
        "XDG_CACHE_HOME": str(tmp_path / "home" / "cache"),
        "XDG_RUNTIME_DIR": str(tmp_path / "runtime"),
    }
    yield variables
    try:
        with Client(tmp_path / "runtime" / "edge-tts" / "edge-tts.sock") as client:
            os.kill(client.status()["pid"], signal.SIGKILL)
    except DaemonUnavailable:
        pass


def read_only(environ: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line with a home that cannot be written."""
    home = environ["HOME"]
    mount = f'mount --bind "{home}" "{home}" && mount -o remount,ro,bind "{home}" && exec "$@"'
    command = ["unshare", "-m", "sh", "-c", mount, "sh", sys.executable, "-m", "edge_tts", *arguments]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)


ISOLATED = subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode == 0
COMMANDS = (
    "status", "stop", "voices", "disk", "disk evict all", "models list", "models remove tone", "models prune",
    "models install tone", "models install baker --offline", "models verify", "models prepare", "cache list",
    "cache clear", "cache stats", "lexicon list", "lexicon add 你好 ni2hao3", "doctor",
)  # fmt: skip


@pytest.mark.skipif(not ISOLATED, reason="a folder can be made read-only for root by a mount of one's own only")
def test_a_home_that_cannot_be_written_speaks_without_log_and_cache(environ: dict[str, str], tmp_path: Path) -> None:
    said = read_only(environ, "say", "--no-play", "-o", str(tmp_path / "x.wav"), "你好")
    assert (said.returncode, said.stderr) == (0, "")
    assert (tmp_path / "x.wav").stat().st_size > 1000
    for command in COMMANDS:
        done = read_only(environ, *command.split())
        assert "Traceback" not in done.stdout + done.stderr, command
        assert done.returncode == 0 or command == "doctor" or len(done.stderr.splitlines()) == 1, done
    assert "cannot be written" in read_only(environ, "doctor").stdout


def file(place: Path) -> None:
    place.write_text("in the way")


def broken_link(place: Path) -> None:
    place.symlink_to(place.with_name("unplugged"))


@pytest.mark.parametrize("make", [file, broken_link])
@pytest.mark.parametrize("where", ["state", "cache", "runtime"])
def test_what_is_in_the_way_of_a_folder_is_said_in_one_line(
    environ: dict[str, str], tmp_path: Path, make: Callable[[Path], None], where: str
) -> None:
    place = (
        Path(environ["XDG_RUNTIME_DIR"] if where == "runtime" else environ[f"XDG_{where.upper()}_HOME"]) / "edge-tts"
    )
    place.parent.mkdir(parents=True, exist_ok=True)
    if where == "state":
        shutil.move(place, tmp_path / "aside")
    make(place)
    for command in ("say --no-play 你好", "disk", "models install tone", "lexicon add 你好 ni2hao3", "doctor"):
        done = run(environ, *command.split())
        assert "Traceback" not in done.stdout + done.stderr, (command, done.stderr)
        assert done.returncode == 0 or command == "doctor" or len(done.stderr.splitlines()) == 1, done
