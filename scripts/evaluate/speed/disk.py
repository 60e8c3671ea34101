"""Measure the disk guard: how long a look at many files takes, and how long following a change.

    python -m scripts.evaluate.speed.disk [--files 50000] [--repeat 7]

Prints medians: milliseconds on the clock, and of processor time, which tells the same on a busy machine. The files are
small ones in the places and with the names of recordings, see disk/forms.py.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

from edge_tts.config.settings import Config, Disk, Paths
from edge_tts.disk import Accounts, reserve, units
from edge_tts.disk.forms import RECORDING
from edge_tts.disk.guard import Guard
from edge_tts.system.private import make_root

LONG_AGO = 1_600_000_000


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--repeat", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        paths = Paths(Path(root) / "state", Path(root) / "cache", Path(root) / "socket")
        config = Config(paths, disk=Disk(reserve_bytes=0))
        folders = fill(paths, options.files)
        if (ours := len(units("audio", paths))) != options.files:
            sys.exit(f"expected {options.files} recordings to evict, got {ours}")
        for name, times in measure(config, folders, options.repeat).items():
            clock, processor = (statistics.median(column) * 1000 for column in zip(*times, strict=True))
            print(f"{name:<52} {clock:8.2f} ms, of the processor {processor:8.2f} ms")
    print(f"{options.files} files in {len(folders)} folders, Python {sys.version.split()[0]}, {os.cpu_count()} cores")
    print(f"memory of this process at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000:.0f} MB")


def fill(paths: Paths, files: int) -> list[Path]:
    """Make small files that are recordings by name and place; return their folders."""
    make_root(paths.cache)
    made = [paths.audio / digit for digit in "0123456789abcdef"]
    for folder in made:
        folder.mkdir(parents=True)
    for number in range(files):
        key = blake2b(number.to_bytes(8, "big"), digest_size=20).hexdigest()
        (paths.audio / key[0] / key).write_bytes(RECORDING.ljust(100, b"\0"))
    for folder in made:
        os.utime(folder, (LONG_AGO, LONG_AGO))
    return made


Times = list[tuple[float, float]]
"""Seconds on the clock and of the processor, of each repetition."""


def measure(config: Config, folders: list[Path], repeat: int) -> dict[str, Times]:
    """Return how long each thing took, by what it was."""
    accounts = Accounts(config)

    def change() -> None:
        (folders[0] / "new").write_bytes(b"\0" * 100)
        (folders[0] / "new").unlink()

    def promise() -> None:
        with reserve(config, config.paths.audio, 1_000_000, "a benchmark", accounts):
            pass

    return {
        "everything measured": timed(accounts.measure, repeat),
        "followed, nothing has changed": timed(accounts.follow, repeat),
        "followed, names came and went in one folder": timed(accounts.follow, repeat, change),
        "followed, a file in one folder may have grown": timed(
            lambda: accounts.follow(frozenset([str(folders[1])])), repeat
        ),
        "room reserved by who follows": timed(promise, repeat),
        "every cached phrase listed for eviction": timed(lambda: units("audio", config.paths), repeat),
        "a file that somebody copies in, until the guard knows": noticed(config, folders[0], repeat),
    }


def timed(action: Callable[[], object], repeat: int, before: Callable[[], None] = lambda: None) -> Times:
    """Return how long each of a number of calls took."""
    times = []
    for _ in range(repeat):
        before()
        clock, processor = time.perf_counter(), time.process_time()
        action()
        times.append((time.perf_counter() - clock, time.process_time() - processor))
    return times


def noticed(config: Config, folder: Path, repeat: int) -> Times:
    """Return how long it takes from a new file to the guard's next figure."""
    guard = Guard(config)
    guard.start()
    before = guard.used_bytes

    def copy_in() -> None:
        nonlocal before
        (folder / f"{time.time_ns()}").write_bytes(bytes(1_000_000))
        while guard.used_bytes < before + 1_000_000:
            time.sleep(0.005)
        before = guard.used_bytes

    try:
        copy_in()  # the first one waits for the guard's first look
        return timed(copy_in, repeat)
    finally:
        guard.close()


if __name__ == "__main__":
    main()
