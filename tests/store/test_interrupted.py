"""What a signal or a second installation leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from edge_tts import store
from edge_tts.config.settings import Paths
from edge_tts.errors import StoreError
from tests.support.store_model import install, make_folder, manifest

ROOT = Path(__file__).parents[2]
HEAD = """
import os, signal, sys
from pathlib import Path
from edge_tts import store
from tests.support.store_model import install, paths_under
paths = paths_under(Path(sys.argv[1]))
folder = Path(sys.argv[2])
"""

# Tells the test that it is in the middle, then waits there.
PAUSED = (
    HEAD
    + """
def pause(step):
    if step.phase == sys.argv[3] and step.bytes_done >= int(sys.argv[4]):
        print("paused", flush=True)
        signal.pause()
install(paths, folder, pause)
"""
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_folder(tmp_path / "new", files=SMALL, version="2")


SMALL = {"graph.bin": b"graph" * 1000, "voices/one.bin": b"one"}


@contextmanager
def paused(paths: Paths, folder: Path, phase: str, at: int) -> Iterator[subprocess.Popen[str]]:
    """Run an installation in a process that stops in the middle."""
    home = paths.state.parent
    command = [sys.executable, "-c", PAUSED, str(home), str(folder), phase, str(at)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "paused\n"
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_the_middle_leaves_nothing(paths: Paths, folder: Path, number: int) -> None:
    with paused(paths, folder, "install", 1) as process:
        assert len(list(paths.temporary.iterdir())) == 1
        process.send_signal(number)
        assert process.wait() in (130, 143, -signal.SIGINT)
    assert list(paths.temporary.iterdir()) == []
    assert store.installed(paths) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_downloads_too(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # discard: retried with a growing delay
    folder = make_folder(tmp_path / "m", manifest(sources={"graph.bin": ['{ pip = [["a==1", "x"]] }']}))
    (folder / "graph.bin").unlink()
    with paused(paths, folder, "download", 0) as process:
        children = psutil.Process(process.pid).children(recursive=True)
        assert children
        process.send_signal(number)
        process.wait()
    assert psutil.wait_procs(children, timeout=10)[1] == []
    assert list(paths.temporary.iterdir()) == []


def test_a_second_installation_is_refused_while_one_runs_and_goes_on_after_its_death(
    paths: Paths, folder: Path
) -> None:
    with paused(paths, folder, "install", 1) as process:
        for change in (lambda: install(paths, folder), lambda: store.remove(paths, "tiny")):
            with pytest.raises(StoreError, match="another installation or removal is running"):
                change()
        assert len(list(paths.temporary.iterdir())) == 1
        process.kill()
        process.wait()
    assert install(paths, folder).changed
    assert list(paths.temporary.iterdir()) == []


def test_temporary_files_of_others_are_left_alone(paths: Paths, folder: Path) -> None:
    theirs = paths.temporary / "cache-write"
    theirs.mkdir(parents=True)
    install(paths, folder)
    assert theirs.is_dir()


def test_a_programs_own_sigterm_handler_stays(paths: Paths, folder: Path) -> None:
    def handler(number: int, frame: object) -> None:
        pass

    before = signal.signal(signal.SIGTERM, handler)
    try:
        install(paths, folder, lambda step: os.kill(os.getpid(), signal.SIGTERM))
        assert signal.getsignal(signal.SIGTERM) is handler
    finally:
        signal.signal(signal.SIGTERM, before)
    store.verify(paths, "tiny")
