"""What a kill, a signal or a second installation at any instant leaves behind."""

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
from store_model import install, make_folder, manifest, paths_under

from edge_tts import store
from edge_tts.config import Paths
from edge_tts.errors import StoreError

ROOT = Path(__file__).parent.parent
HEAD = f"""
import os, signal, sys
from pathlib import Path
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "tests")!r}]
from edge_tts import store
from store_model import install, paths_under
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

# Runs the operation again and again, each time in a child that is killed at the next instant: at the n-th call that
# Python's audit events report. Prints the state that each kill leaves, and mends the store before the next.
KILLED_EVERYWHERE = (
    HEAD
    + """
import itertools, shutil
operation, start = sys.argv[3], Path(sys.argv[4])

def run(instant):
    seen = itertools.count(1)
    def kill(event, arguments):
        if next(seen) == instant:
            os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(kill)
    store.remove(paths, "tiny") if operation == "remove" else install(paths, folder)
    os._exit(0)

def state():
    for place in paths.models.glob("*/*/"):
        assert (place / "manifest.toml").is_file(), f"{place} is half a model"
    models = store.installed(paths)
    for model in models:
        store.verify(paths, model.name)
    return ",".join(model.manifest.version for model in models) or "none"

for instant in itertools.count(1):
    shutil.rmtree(paths.state, ignore_errors=True)
    shutil.copytree(start, paths.state)
    child = os.fork()
    if child == 0:
        run(instant)
    _, status = os.waitpid(child, 0)
    left = state()
    install(paths, folder)
    assert state() == "2" and not list(paths.temporary.iterdir()), instant
    print(left, flush=True)
    if status == 0:
        break
"""
)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return paths_under(tmp_path / "home")


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


@pytest.mark.parametrize(
    ("operation", "before", "allowed"),
    [
        ("install", None, {"none", "2"}),
        ("install", "1", {"1", "2"}),
        ("install", "other 2", {"2"}),
        ("remove", "2", {"2", "none"}),
    ],
)
def test_a_kill_at_any_instant_leaves_the_old_state_or_the_new(
    paths: Paths, folder: Path, tmp_path: Path, operation: str, before: str | None, allowed: set[str]
) -> None:
    start = paths_under(tmp_path / "start")
    start.state.mkdir(parents=True)
    if before:
        install(start, make_folder(tmp_path / "old", files=SMALL, version=before[-1]))
    if before == "other 2":
        # Same version, other bytes: what an edited manifest gives. Old and new are both whole.
        other = {**SMALL, "graph.bin": b"other"}
        store.remove(start, "tiny")
        install(start, make_folder(tmp_path / "old", files=other, version="2"))
    command = [
        sys.executable,
        "-c",
        KILLED_EVERYWHERE,
        str(tmp_path / "home"),
        str(folder),
        operation,
        str(start.state),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    states = done.stdout.split()
    assert len(states) > 20
    assert set(states) == allowed
    assert states[-1] == ("none" if operation == "remove" else "2")


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
