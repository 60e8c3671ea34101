"""One voice that is measured through a daemon: texts of several lengths, several clients at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Barrier
from typing import Any

from edge_tts.client.blocking import Client
from edge_tts.measuring.benchmark.plan import Plan
from edge_tts.measuring.benchmark.readings import Turn, read, reading
from edge_tts.measuring.percentiles import fairness
from edge_tts.system.memory import Memory, MemoryWatch

TOGETHER_CHARACTERS = 60
"""How many characters each of several clients at once has read to it: two or three sentences."""
REPLY_SECONDS = 120.0
"""How long the daemon may be silent."""


@dataclass(slots=True)
class _Length:
    """Readings of one length, and the most memory that worker and daemon had meanwhile."""

    characters: int
    turns: list[Turn] = field(default_factory=list)
    worker: Memory = field(default_factory=Memory)
    daemon: Memory = field(default_factory=Memory)

    def as_row(self) -> dict[str, Any]:
        """Return the figures for programs."""
        whole = [turn for turn in self.turns if turn.whole]
        return {
            "characters": self.characters,
            "first_seconds": [turn.first_seconds for turn in self.turns],
            "rtf": [turn.rtf for turn in whole],
            "audio_seconds": max(turn.audio_seconds for turn in whole),
            "worker": asdict(self.worker),
            "daemon": asdict(self.daemon),
        }


class Subject:
    """A voice that is measured through a daemon.

    Args:
        path: the daemon's socket.
        voice: the voice's name, "" for the default voice.
        step: is called with what is measured next.

    Raises:
        EdgeTTSError: the voice is unknown, or cannot speak.
    """

    def __init__(self, path: Path, voice: str, step: Callable[[str], None]) -> None:
        """Have its worker started."""
        self._path, self._step = path, step
        with Client(path, timeout_seconds=REPLY_SECONDS) as client:
            (_, stats) = read(client, "好。", voice)  # so that its worker is there
            self.voice, self.model = stats["voice"], stats["model"]
            status = client.status()
            self._language = next(row["language"] for row in client.voices() if row["name"] == self.voice)
        self._daemon = status["pid"]
        self._worker = next(row["pid"] for row in status["models"] if row["name"] == self.model)

    def figures(self, plan: Plan) -> dict[str, Any]:
        """Measure everything but cold starts."""
        rows = [_Length(characters) for characters in plan.lengths]
        with Client(self._path, timeout_seconds=REPLY_SECONDS) as client:
            for number in range(plan.rounds):
                for row in rows:
                    self._step(f"{self.voice} {row.characters} characters")
                    self._turn(client, row, number, plan.whole_seconds)
        return {
            "voice": self.voice,
            "model": self.model,
            "language": self._language,
            "lengths": [row.as_row() for row in rows],
            "clients": [self._together(count, plan) for count in plan.clients],
        }

    def _turn(self, client: Client, row: _Length, number: int, whole_seconds: float) -> None:
        written = reading(self._language, row.characters, number)
        whole = not row.turns or sum(turn.seconds for turn in row.turns) < whole_seconds
        with MemoryWatch([self._worker, self._daemon]) as watch:
            turn, _ = read(client, written, self.voice, whole=whole)
        row.turns.append(turn)
        row.worker = row.worker.or_more(watch.peaks[self._worker])
        row.daemon = row.daemon.or_more(watch.peaks[self._daemon])
        if not turn.whole:
            read(client, "好。", self.voice)  # so that the worker has stopped before the next one

    def _together(self, count: int, plan: Plan) -> dict[str, Any]:
        """Let so many clients ask at once, as often as there is time for."""
        began, rounds = time.perf_counter(), list[dict[str, Any]]()
        with MemoryWatch([self._worker, self._daemon]) as watch:
            for number in range(plan.rounds):
                self._step(f"{self.voice} {count} clients")
                if not rounds or time.perf_counter() - began < plan.clients_seconds:
                    rounds.append(self._crowd(count, number))
        return {
            "clients": count,
            "characters": TOGETHER_CHARACTERS,
            "first_seconds": [first for row in rounds for first in row["first_seconds"]],
            "audio_per_second": [row["audio_per_second"] for row in rounds],
            "fairness": [row["fairness"] for row in rounds],
            "worker": asdict(watch.peaks[self._worker]),
            "daemon": asdict(watch.peaks[self._daemon]),
        }

    def _crowd(self, count: int, number: int) -> dict[str, Any]:
        """Let so many clients ask at once; each has a text and a connection of its own."""
        ready = Barrier(count)

        def ask(client: Client, turn: int) -> Turn:
            ready.wait()
            return read(client, reading(self._language, TOGETHER_CHARACTERS, turn), self.voice)[0]

        with ExitStack() as stack, ThreadPoolExecutor(count) as threads:
            clients = [stack.enter_context(Client(self._path, timeout_seconds=REPLY_SECONDS)) for _ in range(count)]
            began = time.perf_counter()
            turns = list(threads.map(ask, clients, range(number * count, (number + 1) * count)))
            seconds = time.perf_counter() - began
        return {
            "first_seconds": [turn.first_seconds for turn in turns],
            "audio_per_second": sum(turn.audio_seconds for turn in turns) / seconds,
            "fairness": fairness([turn.audio_seconds / turn.seconds for turn in turns]),
        }
