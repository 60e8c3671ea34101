"""systemd's side: socket activation, readiness, watchdog, and units that systemd accepts."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_tts import Client
from tests.support.running import Daemon

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.skipif(not shutil.which("systemd-socket-activate"), reason="systemd is not installed")
def test_a_passed_socket_is_served(start: Callable[..., Daemon], tmp_path: Path) -> None:
    home = start().home  # has the tone model; its daemon listens elsewhere
    address = tmp_path / "activated.sock"
    passed = [f"-E{name}={os.environ[name]}" for name in ("PYTHONPATH", "PATH") if name in os.environ]
    command = ["systemd-socket-activate", f"--listen={address}", f"-EEDGE_TTS_HOME={home}", *passed]
    activator = subprocess.Popen([*command, sys.executable, "-m", "edge_tts", "serve"], stderr=subprocess.PIPE)
    assert activator.stderr is not None
    with activator:
        activator.stderr.readline()  # it listens now
        with Client(address) as client:
            status = client.status()
            assert status["pid"] == activator.pid, "the daemon replaced the activator"
            assert status["socket"] == str(address)
            assert len(client.synthesize("你好").samples) > 0
        activator.send_signal(signal.SIGTERM)
        assert activator.wait(5) == 0
    assert address.exists(), "the socket belongs to systemd"


def test_a_daemon_does_not_take_the_socket_of_an_activator(start: Callable[..., Daemon], tmp_path: Path) -> None:
    daemon = start()
    address = tmp_path / "activated.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(address))
        listener.listen()
        result = _serve_on(daemon, address)
    assert result.returncode == 8
    assert "already serves" in result.stderr
    assert address.exists()


def _serve_on(daemon: Daemon, address: Path) -> subprocess.CompletedProcess[str]:
    environ = {**daemon.environ, "EDGE_TTS_SOCKET": str(address)}
    command = [sys.executable, "-m", "edge_tts", "serve"]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=30)


def test_the_watchdog_is_fed(start: Callable[..., Daemon], tmp_path: Path) -> None:
    home = start().home
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(address))
        receiver.settimeout(20)
        variables = {"NOTIFY_SOCKET": str(address), "WATCHDOG_USEC": "200000", "EDGE_TTS_SOCKET": str(tmp_path / "s")}
        command = [sys.executable, "-m", "edge_tts", "serve"]
        service = subprocess.Popen(command, env={**os.environ, "EDGE_TTS_HOME": str(home), **variables})
        heard = [receiver.recv(100) for _ in range(4)]
        service.send_signal(signal.SIGTERM)
        while heard[-1] != b"STOPPING=1":
            heard.append(receiver.recv(100))
        assert service.wait(5) == 0
    assert heard[0] == b"READY=1"
    assert heard.count(b"WATCHDOG=1") >= 3


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_units_are_clean() -> None:
    result = subprocess.run([REPOSITORY / "scripts" / "verify-units"], capture_output=True, text=True)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_what_systemd_sends_to_the_whole_group_ends_no_worker(start: Callable[..., Daemon]) -> None:
    daemon = start()
    with daemon.client() as client:
        client.synthesize("你好")
        worker = daemon.worker_pid("tone")
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            os.kill(worker, number)
        assert len(client.synthesize("再见").samples) > 0
    assert daemon.worker_pid("tone") == worker


@pytest.mark.parametrize("unit", ["edge-tts.service", "user/edge-tts.service"])
def test_a_service_is_started_again_however_often_it_is_killed_and_keeps_its_files_private(unit: str) -> None:
    lines = set((REPOSITORY / "systemd" / unit).read_text().splitlines())
    assert {"StartLimitIntervalSec=0", "RestartSec=1", "KillMode=mixed", "UMask=0077", "LimitCORE=0"} <= lines
    assert unit.startswith("user/") or {"StateDirectoryMode=0700", "CacheDirectoryMode=0700"} <= lines
