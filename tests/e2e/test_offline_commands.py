"""The commands under an empty home, watched by the kernel: no internet socket, no file outside of our folders."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.support import watched
from tests.support.homes import no_sound

COMMANDS = (
    ["models", "install", "tone"], ["models", "list"], ["models", "verify"], ["models", "prepare", "tone", "--tune"],
    ["voices"], ["say", "--no-play", "你好，世界。"], ["say", "-o", "{home}/out.wav", "你好"],
    ["say", "-o", "{home}/out.mp3", "你好"], ["say", "你好"], ["status"], ["stop"], ["disk"],
    ["disk", "plan", "kokoro"],
    ["lexicon", "add", "单于", "chan2yu2"], ["lexicon", "list"], ["text", "重庆银行行长有2个WiFi"], ["cache", "list"],
    ["cache", "stats"], ["bench", "--lengths", "5", "--clients", "0", "--rounds", "1", "--starts", "1"], ["doctor"],
    ["models", "export", "tone", "{home}/tone.tar"], ["models", "prune"],
    ["models", "compare", "tone", "tone", "--no-judge", "--report", "{home}/report.html"],
    ["models", "install", "kokoro", "--offline"], ["models", "remove", "tone"],
)  # fmt: skip

JACK = Path(f"/dev/shm/jack_db-{os.getuid()}")
"""What libjack, which Debian's PortAudio asks for sound cards too, keeps in memory; no switch for it is known to us."""

ALL = """
import json, sys
from edge_tts.cli import main
for arguments in json.loads(sys.argv[1]):
    try:
        main(arguments)
    except SystemExit:
        pass
"""


@pytest.mark.timeout(300)
def test_no_command_uses_the_network_or_writes_elsewhere(tmp_path: Path) -> None:
    folders = {name: tmp_path / name for name in ("ours", "home", "tmp", "run")}
    for folder in folders.values():
        folder.mkdir(mode=0o700)
    environ = {
        "PATH": os.environ["PATH"], "HOME": str(folders["home"]), "TMPDIR": str(folders["tmp"]),
        "XDG_RUNTIME_DIR": str(folders["run"]), "EDGE_TTS_HOME": str(folders["ours"]), "PYTHONDONTWRITEBYTECODE": "1",
        **no_sound(tmp_path),
    }  # fmt: skip
    commands = [[word.format(home=folders["ours"]) for word in command] for command in COMMANDS]
    seen = _watched([sys.executable, "-c", ALL, json.dumps(commands)], environ)
    assert seen.internet == []
    assert seen.outside(folders["ours"], folders["tmp"], JACK) == {}
    assert {name: sorted(folders[name].iterdir()) for name in ("home", "tmp", "run")} == {
        "home": [],
        "tmp": [],
        "run": [],
    }


@pytest.mark.voice
@pytest.mark.timeout(900)
def test_the_default_voice_is_silent_towards_the_network(tmp_path: Path, voice_home: Path) -> None:
    home, ours = tmp_path / "home", tmp_path / "ours"
    home.mkdir()
    shutil.copytree(voice_home / "state", ours / "state", symlinks=True)
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "EDGE_TTS_HOME": str(ours),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    seen = _watched(
        [sys.executable, "-m", "edge_tts", "say", "--no-play", "--no-cache", "你好，世界。"],
        environ | no_sound(tmp_path),
    )
    assert seen.result is not None
    assert seen.result.returncode == 0, seen.result.stderr
    assert (seen.internet, seen.outside(ours, JACK)) == ([], {})
    assert list(home.iterdir()) == []


def _watched(command: list[str], environ: dict[str, str]) -> watched.Watched:
    """Run a command that starts a daemon, and end that too."""
    end = (
        "import json, os, subprocess, sys\n"
        "status = subprocess.run(sys.argv[1:]).returncode\n"
        "from edge_tts import Client\n"
        "with Client() as client: os.kill(client.status()['pid'], 15)\n"
        "sys.exit(status)\n"
    )
    return watched.run([sys.executable, "-c", end, *command], environ, seconds=250)
