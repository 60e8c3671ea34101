"""Measure the text front end beside other libraries: what is read right, start, time, memory, disk.

The extra `frontend-oracles` installs the libraries that it is compared with; they are never used at run time. Each
start is measured in a process of its own, after `import numpy`. What is read right is counted on this project's own
tables in tests/, which it passes because it was made to: they say what others do with such text, not how good it is.
Usage: python -m scripts.evaluate.speed.frontend [--json] [--cpp FOLDER]
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from scripts.evaluate.quality import frontend_oracles as oracles

ROOT = Path(__file__).resolve().parents[3]

SENTENCE = "今天下午三点，我在银行门口等他还书，他长得很高，得穿大号的衣服，所以跑得不太快。"  # 40 characters
NUMBERS = "2026年3月5日上午8:30，气温-5℃，股价上涨3.5%，每股¥12.80，电话010-62345678。"
ROUNDS = 200
LENGTHS = (1_000, 10_000, 100_000)
KINDS = {
    "sentences": SENTENCE,
    "no marks": "我把书还给行长得重新",
    "letters": "blorpixtrange",
    "digits": "1234567890",
    "numbers": "1-2+3.5%，",
    "emoji": "👍🏽👨‍👩‍👧😀",
    "tags": "<b>字</b>",
    "inline marks": "[重庆|chong2 qing4][pause 1ms]",
    "combining": "e\u0301\u0323\u0334",
    "spaces": " \u3000\t",
    "quotes": "“‘”’\"'",
    "brackets": "（[【《{<",
    "other scripts": "Приветこんにちは",
}
READING_TABLES = {"reading": ("SPOKEN",), "sandhi": ("THIRD_TONES", "ONE", "NOT", "NEUTRAL")}
MEASURE = """
import json, sys, time
import numpy
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096
before, start = resident(), time.perf_counter()
{start}
read({text!r})
cold = time.perf_counter() - start
times = []
for _ in range({rounds}):
    start = time.perf_counter()
    read({text!r})
    times.append(time.perf_counter() - start)
times.sort()
print(json.dumps(dict(cold_ms=cold * 1e3, p50_ms=times[len(times) // 2] * 1e3,
                      p95_ms=times[len(times) * 95 // 100] * 1e3, resident_mb=(resident() - before) / 1e6)))
"""


def measured(name: str, text: str) -> dict[str, float]:
    """Return start, time and memory of one library in a fresh process, the median start of three."""
    code = MEASURE.format(root=str(ROOT), start=oracles.STARTS[name], text=text, rounds=ROUNDS)
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    runs = []
    for _ in range(3):  # the first may compile modules, as an installation does
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environ)
        runs.append(json.loads(done.stdout.splitlines()[-1]))
    return dict(sorted(runs, key=lambda run: float(run["cold_ms"]))[1])


def linear_time() -> dict[str, dict[str, float]]:
    """Return seconds of processor time by kind of text and length; what cannot be read at all is refused in time."""
    from edge_tts.errors import UnsupportedText
    from edge_tts.text import analyze

    table: dict[str, dict[str, float]] = {}
    for kind, unit in KINDS.items():
        table[kind] = {}
        for length in LENGTHS:
            text = (unit * (length // len(unit) + 1))[:length]
            start = time.process_time()
            try:
                analyze(text)
            except UnsupportedText:
                pass
            table[kind][str(length)] = time.process_time() - start
    return table


def plain(words: str) -> str:
    """Return normalized text without what is a matter of style: marks, spaces, capitals, 幺 and 两."""
    return re.sub(r"[\W_]", "", words).lower().replace("幺", "一").replace("两", "二")


def normalization() -> dict[str, dict[str, float]]:
    """Return percent of the cases of tests/data/normalization.tsv, by library and class; "all" for all."""
    lines = (ROOT / "tests/data/normalization.tsv").read_text("utf-8").splitlines()[1:]
    cases = [(kind, text, plain(spoken)) for kind, text, spoken in (line.split("\t") for line in lines)]
    table: dict[str, dict[str, float]] = {}
    for name, normalize in oracles.normalizers().items():
        right = [(kind, plain(normalize(text)) == spoken) for kind, text, spoken in cases]
        table[name] = {"all": 100 * sum(good for _, good in right) / len(right)}
        for kind in dict.fromkeys(kind for kind, _ in right):
            chosen = [good for one, good in right if one == kind]
            table[name][kind] = 100 * sum(chosen) / len(chosen)
    return table


def reading_cases() -> Iterator[tuple[str, list[str]]]:
    """Yield text and syllables as spoken, from the tables of the tests; without fused 儿, which others don't have."""
    for module, names in READING_TABLES.items():
        tree = ast.parse((ROOT / f"tests/text/test_{module}.py").read_text("utf-8"))
        for node in tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in names:
                for line in str(ast.literal_eval(node.value)).strip().splitlines():
                    text, *syllables = line.split()
                    if not any(re.fullmatch("(?!er)[a-z]+r[1-5]", one) for one in syllables):
                        yield text, syllables


def syllables() -> dict[str, float]:
    """Return percent of syllables read right, toned as spoken, by library."""
    cases = list(reading_cases())
    total = sum(len(expected) for _, expected in cases)
    return {name: 100 * sum(_hits(read(text), want) for text, want in cases) / total
            for name, read in oracles.readers().items()}  # fmt: skip


def _hits(got: list[str], expected: list[str]) -> int:
    return sum(block.size for block in SequenceMatcher(None, got, expected, autojunk=False).get_matching_blocks())


def polyphones(folder: Path) -> dict[str, float]:
    """Return percent right on the development set of CPP, dev.sent and dev.lb, by library."""
    sentences = (folder / "dev.sent").read_text("utf-8").splitlines()
    labels = [label.strip().replace("u:", "v") for label in (folder / "dev.lb").read_text("utf-8").splitlines()]
    cases = [(one.replace("▁", ""), one.index("▁"), label) for one, label in zip(sentences, labels, strict=True)]
    return {
        name: 100 * sum(read(text, place) == label for text, place, label in cases) / len(cases)
        for name, read in oracles.by_character().items()
    }


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    parser.add_argument(
        "--cpp", type=Path, metavar="FOLDER", help="with dev.sent and dev.lb: polyphones read right, too"
    )
    options = parser.parse_args()
    there = oracles.installed()
    result: dict[str, Any] = {
        "sentence": {name: measured(name, SENTENCE) for name in there if name != "wetext"},
        "numbers": {name: measured(name, NUMBERS) for name in there if name in ("edge_tts", "wetext", "misaki")},
        "data_mb": sum(path.stat().st_size for path in (ROOT / "edge_tts/text/data").iterdir()) / 1e6,
        "normalization_percent": normalization(),
        "syllables_percent": syllables(),
        "linear_s": linear_time(),
    }
    if options.cpp:
        result["cpp_percent"] = polyphones(options.cpp)
    print(json.dumps(result, ensure_ascii=False, indent=1) if options.json else "\n".join(as_tables(result)))


def as_tables(result: dict[str, Any]) -> Iterator[str]:
    """Yield the lines for people."""
    for part, title in (("sentence", "a sentence"), ("numbers", "numbers")):
        yield f"{title:<14} {'cold ms':>9} {'p50 ms':>9} {'p95 ms':>9} {'memory MB':>10}"
        for name, row in result[part].items():
            numbers = f"{row['cold_ms']:9.1f} {row['p50_ms']:9.2f} {row['p95_ms']:9.2f} {row['resident_mb']:10.1f}"
            yield f"  {name:<12} {numbers}"
    yield f"data on disk {result['data_mb']:.1f} MB"
    yield from bars(
        "numbers and signs written right", {n: row["all"] for n, row in result["normalization_percent"].items()}
    )
    yield from classes(result["normalization_percent"])
    yield from bars("syllables read right", result["syllables_percent"])
    yield from bars("polyphones read right (CPP, development set)", result.get("cpp_percent", {}))
    yield f"{'seconds for':<14}" + "".join(f" {length:>9,}" for length in LENGTHS) + " characters, growth (1 is linear)"
    for kind, row in result["linear_s"].items():
        times = [row[str(length)] for length in LENGTHS]
        growth = times[2] / times[1] / (LENGTHS[2] / LENGTHS[1]) if times[1] else 1
        yield f"  {kind:<13}" + "".join(f" {seconds:9.3f}" for seconds in times) + f" {growth:8.1f}"


def bars(title: str, percents: dict[str, float]) -> Iterator[str]:
    """Yield a bar for each library."""
    if percents:
        yield title
    for name, percent in percents.items():
        yield f"  {name:<10} {'█' * round(percent / 2.5):<40} {percent:6.1f} %"


def classes(table: dict[str, dict[str, float]]) -> Iterator[str]:
    """Yield a line for each class of numbers and signs."""
    yield f"  {'by class, %':<14}" + "".join(f" {name:>9}" for name in table)
    for kind in list(table["edge_tts"])[1:]:
        yield f"    {kind:<12}" + "".join(f" {row[kind]:9.0f}" for row in table.values())


if __name__ == "__main__":
    main()
