"""Take a Sambert package of full size from an imitation of the hub to a second device, and exchange its vocoder.

Usage: python -m scripts.evaluate.soak.check_pull [--seed 77] [--precision int8]

Every step is the command that a user gives, in homes of its own: plan, pin, pull and convert, export, import elsewhere,
speak there; then a float model is given the vocoder of the small one. Shows seconds, and what the disk had in the end
and at most beside what `disk plan` said. The weights are random. Needs pytest and the extra
`convert`. Exit status 1: a command failed, or a step took more of the disk than was planned.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import soundfile

from edge_tts.cli.terminal import size, table
from edge_tts.disk import used_bytes
from tests.support.hub_server import Hub
from tests.support.modelscope_hub import Repository
from tests.support.sambert_package import make

ROOT = Path(__file__).resolve().parents[3]

NAME, VOICE = "sambert-zhibei_emo", "zhibei_emo"
TEXT = "你好，很高兴见到你。"
EVERY_SECONDS = 0.02
"""How often the disk is looked at."""
COLUMNS = {"step": "STEP", "seconds": "SECONDS", "end": "IN THE END", "peak": "AT MOST", "plan_end": "PLANNED",
           "plan_peak": "PLANNED AT MOST"}  # fmt: skip


@dataclass
class Home:
    """A machine's models, in a folder.

    Attributes:
        folder: the folder that everything is in.
        variables: the environment of the commands.
    """

    folder: Path
    variables: dict[str, str]

    def run(self, *arguments: str) -> str:
        """Run a command and return what it prints."""
        command = [sys.executable, "-m", "edge_tts", *arguments]
        environ = {**os.environ, **self.variables, "EDGE_TTS_HOME": str(self.folder)}
        done = subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"edge-tts {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def planned(self, what: str) -> dict[str, Any]:
        """Return what the plan says."""
        return dict(json.loads(self.run("disk", "plan", what, "--json")))


def main() -> int:
    """Go through all steps, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=77)
    parser.add_argument("--precision", default="int8")
    options = parser.parse_args()
    hub = Hub()
    with tempfile.TemporaryDirectory() as scratch:
        with redirect_stdout(sys.stderr):
            package = make(Path(scratch) / "package", "16k", "--voices", VOICE, "--seed", str(options.seed))
        Repository(hub, package).publish()
        first = Home(Path(scratch) / "first", {"EDGE_TTS_DOWNLOADS_MODELSCOPE": hub.url})
        second = Home(Path(scratch) / "second", {})
        rows = [
            *taken(first, second, options.precision, Path(scratch)),
            *exchanged(first, package, Path(scratch)),
        ]
    hub.close()
    print(table([shown(row) for row in rows], COLUMNS))
    return int(any(row["peak"] > row.get("plan_peak", row["peak"]) for row in rows))


def taken(first: Home, second: Home, precision: str, scratch: Path) -> Iterator[dict[str, Any]]:
    """Yield the steps from the hub to the second device."""
    estimate = first.planned(NAME)
    with measured(first, "pin") as row:
        first.run("models", "pin", NAME)
    yield {**row, "plan_end": estimate["final_bytes"], "plan_peak": estimate["peak_bytes"]}
    plan = first.planned(NAME)
    with measured(first, f"pull and convert, {precision}") as row:
        first.run("models", "pull-and-convert", NAME, "--precision", precision, "--accept-license", "--json")
    yield {**row, "plan_end": plan["final_bytes"], "plan_peak": plan["peak_bytes"]}
    archive = scratch / "zhibei.tar"
    with measured(first, "export") as row:
        first.run("models", "export", NAME, str(archive))
    yield {**row, "end": archive.stat().st_size}
    plan = second.planned(str(archive))
    with measured(second, "import on a second device") as row:
        second.run("models", "import", str(archive), "--json")
    yield {**row, "plan_end": plan["final_bytes"], "plan_peak": plan["peak_bytes"]}
    yield spoken(second, scratch)


def exchanged(home: Home, package: Path, scratch: Path) -> Iterator[dict[str, Any]]:
    """Yield the steps of an exchange: a float model takes the vocoder of the installed one."""
    home.run("convert", "sambert", str(package), "-o", str(scratch / "float"), "--precision", "fp32", "--name", "float")
    plan = home.planned(str(scratch / "float"))
    with measured(home, "install in float") as row:
        home.run("models", "install", str(scratch / "float"), "--json")
    yield {**row, "plan_end": plan["final_bytes"], "plan_peak": plan["peak_bytes"]}
    (part,) = [one for one in home.planned("float")["models"][0]["parts"] if one["smaller"]]
    (small,) = part["smaller"].values()
    with measured(home, "exchange its vocoder, saved") as row:
        done = json.loads(home.run("models", "exchange-vocoder", "float", NAME, "--json"))
    yield {**row, "end": done["saved_bytes"], "plan_end": part["bytes"] - small}
    yield spoken(home, scratch, "float/zhibei_emo")


def spoken(home: Home, scratch: Path, voice: str = VOICE) -> dict[str, Any]:
    """Have a voice say something, and return the row."""
    with measured(home, f"say with {voice}") as row:
        home.run("say", "-v", voice, "--style", "happy", "-o", str(scratch / "said.wav"), TEXT)
    pid = json.loads(home.run("status", "--json"))["pid"]
    os.kill(pid, 15)
    samples, rate = soundfile.read(scratch / "said.wav")
    if not 1.0 < len(samples) / rate < 10.0 or not 0 < abs(samples).max() <= 1:
        raise SystemExit(f"{voice} said {len(samples) / rate:.1f} s, which cannot be right")
    return {**row, "step": f"{row['step']}: {len(samples) / rate:.1f} s of audio"}


@contextmanager
def measured(home: Home, step: str) -> Iterator[dict[str, Any]]:
    """Fill in the seconds of a step, and by how much the home grew, in the end and at most."""
    row: dict[str, Any] = {"step": step}
    ended, before, peak = threading.Event(), used_bytes(home.folder), [0]

    def watch() -> None:
        while not ended.wait(EVERY_SECONDS):
            peak[0] = max(peak[0], used_bytes(home.folder) - before)

    watcher = threading.Thread(target=watch)
    began = time.monotonic()
    watcher.start()
    try:
        yield row
    finally:
        ended.set()
        watcher.join()
    end = used_bytes(home.folder) - before
    row.update(seconds=time.monotonic() - began, end=end, peak=max(peak[0], end))


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row for people."""
    sizes = {key: size(row[key]) for key in COLUMNS if key in row and key not in ("step", "seconds")}
    return {**row, **sizes, "seconds": f"{row['seconds']:.1f}"}


if __name__ == "__main__":
    sys.exit(main())
