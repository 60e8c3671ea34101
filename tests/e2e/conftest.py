from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1] / "scripts")]

from running import Daemon, environment, run  # noqa: E402

from edge_tts import store  # noqa: E402
from edge_tts.config.loading import load as load_config

REPOSITORY = Path(__file__).parents[2]
KEPT = REPOSITORY / ".cache"
"""What is fetched once for all runs: homes with voices, the recognizer."""


@pytest.fixture(scope="session")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon with the tone engine, for tests that leave it as it was."""
    home = tmp_path_factory.mktemp("daemon")
    running = Daemon(_with_tone(home), **no_sound(home))
    yield running
    running.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Daemon]]:
    """Starts a daemon with the tone engine of the test's own; keyword arguments are environment variables."""
    started: list[Daemon] = []

    def start_one(**variables: str) -> Daemon:
        started.append(Daemon(_with_tone(tmp_path / "home"), **variables))
        return started[-1]

    yield start_one
    for running in started:
        running.close()


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


def installed(name: str, *arguments: str) -> Iterator[Path]:
    """Yield a home with a voice, installed through our own installer and kept between runs.

    Where several processes share the tests, each has a home of its own, with other names of the same files.
    """
    kept = KEPT / name
    result = run(environment(kept), "models", "install", *arguments, timeout=600)
    assert result.returncode == 0, result.stderr
    if not (worker := os.environ.get("PYTEST_XDIST_WORKER")):
        yield kept
        return
    home = KEPT / f"{name}-{worker}"
    shutil.rmtree(home, ignore_errors=True)
    for folder in ("models", "prepared"):
        shutil.copytree(kept / "state" / folder, home / "state" / folder, copy_function=os.link)
    yield home
    shutil.rmtree(home)


def no_sound(folder: Path) -> dict[str, str]:
    """Return the variables that keep a daemon away from any sound device."""
    alsa = folder / "alsa.conf"
    alsa.write_text("pcm.!default { type pulse }\nctl.!default { type pulse }\n")
    return {"ALSA_CONFIG_PATH": str(alsa), "PULSE_SERVER": f"unix:{folder / 'nobody'}"}


def _with_tone(home: Path) -> Path:
    store.install(load_config(environment(home)), "tone")
    return home
