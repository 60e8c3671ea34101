from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.homes import installed, no_sound, with_tone
from tests.support.running import Daemon


@pytest.fixture(scope="session")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon with the tone engine, for tests that leave it as it was."""
    home = tmp_path_factory.mktemp("daemon")
    running = Daemon(with_tone(home), **no_sound(home))
    yield running
    running.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Daemon]]:
    """Starts a daemon with the tone engine of the test's own; keyword arguments are environment variables."""
    started: list[Daemon] = []

    def start_one(**variables: str) -> Daemon:
        started.append(Daemon(with_tone(tmp_path / "home"), **variables))
        return started[-1]

    yield start_one
    for running in started:
        running.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Daemon]]:
    """Gives a daemon with the tone engine to tests that leave it as it was: one for each set of variables of a file."""
    running: dict[tuple[tuple[str, str], ...], Daemon] = {}

    def one(**variables: str) -> Daemon:
        wanted = tuple(sorted(variables.items()))
        if wanted not in running:
            running[wanted] = Daemon(with_tone(tmp_path_factory.mktemp("shared")), **variables)
        return running[wanted]

    yield one
    for daemon in running.values():
        daemon.close()


@pytest.fixture(scope="session")
def voice_home() -> Iterator[Path]:
    """A home with the default voice."""
    yield from installed("home", "kokoro")


@pytest.fixture(scope="session")
def voice_daemon(voice_home: Path) -> Iterator[Daemon]:
    """A daemon with the default voice."""
    running = Daemon(voice_home, EDGE_TTS_DISK_AUDIO_BYTES="0")  # it keeps its home, and would keep what was said
    yield running
    running.close()
