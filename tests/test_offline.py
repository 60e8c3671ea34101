"""Nothing of ours, and nothing that we import, talks to the network or writes where nobody expects it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from edge_tts import offline
from tests.support import watched


def test_the_watcher_sees_sockets_and_files_of_children(tmp_path: Path) -> None:
    code = (
        "import os, socket, subprocess, sys\n"
        "code = sys.argv[1]\n"
        "if len(sys.argv) == 2: sys.exit(subprocess.run([sys.executable, '-c', code, code, '']).returncode)\n"
        "socket.socket(socket.AF_UNIX).close(); open('file', 'w').close(); os.mkdir('folder'); os.rename('file', 'f')\n"
        "for family in (socket.AF_INET, socket.AF_INET6):\n"
        "    try: socket.socket(family, socket.SOCK_DGRAM)\n"
        "    except PermissionError: continue\n"
        "    sys.exit('a socket was made')\n"
    )
    seen = watched.run([sys.executable, "-c", code, code], dict(os.environ), cwd=tmp_path)
    assert seen.result is not None
    assert seen.result.returncode == 0, seen.result.stderr
    assert len(seen.internet) == 2
    assert {path.name for path in seen.outside(Path(sys.prefix))} == {"file", "folder", "f"}
    assert seen.outside(tmp_path) == {}


def test_a_sound_library_writes_where_our_socket_is(tmp_path: Path) -> None:
    home, ours = tmp_path / "home", tmp_path / "ours"
    for folder in (home, ours / "run"):
        folder.mkdir(parents=True)
    environ = {
        "HOME": str(home),
        "EDGE_TTS_HOME": str(ours),
        "PATH": os.environ["PATH"],
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    code = "from edge_tts import errors\n" + (
        "from edge_tts.sound import portaudio\ntry: portaudio.load()\nexcept errors.SinkError: pass"
    )
    seen = watched.run([sys.executable, "-c", code], environ)
    assert seen.result is not None
    assert seen.result.returncode == 0, seen.result.stderr
    assert (seen.internet, seen.outside(ours, Path(f"/dev/shm/jack_db-{os.getuid()}"))) == ([], {})
    assert list(home.iterdir()) == []


def test_a_sound_server_of_the_user_is_still_found(tmp_path: Path) -> None:
    (tmp_path / ".config" / "pulse").mkdir(parents=True)
    for environ in ({"HOME": str(tmp_path)}, {"HOME": "/nobody", "XDG_RUNTIME_DIR": "/run/user/1"}):
        before = dict(environ)
        offline.tell_sound(environ, tmp_path)
        assert environ == before


@pytest.mark.parametrize("inherited", [None, "", "0", "false"])
@pytest.mark.parametrize(
    "module",
    ["edge_tts.graphs.session", "edge_tts.convert.quantization.quantize", "edge_tts.convert.quantization.fidelity"],
)
def test_onnx_runtime_is_imported_without_its_telemetry(tmp_path: Path, inherited: str | None, module: str) -> None:
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    if inherited is not None:
        environ["ORT_DISABLE_TELEMETRY"] = inherited
    code = f"import {module}, sys; assert 'onnxruntime' in sys.modules"
    seen = watched.run([sys.executable, "-c", code], environ)
    assert seen.result is not None
    assert seen.result.returncode == 0, seen.result.stderr
    assert (seen.internet, seen.outside()) == ([], {})
    assert list(tmp_path.iterdir()) == []
