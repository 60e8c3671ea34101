"""Kill the daemon at random instants, while others start it, flood it, change words and hold its locks.

    python -m scripts.evaluate.soak.kills [--rounds 500] [--seed 1] [--json]

Each round starts a daemon, lets several act at once, and kills with SIGKILL: the daemon, or whoever is starting one.
Prints what was acknowledged and is lost, which must be nothing (words that were added, models),
how many `edge-tts say` failed that raced for a start and were not killed themselves, what killed processes have left,
and how long the next start took: by the clock, which other work on the machine prolongs, and of the processor's time.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from edge_tts import Client, store
from edge_tts.config.loading import load as load_config
from edge_tts.daemon.starting import start_daemon
from edge_tts.errors import EdgeTTSError
from edge_tts.measuring.percentiles import percentile
from edge_tts.system import locks
from tests.support.running import environment

ROOT = Path(__file__).resolve().parents[3]

RACERS = 3


@dataclass
class Soak:
    """One run.

    Attributes:
        home: root of everything.
        random: makes the choices of the run.
        counts: what was done, by name.
        words: those whose addition was acknowledged.
        starts: seconds from the wish for a daemon to one that listens, each after a kill.
        worked: seconds of the processor that each took until then.
        failed: what `say` said that had no reason to fail.
    """

    home: Path
    random: random.Random
    counts: Counter[str] = field(default_factory=Counter)
    words: set[str] = field(default_factory=set)
    starts: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Look where everything is."""
        self.environ = environment(self.home)
        self.config = load_config(self.environ)

    # actors

    def flood(self, ended: threading.Event) -> None:
        """Ask for everything as fast as possible."""
        with Client(self.config.paths.socket) as client:
            while not ended.is_set():
                client.status()
                client.lexicon()
                self.counts["requests of the flood"] += 2

    def speak(self, ended: threading.Event) -> None:
        """Have phrases synthesized, which fills the cache."""
        with Client(self.config.paths.socket) as client:
            while not ended.is_set():
                client.synthesize(f"第{self.random.randrange(50)}号。")
                self.counts["spoken"] += 1

    def learn(self, ended: threading.Event) -> None:
        """Add words, and remember those that were acknowledged."""
        with Client(self.config.paths.socket) as client:
            while not ended.is_set():
                word = "".join(self.random.choices("天地玄黄宇宙洪荒日月盈昃", k=6))
                client.lexicon("add", word=word, reading=" ".join(["yi1"] * 6))
                self.words.add(word)
                self.counts["words acknowledged"] += 1

    def hold(self, ended: threading.Event) -> None:
        """Hold a lock of ours for a moment."""
        paths = self.config.paths
        with contextlib.suppress(OSError):
            descriptor = locks.open_lock(
                self.random.choice(
                    [Path(f"{paths.lexicon}.lock"), paths.reservations / ".lock", paths.state / "store.lock"]
                )
            )
            self.counts["locks held"] += locks.take(descriptor, 0.1)
            ended.wait(0.3)
            os.close(descriptor)

    # one round

    def round(self) -> None:
        """Start a daemon, let everybody act, kill."""
        if self.random.random() < 0.25:
            self.race()
        self.start()
        ended = threading.Event()
        chosen = self.random.sample([self.flood, self.speak, self.learn, self.learn, self.hold], 3)
        threads = [threading.Thread(target=self.act, args=[actor, ended], daemon=True) for actor in chosen]
        for thread in threads:
            thread.start()
        with contextlib.suppress(EdgeTTSError), Client(self.config.paths.socket) as client:
            pid = client.status()["pid"]
            time.sleep(self.random.uniform(0, 1.0))
            os.kill(pid, signal.SIGKILL)
            self.counts["daemons killed"] += 1
        ended.set()
        for thread in threads:
            thread.join(60)

    def act(self, actor: Callable[[threading.Event], None], ended: threading.Event) -> None:
        """Run an actor until the round is over; that the daemon is killed is part of it."""
        with contextlib.suppress(EdgeTTSError, OSError):
            actor(ended)

    def start(self) -> None:
        """Start a daemon after the kill, and note how long it took."""
        began = time.perf_counter()
        if (pid := start_daemon(self.config, variables=self.environ)) is not None:
            self.starts.append(time.perf_counter() - began)
            times = psutil.Process(pid).cpu_times()
            self.worked.append(times.user + times.system)

    def race(self) -> None:
        """Have several `say` start a daemon at once, one of which may be killed in the middle."""
        command = [sys.executable, "-m", "edge_tts", "say", "--no-play", "你好"]
        racers = [
            subprocess.Popen(command, env=self.environ, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
            for _ in range(RACERS)
        ]
        if self.random.random() < 0.5:
            victim = racers.pop()
            time.sleep(self.random.uniform(0, 0.6))
            victim.kill()
            victim.communicate()
            self.counts["starters killed"] += 1
        for racer in racers:
            said = racer.communicate(timeout=120)[1]
            self.counts["raced"] += 1
            if racer.returncode:
                self.failed.append(said.strip())
        with contextlib.suppress(EdgeTTSError), Client(self.config.paths.socket) as client:
            pid = client.status()["pid"]
            os.kill(pid, signal.SIGKILL)
            self.counts["daemons killed"] += 1
            with contextlib.suppress(psutil.NoSuchProcess):  # until it has gone, its socket takes who connects
                psutil.Process(pid).wait(20)


def run(rounds: int, seed: int) -> dict[str, object]:
    """Kill so often; return the figures."""
    with tempfile.TemporaryDirectory(prefix="soak-") as root:
        home = Path(root) / "home"
        store.install(load_config(environment(home)), "tone")
        soak = Soak(home, random.Random(seed))
        while soak.counts["daemons killed"] < rounds:
            soak.round()
        for _ in range(20):  # the socket of one that was just killed takes who connects
            soak.start()
            with contextlib.suppress(EdgeTTSError), Client(soak.config.paths.socket) as client:
                client.status()
                break
        return figures(soak)


def figures(soak: Soak) -> dict[str, object]:
    """Return what is lost and left when all is quiet, and how long starts took; the daemon is ended."""
    with Client(soak.config.paths.socket) as client:
        pid = client.status()["pid"]
        client.lexicon("add", word="最后", reading="zui4hou4")  # sweeps what killed changes have left
        known = {entry["word"] for entry in client.lexicon().entries}
        lost = sorted(soak.words - known)
        client.synthesize("你好。")
        os.kill(pid, signal.SIGTERM)
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(pid).wait(20)
    for name in ("tone",):
        store.verify(soak.config.paths, name)
    left = [str(path) for path in soak.config.paths.state.rglob(".lexicon.tsv.*")]
    return {
        "acknowledged words lost": len(lost),
        "say that failed in a race": len(soak.failed),
        "files left by killed changes": len(left),
        "starts after a kill": len(soak.starts),
        "start, median seconds": round(percentile(soak.starts, 50), 3),
        "start, 99th percentile": round(percentile(soak.starts, 99), 3),
        "start, longest": round(max(soak.starts), 3),
        "start, median of processor time": round(percentile(soak.worked, 50), 3),
        "load of the machine": round(os.getloadavg()[1], 1),
        "done": dict(sorted(soak.counts.items())),
        "what": {"lost": lost, "failed": soak.failed, "left": left},
    }


def main() -> int:
    """Run the soak and print its figures; exit with 1 if something was lost."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=500, help="how often the daemon is killed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = run(options.rounds, options.seed)
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        for name, value in found.items():
            print(f"{name:<32} {value}")
    return int(any(found[name] for name in ("acknowledged words lost", "say that failed in a race")))


if __name__ == "__main__":
    sys.exit(main())
