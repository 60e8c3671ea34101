"""Many start a daemon at once, others end it meanwhile: everybody speaks, one daemon results, nobody waits for ever."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge_tts import AsyncClient, Client, store
from edge_tts.client.conversation import Conversation
from edge_tts.config.loading import load as load_config
from edge_tts.errors import ConfigError, DaemonUnavailable
from edge_tts.wire import Hello
from tests.support.running import Daemon, environment, run

TWELVE = range(12)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home with a voice, and no daemon; one that runs at the end is ended."""
    place = tmp_path / "home"
    store.install(load_config(environment(place)), "tone")
    yield place
    with contextlib.suppress(DaemonUnavailable):
        os.kill(daemon_of(place), signal.SIGKILL)


def address(home: Path) -> Path:
    return home / "run" / "edge-tts.sock"


def daemon_of(home: Path) -> int:
    with Client(address(home)) as client:
        return int(client.status()["pid"])


def say(home: Path, number: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "edge_tts", "say", "--no-play", "-o", str(home / f"{number}.wav"), "你好"]
    return subprocess.Popen(command, env=environment(home), stderr=subprocess.PIPE, text=True)


def results(home: Path, started: list[subprocess.Popen[str]]) -> list[tuple[int, str]]:
    ended = [(process, process.communicate(timeout=100)[1]) for process in started]
    return [(process.returncode, said) for process, said in ended]


def daemons(home: Path) -> list[int]:
    """Return the processes that serve under a home."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if b"serve" in words and f"EDGE_TTS_HOME={home}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
    return found


def listening(home: Path) -> int:
    """Return how many listen on the socket of a home; a bit in the fourth column says so."""
    rows = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()[1:]]
    return sum(row[-1] == str(address(home)) and bool(int(row[3], 16) & 0x10000) for row in rows)


def nothing(home: Path) -> None:
    """Start from nothing."""


def leave_socket(home: Path) -> None:
    address(home).parent.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(address(home)))


def leave_killed(home: Path) -> None:
    assert results(home, [say(home, 99)]) == [(0, "")]
    os.kill(daemon_of(home), signal.SIGKILL)


def leave_ending(home: Path) -> None:
    assert results(home, [say(home, 99)]) == [(0, "")]
    os.kill(daemon_of(home), signal.SIGTERM)


def leave_no_log(home: Path) -> None:
    (home / "state" / "log").write_text("in the way")


def leave_log_of_nobody(home: Path) -> None:
    (home / "state" / "log").mkdir()
    os.mkfifo(home / "state" / "log" / "daemon.log")


@pytest.mark.parametrize(
    "before", [nothing, leave_socket, leave_killed, leave_ending, leave_no_log, leave_log_of_nobody]
)
def test_twelve_who_start_a_daemon_at_once_all_speak(home: Path, before: Callable[[Path], None]) -> None:
    before(home)
    assert results(home, [say(home, number) for number in TWELVE]) == [(0, "")] * len(TWELVE)
    assert all((home / f"{number}.wav").stat().st_size > 1000 for number in TWELVE)
    assert listening(home) == 1


def test_all_speak_when_the_one_that_starts_first_is_killed_in_the_middle(home: Path) -> None:
    started = [say(home, number) for number in TWELVE]
    while not (begun := daemons(home)):
        assert any(process.poll() is None for process in started), "nobody has started one"
    os.kill(begun[0], signal.SIGKILL)
    assert results(home, started) == [(0, "")] * len(TWELVE)
    assert listening(home) == 1


def test_a_daemon_that_is_told_to_end_hands_over_to_the_next_one(home: Path) -> None:
    first = Daemon(home)
    second_environment = {**environment(home)}
    first.process.send_signal(signal.SIGSTOP)  # still there, and holds the lock
    address(home).unlink()
    command = [sys.executable, "-m", "edge_tts", "serve"]
    second = subprocess.Popen(command, env=second_environment, stderr=subprocess.PIPE, text=True)
    first.process.kill()
    first.close()
    with second:
        while True:
            with contextlib.suppress(DaemonUnavailable), Client(address(home)) as client:
                assert client.status()["pid"] == second.pid
                break
            assert second.poll() is None
        second.terminate()
        assert second.wait(20) == 0


@pytest.fixture
def stopped(start: Callable[..., Daemon]) -> Iterator[Daemon]:
    """A daemon whose process is stopped."""
    daemon = start()
    daemon.process.send_signal(signal.SIGSTOP)
    yield daemon
    daemon.process.send_signal(signal.SIGCONT)


@pytest.mark.parametrize(
    "ask",
    [
        Client.status, Client.stop, Client.voices, Client.disk, Client.lexicon,
        lambda client: client.speak("你好"), lambda client: list(client.events()),
        lambda client: client.lexicon("add", word="你好", reading="ni2hao3", comment="x" * 400_000),
    ],
)  # fmt: skip
def test_a_stopped_daemon_is_told_from_a_busy_one(stopped: Daemon, ask: Callable[[Client], object]) -> None:
    with stopped.client(0.05) as client, pytest.raises(DaemonUnavailable, match=r"sent nothing for .* stopped"):
        ask(client)


def test_a_stopped_daemon_is_told_from_a_busy_one_in_asyncio(stopped: Daemon) -> None:
    async def ask() -> None:
        async with AsyncClient(stopped.socket, timeout_seconds=0.05) as client:
            await client.status()

    with pytest.raises(DaemonUnavailable, match=r"sent nothing for .* stopped"):
        asyncio.run(ask())


def test_a_stopped_daemon_ends_commands_with_one_line(stopped: Daemon) -> None:
    result = stopped.run("status")
    assert (result.returncode, len(result.stderr.splitlines())) == (8, 1)
    assert "is its process stopped?" in result.stderr


def test_events_are_waited_for_however_long_nothing_happens(
    start: Callable[..., Daemon], monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon = start()
    ping, asked = Conversation.ping, []

    def counted(talk: Conversation) -> Hello:
        asked.append(talk)
        if len(asked) == 4:
            daemon.process.kill()
        return ping(talk)

    monkeypatch.setattr(Conversation, "ping", counted)
    with daemon.client(0.05) as client, pytest.raises(DaemonUnavailable, match=r"closed the connection|no daemon"):
        list(client.events())
    assert len(asked) == 4


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Path]:
    """A socket that somebody listens on who never accepts, with as many waiting as may."""
    path = tmp_path / "full.sock"
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket(socket.AF_UNIX))
        listener.bind(str(path))
        listener.listen(0)
        while True:
            waiting = stack.enter_context(socket.socket(socket.AF_UNIX))
            waiting.setblocking(False)
            try:
                waiting.connect(str(path))
            except BlockingIOError:
                break
        yield path


def test_nobody_waits_for_ever_where_nobody_is_accepted(full: Path, home: Path) -> None:
    with pytest.raises(DaemonUnavailable, match="sent nothing"):
        Client(full, timeout_seconds=0.05)

    async def ask() -> None:
        async with AsyncClient(full, timeout_seconds=0.05):
            pass

    with pytest.raises(DaemonUnavailable, match="sent nothing"):
        asyncio.run(ask())
    served = run(environment(home, EDGE_TTS_SOCKET=str(full)), "serve")
    assert (served.returncode, served.stderr.count("\n")) == (8, 1)
    assert "another daemon already serves" in served.stderr


def test_a_link_in_place_of_the_socket_s_lock_is_not_followed(home: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("precious")
    (tmp_path / "s.lock").symlink_to(precious)
    served = run(environment(home, EDGE_TTS_SOCKET=str(tmp_path / "s")), "serve")
    assert served.returncode == 9
    assert "must be a regular file to be a lock" in served.stderr
    assert precious.read_text() == "precious"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
@pytest.mark.parametrize("whose", ["base", "ours"])
def test_a_runtime_folder_of_somebody_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whose: str
) -> None:
    base = tmp_path / "runtime"
    (base / "edge-tts").mkdir(parents=True, mode=0o700)
    os.chown(base if whose == "base" else base / "edge-tts", 12345, 12345)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(base))
    for name in ("EDGE_TTS_HOME", "EDGE_TTS_SOCKET"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigError, match=r"of user 12345|belongs to user 12345"):
        Client()
    with pytest.raises(ConfigError, match=r"of user 12345|belongs to user 12345"):
        AsyncClient()


def test_a_runtime_folder_that_others_can_write_to_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "edge-tts").mkdir()
    (tmp_path / "edge-tts").chmod(0o1777)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    for name in ("EDGE_TTS_HOME", "EDGE_TTS_SOCKET"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigError, match="can be written by others"):
        Client()


SQUATTER = """
import os, socket, sys
os.setuid(12345)
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o777)
listener.listen()
print(flush=True)
connection, _ = listener.accept()
print(connection.recv(1000), flush=True)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("blocking", [True, False])
def test_a_squatted_socket_is_told_nothing(tmp_path: Path, blocking: bool) -> None:
    for folder in (*tmp_path.parents[:-2], tmp_path):
        folder.chmod(0o777 if folder == tmp_path else 0o755)
    path = tmp_path / "squatted"

    async def speak_async() -> None:
        async with AsyncClient(path) as client:
            await client.speak("秘密")

    def speak() -> None:
        Client(path).speak("秘密") if blocking else asyncio.run(speak_async())

    with subprocess.Popen([sys.executable, "-c", SQUATTER, str(path)], stdout=subprocess.PIPE, text=True) as squatter:
        assert squatter.stdout
        squatter.stdout.readline()
        with pytest.raises(DaemonUnavailable, match=r"served by user 12345, expected .* nothing was sent"):
            speak()
        assert squatter.stdout.read() == "b''\n"


def test_whatever_the_umask_nobody_else_gets_at_what_is_ours(home: Path) -> None:
    for root in (home / "state", home / "cache"):
        root.mkdir(exist_ok=True)
        root.chmod(0o777)  # as another version may have made them
    environ, command = environment(home), [sys.executable, "-m", "edge_tts"]
    for words in (["say", "--no-play", "你好"], ["models", "install", "tone"], ["lexicon", "add", "你好", "ni2hao3"]):
        done = subprocess.run([*command, *words], env=environ, umask=0, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
    assert [(home / name).stat().st_mode & 0o777 for name in ("state", "cache", "run")] == [0o700] * 3
    everything = [path for path in home.rglob("*") if not path.is_symlink() and path != address(home)]
    assert [path for path in everything if path.stat().st_mode & 0o002] == []


def test_a_daemon_narrows_the_folders_of_an_older_version(home: Path) -> None:
    (home / "state").chmod(0o755)
    daemon = Daemon(home)
    assert [(home / name).stat().st_mode & 0o777 for name in ("state", "cache")] == [0o700] * 2
    daemon.close()
