"""Measure how much memory it takes to convert Sambert packages of every published configuration, and to speak.

Usage: python -m scripts.evaluate.speed.convert_memory [--configurations 16k 48k …] [--precisions fp32 auto] [--json]

The weights are random. Each conversion is a process of its own; its peak of resident memory (proc_pid_status(5)) stands
beside what it said before it started. Then a daemon is given the model, and the peak of its worker, which loads it for
the first time and says a long sentence, stands beside what the manifest says. Needs pytest and the extra `convert`.
Exit status 1: something took more than was said, or so little that what was said is more than `CONVERTING` or
`SPEAKING` times as much, or converting one of 16 kHz took more than a gigabyte.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from edge_tts import store
from edge_tts.cli.terminal import print_json, size, table
from edge_tts.client.blocking import Client
from edge_tts.config.loading import load as load_config
from edge_tts.daemon.starting import passing_daemon
from tests.support.sambert_configurations import PACKAGES

ROOT = Path(__file__).resolve().parents[3]

MOST = 1_000_000_000
"""Bytes that converting a voice of 16 kHz may take."""
CONVERTING, SPEAKING = 1.3, 2.0
"""How many times the peak may have been said."""
SEED = 77
TEXT = "北京今天天气怎么样我们一起去学习语言" * 4 + "。"
COLUMNS = {"configuration": "CONFIGURATION", "precision": "PRECISION", "said": "SAID", "peak": "PEAK", "seconds": "S",
           "manifest": "MANIFEST", "worker": "WORKER", "way": "WAY"}  # fmt: skip
_ONE = """
import json, sys
from pathlib import Path
from edge_tts.convert.sambert.model import Options, convert
said = []
convert(Path(sys.argv[1]), Path(sys.argv[2]), Options(precision=sys.argv[3]), announce=said.append)
lines = Path("/proc/self/status").read_text().splitlines()
(peak,) = (1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
print(json.dumps({"said_bytes": said[0], "peak_bytes": peak}))
"""


def measured(name: str, precision: str, folder: Path) -> dict[str, Any]:
    """Return the figures of one conversion, and of speaking with what it made."""
    package, out = folder / "package", folder / precision
    if not package.exists():
        with redirect_stdout(sys.stderr):
            PACKAGES[name](package, SEED)
    command = [sys.executable, "-c", _ONE, str(package), str(out), precision]
    start = time.perf_counter()
    result = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=dict(os.environ))
    took = time.perf_counter() - start
    row = {"configuration": name, "precision": precision, **json.loads(result.stdout), "seconds": round(took)}
    return {**row, **spoken(out, folder / f"home-{precision}")}


def spoken(model: Path, home: Path) -> dict[str, Any]:
    """Return what the manifest of a model says that a worker takes, and what one took."""
    os.environ["EDGE_TTS_HOME"] = str(home)
    settings = load_config()
    needs = store.install(settings, model).model.manifest.needs
    with passing_daemon(settings) as path, Client(path, timeout_seconds=600) as client:
        client.synthesize(TEXT, seed=1)
        (row,) = (row for row in client.status()["models"] if row["pid"])
        lines = Path(f"/proc/{row['pid']}/status").read_text(encoding="utf-8").splitlines()
    peak = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
    return {"manifest_bytes": needs.memory_bytes, "worker_bytes": peak, "way": row["way"]}


def is_good(row: dict[str, Any]) -> bool:
    """Return whether what was said of a configuration was right."""
    most = MOST if "16k" in row["configuration"] else row["said_bytes"]
    return bool(
        row["peak_bytes"] <= most
        and row["peak_bytes"] <= row["said_bytes"] <= CONVERTING * row["peak_bytes"]
        and row["worker_bytes"] <= row["manifest_bytes"] <= SPEAKING * row["worker_bytes"]
    )


def main() -> int:
    """Measure, print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--configurations", nargs="+", default=list(PACKAGES), choices=PACKAGES, metavar="NAME")
    parser.add_argument("--precisions", nargs="+", default=["fp32", "auto"], metavar="PRECISION")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = []
    for name in options.configurations:
        with tempfile.TemporaryDirectory() as scratch:
            rows += [measured(name, precision, Path(scratch)) for precision in options.precisions]
    sizes = {"said": "said_bytes", "peak": "peak_bytes", "manifest": "manifest_bytes", "worker": "worker_bytes"}
    shown = [{**row, **{name: size(row[key]) for name, key in sizes.items()}} for row in rows]
    print_json(rows) if options.json else print(table(shown, COLUMNS))
    return int(not all(map(is_good, rows)))


if __name__ == "__main__":
    sys.exit(main())
