"""Homes of daemons: with voices that are fetched once, with the tone engine, without a sound device."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from edge_tts import store
from edge_tts.config.loading import load as load_config
from tests.support.running import environment, run

REPOSITORY = Path(__file__).parents[2]
KEPT = REPOSITORY / ".cache"
"""What is fetched once for all runs: homes with voices, the recognizer."""


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


def with_tone(home: Path) -> Path:
    store.install(load_config(environment(home)), "tone")
    return home
