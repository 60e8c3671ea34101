"""A file is there whole, whatever happens to who writes it."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from edge_tts.config.loading import load as load_config
from edge_tts.engines import tuning
from edge_tts.engines.tuning import Figures, Way
from edge_tts.system.replacing import UNFINISHED, replacing, write_whole

WRITE = """
import pathlib, sys
from edge_tts.system.replacing import replacing
with replacing(pathlib.Path(sys.argv[1])) as scratch:
    scratch.write_bytes(b"half")
    print("half", flush=True)
    sys.stdin.read()
"""


def writer(path: Path) -> subprocess.Popen[bytes]:
    """Return a process that is half through writing a file."""
    command = [sys.executable, "-c", WRITE, str(path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"half\n"
    return process


def unfinished(folder: Path) -> list[Path]:
    return list(folder.glob(f"{UNFINISHED}*"))


@pytest.mark.parametrize("name", ["words.tsv", "字" * 80 + ".wav", "x" * 255])
def test_what_a_killed_process_left_is_removed_by_the_next_write(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write_whole(path, b"old")
    with writer(path) as killed, writer(path) as alive:
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert path.read_bytes() == b"old"
        assert len(unfinished(tmp_path)) == 2
        write_whole(path, b"new")
        assert path.read_bytes() == b"new"
        assert len(unfinished(tmp_path)) == 1, "what somebody writes into stays"
        alive.communicate()
    assert path.read_bytes() == b"half"
    assert unfinished(tmp_path) == []


def test_what_is_swept_before_it_is_locked_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    swept, lock = [], fcntl.flock

    def late(descriptor: int, operation: int) -> None:
        if operation == fcntl.LOCK_SH and not swept:
            swept.extend(unfinished(tmp_path))
            swept[0].unlink()
        lock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", late)
    write_whole(tmp_path / "file", b"new")
    assert len(swept) == 1
    assert (tmp_path / "file").read_bytes() == b"new"


def test_a_file_system_without_locks_can_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    write_whole(tmp_path / "file", b"new")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"new"]


def test_files_of_others_stay(tmp_path: Path) -> None:
    others = [tmp_path / name for name in (".new-words.tsv", ".new-0123-words.tsv", f".new-{'0' * 16}-others.tsv")]
    for other in others:
        other.touch()
    link = tmp_path / f".new-{'1' * 16}-words.tsv"
    link.symlink_to(others[0])
    write_whole(tmp_path / "words.tsv", b"new")
    assert all(other.exists() for other in others)
    assert link.is_symlink()


def test_after_an_error_the_old_file_is_there_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, b"old")
    with contextlib.suppress(KeyError), replacing(path) as scratch:
        scratch.write_bytes(b"half")
        raise KeyError
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_is_replaced_and_what_it_names_is_not_touched(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"precious")
    path = tmp_path / "file"
    path.symlink_to(precious)
    write_whole(path, b"new")
    assert precious.read_bytes() == b"precious"
    assert not path.is_symlink()


@pytest.mark.parametrize("mode", [0o600, 0o666])
def test_a_file_is_for_whom_the_caller_says_and_the_umask_allows(tmp_path: Path, mode: int) -> None:
    before = os.umask(0o022)
    try:
        write_whole(tmp_path / "file", b"", mode=mode)
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == mode & ~0o022


def test_measurements_that_were_killed_leave_nothing_behind(tmp_path: Path) -> None:
    prepared = load_config({"EDGE_TTS_HOME": str(tmp_path)}).paths.prepared / "tiny"
    prepared.mkdir(parents=True)
    with writer(prepared / tuning.FILE_NAME) as killed:
        killed.kill()
    assert len(unfinished(prepared)) == 1
    tuning.write(prepared, tuning.choose([Figures(Way(), 0.1, 0.1, 1)], 2))
    assert [path.name for path in prepared.iterdir()] == [tuning.FILE_NAME]
