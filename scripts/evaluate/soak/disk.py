"""Install, remove, speak, copy files in from outside and kill processes at random, all at once, against a small budget.

    python -m scripts.evaluate.soak.disk [--seconds 600] [--budget 300MB] [--seed 1] [--json]

A daemon runs meanwhile, and other people's files and links lie in and around every folder. Prints, last, what must be
0: the most bytes that our own files took above the budget at any sampled moment, files lost, half-installed models,
evictions of files in use, and other people's files lost or changed; and how long it took to be back under the budget
after somebody else's files had come. The models are small generated ones, with padding (tests/support/tiny_voice.py).
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
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edge_tts import Client, store
from edge_tts.config.loading import load as load_config
from edge_tts.disk import Lease
from edge_tts.errors import EdgeTTSError
from edge_tts.sizes import parse_size
from scripts.evaluate.soak import models as soak_models
from scripts.evaluate.soak.sampler import Sampler
from tests.support import foreign
from tests.support.running import Daemon, environment

ROOT = Path(__file__).resolve().parents[3]

MB = 1_000_000
CATEGORIES = ("models/foreign", "prepared/foreign", "tmp", "log", "")  # below the state folder
TEXTS = ("你好。", "今天的天气很好，我们去公园。", "第{}号，请到{}号窗口。", "Hello, number {}.")


@dataclass
class Soak:
    """One run.

    Attributes:
        home: root of everything.
        models: folders to install from, by name.
        random: makes the choices of the run.
        ended: set when the time is over.
        counts: what was done, by name.
        taken_in_use: files that vanished while somebody held a lease on them.
        planted: what others had put there at the beginning.
        foreign: the state of files of others, as tests/support/foreign.py saw it.
        taken_from_others: their files that vanished or were changed.
    """

    home: Path
    models: dict[str, Path]
    random: random.Random
    variables: dict[str, str]
    ended: threading.Event = field(default_factory=threading.Event)
    counts: Counter[str] = field(default_factory=Counter)
    taken_in_use: list[str] = field(default_factory=list)
    planted: list[Path] = field(default_factory=list)
    foreign: dict[str, Any] = field(default_factory=dict)
    taken_from_others: list[str] = field(default_factory=list)
    uncertain: set[str] = field(default_factory=set)
    installed: set[str] = field(default_factory=set)
    changing: defaultdict[str, threading.Lock] = field(default_factory=lambda: defaultdict(threading.Lock))

    def __post_init__(self) -> None:
        """Start the daemon."""
        self.environ = environment(self.home, **self.variables)
        self.config = load_config(self.environ)
        self.daemon = Daemon(self.home, **self.variables)

    def pause(self, most_seconds: float) -> None:
        """Wait for a random time, or until the end."""
        self.ended.wait(self.random.uniform(0, most_seconds))

    # actors; each is called again and again in a thread of its own

    def change_store(self) -> None:
        """Install or remove a model; one in four of these processes is killed at a random instant."""
        name = self.random.choice([*self.models])
        installs = self.random.random() < 0.65
        words = ["models", "install", str(self.models[name])] if installs else ["models", "remove", name]
        with self.changing[name]:  # the outcome is known only if nobody else changes the same model
            self.uncertain.add(name)
            killed, status = self._run_and_perhaps_kill(words)
            if not killed and status == 0:
                (self.installed.add if installs else self.installed.discard)(name)
                self.uncertain.discard(name)
        what = f"{words[1]}ed".replace("eed", "ed")
        self.counts[f"{words[1]} killed" if killed else what if status == 0 else f"{words[1]} refused"] += 1
        self.pause(0.5)

    def _run_and_perhaps_kill(self, words: list[str]) -> tuple[bool, int]:
        command = [sys.executable, "-m", "edge_tts", *words]
        process = subprocess.Popen(
            command, env=self.environ, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            patience = self.random.uniform(0.3, 4) if self.random.random() < 0.25 else 120
            return False, process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return True, 0

    def speak(self) -> None:
        """Have something synthesized."""
        text = self.random.choice(TEXTS).format(self.random.randrange(1000), self.random.randrange(9))
        with Client(self.daemon.socket, timeout_seconds=30) as client:
            names = [voice["name"] for voice in client.voices()]
            client.synthesize(text * self.random.randint(1, 6), voice=self.random.choice(names))
        self.counts["spoken"] += 1

    def copy_in(self) -> None:
        """Put a file of somebody else's into our folders, leave it for a while, remove it."""
        paths = self.config.paths
        parent = self.random.choice([*(paths.state / name for name in CATEGORIES), paths.audio, paths.cache])
        path = parent / f"foreign-{self.random.randrange(10**9)}.bin"
        parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(path, "wb", buffering=0) as file:
                for _ in range(self.random.randint(2, 150)):
                    file.write(bytes(MB))
                size = file.tell()
            self.counts["copied in"] += 1
            self.ended.wait(self.random.uniform(0.5, 6))
            if not path.exists() or path.stat().st_size != size:
                self.taken_from_others.append(str(path))
        finally:
            path.unlink(missing_ok=True)
        self.pause(2)

    def plant(self, outside: Path) -> None:
        """Put trees and links of somebody else's into and around all of our folders."""
        paths, pictures = self.config.paths, foreign.plant(outside)
        self.planted = [pictures]
        for folder in foreign.places(paths):
            self.planted.append(foreign.plant(folder / "others" / "photos", pictures))
        shelf = paths.audio / "e"
        for link in (paths.prepared / "pictures", paths.models / "pictures", shelf, paths.voice_states / "pictures"):
            link.symlink_to(pictures)
            self.planted.append(link)
        self.foreign = foreign.seen(*self.planted)

    def compare(self) -> None:
        """Note what of it is not as it was."""
        now = foreign.seen(*(path for path in self.planted if os.path.lexists(path)))
        changed = (path for path in {*self.foreign, *now} if now.get(path) != self.foreign.get(path))
        self.taken_from_others += sorted(changed)

    def tidy(self) -> None:
        """Do what else removes: prune, go back to another version, clear the cache."""
        self.pause(10)
        words = self.random.choice([["models", "prune"], ["models", "rollback", "tone"], ["cache", "clear"]])
        subprocess.run([sys.executable, "-m", "edge_tts", *words], env=self.environ, capture_output=True)
        self.counts["tidied"] += 1

    def kill_something(self) -> None:
        """Kill a worker, or the daemon, which is started again."""
        self.pause(8)
        if self.random.random() < 0.7:
            with self.daemon.client(10) as client:
                pids = [model["pid"] for model in client.status()["models"] if model["pid"]]
            if pids:
                os.kill(self.random.choice(pids), signal.SIGKILL)
                self.counts["worker killed"] += 1
        else:
            self.daemon.close()
            self.daemon = Daemon(self.home, **self.variables)
            self.counts["daemon killed"] += 1

    def use(self) -> None:
        """Hold a lease on something for a moment and see that it stays."""
        paths = self.config.paths
        things = [*paths.audio.glob("[0-9a-d]/*"), *paths.prepared.glob("*/*"), *paths.models.glob("*/*")]
        others = {"others", "pictures", "photos"}
        files = [path for path in things if not others & {*path.parts} and not path.name.startswith((".", "foreign"))]
        if files:
            path = self.random.choice(files)
            with self._not_removed_by_people(path), Lease(path) as lease:
                self.pause(1)
                if not _is_there(path, lease):
                    self.taken_in_use.append(str(path))
                self.counts["used"] += 1
        self.pause(0.1)

    def _not_removed_by_people(self, path: Path) -> contextlib.AbstractContextManager[object]:
        """Keep `models remove` away, which may take what is in use: a person has asked for it by name."""
        return contextlib.nullcontext() if self.config.paths.audio in path.parents else self.changing[path.parent.name]

    def make_room(self) -> None:
        """Do what an administrator would: evict on request."""
        self.pause(20)
        size = f"{self.random.randint(1, 30)}MB"
        subprocess.run([sys.executable, "-m", "edge_tts", "disk", "evict", size], env=self.environ, capture_output=True)
        self.counts["evicted on request"] += 1

    def act(self, action: Callable[[], None]) -> None:
        """Repeat an action until the time is over; that the daemon is away or the disk full is part of the run."""
        while not self.ended.is_set():
            try:
                action()
            except (EdgeTTSError, OSError) as error:
                self.counts[f"{action.__name__}: {type(error).__name__}"] += 1
                self.pause(0.3)


def _is_there(path: Path, lease: Lease) -> bool:
    try:
        return os.path.samestat(path.lstat(), os.fstat(lease.descriptor))
    except FileNotFoundError:
        return False


def examine(soak: Soak) -> dict[str, list[str]]:
    """Return what is lost and what is half there, when all is quiet."""
    paths = soak.config.paths
    subprocess.run(  # a change of the store removes what killed ones have left
        [sys.executable, "-m", "edge_tts", "models", "install", "tone"], env=soak.environ, capture_output=True
    )
    half, lost = [], []
    for folder in (folder for folder in paths.models.glob("[a-z]*") if folder.name in {*soak.models, "tone"}):
        for version in folder.glob("*"):
            ours = version.is_dir() and not version.is_symlink() and not version.name.startswith((".", "others"))
            if ours and not (version / "manifest.toml").is_file():
                half.append(str(version))
    found = {model.name for model in store.installed(paths)}
    for name in sorted(found):
        try:
            store.verify(paths, name)
        except EdgeTTSError as error:
            half.append(str(error))
    lost = [name for name in soak.installed - soak.uncertain if name not in found]
    if "你好吗" not in (paths.lexicon.read_text(encoding="utf-8") if paths.lexicon.exists() else ""):
        lost.append(str(paths.lexicon))
    return {"files lost": lost, "half-installed models": half}


def run(seconds: float, budget: str, seed: int) -> dict[str, object]:
    """Run everything at once; return the figures."""
    variables = {
        "EDGE_TTS_DISK_BUDGET_BYTES": budget,
        "EDGE_TTS_DISK_AUDIO_BYTES": str((parse_size(budget) or 0) // 5),
        "EDGE_TTS_DISK_LOG_BYTES": "2MB",
        "EDGE_TTS_DISK_TEMPORARY_SECONDS": "5",
        "EDGE_TTS_DISK_SWEEP_SECONDS": "10",
        "EDGE_TTS_ENGINES_IDLE_SECONDS": "5",
    }
    with tempfile.TemporaryDirectory(prefix="soak-") as root:
        home, chance = Path(root) / "home", random.Random(seed)
        models = soak_models.make(Path(root) / "models")
        store.install(load_config(environment(home, **variables)), "tone")
        soak = Soak(home, models, chance, variables)
        soak.installed.add("tone")
        soak.plant(Path(root) / "pictures")
        subprocess.run(
            [sys.executable, "-m", "edge_tts", "lexicon", "add", "你好吗", "ni2hao3ma5"],
            env=soak.environ,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        try:
            sampler = let_act(soak, seconds)
            found = examine(soak)
            soak.compare()
        finally:
            soak.ended.set()
            soak.daemon.close()
    lists = {
        **found,
        "evictions of files in use": soak.taken_in_use,
        "files of others lost or changed": soak.taken_from_others,
    }
    return {**sampler.figures(), **{name: len(values) for name, values in lists.items()}} | {
        "done": dict(sorted(soak.counts.items())),
        "what": {name: values for name, values in lists.items() if values},
    }


def let_act(soak: Soak, seconds: float) -> Sampler:
    """Let everybody act at once for a while; return what was seen."""
    actions = [*[soak.change_store] * 2, *[soak.speak] * 2, soak.copy_in, soak.kill_something, soak.use, soak.make_room]
    actions.append(soak.tidy)
    threads = [threading.Thread(target=soak.act, args=[action], daemon=True) for action in actions]
    with Sampler(soak.config) as sampler:
        for thread in threads:
            thread.start()
        soak.ended.wait(seconds)
        soak.ended.set()
        for thread in threads:
            thread.join(180)
    return sampler


def main() -> int:
    """Run the soak and print its figures; exit with 1 if one is not 0 that must be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--budget", default="300MB")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))  # clean up then, too
    figures = run(options.seconds, options.budget, options.seed)
    if options.json:
        print(json.dumps(figures, ensure_ascii=False))
    else:
        for name, value in figures.items():
            print(f"{name:<52} {value}")
    must_be_0 = (
        *("bytes of ours over budget", "files lost", "half-installed models", "evictions of files in use"),
        "files of others lost or changed",
    )
    return int(any(figures[name] for name in must_be_0))


if __name__ == "__main__":
    sys.exit(main())
