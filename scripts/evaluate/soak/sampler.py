"""What is on the disk during disk.py, looked at again and again without the code that is being tested."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from types import TracebackType

from edge_tts.config.settings import Config

INTERVAL_SECONDS = 0.2
FOREIGN = "foreign-"
_A_FEW_BYTES = 1_000_000  # folders, and what is written just now


@dataclass(frozen=True, slots=True)
class Sample:
    """One look.

    Attributes:
        ours: bytes of files that are not somebody else's.
        foreign: bytes of those that are.
        audio: the bytes of cached audio among them, which can be evicted.
    """

    ours: int
    foreign: int
    audio: int

    @property
    def used(self) -> int:
        """All of it."""
        return self.ours + self.foreign


class _Stopwatch:
    """How long something lasted, each time."""

    def __init__(self) -> None:
        self._since: float | None = None
        self.seconds: list[float] = []

    def see(self, lasts: bool) -> None:
        """Say whether it is so now."""
        if lasts:
            self._since = self._since or time.monotonic()
        elif self._since is not None:
            self.seconds.append(round(time.monotonic() - self._since, 1))
            self._since = None

    @property
    def longest(self) -> float:
        """Seconds of the longest time, 0 for none."""
        return max(self.seconds, default=0.0)


class Sampler:
    """Looks until its block ends."""

    def __init__(self, config: Config) -> None:
        """Look at nothing yet."""
        self._roots = (str(config.paths.state), str(config.paths.cache))
        self._audio = str(config.paths.audio)
        self._budget = config.disk.budget_bytes
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.samples = 0
        self.most_used = self.most_ours = 0
        self._over, self._unanswered = _Stopwatch(), _Stopwatch()

    def __enter__(self) -> Sampler:
        """Begin to look."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop looking."""
        self._ended.set()
        self._thread.join()

    def figures(self) -> dict[str, object]:
        """Return what was seen."""
        return {
            "samples": self.samples,
            "most used, ours and foreign, MB": round(self.most_used / 1e6, 1),
            "most used, ours alone, MB": round(self.most_ours / 1e6, 1),
            "bytes of ours over budget": max(0, self.most_ours - self._budget),
            "times that foreign files made it too much": len(self._over.seconds),
            "seconds until back under the budget, longest": self._over.longest,
            "of these, seconds with cached audio left to evict": self._unanswered.longest,
        }

    def _run(self) -> None:
        while not self._ended.wait(INTERVAL_SECONDS):
            sample = self._least_of(3)
            self.samples += 1
            self.most_used = max(self.most_used, sample.used)
            self.most_ours = max(self.most_ours, sample.ours)
            self._over.see(sample.used > self._budget)
            self._unanswered.see(sample.used > self._budget and sample.audio > _A_FEW_BYTES)

    def _least_of(self, times: int) -> Sample:
        """Look again if it seems too much: what moves while we look is seen twice."""
        sample = self._look()
        while times > 1 and sample.ours > self._budget:
            sample, times = min(sample, self._look(), key=lambda seen: seen.ours), times - 1
        return sample

    def _look(self) -> Sample:
        seen: dict[tuple[int, int], tuple[int, str]] = {}
        for root in self._roots:
            for folder, names, files in os.walk(root):
                for name in (*files, *names, "."):
                    path = os.path.join(folder, name)
                    try:
                        status = os.lstat(path)
                    except OSError:
                        continue
                    seen[status.st_dev, status.st_ino] = (status.st_blocks * 512, path)
        foreign = sum(size for size, path in seen.values() if FOREIGN in path)
        audio = sum(size for size, path in seen.values() if path.startswith(self._audio))
        return Sample(sum(size for size, _ in seen.values()) - foreign, foreign, audio)
