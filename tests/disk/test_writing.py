from __future__ import annotations

import errno
from pathlib import Path

import pytest

from edge_tts import disk
from edge_tts.errors import DiskFull, StoreError


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
