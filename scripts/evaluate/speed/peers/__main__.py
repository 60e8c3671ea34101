"""Measure other programs and this one side by side: same text and threads, same weights where they can, in turns.

    python -m scripts.evaluate.speed.peers [--language zh] [--threads 2] [--rounds 3] [--longest 60] [--json]

Each program is installed into an environment of its own under .cache/peers, once; that takes minutes. A round gives
every program every text, one after the other, so whatever else the machine does falls on all of them. Ratios are of one
turn; figures are medians. edge-tts is measured as a daemon through its socket, the others as they are. Needs the model
kokoro; baker is measured too where it is installed, espeak-ng where the system has it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from edge_tts import machine, store
from edge_tts.config.loading import load as load_config
from edge_tts.errors import EdgeTTSError
from scripts.evaluate.speed.peers.programs import order, starts
from scripts.evaluate.speed.peers.rounds import TEXTS, measure, shown, summary

ROOT = Path(__file__).resolve().parents[4]


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--language", choices=sorted(TEXTS), default="zh", help="of what is read")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--starts", type=int, default=1, help="cold starts of each program")
    parser.add_argument("--longest", type=int, default=60, help="leave longer texts out, in characters")
    parser.add_argument("--only", metavar="WORD", default="", help="only programs with this in their name")
    parser.add_argument("--install", action="store_true", help="only make the environments")
    parser.add_argument("--json", action="store_true", help="every turn and the summary as JSON")
    options = parser.parse_args()
    paths = load_config().paths
    names = [model.name for model in store.installed(paths)]
    models = {name: store.find(paths, name).files_for_engine(paths.prepared) for name in names}
    if "kokoro" not in models:
        sys.exit("bench_peers: model kokoro is needed: edge-tts models install kokoro")
    texts = {size: text for size, text in TEXTS[options.language].items() if size <= options.longest}
    with tempfile.TemporaryDirectory() as folder:
        rows = starts(models, options.threads, options.language, texts.values(), Path(folder))
        rows = [row for row in rows if options.language in row.languages and options.only in row.name]
        if options.install:
            return
        orders = {size: order(options.language, text, models["kokoro"]) for size, text in texts.items()}
        turns, cold = measure(rows, orders, options.threads, options.rounds, options.starts)
        figures = summary(rows, turns, cold)
    if options.json:
        facts = {"machine": machine.about(), "language": options.language, "threads": options.threads}
        print(json.dumps({**facts, "summary": figures, "turns": turns}, ensure_ascii=False))
    else:
        print(shown(figures))


if __name__ == "__main__":
    try:
        main()
    except EdgeTTSError as error:
        sys.exit(f"bench_peers: {error}")
