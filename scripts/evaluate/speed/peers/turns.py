"""What every measured program does: reads an order, speaks, and writes figures; one JSON object a line.

Runs in the program's own environment, so it imports nothing but the standard library.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

_SAMPLING_SECONDS = 0.01
Speak = Callable[[dict[str, Any]], Iterable[int]]
"""Speaks an order and yields the number of samples of each piece of audio, as soon as it is there."""


def serve(speak: Speak, sample_rate: int, pids: Callable[[], list[int]] = lambda: [os.getpid()]) -> None:
    """Answer orders on standard input until it ends.

    Args:
        speak: see Speak.
        sample_rate: the sample rate of its audio, Hz.
        pids: the processes that do the work, asked for before each order; a list that changes meanwhile is followed.
            The processor time of children that end during an order counts too.
    """
    _say({"ready_at": time.monotonic()})
    for line in sys.stdin:
        _say(_figures(speak, json.loads(line), sample_rate, pids()))


def _figures(speak: Speak, order: dict[str, Any], sample_rate: int, pids: list[int]) -> dict[str, float]:
    """Speak an order; times are CLOCK_MONOTONIC's, which is the same for all processes."""
    pieces, first_at, last_at = 0, 0.0, 0.0
    with peaks(pids) as peak:
        before, begun_at = cpu_seconds(pids), time.monotonic()
        for samples in speak(order):
            last_at = time.monotonic()
            first_at = first_at or last_at
            pieces += samples
        used = cpu_seconds(pids) - before
    return {
        "begun_at": begun_at,
        "first_at": first_at,
        "last_at": last_at,
        "cpu_seconds": used,
        "audio_seconds": pieces / sample_rate,
        **peak,
    }


def cpu_seconds(pids: Iterable[int]) -> float:
    """Return the processor time of processes with all their threads, and of our children that have ended.

    The number of a process's clock is that of clock_getcpuclockid(3).
    """
    running = 0.0
    for pid in pids:
        with suppress(OSError):  # it has ended
            running += time.clock_gettime(~pid << 3 | 2)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return running + ended.ru_utime + ended.ru_stime


@contextmanager
def peaks(pids: list[int]) -> Iterator[dict[str, int]]:
    """Watch processes while the block runs: the most memory that they had together, and the pages of files then.

    Gives own_bytes and mapped_bytes of the moment with the largest sum; it is complete when the block has ended.
    """
    peak, done = {"own_bytes": 0, "mapped_bytes": 0}, threading.Event()

    def watch() -> None:
        while not done.wait(_SAMPLING_SECONDS):
            look(pids, peak)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()
        look(pids, peak)


def look(pids: Iterable[int], peak: dict[str, int]) -> None:
    """Raise a peak to what processes take now, if that is more."""
    lines = [line.split() for pid in pids for text in _contents(pid, "status") for line in text.splitlines()]
    found = {name: sum(int(words[1]) << 10 for words in lines if words[0] == field) for name, field in _RESIDENT}
    if sum(found.values()) > sum(peak.values()):
        peak.update(found)


_RESIDENT = (("own_bytes", "RssAnon:"), ("mapped_bytes", "RssFile:"))


def _contents(pid: int, pattern: str) -> Iterator[str]:
    """Yield what the kernel says of a process, nothing of what has ended."""
    for path in Path(f"/proc/{pid}").glob(pattern):
        with suppress(FileNotFoundError, ProcessLookupError):
            yield path.read_text()


def _say(figures: dict[str, float]) -> None:
    print(json.dumps(figures), flush=True)
