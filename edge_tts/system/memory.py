"""How much memory a process takes, and the most it takes while something runs."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType

_FIELDS = {"RssAnon": "own", "RssFile": "mapped", "RssShmem": "mapped"}


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory of a process.

    Attributes:
        own_bytes: memory that no file backs: heap, stacks, what was changed of a mapped file.
        mapped_bytes: pages of files and shared memory, which other processes may have as well.
    """

    own_bytes: int = 0
    mapped_bytes: int = 0

    def or_more(self, other: Memory) -> Memory:
        """Return the larger of each number."""
        return Memory(max(self.own_bytes, other.own_bytes), max(self.mapped_bytes, other.mapped_bytes))


def memory_of(pid: int) -> Memory:
    """Return what a process takes now, from proc_pid_status(5); nothing if it has ended.

    Those are the kernel's counters, so that looking costs next to nothing and may be repeated often.
    """
    found = {"own": 0, "mapped": 0}
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as lines:
            for name, _, value in (line.partition(":") for line in lines):
                if name in _FIELDS:
                    found[_FIELDS[name]] += int(value.split()[0]) * 1024
    except (FileNotFoundError, ProcessLookupError):
        return Memory()
    return Memory(found["own"], found["mapped"])


class MemoryWatch:
    """Looks at processes again and again while its block runs.

    Args:
        pids: which processes.
        seconds: between two looks.

    Example:
        with MemoryWatch([pid]) as watch:
            work()
        print(watch.peaks[pid].own_bytes)
    """

    def __init__(self, pids: Sequence[int], seconds: float = 0.005) -> None:
        """Look once."""
        self.peaks = {pid: memory_of(pid) for pid in pids}
        self._seconds = seconds
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory watch", daemon=True)

    def __enter__(self) -> MemoryWatch:
        """Begin to look."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Look a last time."""
        self._done.set()
        self._thread.join()
        self._look()

    def _watch(self) -> None:
        while not self._done.wait(self._seconds):
            self._look()

    def _look(self) -> None:
        self.peaks = {pid: peak.or_more(memory_of(pid)) for pid, peak in self.peaks.items()}
