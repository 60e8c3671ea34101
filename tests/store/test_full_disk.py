"""What a disk that is full, at whatever moment, leaves behind."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from edge_tts import disk, store
from edge_tts.config.settings import Paths
from edge_tts.errors import DiskFull
from edge_tts.store import Step
from tests.support.store_model import FILES, damage_flip, install, leftovers, make_folder, mounted, paths_under

GRAPH = FILES["graph.bin"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_folder(tmp_path / "tiny")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path / "small") as place:
        yield place


def test_a_disk_that_is_too_small_is_refused_before_anything_is_written(small_disk: Path, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "big", files={"graph.bin": bytes(9_000_000)})
    with pytest.raises(DiskFull, match=r"installing model tiny needs 90\d{5} bytes in .*, the disk has \d+ free"):
        install(paths_under(small_disk), folder, pytest.fail)
    assert disk.used_bytes(small_disk) < 50_000


def test_a_disk_that_becomes_full_leaves_the_old_model(small_disk: Path, folder: Path) -> None:
    paths = paths_under(small_disk)
    old = install(paths, folder).model
    make_folder(folder, files={**FILES, "graph.bin": GRAPH + b"new"}, version="2")

    def take_the_rest(step: Step) -> None:
        filler = small_disk / "filler"
        if step.phase == "install" and not filler.exists():
            fill(filler)

    with pytest.raises(DiskFull, match="the disk became full"):
        install(paths, folder, take_the_rest)
    assert leftovers(paths) == []
    assert store.installed(paths) == [old]
    store.verify(paths, "tiny")
    (small_disk / "filler").unlink()
    assert install(paths, folder).model.manifest.version == "2"


def test_models_may_be_a_link_to_another_disk(small_disk: Path, paths: Paths, folder: Path) -> None:
    paths.state.mkdir(parents=True)
    paths.models.symlink_to(small_disk)
    install(paths, folder)
    damage_flip(paths.models / "tiny" / "1" / "graph.bin")
    assert install(paths, folder).changed
    store.verify(paths, "tiny")
    store.remove(paths, "tiny")
    assert leftovers(paths) == []
    assert store.installed(paths) == []


def fill(path: Path, left: int = 0) -> None:
    """Write until the disk is full, then free a little of it."""
    with path.open("wb", buffering=0) as stream, suppress(OSError):
        while True:
            stream.write(bytes(4096))
    with path.open("r+b") as stream:
        stream.truncate(max(0, path.stat().st_size - left))


def test_a_disk_that_fills_up_at_any_block_leaves_the_old_state_or_the_new(tmp_path: Path) -> None:
    files = {f"part{index}.bin": bytes([index]) * 9000 for index in range(4)}
    new = make_folder(tmp_path / "new", files={**files, "part0.bin": b"new" * 3000}, version="2")
    old = make_folder(tmp_path / "old", files=files)
    outcomes = []
    with mounted(tmp_path / "disk", 4 << 20) as place:
        paths = paths_under(place / "home")
        for left in range(0, 140_000, 4096):
            shutil.rmtree(place / "home", ignore_errors=True)
            install(paths, old)

            def fill_once(step: Step, left: int = left) -> None:
                if not (place / "filler").exists():
                    fill(place / "filler", left)

            try:
                install(paths, new, fill_once)
                outcomes.append("2")
            except DiskFull:
                outcomes.append("1")
            (place / "filler").unlink(missing_ok=True)
            assert store.find(paths, "tiny").version in ("1", outcomes[-1])
            for model in store.versions(paths, "tiny"):
                store.verify(paths, "tiny", version=model.version)
            install(paths, new)
            assert store.find(paths, "tiny").version == "2"
    assert outcomes == sorted(outcomes)
    assert {"1", "2"} == set(outcomes)
