"""Being started by systemd or by our own command line, with real sockets and real child processes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge_tts.client.blocking import Client
from edge_tts.config.settings import Config, Paths
from edge_tts.daemon import starting, supervision
from edge_tts.errors import ConfigError, DaemonUnavailable


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        bound.settimeout(10)
        bound.bind(str(tmp_path / "notify"))
        yield bound


def test_readiness_reaches_whoever_asked_for_it(listener: socket.socket) -> None:
    environ = {"NOTIFY_SOCKET": listener.getsockname()}
    supervision.notify("READY=1", environ)
    supervision.notify("WATCHDOG=1", environ)
    assert [listener.recv(100), listener.recv(100)] == [b"READY=1", b"WATCHDOG=1"]


def test_an_address_that_begins_with_an_at_sign_is_abstract() -> None:
    name = f"edge-tts-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        bound.settimeout(10)
        bound.bind(f"\0{name}")
        supervision.notify("STOPPING=1", {"NOTIFY_SOCKET": f"@{name}"})
        assert bound.recv(100) == b"STOPPING=1"


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "/nowhere/notify"}])
def test_notifying_nobody_does_nothing(environ: dict[str, str]) -> None:
    supervision.notify("READY=1", environ)


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": str(os.getpid())}, 0.5),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": str(os.getppid())}, None),
        ({}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
    ids=["anybody", "us", "somebody else", "nobody", "nonsense"],
)
def test_the_watchdog_is_fed_only_if_it_is_ours(environ: dict[str, str], seconds: float | None) -> None:
    assert supervision.watchdog_seconds(environ) == seconds


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"LISTEN_FDS": "1"},
        {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getppid())},
        {"LISTEN_FDS": "0", "LISTEN_PID": str(os.getpid())},
        {"LISTEN_PID": str(os.getpid())},
    ],
)
def test_a_socket_that_was_not_passed_to_us_is_not_taken(environ: dict[str, str]) -> None:
    before = dict(environ)
    assert supervision.passed_socket(environ) is None
    assert environ == before


CHILD = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="edge-tts.socket")
from edge_tts.daemon import supervision
listener = supervision.passed_socket()
connection, _ = listener.accept()
left = [name for name in os.environ if name.startswith("LISTEN_")]
connection.sendall(f"{listener.fileno()} {os.get_inheritable(3)} {left}".encode())
"""


def test_a_child_serves_the_socket_that_it_was_passed(tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(path)
        listener.listen()
        descriptor = os.dup(listener.fileno())
        child = subprocess.Popen([sys.executable, "-c", CHILD, str(descriptor)], pass_fds=[descriptor])
        os.close(descriptor)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(20)
            client.connect(path)
            said = client.recv(1000).decode()
        assert child.wait(20) == 0
    assert said == "3 False []"


# starting a daemon ourselves


def test_a_daemon_that_cannot_start_is_reported_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "run" / "edge-tts.sock").mkdir(parents=True)
    (tmp_path / "run").chmod(0o700)
    monkeypatch.setenv("EDGE_TTS_HOME", str(tmp_path))
    paths = Paths(tmp_path / "state", tmp_path / "cache", tmp_path / "run" / "edge-tts.sock")
    with pytest.raises(DaemonUnavailable, match=r"the daemon ended with status 9: .*exists and is no socket"):
        starting.start_daemon(Config(paths))
    assert "exists and is no socket" in paths.log.read_text()


def make_nothing(place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("not a folder")


def make_broken_link(place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(place.with_name("nothing"))


def make_pipe(place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(place)


@pytest.mark.parametrize("make", [make_nothing, make_broken_link, make_pipe])
def test_a_socket_that_cannot_be_made_is_one_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "run")
    monkeypatch.setenv("EDGE_TTS_HOME", str(tmp_path))
    paths = Paths(tmp_path / "state", tmp_path / "cache", tmp_path / "run" / "edge-tts.sock")
    with pytest.raises(ConfigError, match=f"{tmp_path}/run"):
        starting.start_daemon(Config(paths))


@pytest.mark.parametrize("make", [make_nothing, make_broken_link, make_pipe, Path.mkdir])
@pytest.mark.parametrize("place", ["state", "state/log", "state/log/daemon.log", "cache", "cache/audio"])
def test_a_daemon_serves_where_no_log_and_no_cache_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], None], place: str
) -> None:
    if make is Path.mkdir:
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    make(tmp_path / place)
    monkeypatch.setenv("EDGE_TTS_HOME", str(tmp_path))
    paths = Paths(tmp_path / "state", tmp_path / "cache", tmp_path / "run" / "edge-tts.sock")
    with starting.passing_daemon(Config(paths)) as path, Client(path) as client:
        assert client.status()["queue"] == {"waiting": 0, "speaking": 0}
        assert client.voices() == []
        assert client.disk()


def test_a_daemon_that_is_not_ready_in_time_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_TTS_HOME", str(tmp_path))
    paths = Paths(tmp_path / "state", tmp_path / "cache", tmp_path / "run" / "edge-tts.sock")
    with pytest.raises(DaemonUnavailable, match=r"the daemon was not ready within 0\.001 s, see .*daemon\.log"):
        starting.start_daemon(Config(paths), timeout_seconds=0.001)


def test_a_passing_daemon_ends_with_its_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_TTS_HOME", str(tmp_path))
    paths = Paths(tmp_path / "state", tmp_path / "cache", tmp_path / "run" / "edge-tts.sock")
    with starting.passing_daemon(Config(paths)) as path, Client(path) as client:
        pid = client.status()["pid"]
        assert path != paths.socket
    assert not path.parent.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"first\nsecond\n\n", "second"),
        (b"only", "only"),
        (b"", ""),
        (b"\n \n", ""),
        (b"\xff\n", "\ufffd"),
        (b"first\n\0\0", "first"),
    ],
)
def test_the_last_line_of_a_log_is_the_last_that_says_something(content: bytes, line: str) -> None:
    assert starting.last_line(content) == line
