"""Measure how long Kokoro is silent at each mark inside a sentence that it speaks in one run.

Prints the median and the quarters for each mark, of the silence between the two syllables beside it. Needs the extra
dev and the model kokoro; audio is kept in .cache. The outcome is in docs/measurements/voices.md and in
edge_tts/text/prosody/pauses.py.
With --engine it is the engine that speaks, which lengthens pauses, instead of the bare graph; the longest silences of a
sentence, as many as it has marks inside, are then taken for those at the marks.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from edge_tts import store, text
from edge_tts.cancel import CancelToken
from edge_tts.config.loading import load as load_config
from edge_tts.engines import loading
from edge_tts.engines.engine import Engine, VoiceSettings
from edge_tts.text.sentence import Sentence
from scripts.evaluate.quality.timed_kokoro import RATE, Spoken, TimedKokoro

ROOT = Path(__file__).resolve().parents[3]

FRAME = 120  # samples, 5 ms
AUDIBLE = 10 ** (-45 / 20)
REACH = 0.1
"""Seconds into the syllables on both sides: the graph's times are that rough."""


def silences(sentence: Sentence, spoken: Spoken) -> Iterator[tuple[str, float]]:
    """Yield each mark, or the strength of a break without one, and the seconds of silence there."""
    at = 0
    for word in sentence.words[:-1]:
        at += len(word.syllables)
        begin, end = spoken.times[at - 1][1] - REACH, spoken.times[at][0] + REACH
        piece = spoken.samples[max(int(begin * RATE), 0) : int(end * RATE)]
        frames = piece[: len(piece) // FRAME * FRAME].reshape(-1, FRAME)
        quiet = np.sqrt(np.mean(frames**2, axis=1)) < AUDIBLE
        yield word.punctuation or f"break {word.break_after}", _longest(quiet) * FRAME / RATE


def heard(sentence: Sentence, engine: Engine, voice: str) -> Iterator[tuple[str, float]]:
    """Yield each mark inside a sentence and the seconds of silence there, as the engine speaks it."""
    marks = [word.punctuation for word in sentence.words[:-1] if word.punctuation]
    samples = np.concatenate(list(engine.synthesize(sentence, VoiceSettings(voice), CancelToken())))
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    quiet = np.sqrt(np.mean(frames**2, axis=1)) < AUDIBLE
    edges = np.flatnonzero(np.diff(np.pad(quiet.astype(np.int8), 1))).reshape(-1, 2)[1:-1]
    longest = sorted(
        sorted(edges, key=lambda edge: int(edge[0] - edge[1]))[: len(marks)], key=lambda edge: int(edge[0])
    )
    yield from ((mark, float(end - begin) * FRAME / RATE) for mark, (begin, end) in zip(marks, longest, strict=False))


def _longest(quiet: np.ndarray) -> int:
    """Return the length of the longest run of true values."""
    edges = np.flatnonzero(np.diff(np.pad(quiet.astype(np.int8), 1)))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m scripts.evaluate.quality.pause_lengths", description=__doc__)
    parser.add_argument("--voice", default="zm_yunjian", metavar="VOICE")
    lists = [ROOT / "tests/data/pause_sentences.txt", ROOT / "tests/data/tone_sentences.txt"]
    parser.add_argument("--list", type=Path, nargs="+", default=lists, metavar="FILE")
    parser.add_argument("--engine", action="store_true", help="as the engine speaks, not the bare graph")
    options = parser.parse_args()
    config = load_config()
    files = store.find(config.paths, "kokoro").files_for_engine(config.paths.prepared)
    engine = loading.load(files, 0, config=config) if options.engine else None
    kokoro = TimedKokoro(ROOT / ".cache" / "tone_contours") if not engine else None
    lines = [line for path in options.list for line in path.read_text("utf-8").splitlines()]
    found: dict[str, list[float]] = {}
    for number, line in enumerate(lines, start=1):
        if sys.stderr.isatty():
            print(f"\r{number}/{len(lines)}\x1b[K", end="", file=sys.stderr, flush=True)
        for sentence in text.analyze(line):
            if engine:
                pauses = heard(sentence, engine, options.voice)
            elif kokoro:
                pauses = silences(sentence, kokoro.say(sentence, options.voice, "surface"))
            for mark, seconds in pauses:
                found.setdefault(mark, []).append(seconds)
    print("mark     count  median  quarters")
    for mark, pauses_there in sorted(found.items()):
        low, middle, high = np.percentile(pauses_there, (25, 50, 75))
        print(f"{mark:<8} {len(pauses_there):>5}  {middle:.2f} s  {low:.2f} to {high:.2f}")


if __name__ == "__main__":
    main()
