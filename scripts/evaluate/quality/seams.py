"""Compare long sentences that an engine speaks part by part with the same ones in a single run.

    python -m scripts.evaluate.quality.seams [--voices zm_yunjian …] [--join 2]

Each sentence is synthesized both ways, parted as the engine does it here. Kokoro, natively, speaks about 45 syllables
in one run: for longer sentences, lines of the list are joined by a comma. (The borders of the pieces in which the
audio of one run comes are in windows.py.) In the single run the place of each seam is looked for: the longest
silence near where as many syllables have passed. Printed are the medians over all seams of: the step in loudness
across the seam beyond that in the single run, how much faster the part after it is than the same words there, the
pause, and what a recognizer gets wrong both ways. Needs the extra intelligibility and the voice's model; the outcome
is in docs/measurements/voices.md.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_tts import store, text
from edge_tts.cancel import CancelToken
from edge_tts.config.loading import load as load_config
from edge_tts.engines import loading, phrasing
from edge_tts.engines.engine import Engine, VoiceSettings
from edge_tts.engines.kokoro import engine as kokoro_engine
from edge_tts.engines.kokoro.engine import Kokoro
from edge_tts.engines.kokoro.voices import STYLES
from edge_tts.measuring.comparison import hearing, recognizer_files
from edge_tts.text.prosody.prosody import size
from edge_tts.text.sentence import Sentence

ROOT = Path(__file__).resolve().parents[3]

Floats = NDArray[np.float32]

FIRST = "好。" * 5
"""Said before: after as many sentences Kokoro has measured a voice, and speaks it as it will from then on."""
FRAME_SECONDS = 0.01
AUDIBLE = 10 ** (-45 / 20)
NEAR = 0.8
"""Seconds around the expected place in which the seam's silence is looked for in the single run."""
BESIDE = 0.6
"""Seconds of speech on both sides whose loudness is compared."""


@dataclass(frozen=True, slots=True)
class Seam:
    """What is heard at one seam, and in the single run at the same place.

    Attributes:
        step: decibels of the loudness after it over that before it, less the same in the single run.
        faster: syllables a second of the part after it over those of the same words in the single run.
        pause: seconds of silence.
        pause_whole: seconds of silence in the single run.
    """

    step: float
    faster: float
    pause: float
    pause_whole: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """Speech as frames.

    Attributes:
        power: mean square of each frame of FRAME_SECONDS.
        sounding: whether it is audible.
    """

    power: NDArray[np.float64]
    sounding: NDArray[np.bool_]

    @classmethod
    def of(cls, samples: Floats, rate: int) -> Stretch:
        """Cut samples into frames."""
        frame = int(FRAME_SECONDS * rate)
        power = np.square(samples[: len(samples) // frame * frame].astype(np.float64)).reshape(-1, frame).mean(axis=1)
        return cls(power, power > AUDIBLE**2)

    def bounds(self) -> tuple[int, int]:
        """Return the first audible frame and one past the last one."""
        audible = np.flatnonzero(self.sounding)
        return int(audible[0]), int(audible[-1]) + 1

    def level(self, begin: int, end: int) -> float:
        """Return the loudness of the audible frames between two places in dB of full scale."""
        heard = self.power[max(begin, 0) : end][self.sounding[max(begin, 0) : end]]
        return float(10 * np.log10(heard.mean())) if heard.size else float("nan")

    def silences(self, begin: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield begin and end of the silences between two places."""
        edges = np.flatnonzero(np.diff(np.pad(~self.sounding[begin:end], 1).astype(np.int8)))
        yield from ((begin + int(a), begin + int(b)) for a, b in edges.reshape(-1, 2))


def speak(engine: Engine, sentence: Sentence, voice: str) -> Floats:
    """Return the audio of a sentence."""
    return np.concatenate(list(engine.synthesize(sentence, VoiceSettings(voice), CancelToken())))


@contextlib.contextmanager
def single_runs() -> Iterator[None]:
    """Have engines part no sentence that a graph can take in one run."""
    usual = phrasing.WHOLE_MOST, kokoro_engine.STREAMED_TOKENS, kokoro_engine.PHRASE_TOKENS
    phrasing.WHOLE_MOST, kokoro_engine.STREAMED_TOKENS, kokoro_engine.PHRASE_TOKENS = 10**6, STYLES[0], STYLES[0]
    yield
    phrasing.WHOLE_MOST, kokoro_engine.STREAMED_TOKENS, kokoro_engine.PHRASE_TOKENS = usual


def cut(engine: Engine, sentence: Sentence, voice: str) -> list[Sentence]:
    """Return the parts that an engine makes of a sentence."""
    parts = engine.runs(sentence, voice) if isinstance(engine, Kokoro) else phrasing.grow(sentence.words)
    return [replace(sentence, words=tuple(words)) for words in parts]


def joined(lines: Sequence[str], count: int) -> list[str]:
    """Return so many lines at a time as one sentence."""
    groups = (lines[at : at + count] for at in range(0, len(lines), count))
    return ["，".join([*(line[:-1] for line in group[:-1]), group[-1]]) for group in groups]


def compare(parts: Sequence[Floats], counts: Sequence[int], whole: Floats, rate: int) -> Iterator[Seam]:
    """Yield what is heard at each seam."""
    one = Stretch.of(whole, rate)
    begin, end = one.bounds()
    places = [begin, *(_place(one, sum(counts[:at]) / sum(counts)) for at in range(1, len(counts))), end]
    for at in range(1, len(parts)):
        before, after = Stretch.of(parts[at - 1], rate), Stretch.of(parts[at], rate)
        there = min(one.silences(begin, end), key=lambda gap: abs(gap[0] - places[at]), default=(places[at],) * 2)
        yield Seam(
            step=_step(before, after) - _step_at(one, *there),
            faster=_duration(one, places[at], places[at + 1]) / _duration(after, *after.bounds()),
            pause=(len(before.power) - before.bounds()[1] + after.bounds()[0]) * FRAME_SECONDS,
            pause_whole=(there[1] - there[0]) * FRAME_SECONDS,
        )


def _place(one: Stretch, share: float) -> int:
    """Return where the longest silence begins near a share of the speech."""
    begin, end = one.bounds()
    expected, reach = int(begin + share * (end - begin)), int(NEAR / FRAME_SECONDS)
    gaps = list(one.silences(max(expected - reach, begin), min(expected + reach, end)))
    return max(gaps, key=lambda gap: gap[1] - gap[0])[0] if gaps else expected


def _duration(one: Stretch, begin: int, end: int) -> float:
    """Return the seconds of speech between two places, silence at both ends left out."""
    audible = np.flatnonzero(one.sounding[begin:end])
    return float(audible[-1] - audible[0] + 1) * FRAME_SECONDS


def _step(before: Stretch, after: Stretch) -> float:
    beside = int(BESIDE / FRAME_SECONDS)
    last, first = before.bounds()[1], after.bounds()[0]
    return after.level(first, first + beside) - before.level(last - beside, last)


def _step_at(one: Stretch, begin: int, end: int) -> float:
    beside = int(BESIDE / FRAME_SECONDS)
    return one.level(end, end + beside) - one.level(begin - beside, begin)


def measure(engine: Engine, voice: str, lines: Sequence[str], ears: hearing.Recognizer | None) -> dict[str, Any]:
    """Return the figures of one voice, telling a person how far it is."""
    seams: list[Seam] = []
    scores = {"whole": hearing.Score(), "parted": hearing.Score()}
    rate = engine.info.sample_rate
    for number, line in enumerate(lines, start=1):
        if sys.stderr.isatty():
            print(f"\r{voice} {number}/{len(lines)}\x1b[K", end="", file=sys.stderr, flush=True)
        (sentence,) = text.analyze(line)
        cuts = cut(engine, sentence, voice)
        counts = [sum(map(size, part.words)) for part in cuts]
        with single_runs():
            parts = [speak(engine, part, voice) for part in cuts]
            whole = speak(engine, sentence, voice)
        seams += compare(parts, counts, whole, rate)
        if ears:
            for name, samples in (("whole", whole), ("parted", np.concatenate(parts))):
                scores[name] += hearing.score(line, ears.hear(samples, rate))
    return {"voice": voice, "sentences": len(lines), **_summary(seams), **_errors(scores, ears)}


def _summary(seams: Sequence[Seam]) -> dict[str, Any]:
    if not seams:
        return {"seams": 0}
    table = {name: np.array([getattr(seam, name) for seam in seams]) for name in Seam.__slots__}
    return {
        "seams": len(seams),
        "step_db": round(float(np.median(table["step"])), 2),
        "step_db_p90": round(float(np.percentile(np.abs(table["step"]), 90)), 2),
        "faster": round(float(np.median(table["faster"])), 3),
        "pause": round(float(np.median(table["pause"])), 3),
        "pause_whole": round(float(np.median(table["pause_whole"])), 3),
    }


def _errors(scores: dict[str, hearing.Score], ears: hearing.Recognizer | None) -> dict[str, float]:
    if ears is None:
        return {}
    return {
        f"{kind}_{name}": round(getattr(score, kind).rate, 4)
        for name, score in scores.items()
        for kind in ("toneless", "toned")
    }


def main() -> None:
    """Measure the voices and print a line of figures for each, or JSON."""
    parser = argparse.ArgumentParser(prog="python -m scripts.evaluate.quality.seams", description=__doc__)
    parser.add_argument("--voices", nargs="+", default=[""], metavar="VOICE", help="default: the default voice")
    parser.add_argument("--list", type=Path, default=ROOT / "tests/data/long_sentences.txt", metavar="FILE")
    parser.add_argument("--join", type=int, default=1, metavar="N", help="lines that make a sentence")
    parser.add_argument("--deaf", action="store_true", help="without the recognizer")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    options = parser.parse_args()
    settings = load_config()
    paths = settings.paths
    ears = None if options.deaf else hearing.Recognizer(recognizer_files.install(ROOT / ".cache"))
    lines = joined(options.list.read_text("utf-8").splitlines(), options.join)
    for name in options.voices:
        model, voice = store.find_voice(paths, name, settings.speech.rtf_limit)
        engine = loading.load(model.files_for_engine(paths.prepared), 0, config=settings)
        for sentence in text.analyze(FIRST):
            speak(engine, sentence, voice.name)
        found = measure(engine, voice.name, lines, ears)
        engine.close()
        print(json.dumps(found) if options.json else "  ".join(f"{key} {value}" for key, value in found.items()))


if __name__ == "__main__":
    main()
