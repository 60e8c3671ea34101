"""Have a voice speak many utterances of mixed length and speed; show what memory worker and daemon take meanwhile.

Usage: python -m scripts.evaluate.soak.memory [--voice baker] [--utterances 2000] [--socket PATH --looks FILE] [--json]

Without --socket a daemon of its own runs; with it, a long soak may be done in parts through one daemon that does not
unload the model between them. --looks keeps what was seen in a file, and the figures are of all that is in it. Memory
is what no file backs (proc_pid_status(5), RssAnon), looked at after every utterance. Growth is the slope of a line
through all looks after the first quarter, which is warm-up.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from edge_tts import Client
from edge_tts.cli.terminal import ProgressBar, print_json, size, table
from edge_tts.config.loading import load as load_config
from edge_tts.daemon.starting import passing_daemon
from edge_tts.measuring.benchmark.readings import reading
from edge_tts.system.memory import memory_of

ROOT = Path(__file__).resolve().parents[3]

PARTS = 10
"""Rows of the table."""
WARM_UP = 0.25
"""Share of the looks that growth is not read from."""
LENGTHS = (2, 4, 6, 8, 12, 16, 24, 40)
"""Characters; the next text has any of these, one in LONG_ONE_IN has LONG."""
LONG, LONG_ONE_IN = 200, 100
SPEEDS = (1.0, 1.5, 2.0)
"""One of them is chosen for each text: the same text is of another length."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen after an utterance: own bytes of the worker and of the daemon, seconds of audio so far."""

    worker: int
    daemon: int
    audio_seconds: float


class Kept:
    """Looks in a file, one in each line.

    Args:
        path: the file, made if it is not there; None keeps them in memory only.
    """

    def __init__(self, path: Path | None) -> None:
        """Read what is there."""
        self._path = path
        lines = path.read_text().splitlines() if path and path.exists() else []
        rows = [json.loads(line) for line in lines]
        self.workers = {row.pop("pid") for row in rows}
        self.looks = [Look(**row) for row in rows]

    def add(self, look: Look, pid: int) -> None:
        """Keep one more; `pid` is the worker's."""
        self.looks.append(look)
        self.workers.add(pid)
        if self._path:
            with self._path.open("a") as file:
                file.write(json.dumps({"pid": pid, **asdict(look)}) + "\n")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voice", default="baker")
    parser.add_argument("--utterances", type=int, default=2000)
    parser.add_argument("--socket", type=Path, help="of a daemon that runs")
    parser.add_argument("--looks", type=Path, help="file that keeps what was seen, for the parts that follow")
    parser.add_argument("--seed", type=int, default=1, help="of the choice of texts")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.utterances < 2 * PARTS:
        parser.error(f"expected at least {2 * PARTS} utterances, got {options.utterances}")
    kept = Kept(options.looks)
    with daemon(options.socket) as path, Client(path, timeout_seconds=120) as client:
        soak(client, options.voice, options.utterances, random.Random(options.seed + len(kept.looks)), kept)
    if len(kept.workers) > 1:
        sys.exit("the worker was replaced meanwhile, so that its memory says nothing")
    figures = summary(options.voice, kept.looks)
    if options.json:
        print_json(figures)
    else:
        print(shown(figures))


@contextmanager
def daemon(running: Path | None) -> Iterator[Path]:
    """Give the socket of the daemon that runs, or of one that runs while the block does."""
    if running:
        yield running
    else:
        with passing_daemon(load_config()) as path:
            yield path


def soak(client: Client, voice: str, count: int, chosen: random.Random, kept: Kept) -> None:
    """Have texts spoken, and keep a look after each."""
    client.synthesize("好。", voice=voice, cache=False)  # so that there is a worker
    status = client.status()
    model = next(row["model"] for row in client.voices() if row["name"] == voice)
    seconds = kept.looks[-1].audio_seconds if kept.looks else 0.0
    progress = ProgressBar()
    for number in range(count):
        length = LONG if chosen.randrange(LONG_ONE_IN) == 0 else chosen.choice(LENGTHS)
        text, speed = reading("zh", length, chosen.randrange(1000)), chosen.choice(SPEEDS)
        sound = client.synthesize(text, voice=voice, speed=speed, cache=False)
        seconds += len(sound.samples) / sound.sample_rate
        worker = next(row["pid"] for row in client.status()["models"] if row["name"] == model)
        kept.add(Look(memory_of(worker).own_bytes, memory_of(status["pid"]).own_bytes, seconds), worker)
        progress.show("soak", voice, number + 1, count, f"{number + 1} of {count}")
    progress.close()


def summary(voice: str, looks: Sequence[Look]) -> dict[str, Any]:
    """Return the figures for programs; bytes, growth in bytes for 1000 utterances."""
    last = [len(looks) * (part + 1) // PARTS for part in range(PARTS)]
    spans = [looks[begin:end] for begin, end in zip([0, *last], last, strict=False)]
    rows = [
        {
            "utterances": end,
            "audio_seconds": span[-1].audio_seconds,
            **{
                f"{name}_{what}": reduce([getattr(look, name) for look in span])
                for name in ("worker", "daemon")
                for what, reduce in (("median", statistics.median), ("most", max))
            },
        }
        for end, span in zip(last, spans, strict=True)
    ]
    warm = looks[int(len(looks) * WARM_UP) :]
    growth = {name: slope([getattr(look, name) for look in warm]) * 1000 for name in ("worker", "daemon")}
    return {"voice": voice, "utterances": len(looks), "parts": rows, "growth": growth}


def slope(values: Sequence[float]) -> float:
    """Return by how much values grow from one to the next: the slope of the line of least squares."""
    return statistics.linear_regression(range(len(values)), values).slope


def shown(figures: dict[str, Any]) -> str:
    """Return the figures for people."""
    names = ("worker_median", "worker_most", "daemon_median", "daemon_most")
    rows = [
        {
            "utterances": row["utterances"],
            "audio": f"{row['audio_seconds']:.0f} s",
            **{name: size(int(row[name])) for name in names},
        }
        for row in figures["parts"]
    ]
    columns = {"utterances": "UTTERANCES", "audio": "AUDIO", **{name: name.upper().replace("_", " ") for name in names}}
    growth = ", ".join(f"{name} {bytes_ / 1000:+.1f} kB" for name, bytes_ in figures["growth"].items())
    return f"{table(rows, columns)}\n\ngrowth after warm-up, for 1000 utterances: {growth}"


if __name__ == "__main__":
    main()
