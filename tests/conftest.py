"""Fixtures of several tests."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_tts.config.settings import Paths
from tests.support.hub_server import Hub
from tests.support.store_model import mounted, paths_under


def pytest_configure() -> None:
    """Have Ctrl-C reach what tests start: a shell lets its jobs in the background ignore it, and theirs too."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """A store of the test's own, where nothing is yet."""
    return paths_under(tmp_path / "home")


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A hub on this machine."""
    server = Hub()
    yield server
    server.close()


@pytest.fixture
def other_disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk besides the one of the store."""
    with mounted(tmp_path / "disk", 32 << 20) as place:
        yield place
