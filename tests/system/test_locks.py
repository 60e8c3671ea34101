"""Lock files: nobody leads us astray through one, and nobody waits for one for ever."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_tts.errors import StoreError
from edge_tts.system import locks


def test_a_lock_is_made_for_us_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        os.close(locks.open_lock(tmp_path / "lock"))
    finally:
        os.umask(before)
    assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o600


def test_a_lock_that_others_could_hold_is_narrowed_and_keeps_its_content(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_text("precious")
    path.chmod(0o666)
    os.close(locks.open_lock(path))
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text() == "precious"


def make_link(path: Path) -> None:
    (path.parent / "precious").write_text("precious")
    path.symlink_to(path.parent / "precious")


def make_broken_link(path: Path) -> None:
    path.symlink_to(path.parent / "nothing")


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))


@pytest.mark.parametrize("make", [make_link, make_broken_link, os.mkfifo, Path.mkdir, make_socket])
def test_what_is_no_file_of_ours_is_no_lock(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / "lock")
    with pytest.raises(StoreError, match=r"lock must be a regular file.* to be a lock"):
        locks.open_lock(tmp_path / "lock")
    assert not (tmp_path / "nothing").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_somebody_elses_file_is_no_lock(tmp_path: Path) -> None:
    (tmp_path / "lock").touch()
    os.chown(tmp_path / "lock", 12345, 12345)
    with pytest.raises(StoreError, match="must be a regular file of user 0"):
        locks.open_lock(tmp_path / "lock")


@pytest.fixture
def two(tmp_path: Path) -> tuple[int, int]:
    """Two descriptors of one lock, as two processes have them."""
    return locks.open_lock(tmp_path / "lock"), locks.open_lock(tmp_path / "lock")


def test_a_lock_that_somebody_holds_is_not_had_in_time(two: tuple[int, int]) -> None:
    first, second = two
    assert locks.take(first, 0)
    assert not locks.take(second, 0)
    assert not locks.take(second, 0.01, shared=True)
    os.close(first)
    assert locks.take(second, 0)


def test_whoever_waits_gets_it_when_the_other_lets_go(two: tuple[int, int]) -> None:
    first, second = two
    assert locks.take(first, 0)
    taken: list[bool] = []
    waiting = threading.Thread(target=lambda: taken.append(locks.take(second, 60)))
    waiting.start()
    os.close(first)
    waiting.join(60)
    assert taken == [True]


def test_shared_locks_go_together(two: tuple[int, int]) -> None:
    assert all(locks.take(descriptor, 0, shared=True) for descriptor in two)


def test_nobody_waits_in_a_process_that_ends(two: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "_ending", threading.Event())
    first, second = two
    assert locks.take(first, 0)
    taken: list[bool] = []
    waiting = threading.Thread(target=lambda: taken.append(locks.take(second, 600)))
    waiting.start()
    locks.give_up()
    waiting.join(60)
    assert taken == [False]
