"""Devices that are missing, come, go and hang: each in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.support.sound_server import environment, require, running

pytestmark = pytest.mark.sound

PRELUDE = """
import queue, os, signal, sys
from edge_tts.config.loading import Sound
from edge_tts.sound.loudspeaker import Began, Broken, Finished, Loudspeaker, probe
from edge_tts.errors import SinkError

events = queue.SimpleQueue()
speaker = Loudspeaker(Sound(), events.put, hang_seconds=1.0)
second = bytes(4 * 24000)

def play(id):
    speaker.begin(id, 24000); speaker.write(id, second); speaker.end(id)

def expect(kind, id):
    while True:
        event = events.get(timeout=20)
        if event.id == id and not isinstance(event, Began if kind is not Began else ()):
            assert isinstance(event, kind), event
            return event
"""


def run(code: str, variables: dict[str, str], *arguments: str) -> str:
    """Run code in a process of its own; PortAudio is one per process, and it may hang."""
    command = [sys.executable, "-c", PRELUDE + textwrap.dedent(code), *arguments]
    variables = {**os.environ, **variables, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_no_device_breaks_the_utterance_and_not_the_loudspeaker(tmp_path: Path) -> None:
    require()
    code = """
        play(1)
        print(expect(Broken, 1).error)
        try: probe()
        except SinkError as error: print(error)
        print(speaker.idle(), "numpy" in sys.modules)
        """
    said = "no sound device: PortAudio finds none; connect one or start the sound server, or ask for the audio"
    lines = run(code, environment(tmp_path)).splitlines()
    assert lines[0].startswith(said)
    assert lines[1].startswith(said)
    assert lines[2] == "True False"


def test_without_portaudio_the_error_names_the_package(tmp_path: Path) -> None:
    code = """
        import ctypes.util
        ctypes.util.find_library = lambda name: None  # as on a machine that does not have it
        play(1)
        print(expect(Broken, 1).error)
        """
    assert "no sound device: PortAudio library not found; install it (Debian: apt install libportaudio2)" in run(
        code, environment(tmp_path)
    )


@pytest.mark.parametrize("private", ["_exit_handler", "_libname", "_initialized", "_initialize", "_terminate"])
def test_a_version_of_sounddevice_without_what_is_used_of_it_is_named(private: str, tmp_path: Path) -> None:
    require()
    code = """
        import sounddevice
        sounddevice._terminate()  # so that it is started again
        delattr(sounddevice, sys.argv[1])
        from edge_tts.sound import portaudio
        try: portaudio.load(); portaudio.load(fresh=True)
        except SinkError as error: print(sounddevice.__version__, error)
        """
    version, _, said = run(code, environment(tmp_path), private).partition(" ")
    assert said.startswith(f"no sound device: sounddevice {version} cannot be used: ")
    assert f"has no attribute '{private}'; install one of its known versions: sounddevice" in said


def test_a_device_that_appears_later_is_found(tmp_path: Path) -> None:
    require()
    code = """
        from pathlib import Path
        from tests.support import sound_server
        play(1)
        expect(Broken, 1)
        with sound_server.running(Path(sys.argv[1])) as server, server.recording():
            play(2)
            print(expect(Finished, 2))
        """
    output = run(code, environment(tmp_path), str(tmp_path))
    assert output == "Finished(id=2, played_seconds=1.0, underruns=0)\n"


def test_a_device_that_is_lost_breaks_the_utterance_and_the_next_one_works(tmp_path: Path) -> None:
    require()
    code = """
        from pathlib import Path
        from tests.support import sound_server
        with sound_server.running(Path(sys.argv[1])) as server:
            with server.recording():
                play(1)
                expect(Began, 1)
        print(expect(Broken, 1).error)
        with sound_server.running(Path(sys.argv[1])) as server, server.recording():
            play(2)
            print(expect(Finished, 2))
        """
    lines = run(code, environment(tmp_path), str(tmp_path)).splitlines()
    assert lines[0].startswith("sound device lost while playing: ")
    assert lines[1] == "Finished(id=2, played_seconds=1.0, underruns=0)"


def test_a_server_that_hangs_breaks_the_utterance_and_may_recover(tmp_path: Path) -> None:
    with running(tmp_path) as server, server.recording():
        code = """
            play(1)
            expect(Began, 1)
            os.kill(int(sys.argv[1]), signal.SIGSTOP)
            print(expect(Broken, 1).error)
            play(2)
            expect(Broken, 2)
            os.kill(int(sys.argv[1]), signal.SIGCONT)
            play(3)
            while not isinstance(event := events.get(timeout=20), Finished):
                if isinstance(event, Broken):
                    play(3)
            print(event)
            """
        lines = run(code, server.variables, str(server.process.pid)).splitlines()
    assert lines[0] == "sound device does not answer for 1 s; restart the sound server"
    assert lines[1] == "Finished(id=3, played_seconds=1.0, underruns=0)"


def test_a_process_ends_although_the_server_hangs(tmp_path: Path) -> None:
    with running(tmp_path) as server, server.recording():
        code = """
            play(1)
            expect(Began, 1)
            os.kill(int(sys.argv[1]), signal.SIGSTOP)
            expect(Broken, 1)
            speaker.close()
            print("closed")
            """
        try:
            assert run(code, server.variables, str(server.process.pid)) == "closed\n"
        finally:
            os.kill(server.process.pid, signal.SIGCONT)
