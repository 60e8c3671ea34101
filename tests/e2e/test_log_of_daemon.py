"""What a daemon that the command line started leaves in its log."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from edge_tts import Client, store
from edge_tts.client.connecting import connect
from edge_tts.config.loading import load as load_config
from edge_tts.errors import EngineCrashed
from edge_tts.wire import Hello
from edge_tts.wire.frames import encode
from tests.support.homes import no_sound
from tests.support.running import environment, run, wait_for

SHARE = 8_000


@pytest.fixture
def environ(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An environment with the tone engine and a small log; the daemon that was started in it is ended."""
    variables = environment(tmp_path, EDGE_TTS_DISK_LOG_BYTES=str(SHARE), **no_sound(tmp_path))
    paths = load_config(variables).paths
    store.install(load_config(variables), "tone")
    assert run(variables, "say", "你好", "-o", str(tmp_path / "hello.wav")).returncode == 0
    with Client(paths.socket) as client:
        pid = client.status()["pid"]
    yield variables
    os.kill(pid, signal.SIGTERM)


def log_of(environ: dict[str, str]) -> Path:
    return load_config(environ).paths.log


def crash(environ: dict[str, str]) -> None:
    """Have the worker die of a bad memory access, and wait for what the daemon says of it."""
    with Client(load_config(environ).paths.socket) as client:
        stream = client.stream("今天天气很好，我们去公园散步。" * 600)
        next(stream)
        (model,) = client.status()["models"]
        os.kill(model["pid"], signal.SIGSEGV)
        with pytest.raises(EngineCrashed, match="SIGSEGV"):
            list(stream)


def logged(folder: Path, words: str) -> bool:
    """Return whether words are in the log now; its files may be put aside meanwhile."""
    with contextlib.suppress(FileNotFoundError):
        return any(words in file.read_text() for file in folder.iterdir())
    return False


def test_last_words_of_crashing_workers_are_in_the_log_which_keeps_inside_its_share(environ: dict[str, str]) -> None:
    for _ in range(4):
        crash(environ)
    folder = log_of(environ).parent
    for words in ("Segmentation fault", "worker/__main__.py"):  # what happened, and where in our code
        wait_for(partial(logged, folder, words))
    files = list(folder.iterdir())
    assert len(files) > 1
    assert sum(file.stat().st_size for file in files) <= SHARE


def test_nobody_has_to_read_what_a_daemon_logs(tmp_path: Path) -> None:
    variables = environment(tmp_path, **no_sound(tmp_path))
    paths = load_config(variables).paths
    ours, its = os.pipe()
    fcntl.fcntl(its, fcntl.F_SETPIPE_SZ, 4096)
    command = [sys.executable, "-m", "edge_tts", "serve", "--verbose"]
    with open(ours) as log, subprocess.Popen(command, env=variables, stdout=its, stderr=its) as daemon:
        os.close(its)
        try:
            assert "listens on" in log.readline()
            for number in range(100):  # each is logged, together far more than the pipe holds
                with connect(paths.socket) as client:
                    client.settimeout(20)
                    client.sendall(encode(Hello(client=f"{number} {'x' * 200}")))
                    assert client.recv(4), "the daemon answers"
            daemon.send_signal(signal.SIGTERM)
            assert daemon.wait(10) == 0
        finally:
            daemon.kill()
