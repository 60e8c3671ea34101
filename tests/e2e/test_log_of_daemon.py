"""What a daemon that the command line started leaves in its log."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_tts import Client, store
from edge_tts.config.loading import load as load_config
from edge_tts.errors import EngineCrashed
from tests.support.homes import no_sound
from tests.support.running import environment, run

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


def test_last_words_of_crashing_workers_are_in_the_log_which_keeps_inside_its_share(environ: dict[str, str]) -> None:
    for _ in range(4):
        crash(environ)
    files = list(log_of(environ).parent.iterdir())
    text = "".join(file.read_text() for file in files)
    assert "Segmentation fault" in text
    assert "worker/__main__.py" in text, "where in our code it happened"
    assert len(files) > 1
    assert sum(file.stat().st_size for file in files) <= SHARE
