"""Measure what all around an engine costs: socket, queue, worker process, command line, cache, start of a client.

Usage: python -m scripts.evaluate.speed.overheads [--voice baker zm_yunjian] [--rounds 12] [--pairs 4] [--json]

A daemon of its own runs beside an engine in this process; the same texts are said by both, in turn. One loaded engine
can be some hundredths faster than another one, so several pairs of both share the rounds. `daemon` is what a
connected client sees, `engine` the text front end and the engine alone; their difference is socket, scheduling, worker
and encoding. `say` is `edge-tts say` as a whole process, to a file. A cached phrase is one that was said before. `fresh
client` is a Python process that imports the client, connects and waits for its first audio. `say` with sound is the
process until the first samples were handed to a sound device that was closed before, beside the first audio of a
connected client; the device is the null sink of a PulseAudio of its own, and where there is none that is left out.
Shares are of what all texts of a turn took, for one text is too short to tell; of the processor's time too, which other
work on the machine disturbs less, though what one process does while another waits is in it. All are medians of the
differences of each turn, so that other work falls on both.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edge_tts import Client, store, text, wire
from edge_tts.cancel import CancelToken
from edge_tts.cli.terminal import ProgressBar, print_json, table
from edge_tts.config.loading import computing
from edge_tts.config.loading import load as load_config
from edge_tts.config.settings import Config
from edge_tts.daemon.starting import passing_daemon
from edge_tts.engines import loading
from edge_tts.engines.engine import Engine, VoiceSettings
from edge_tts.measuring.benchmark.readings import Turn, read, reading
from edge_tts.text.markup import markup
from edge_tts.wire.frames import Decoder, encode
from scripts.evaluate.speed.peers.turns import cpu_seconds

ROOT = Path(__file__).resolve().parents[3]

LENGTHS = (10, 40, 120)
"""Characters of the texts."""
PHRASE = "请取走您的票据。"
FIRST_SOUND = """
import os, sys
from edge_tts.client.blocking import Client
for message in Client(sys.argv[1]).utter(sys.argv[2], voice=sys.argv[3], output="return", cache=False):
    if message.type == "audio":
        os._exit(0)
"""
"""A program that ends with its first audio."""
LIMITS = {
    "share": 0.03,
    "first": 0.002,
    "say": 0.080,
    "play": 0.080,
    "cached": 0.003,
    "fresh": 0.050,
}
"""What each may be: a share of the engine's time, seconds."""
MEANINGS = {
    "share": "daemon beside engine, share of its time",
    "processor": "daemon beside engine, share of its processor time",
    "first": "daemon beside engine, first audio",
    "say": "`edge-tts say` beside a connected client",
    "play": "`edge-tts say` with sound, first samples at the device",
    "cached": "a phrase said before, whole",
    "fresh": "a fresh client beside a connected one, first audio",
}


@dataclass(slots=True)
class Bench:
    """What is measured with.

    Attributes:
        client: connected to the daemon.
        engine: the same voice, loaded in this process.
        voice: its name.
        folder: the folder for files.
        sounds: whether the daemon has a sound device.
        pids: the processes of daemon, worker and this program.
        found: figures by name of MEANINGS, one for each turn.
    """

    client: Client
    engine: Engine
    voice: str
    folder: Path
    sounds: bool
    pids: list[int] = field(default_factory=list)
    found: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in MEANINGS})

    def turn(self, number: int) -> None:
        """Measure everything once."""
        beside = [self._beside_engine(reading("zh", length, number), bool(number % 2)) for length in LENGTHS]
        through, alone, used_through, used_alone = map(sum, zip(*beside, strict=True))
        self.found["share"].append(through / alone - 1)
        self.found["processor"].append(used_through / used_alone - 1)
        written = reading("zh", LENGTHS[0], number)
        self._say(written)
        if self.sounds:
            self._play(written)
        self.found["cached"].append(timed(lambda: list(self.client.utter(PHRASE, voice=self.voice, output="return"))))
        turn, _ = read(self.client, written, self.voice)
        command = [sys.executable, "-c", FIRST_SOUND, str(self.client.path), written, self.voice]
        self.found["fresh"].append(timed(lambda: subprocess.run(command, check=True)) - turn.first_seconds)

    def _beside_engine(self, written: str, daemon_first: bool) -> tuple[float, float, float, float]:
        """Return the seconds of a text through the daemon and with the engine alone, and those of processors."""
        if daemon_first:
            turn, used_through = self._read(written)
        used = time.process_time()
        first, whole = self._alone(written)
        used = time.process_time() - used
        if not daemon_first:
            turn, used_through = self._read(written)
        self.found["first"].append(turn.first_seconds - first)
        return turn.seconds, whole, used_through, used

    def _read(self, written: str) -> tuple[Turn, float]:
        """Have a text read; return that and the processor time of daemon, worker and client."""
        used = cpu_seconds(self.pids)
        turn, _ = read(self.client, written, self.voice)
        return turn, cpu_seconds(self.pids) - used

    def _alone(self, written: str) -> tuple[float, float]:
        """Return seconds until the first samples and until the last ones, of the engine alone."""
        began, first = time.perf_counter(), 0.0
        for sentence in text.sentences_of(markup.parse(written)):  # one by one, as a worker reads them
            for _ in self.engine.synthesize(sentence, VoiceSettings(self.voice), CancelToken()):
                first = first or time.perf_counter() - began
        return first, time.perf_counter() - began

    def _say(self, written: str) -> None:
        command = [*self._command(written), "-o", str(self.folder / "said.wav")]
        environ = {**os.environ, "EDGE_TTS_SOCKET": str(self.client.path)}
        process = timed(lambda: subprocess.run(command, check=True, env=environ))
        turn, _ = read(self.client, written, self.voice)
        self.found["say"].append(process - turn.seconds)

    def _command(self, written: str) -> list[str]:
        return [sys.executable, "-m", "edge_tts", "say", written, "--voice", self.voice, "--no-cache"]

    def _play(self, written: str) -> None:
        """Stand between `say` and the daemon, to see when the request comes; the daemon tells what follows."""
        path = self.folder / "between"
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(str(path))
            listener.listen()
            began = time.perf_counter()
            environ = {**os.environ, "EDGE_TTS_SOCKET": str(path)}
            said = subprocess.Popen([*self._command(written), "--json"], stdout=subprocess.PIPE, env=environ)
            with listener.accept()[0] as peer:
                (request,) = Decoder(wire.REQUESTS).feed(peer.recv(65536))
                reached = time.perf_counter() - began
                for reply in self.client.replies(request.changed(id=self.client._talk.new_id())):
                    peer.sendall(encode(reply.changed(id=request.id)))
                stats = json.loads(said.communicate()[0])
        path.unlink()
        turn, _ = read(self.client, written, self.voice)
        self.found["play"].append(reached + stats["ttfa_seconds"] - turn.first_seconds)


@contextlib.contextmanager
def sound(folder: Path) -> Iterator[dict[str, str]]:
    """Run a sound server where there is one; give the variables of a daemon that uses it and closes it at once."""
    if not all(map(shutil.which, ("pulseaudio", "parec"))):
        yield {}
        return
    from tests.support.sound_server import running

    with running(folder) as server, server.recording():  # else the sink plays in pieces of seconds
        names = ("PULSE_RUNTIME_PATH", "PULSE_SERVER", "ALSA_CONFIG_PATH")
        yield {name: server.variables[name] for name in names} | {"EDGE_TTS_SOUND_IDLE_SECONDS": "0"}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voice", nargs="+", default=["baker"])
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--pairs", type=int, default=4, help="engines and daemons one after the other")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    environ = computing()  # what a worker's process has from its start, the engine here is to have too
    if environ != dict(os.environ):
        os.execve(sys.executable, [sys.executable, *sys.argv], environ)
    figures = {voice: measured(voice, options.rounds, options.pairs) for voice in options.voice}
    print_json({"rounds": options.rounds, "voices": figures}) if options.json else print(shown(figures))


def measured(voice: str, rounds: int, pairs: int) -> dict[str, float]:
    """Return the figures of a voice, medians by name of MEANINGS of the rounds of all pairs."""
    settings = load_config()
    model, _ = store.find_voice(settings.paths, voice, settings.speech.rtf_limit)
    files = model.files_for_engine(settings.paths.prepared)
    found: dict[str, list[float]] = {name: [] for name in MEANINGS}
    progress = ProgressBar()
    for pair in range(pairs):
        with (
            contextlib.closing(loading.load(files, 0, config=settings)) as engine,
            running(settings, engine, voice) as bench,
        ):
            for number in range(pair, rounds, pairs):
                progress.show("overheads", voice, number, rounds, f"{number} of {rounds}")
                bench.turn(number + 1)
            for name, values in bench.found.items():
                found[name] += values
    progress.close()
    return {name: statistics.median(values) for name, values in found.items() if values}


@contextlib.contextmanager
def running(settings: Config, engine: Engine, voice: str) -> Iterator[Bench]:
    """Run a daemon for an engine to be measured beside; both have said something."""
    with (
        tempfile.TemporaryDirectory() as folder,
        sound(Path(folder)) as variables,
        passing_daemon(settings, variables) as path,
        Client(path, timeout_seconds=120) as client,
    ):
        bench = Bench(client, engine, voice, Path(folder), sounds=bool(variables))
        bench.turn(0)  # loads, and says the phrase
        status = client.status()
        workers = [row["pid"] for row in status["models"] if row["pid"]]
        bench.pids = [os.getpid(), status["pid"], *workers]
        bench.found = {name: [] for name in MEANINGS}
        yield bench


def shown(figures: dict[str, dict[str, float]]) -> str:
    """Return the figures of voices for people."""
    rows = []
    for name in next(iter(figures.values())):
        found = {voice: of_voice[name] for voice, of_voice in figures.items()}
        limit = LIMITS.get(name)
        amounts = {voice: amount(name, value) for voice, value in found.items()}
        kept = "" if limit is None else "yes" if max(found.values()) <= limit else "no"
        rows.append({"what": MEANINGS[name], **amounts, "limit": limit and amount(name, limit), "kept": kept})
    voices = {voice: voice.upper() for voice in figures}
    return table(rows, {"what": "WHAT IT COSTS", **voices, "limit": "AT MOST", "kept": "KEPT"})


def amount(name: str, value: float) -> str:
    """Return a figure for people."""
    return f"{value:.1%}" if name in ("share", "processor") else f"{value * 1000:.1f} ms"


def timed(action: Callable[[], Any]) -> float:
    """Return how long an action takes, seconds."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
