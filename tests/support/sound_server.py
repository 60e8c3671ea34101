"""A private PulseAudio server with a null sink, and a recorder of what that sink plays.

Needs neither systemd nor D-Bus and may run as root. PortAudio of Debian speaks ALSA, whose default device is made
PulseAudio's plug-in by a configuration file of our own, so that no card of the machine is ever touched.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

RATE = 24000
"""Sample rate of the null sink, in Hz; at this rate float32 samples arrive unchanged."""

SINK = "test"
PACKAGES = "pulseaudio pulseaudio-utils libasound2-plugins libportaudio2"
SKIP = "EDGE_TTS_TEST_NO_SOUND"

_PATIENCE = 20  # seconds until a test that waits in vain fails
_ALSA = """
pcm.!default { type pulse hint { show on description "null sink of the tests" } }
ctl.!default { type pulse }
"""


def require() -> None:
    """Fail, or skip if that was asked for, where there is no sound server to test with."""
    if os.environ.get(SKIP) == "1":
        pytest.skip(f"{SKIP}=1")
    if not all(map(shutil.which, ("pulseaudio", "parec"))):
        pytest.fail(f"no sound server to test with: apt install {PACKAGES}, or set {SKIP}=1 to skip these tests")


def environment(directory: Path) -> dict[str, str]:
    """Return the variables that make a process play to the server of that directory, running or not."""
    alsa = directory / "alsa.conf"
    alsa.write_text(_ALSA)
    return {
        "HOME": str(directory),
        "XDG_RUNTIME_DIR": str(directory),
        "PULSE_RUNTIME_PATH": str(directory / "pulse"),
        "PULSE_SERVER": f"unix:{directory / 'native'}",
        "ALSA_CONFIG_PATH": str(alsa),
    }


class Recording:
    """What the null sink plays, recorded by `parec` from its monitor.

    Attributes:
        samples: float32, so far.
    """

    def __init__(self, variables: dict[str, str]) -> None:
        """Start to record; return when the first samples have come."""
        form = ["--raw", "--format=float32le", f"--rate={RATE}", "--channels=1"]
        command = ["parec", *form, "--latency-msec=5", "-d", f"{SINK}.monitor"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, **variables})
        self._data = bytearray()
        self._grown = threading.Condition()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()
        self.wait_frames(1)

    def _read(self) -> None:
        assert self._process.stdout
        while data := os.read(self._process.stdout.fileno(), 65536):
            with self._grown:
                self._data += data
                self._grown.notify_all()

    @property
    def samples(self) -> np.ndarray:
        with self._grown:
            return np.frombuffer(bytes(self._data[: len(self._data) // 4 * 4]), np.float32)

    def __len__(self) -> int:
        with self._grown:
            return len(self._data) // 4

    def wait(self, true: Callable[[], bool]) -> None:
        """Wait until a condition on the recording holds."""
        with self._grown:
            assert self._grown.wait_for(true, timeout=_PATIENCE), "the recording never became what was expected"

    def wait_frames(self, frames: int) -> None:
        """Wait until so many more samples were recorded."""
        wanted = len(self) + frames
        self.wait(lambda: len(self._data) // 4 >= wanted)

    def wait_silence(self, frames: int = RATE // 5) -> None:
        """Wait until something was heard and then nothing for so many samples."""
        self.wait(lambda: bool(np.any(self.samples)) and not np.any(self.samples[-frames:]))

    def heard(self) -> np.ndarray:
        """Return the samples from the first to the last that is not silent, once there is silence again."""
        self.wait_silence()
        loud = np.flatnonzero(self.samples)
        return self.samples[loud[0] : loud[-1] + 1]

    def close(self) -> None:
        self._process.kill()
        self._thread.join()
        assert self._process.stdout
        self._process.stdout.close()
        self._process.wait()


class SoundServer:
    """A running server.

    Attributes:
        variables: what a process needs in its environment to play to it.
        process: the server.
    """

    def __init__(self, directory: Path) -> None:
        """Start it; return when it is ready."""
        self.variables = environment(directory)
        (directory / "native").unlink(missing_ok=True)
        sink = f"module-null-sink sink_name={SINK} rate={RATE} channels=1 format=float32le"
        socket = f"module-native-protocol-unix socket={directory / 'native'} auth-anonymous=1"
        options = ["--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "--disable-shm=yes"]
        options += ["--realtime=no", "--high-priority=no", "--log-level=info", "--log-target=stderr"]
        command = ["pulseaudio", "-n", *options, "-L", sink, "-L", socket]
        variables = {**os.environ, **self.variables, "DBUS_SESSION_BUS_ADDRESS": "disabled:", "LC_ALL": "C"}
        variables.pop("PULSE_SERVER")
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, errors="replace", env=variables)
        self._said: list[str] = []
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()
        started = self._ready.wait(_PATIENCE) and self.process.poll() is None
        if not started:
            self.close()
            pytest.fail("pulseaudio does not start: " + "".join(self._said[-5:]))

    def _listen(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self._said.append(line)
            if "Daemon startup complete" in line:
                self._ready.set()
        self._ready.set()

    @contextmanager
    def recording(self) -> Iterator[Recording]:
        """Record; while one is at it, others start at once, and the sink plays in small pieces."""
        recording = Recording(self.variables)
        try:
            yield recording
        finally:
            recording.close()

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._thread.join()
        assert self.process.stderr
        self.process.stderr.close()


@contextmanager
def running(directory: Path) -> Iterator[SoundServer]:
    """Run a server with its files in a directory, which must have a short path."""
    require()
    server = SoundServer(directory)
    try:
        yield server
    finally:
        server.close()
