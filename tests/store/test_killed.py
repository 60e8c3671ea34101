"""What a kill at any step that changes the disk, and a disk that is full at any byte, leave behind."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge_tts import store
from edge_tts.config.settings import Paths
from tests.support.hub_server import Hub
from tests.support.store_model import configured, install, make_folder, manifest, paths_under

SMALL = {"graph.bin": b"graph" * 1000, "voices/one.bin": b"one"}
NEW = {**SMALL, "graph.bin": b"newer" * 1000}
ROOT = Path(__file__).parents[2]
PROGRAM = "tests.support.killed_everywhere"


@pytest.fixture
def root() -> Iterator[Path]:
    """A folder in memory, where there is one: thousands of files are written and synchronized."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture
def models(root: Path) -> Iterator[Path]:
    """Models to install from: versions 1 and 2, another version 2, and 2 as an archive and from a hub."""
    folder = root / "models"
    folder.mkdir()
    make_folder(folder / "1", files=SMALL, version="1")
    make_folder(folder / "2", files=NEW, version="2")
    make_folder(folder / "other 2", files=SMALL, version="2")
    install(paths_under(root / "exporting"), folder / "2")
    store.export(paths_under(root / "exporting"), "tiny", folder / "2.tar")
    hub = Hub()
    sources = {path: [f'{{ url = "{hub.put(f"/{path}", content)}" }}'] for path, content in NEW.items()}
    (folder / "download").mkdir()
    (folder / "download" / "manifest.toml").write_text(manifest(NEW, "2", sources))
    yield folder
    hub.close()


def nothing(paths: Paths, models: Path) -> None:
    paths.state.mkdir(parents=True)


def having(*names: str) -> Callable[[Paths, Path], None]:
    def prepare(paths: Paths, models: Path) -> None:
        for name in names:
            install(paths, models / name)
            prepared = store.find(paths, "tiny").files_for_engine(paths.prepared).prepared
            prepared.mkdir(parents=True, exist_ok=True)
            (prepared / "weights").write_bytes(b"x")

    return prepare


def having_damage(paths: Paths, models: Path) -> None:
    having("2")(paths, models)
    (paths.models / "tiny" / "2" / "graph.bin").write_bytes(b"damaged")


def having_moved(paths: Paths, models: Path) -> None:
    having("1")(paths, models)
    elsewhere = paths.state.parent / "elsewhere"
    elsewhere.mkdir()
    store.move(configured(paths), elsewhere)


def having_room_elsewhere(paths: Paths, models: Path) -> None:
    having("1")(paths, models)
    (paths.state.parent / "elsewhere").mkdir()


@pytest.mark.parametrize(
    ("operation", "prepare", "states", "last"),
    [
        ("install", nothing, {"none", "2"}, "2"),
        ("install", having("1"), {"1", "1 2", "2 1"}, "2 1"),
        ("install", having("other 2"), {"2"}, "2"),
        ("import", nothing, {"none", "2"}, "2"),
        ("link", nothing, {"none", "2"}, "2"),
        ("download", nothing, {"none", "2"}, "2"),
        ("remove", having("2"), {"2", "none"}, "none"),
        ("use", having("1", "2"), {"2 1", "1 2"}, "1 2"),
        ("prune", having("1", "2"), {"2 1", "2"}, "2"),
        ("quarantine", having_damage, {"2", "(2)"}, "(2)"),
        ("move", having_room_elsewhere, {"1", "1 elsewhere"}, "1 elsewhere"),
        ("move back", having_moved, {"1", "1 elsewhere"}, "1"),
        ("evict", having("2"), {"2"}, "2"),
    ],
)
def test_a_kill_at_any_step_leaves_the_old_state_or_the_new(
    root: Path,
    models: Path,
    operation: str,
    prepare: Callable[[Paths, Path], None],
    states: set[str],
    last: str,
) -> None:
    start = paths_under(root / "start")
    prepare(start, models)
    command = [sys.executable, "-m", PROGRAM, str(root / "home"), operation, str(models), str(root / "start")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    assert {left for _, left in steps} == states
    assert steps[-1] == ["", last]
    events = {event for event, _ in steps}
    assert events >= {"open", "os.rename", "os.fsync"} if operation != "evict" else len(steps) > 2
    if operation in ("install", "remove", "prune"):
        assert len(steps) > (20 if operation == "install" else 12)
