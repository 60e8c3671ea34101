"""Compare Kokoro spoken piece by piece, with predicted moments, with one run that measures them.

    python -m scripts.evaluate.quality.windows [--voices zm_yunjian …] [--limit 20] [--oracle]

Log-spectral distance and level where there is speech, in dB, of: the one native run from ONNX Runtime's graph, the
pieces from the one native run, the pieces from the graph. Then the step in loudness at the seams of the pieces beyond
the one in the one run at the same place, over 0.1 s on both sides; and with --oracle what DNSMOS and a recognizer
(extras quality, intelligibility) say. The outcome is in docs/measurements/kokoro.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_tts import store, text
from edge_tts.cancel import CancelToken
from edge_tts.config.loading import load as load_config
from edge_tts.engines.kokoro import native
from edge_tts.engines.kokoro.native import pieces
from edge_tts.engines.kokoro.symbols import sentence_phonemes
from edge_tts.engines.kokoro.voices import Voices
from edge_tts.graphs.parts import Part
from edge_tts.graphs.prepared import prepare
from edge_tts.graphs.session import Session
from edge_tts.measuring.comparison import hearing, opinion, recognizer_files
from edge_tts.measuring.comparison.hearing import Example, Score
from edge_tts.measuring.comparison.opinion import Judge
from scripts.evaluate.quality.compare_native import differences

ROOT = Path(__file__).resolve().parents[3]

Samples = NDArray[np.float32]

RATE, ROW = 24_000, 600
BESIDE = 2400
"""Samples on both sides of a seam whose level is compared."""
WAYS = ("one run from the graph", "pieces from one run", "pieces from the graph")


class Ways:
    """The ways of computing, of the installed model."""

    def __init__(self) -> None:
        """Load it twice."""
        config = load_config()
        paths = config.paths
        self.model = store.find(paths, "kokoro").files_for_engine(paths.prepared)
        graph = self.model.files["graph"][0]
        self._vocabulary = json.loads(self.model.files["vocabulary"][0].read_text("utf-8"))["vocab"]
        self._voices = Voices(self.model, self._vocabulary, config)
        self._graph = Session(prepare(Part(graph, self.model.prepared / "onnx"), config))
        front = prepare(Part(native.derived(graph), self.model.prepared / "native"), config)
        self._native = native.NativeGraph(front, front.arrays())

    def speak(self, voice: str, written: str) -> tuple[Samples, Samples, Samples, list[int]]:
        """Return a sentence by the graph, by one native run and in pieces at the same places, and where these end."""
        phonemes = sentence_phonemes(text.analyze(written)[0].words, self.model.tones, "zh")
        tokens = [self._vocabulary[symbol] for symbol in phonemes if symbol in self._vocabulary]
        inputs, cancel = self._voices.inputs(voice, tokens, 1.0), CancelToken()
        while (coefficients := self._voices.coefficients(voice)) is None:
            self._voices.measure(voice, self._native, cancel)
        prosody = self._native._prosody(inputs, cancel)
        spans = list(pieces(prosody.sounding))
        whole, made = self._native.run(inputs, cancel), list(self._native.stream(inputs, {}, coefficients, cancel))
        parted = np.zeros_like(whole)
        start = spans[0][0] * ROW if len(made) > 1 else 0
        parted[start : start + sum(map(len, made))] = np.concatenate(made)
        ends = [end * ROW for _, end in spans[:-1]] if len(made) > 1 else []
        return self._graph.run(inputs, cancel).reshape(-1), whole, parted, ends


def step(samples: Samples, at: int) -> float:
    """Return the level after a place over that before it, in dB; nan where either is silent."""
    before, after = (
        float(np.sqrt(np.square(part).mean())) for part in (samples[at - BESIDE : at], samples[at:][:BESIDE])
    )
    return 20 * float(np.log10(after / before)) if min(before, after) > 0.01 else float("nan")


def measure(ways: Ways, voice: str, lines: Sequence[Example], oracle: Oracle | None) -> dict[str, Any]:
    """Return the figures of one voice."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in WAYS}
    steps: list[float] = []
    heard_right: list[list[tuple[float, Score]]] = []
    for number, line in enumerate(lines, start=1):
        if sys.stderr.isatty():
            print(f"\r{voice} {number}/{len(lines)}\x1b[K", end="", file=sys.stderr, flush=True)
        graph, whole, parted, ends = ways.speak(voice, line.text)
        for name, pair in zip(WAYS, ((graph, whole), (whole, parted), (graph, parted)), strict=True):
            found[name].append(differences(*pair))
        steps += [step(parted, end) - step(whole, end) for end in ends]
        if oracle:
            heard_right.append([oracle(samples, line) for samples in (graph, whole, parted)])
    rows = {name: _row(np.array(values)) for name, values in found.items()}
    heard = np.abs([value for value in steps if np.isfinite(value)])
    seams = {"seams": len(heard), "step_db": _round(np.median(heard)), "step_db_p90": _round(np.percentile(heard, 90))}
    opinions = dict(zip(("graph", "one run", "pieces"), map(_opinion, zip(*heard_right, strict=True)), strict=False))
    return {"voice": voice, "sentences": len(lines), **rows, **seams, "opinions": opinions}


class Oracle:
    """What DNSMOS and a recognizer say of a sentence."""

    def __init__(self, network: Path) -> None:
        """Load both."""
        self._judge = Judge(network, ROOT / ".cache" / "dnsmos", load_config())
        self._ears = hearing.Recognizer(recognizer_files.install(ROOT / ".cache"))

    def __call__(self, samples: Samples, line: Example) -> tuple[float, Score]:
        """Return the overall mark, and how far what is heard is from what was to be said."""
        return self._judge(samples, RATE).overall, hearing.score(line.spoken, self._ears.hear(samples, RATE))


def _opinion(heard: Iterable[tuple[float, Score]]) -> dict[str, float]:
    marks, scores = zip(*heard, strict=True)
    total = sum(scores, Score())
    rates = {name: round(getattr(total, name).rate, 4) for name in ("characters", "toneless", "toned")}
    return {"dnsmos": _round(np.mean(marks)), **rates}


def _row(values: NDArray[np.float64]) -> dict[str, float]:
    distance, level = values.T
    return {
        "lsd_median": _round(np.median(distance)),
        "lsd_worst": _round(distance.max()),
        "level_median": _round(np.median(level)),
        "level_worst": _round(level[np.argmax(np.abs(level))]),
    }


def _round(value: Any) -> float:
    return round(float(value), 2)


def main() -> None:
    """Measure and print a JSON object for each voice."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.evaluate.quality.windows", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--voices", nargs="+", default=["zm_yunjian", "zf_xiaobei"], metavar="VOICE")
    parser.add_argument("--list", type=Path, default=ROOT / "tests/data/sentences.tsv", metavar="FILE")
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="sentences, evenly spread")
    parser.add_argument("--oracle", action="store_true", help="with DNSMOS and the recognizer")
    options = parser.parse_args()
    network = opinion.network() if options.oracle else None
    oracle = Oracle(network) if network else None
    lines = [line for line in hearing.read_sentences(options.list) if line.kind != "mixed"]
    lines = [lines[place * len(lines) // options.limit] for place in range(min(options.limit, len(lines)))]
    ways = Ways()
    for voice in options.voices:
        print(json.dumps(measure(ways, voice, lines, oracle), ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
