"""What every measured program does: reads an order, speaks, and writes figures; one JSON object a line.

Runs in the program's own environment, so it imports nothing but the standard library.
"""

from __future__ import annotations

import json
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

SAMPLE_RATE = 24_000
_SAMPLING_SECONDS = 0.02


class PeakMemory:
    """The most anonymous memory that this process had since `begin`, in bytes."""

    def __init__(self) -> None:
        """Start to watch."""
        self.peak = 0
        threading.Thread(target=self._watch, daemon=True).start()

    def begin(self) -> None:
        """Forget what was before."""
        self.peak = 0

    def _watch(self) -> None:
        while True:
            with open("/proc/self/status", encoding="ascii") as lines:
                kilobytes = next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))
            self.peak = max(self.peak, kilobytes * 1024)
            time.sleep(_SAMPLING_SECONDS)


def serve(speak: Callable[[dict[str, Any]], Iterable[int]], started: float) -> None:
    """Answer orders on standard input until it ends.

    Args:
        speak: yields the number of samples of each piece of audio, as soon as it is made.
        started: when the program began, by `time.perf_counter`.
    """
    memory = PeakMemory()
    _say({"load_seconds": time.perf_counter() - started})
    for line in sys.stdin:
        order = json.loads(line)
        memory.begin()
        before, begun, first, count = _cpu(), time.perf_counter(), 0.0, 0
        for samples in speak(order):
            first = first or time.perf_counter() - begun
            count += samples
        seconds = time.perf_counter() - begun
        figures = {"first_seconds": first, "seconds": seconds, "cpu_seconds": _cpu() - before}
        _say({**figures, "audio_seconds": count / SAMPLE_RATE, "peak_bytes": memory.peak})


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _say(figures: dict[str, float]) -> None:
    print(json.dumps(figures), flush=True)
