from __future__ import annotations

import errno
from pathlib import Path

import pytest
from store_model import paths_under

from edge_tts import disk
from edge_tts.errors import DiskFull, StoreError


def test_a_folder_counts_its_blocks_once_and_what_it_links_to_not_at_all(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    outside.mkdir()
    folder.mkdir()
    (outside / "big").write_bytes(bytes(1 << 20))
    (folder / "file").write_bytes(bytes(100_000))
    alone = disk.used_bytes(folder)
    (folder / "hard").hardlink_to(folder / "file")
    (folder / "soft").symlink_to(outside)
    assert 100_000 <= alone < 120_000
    assert disk.used_bytes(folder) < alone + 10_000


def test_a_folder_that_is_a_link_counts_what_is_behind_it(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "file").write_bytes(bytes(100_000))
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert disk.used_bytes(tmp_path / "link") == disk.used_bytes(tmp_path / "real") >= 100_000


def test_what_does_not_exist_counts_nothing(tmp_path: Path) -> None:
    paths = paths_under(tmp_path)
    assert disk.used_bytes(tmp_path / "nothing") == 0
    assert disk.usage(paths).total == 0


def test_usage_tells_the_folders_apart(tmp_path: Path) -> None:
    paths = paths_under(tmp_path)
    for size, folder in enumerate((paths.models, paths.prepared, paths.cache, paths.temporary), 1):
        folder.mkdir(parents=True)
        (folder / "file").write_bytes(bytes(size * 100_000))
    found = disk.usage(paths)
    for size, part in enumerate((found.models, found.prepared, found.cache, found.temporary), 1):
        assert size * 100_000 <= part < size * 100_000 + 20_000
    assert found.total == found.models + found.prepared + found.cache + found.temporary


def test_a_write_that_fits_may_begin_even_where_no_folder_is_yet(tmp_path: Path) -> None:
    disk.require_room(tmp_path / "not" / "yet", 1, "a test")


def test_a_write_that_cannot_fit_is_refused_with_both_numbers(tmp_path: Path) -> None:
    with pytest.raises(DiskFull, match=rf"a test needs {1 << 60} bytes in {tmp_path}, the disk has \d+ free"):
        disk.require_room(tmp_path, 1 << 60, "a test")


def test_a_full_device_becomes_our_error_with_the_size(tmp_path: Path) -> None:
    with (
        pytest.raises(DiskFull, match="a test needs 12345 bytes") as caught,
        disk.writing(tmp_path, 12345, "a test"),
    ):
        with open("/dev/full", "wb", buffering=0) as stream:
            stream.write(b"x")
    assert isinstance(caught.value.__cause__, OSError)
    assert caught.value.__cause__.errno == errno.ENOSPC


def test_another_failure_names_the_place(tmp_path: Path) -> None:
    place = tmp_path / "file" / "below"
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=f"a test failed at {place}: Not a directory"):
        with disk.writing(tmp_path, 1, "a test"):
            place.touch()
