"""How much memory processes take."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
from pathlib import Path

from edge_tts.system.memory import Memory, MemoryWatch, memory_of

LARGE = 64 << 20


def test_memory_of_ones_own_and_pages_of_files_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * LARGE)
    before = memory_of(os.getpid())
    with open(tmp_path / "large", "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as mapped:
        assert sum(mapped[::4096]) == ord("x") * LARGE // 4096
        with_file = memory_of(os.getpid())
    assert with_file.mapped_bytes - before.mapped_bytes > LARGE * 0.9
    assert with_file.own_bytes - before.own_bytes < LARGE * 0.5


def test_the_peak_is_kept_when_the_memory_is_given_back() -> None:
    pid = os.getpid()
    before = memory_of(pid)
    with MemoryWatch([pid], seconds=60.0) as watch:  # so that it looks only at the beginning and at the end
        with mmap.mmap(-1, LARGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as held:  # what malloc frees it may keep
            held.write(b"x" * LARGE)
            watch.__exit__(None, None, None)
    assert watch.peaks[pid].own_bytes - before.own_bytes > LARGE * 0.9
    assert memory_of(pid).own_bytes < watch.peaks[pid].own_bytes - LARGE * 0.5


def test_a_process_that_has_ended_takes_nothing() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert memory_of(ended.pid) == Memory(0, 0)
