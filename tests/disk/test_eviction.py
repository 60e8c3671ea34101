"""Evicting real files: whole or not at all, never what somebody uses, whatever is in the way."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from edge_tts import disk
from edge_tts.disk.reservations import evictable
from tests.disk.test_accounting import AGO, fill
from tests.disk.test_reservations import MB, guarded, model
from tests.support.store_model import graphs, phrase

# Evicts in a child that is killed at the next instant, again and again: at the n-th call that Python's audit events
# report. Prints what each kill leaves of two prepared graphs, and whether an eviction that is not killed clears it.
KILLED_EVERYWHERE = """
import itertools, os, shutil, signal, sys
from pathlib import Path
from edge_tts import disk
from tests.support.store_model import paths_under
paths = paths_under(Path(sys.argv[1]))
place = paths.prepared / "a" / "0123456789abcdef"

def evict():
    return disk.evict(disk.units("prepared", paths), "a test")

def run(instant):
    seen = itertools.count(1)
    def kill(event, arguments):
        if next(seen) == instant:
            os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(kill)
    evict()
    os._exit(0)

for instant in itertools.count(1):
    shutil.rmtree(paths.state, ignore_errors=True)
    (place / "fedcba9876543210").mkdir(parents=True)
    for name in ("graph.onnx", "weights.bin"):
        (place / "fedcba9876543210" / name).write_bytes(b"x")
    child = os.fork()
    if child == 0:
        run(instant)
    _, status = os.waitpid(child, 0)
    left = sorted(path.name for path in place.rglob("*"))
    evict()
    cleared = not any((paths.prepared / "a").iterdir())
    print(" ".join(left) or "nothing", cleared, flush=True)
    if status == 0:
        break
"""


def test_a_kill_at_any_instant_of_an_eviction_leaves_all_or_nothing_under_its_name(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED_EVERYWHERE, str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    left = done.stdout.splitlines()
    assert set(left) == {"fedcba9876543210 graph.onnx weights.bin True", "nothing True"}
    assert len(left) > 15  # that many instants were tried


def test_each_eviction_is_logged_with_reason_and_size(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    config = guarded(tmp_path, MB)
    kept = phrase(config.paths, 1, 50_000)
    with caplog.at_level(logging.WARNING):
        disk.evict(disk.units("audio", config.paths), "a reason")
    assert [record.message for record in caplog.records] == [f"evicted {kept} (audio, 53248 bytes): a reason"]


def test_what_is_in_use_stays_and_the_rest_goes(tmp_path: Path) -> None:
    config = guarded(tmp_path, MB)
    used, unused = (graphs(config.paths, name) for name in ("a", "b"))
    heard, unheard = (phrase(config.paths, number) for number in (1, 2))
    with disk.Lease(used), disk.Lease(heard):
        gone = disk.evict(evictable(config), "a test")
    assert {unit.path for unit in gone} == {str(unused), str(unheard)}
    assert (used.exists(), heard.exists(), unused.exists(), unheard.exists()) == (True, True, False, False)


def test_a_lease_taken_after_the_plan_was_made_still_protects(tmp_path: Path) -> None:
    config = guarded(tmp_path, MB)
    prepared = graphs(config.paths)
    planned = disk.units("prepared", config.paths)
    with disk.Lease(prepared):
        assert disk.evict(planned, "a test") == []
    assert list(prepared.rglob("graph.onnx"))


def test_links_pipes_and_folders_are_not_ours_whatever_they_are_called(tmp_path: Path) -> None:
    config = guarded(tmp_path, MB)
    outside = fill(tmp_path / "outside")
    shelf = phrase(config.paths, 1).parent
    (shelf / f"{2:040x}").symlink_to(outside)
    os.mkfifo(shelf / f"{3:040x}")
    (shelf / f"{4:040x}").mkdir()
    (shelf / f"{5:040x}").write_bytes(b"a photo")
    gone = phrase(config.paths, 6)
    planned = disk.units("audio", config.paths)
    gone.unlink()
    assert [Path(unit.path).name for unit in disk.evict(planned, "a test")] == [f"{1:040x}"]
    assert sorted(int(path.name, 16) for path in shelf.iterdir()) == [2, 3, 4, 5]
    assert outside.exists()


def test_removing_one_of_several_hard_links_frees_nothing(tmp_path: Path) -> None:
    config = guarded(tmp_path, MB)
    (phrase(config.paths, 1).with_name(f"{2:040x}")).hardlink_to(phrase(config.paths, 1))
    assert [unit.bytes for unit in disk.units("audio", config.paths)] == [0, 0]


def test_only_models_are_listed_by_last_use(tmp_path: Path) -> None:
    config = guarded(tmp_path, MB)
    old, new = model(config, "old", 1000, AGO), model(config, "new", 1000, AGO + 1)
    fill(config.paths.models / "foreign" / "file")
    fill(config.paths.models / "file")
    fill(config.paths.models / ".tmp" / "install-12345678" / "manifest.toml")
    (new.parent / "default").symlink_to(new.name)
    assert [unit.path for unit in disk.models(config.paths)] == [str(old), str(new)]
    with disk.Lease(old):
        assert [(unit.path, unit.leased) for unit in disk.models(config.paths)] == [(str(new), False), (str(old), True)]
