"""Measure what spans side by side bring where a host limits each connection, and what a cut costs.

Usage: python -m scripts.evaluate.speed.downloads [ROUNDS]

The host is the tests' own, on this machine; every connection of it is limited to 25 MB/s. Prints medians of seconds.
"""

from __future__ import annotations

import hashlib
import statistics
import sys
import tempfile
import time
from pathlib import Path

from edge_tts.config.settings import Downloads
from edge_tts.store.fetch.transfers import Download, Transfers
from tests.support.hub_server import Hub

ROOT = Path(__file__).resolve().parents[3]

CONTENT = bytes(range(256)) * 500_000  # 128 MB
RATE = 25_000_000


def seconds(hub: Hub, parallel: int, cut: list[int]) -> float:
    """Return how long the file takes."""
    url = hub.put("/large", CONTENT, etag='"v1"', rate=RATE, cut=cut)
    download = Download(url, len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    with tempfile.TemporaryDirectory() as folder:
        transfers = Transfers(Path(folder), Downloads(parallel=parallel, wait_seconds=0.1), lambda names, size: None)
        started = time.monotonic()
        transfers.file(download)
        taken = time.monotonic() - started
        transfers.close()
    return taken


def main() -> None:
    """Print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    hub = Hub()
    ways: dict[str, tuple[int, list[int]]] = {
        "one connection": (1, []),
        "one connection, cut in the middle": (1, [64_000_000]),
        "four spans": (4, []),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, (parallel, cut) in ways.items():
            times[name].append(seconds(hub, parallel, list(cut)))
    hub.close()
    base = statistics.median(times["one connection"])
    for name, found in times.items():
        print(f"{name:<35} {statistics.median(found):6.2f} s  {base / statistics.median(found):5.2f} times as fast")


if __name__ == "__main__":
    main()
