"""Write the tables and plots of docs/measurements/benchmarks.md from benchmarks/*.json beside it; or measure anew.

    python -m scripts.evaluate.speed.make_benchmarks            # from the results that are there
    python -m scripts.evaluate.speed.make_benchmarks --check    # say whether they are up to date
    python -m scripts.evaluate.speed.make_benchmarks --measure NAME …

Names are light kokoro kokoro-long peers-zh peers-en, or all; they are measured first.

A measurement takes up to four minutes, kokoro-long twelve, and wants the machine for itself, and a tree without
changes, so that its commit says what was measured. It needs the models kokoro and baker, and for the peers `python -m
scripts.evaluate.speed.peers --install` once.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path

from scripts.evaluate.speed.benchmark_pages import plots, tables

ROOT = Path(__file__).resolve().parents[3]

PAGE = ROOT / "docs" / "measurements" / "benchmarks.md"
RESULTS = PAGE.with_suffix("")
BENCH, PEERS, CLIENTS = "edge-tts bench", "python -m scripts.evaluate.speed.peers", "--clients 1,2,4,8,16"
COMMANDS = {
    "light": f"{BENCH} baker --own --lengths 5,20,80,300,1000,5000,20000 {CLIENTS} --rounds 9 --starts 5 --seconds 8",
    "kokoro": f"{BENCH} zm_yunjian --own --lengths 5,20,80,300,1000 {CLIENTS} --rounds 7 --starts 3 --seconds 8",
    "kokoro-long": f"{BENCH} zm_yunjian --own --lengths 5000,20000 --clients 0 --starts 0 --rounds 5",
    "peers-zh": f"{PEERS} --language zh --rounds 3",
    "peers-en": f"{PEERS} --language en --rounds 3",
}
"""What is measured, by the name of its result."""
_PLACE = re.compile(r"(<!-- ([a-z-]+) -->\n).*?(<!-- / -->)", re.DOTALL)
"""A place in the document that is written from results."""


def main() -> int:
    """Measure what is asked for, then write or compare; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--measure", nargs="+", metavar="NAME", choices=[*COMMANDS, "all"], default=[])
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    for name in COMMANDS if "all" in options.measure else options.measure:
        measure(name)
    there = [name for name in COMMANDS if (RESULTS / f"{name}.json").exists()]
    results = {name: json.loads((RESULTS / f"{name}.json").read_text("utf-8")) for name in there}
    made = {RESULTS / name: svg for name, svg in plots(results).items()}
    made[PAGE] = filled(PAGE.read_text("utf-8"), tables(results))
    old = [path for path, text in made.items() if not path.exists() or path.read_text("utf-8") != text]
    if options.check:
        if old:
            print(
                f"out of date: {' '.join(path.name for path in old)}; run: python -m {__spec__.name}", file=sys.stderr
            )
        return len(old) > 0
    for path in old:
        path.write_text(made[path], encoding="utf-8")
    return 0


def measure(name: str) -> None:
    """Run a measurement and keep its result."""
    changed = ["git", "status", "--porcelain", "--", ":!docs"]  # of several measurements each changes the page
    if subprocess.run(changed, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout:
        sys.exit("commit first: a tree with changes is not measured")
    words = COMMANDS[name].split()
    program = [sys.executable, "-m", "edge_tts"] if words[0] == "edge-tts" else [sys.executable]
    done = subprocess.run([*program, *words[1:], "--json"], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    commit = subprocess.run(["git", "describe", "--always"], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    facts = {
        "command": COMMANDS[name],
        "date": datetime.now(timezone.utc).date().isoformat(),
        "commit": commit.stdout.decode().strip(),
        "result": rounded(json.loads(done.stdout)),
    }
    (RESULTS / f"{name}.json").write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def rounded(document: object) -> object:
    """Return a JSON document with six digits that count."""
    match document:
        case float():
            return float(f"{document:.6g}")
        case dict():
            return {name: rounded(value) for name, value in document.items()}
        case list():
            return [rounded(value) for value in document]
        case _:
            return document


def filled(page: str, made: dict[str, str]) -> str:
    """Return the document with its tables."""
    return _PLACE.sub(lambda place: f"{place[1]}{made.get(place[2], '')}\n{place[3]}", page)


if __name__ == "__main__":
    sys.exit(main())
