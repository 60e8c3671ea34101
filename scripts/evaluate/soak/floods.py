"""Show what others notice while one client floods the daemon with requests of one kind.

Usage: python -m scripts.evaluate.soak.floods [--quick] [--only WORD …] [--seconds 6] [--json]

For each kind of flood a daemon of its own runs with the tone engine, and a process that sends as fast as it can, reads
the replies or does not, or connects again and again. Beside it somebody asks for `stop` and `status`, each time through
a connection of its own, and has a short text spoken; then the daemon gets SIGTERM, while the flood goes on. Printed are
the half and the ninety-ninth hundredth of those times, the most memory of daemon and worker, and how long the daemon
took to end. It ends with status 1 if one of these is more than it may be: `stop` and `status` 50 ms at p99, first audio
twice that of an idle daemon (and not under 50 ms: a tone is made in 3), 150 MB, 2 s. A flood takes a core, so two
cores are needed besides those of the daemon and its worker for times that say something of the daemon alone.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from edge_tts import Client
from edge_tts.cli.terminal import print_json, table
from edge_tts.errors import DaemonUnavailable, EdgeTTSError
from edge_tts.measuring.percentiles import percentile
from edge_tts.system.memory import Memory, MemoryWatch
from edge_tts.wire import Audio
from scripts.evaluate.soak import flooders
from tests.support.running import Daemon, environment, run

ROOT = Path(__file__).resolve().parents[3]

MOST_ANSWER_MS, MOST_MB, MOST_END_SECONDS = 50.0, 150.0, 2.0
FIRST_AUDIO_FACTOR, LEAST_FIRST_AUDIO_MS = 2.0, 50.0
PHRASE = "请取走您的票据。"
QUICK = ("hello", "voices, unread", "disk, unread", "lexicon list", "speak, long, returned", "idle connections")


@dataclass
class Row:
    """What was seen during a flood; times in milliseconds, memory in MB.

    Attributes:
        refused: probes that got an error instead of an answer.
        end_seconds: the time from SIGTERM to the end of the daemon.
        missed: bounds that were not kept.
    """

    flood: str
    stop: list[float] = field(default_factory=list)
    status: list[float] = field(default_factory=list)
    first_audio: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    daemon_mb: float = 0.0
    worker_mb: float = 0.0
    end_seconds: float = 0.0
    missed: list[str] = field(default_factory=list)

    def judge(self, idle_first_audio: float) -> None:
        """Note which bounds were not kept."""
        most_first = max(FIRST_AUDIO_FACTOR * idle_first_audio, LEAST_FIRST_AUDIO_MS)
        found = {
            "stop": at(self.stop, 99) <= MOST_ANSWER_MS,
            "status": at(self.status, 99) <= MOST_ANSWER_MS,
            "first audio": at(self.first_audio, 50) <= most_first,
            "memory": self.daemon_mb <= MOST_MB,
            "SIGTERM": self.end_seconds <= MOST_END_SECONDS,
            "answers": not self.refused,
        }
        self.missed = [name for name, kept in found.items() if not kept]


def main() -> int:
    """Print the table; return 1 if a bound was missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a few floods, for a second and a half each")
    parser.add_argument("--only", nargs="+", metavar="WORD", help="floods with one of these in their names")
    parser.add_argument("--seconds", type=float, default=6.0, help="of each flood")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--flood", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.flood:
        flooders.run(*options.flood)
        return 0
    names = [name for name in flooders.FLOODS if wanted(name, options)]
    seconds = 1.5 if options.quick else options.seconds
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        run(environment(home), "models", "install", "tone", check=True)
        idle = flooded(home, "", seconds)
        idle.judge(at(idle.first_audio, 50))
        for name in ["", *names]:
            row = flooded(home, name, seconds) if name else idle
            row.judge(at(idle.first_audio, 50))
            rows.append(row)
            print(f"{row.flood}: {', '.join(row.missed) or 'kept'}", file=sys.stderr, flush=True)
    print_json([asdict(row) for row in rows]) if options.json else print(shown(rows))
    return int(any(row.missed for row in rows))


def wanted(name: str, options: argparse.Namespace) -> bool:
    """Return whether a flood is to be tried."""
    if options.only:
        return any(word in name for word in options.only)
    return name in QUICK or not options.quick


def flooded(home: Path, name: str, seconds: float) -> Row:
    """Measure during a flood, none for an empty name."""
    row = Row(name or "(idle)")
    daemon = Daemon(home)
    try:
        with daemon.client() as speaker:
            words = [{"word": word["word"], "reading": word["reading"]} for word in flooders.WORDS[:9990]]
            speaker.lexicon("import", entries=words)
            speaker.synthesize(PHRASE, cache=False)
            pids = [daemon.pid, daemon.worker_pid("tone")]
            with flooding(daemon, name), MemoryWatch(pids, 0.02) as watch:
                until = time.monotonic() + seconds
                while time.monotonic() < until:
                    probe(daemon, speaker, row)
                row.end_seconds = end(daemon)
        row.daemon_mb, row.worker_mb = (megabytes(watch.peaks[pid]) for pid in pids)
    finally:
        daemon.close()
    return row


@contextlib.contextmanager
def flooding(daemon: Daemon, name: str) -> Iterator[None]:
    """Flood while the block runs."""
    if not name:
        yield
        return
    command = [sys.executable, __file__, "--flood", str(daemon.socket), name]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield
        finally:
            process.kill()


def probe(daemon: Daemon, speaker: Client, row: Row) -> None:
    """Ask for everything once."""
    timed(row, row.stop, lambda: asked(daemon, lambda client: client.stop(everything=False)))
    timed(row, row.status, lambda: asked(daemon, lambda client: client.status()))
    timed(row, row.first_audio, lambda: first_audio(speaker))
    time.sleep(0.02)


def asked(daemon: Daemon, ask: Callable[[Client], object]) -> None:
    """Ask through a connection of its own."""
    with daemon.client(timeout_seconds=20) as client:
        ask(client)


def first_audio(speaker: Client) -> None:
    """Wait for the first audio of a text."""
    for message in speaker.utter(PHRASE, output="return", cache=False):
        if isinstance(message, Audio):
            break


def timed(row: Row, times: list[float], action: Callable[[], object]) -> None:
    """Note how long an action takes, or that it failed."""
    began = time.perf_counter()
    try:
        action()
    except (EdgeTTSError, OSError) as error:
        row.refused.append(str(error))
        if isinstance(error, DaemonUnavailable):
            time.sleep(0.05)
        return
    times.append((time.perf_counter() - began) * 1000)


def end(daemon: Daemon) -> float:
    """Send SIGTERM; return the seconds until the daemon has ended."""
    began = time.monotonic()
    daemon.process.send_signal(signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        daemon.process.wait(20)
    return time.monotonic() - began


def megabytes(memory: Memory) -> float:
    """Return all that a process takes."""
    return (memory.own_bytes + memory.mapped_bytes) / 1e6


def at(times: list[float], percent: float) -> float:
    """Return a percentile; without any times it is without end."""
    return percentile(times, percent) if times else float("inf")


def shown(rows: list[Row]) -> str:
    """Return the table for people."""
    cells = [
        {
            "flood": row.flood,
            "stop": f"{at(row.stop, 50):.1f}/{at(row.stop, 99):.1f}",
            "status": f"{at(row.status, 50):.1f}/{at(row.status, 99):.1f}",
            "first": f"{at(row.first_audio, 50):.1f}",
            "daemon": f"{row.daemon_mb:.0f}",
            "worker": f"{row.worker_mb:.0f}",
            "end": f"{row.end_seconds:.2f}",
            "kept": ", ".join(row.missed) or "yes",
        }
        for row in rows
    ]
    titles = {
        "flood": "ONE CLIENT FLOODS WITH",
        "stop": "STOP P50/P99 MS",
        "status": "STATUS MS",
        "first": "FIRST AUDIO MS",
        "daemon": "DAEMON MB",
        "worker": "WORKER MB",
        "end": "SIGTERM S",
        "kept": "KEPT",
    }
    return table(cells, titles)


if __name__ == "__main__":
    sys.exit(main())
