"""Measure which tones a Kokoro voice speaks best with: the dictionary's or those after sandhi.

Each sentence is synthesized with both. Of every syllable the pitch contour is taken, at the times that the graph's own
durations give. A linear discriminant learns tones 1 to 4 from the syllables that no sandhi touches; then it says which
tone the others were given: the tone as spoken should be heard. A recognizer hears both, too. Needs the extras dev and
intelligibility and the model kokoro; audio is kept in .cache, so that an interrupted run goes on.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_tts import text
from edge_tts.engines.kokoro.symbols import Tones
from edge_tts.measuring.comparison import hearing, recognizer_files
from edge_tts.text.sentence import Sentence
from scripts.evaluate.quality import pitch
from scripts.evaluate.quality.timed_kokoro import RATE, Spoken, TimedKokoro

ROOT = Path(__file__).resolve().parents[3]

POINTS = 5
INPUTS: tuple[Tones, ...] = ("lexical", "surface")
_ONLY_CHINESE = re.compile("[㐀-鿿，、。！？]{9,30}")


@dataclass(frozen=True, slots=True)
class Contour:
    """The pitch of one syllable.

    Attributes:
        group: "plain" where both tones are the same, else what changed, as 3→2.
        tone: the tone that is spoken.
        other: the tone of the dictionary.
        points: semitones over the sentence's mean, shape (POINTS,).
    """

    group: str
    tone: int
    other: int
    points: NDArray[np.float64]


def contours(spoken: Spoken) -> Iterator[Contour]:
    """Yield the contours of the syllables that have one, the last one of the sentence left out."""
    hertz = pitch.track(spoken.samples, RATE)
    mean = np.nanmean(12 * np.log2(hertz))
    for syllable, (begin, end) in list(zip(spoken.syllables, spoken.times, strict=True))[:-1]:
        points = pitch.contour(hertz, begin, end, POINTS)
        if points is not None and syllable.surface_tone < 5 and syllable.lexical_tone < 5:
            same = syllable.surface_tone == syllable.lexical_tone
            change = f"{syllable.lexical_tone}→{syllable.surface_tone}"
            mark = f"{syllable.text} " if syllable.text in "一不" else ""
            group = "plain" if same else mark + change
            yield Contour(group, syllable.surface_tone, syllable.lexical_tone, points - mean)


class Discriminant:
    """Linear discriminant for tones 1 to 4: Gaussians of one covariance, equally likely.

    Args:
        plain: contours to learn from.
    """

    def __init__(self, plain: Sequence[Contour]) -> None:
        """Estimate the means and the common covariance."""
        self.means = {tone: np.mean([c.points for c in plain if c.tone == tone], axis=0) for tone in (1, 2, 3, 4)}
        apart = np.stack([c.points - self.means[c.tone] for c in plain])
        self._inverse = np.linalg.inv(apart.T @ apart / len(apart))

    def tone(self, points: NDArray[np.float64]) -> int:
        """Return the tone that a contour is nearest to."""
        away = {tone: points - mean for tone, mean in self.means.items()}
        return min(away, key=lambda tone: float(away[tone] @ self._inverse @ away[tone]))


def compare(by_input: dict[Tones, list[Contour]]) -> list[dict[str, Any]]:
    """Return a row for each group: how often the tone as spoken and that of the dictionary were heard."""
    plain = [contour for found in by_input.values() for contour in found if contour.group == "plain"]
    rows = []
    for tone in (1, 2, 3, 4):
        own = [c for c in plain if c.tone == tone]
        halves = (Discriminant([c for i, c in enumerate(plain) if i % 2 != side]) for side in (0, 1))
        tested = [(c, i % 2) for i, c in enumerate(plain) if c.tone == tone]
        judges = list(halves)
        right = np.mean([judges[side].tone(c.points) == tone for c, side in tested])
        rows.append(
            {"group": f"plain {tone}", "input": "both", "count": len(own), "spoken": right, "dictionary": right}
        )
    judge = Discriminant(plain)
    for group in sorted({c.group for found in by_input.values() for c in found} - {"plain"}):
        for tones, found in by_input.items():
            members = [c for c in found if c.group == group]
            heard = [judge.tone(c.points) for c in members]
            spoken = np.mean([tone == c.tone for tone, c in zip(heard, members, strict=True)])
            listed = np.mean([tone == c.other for tone, c in zip(heard, members, strict=True)])
            away = np.mean([c.points for c in members], axis=0) - judge.means[members[0].tone]
            row = {"group": group, "input": tones, "count": len(members), "spoken": spoken, "dictionary": listed}
            rows.append({**row, "semitones": float(np.sqrt(np.mean(away**2)))})
    return [
        {key: round(float(v), 3) if isinstance(v, float | np.floating) else v for key, v in r.items()} for r in rows
    ]


def sentences(own: Path, more: Path | None, count: int) -> list[Sentence]:
    """Return the sentences to say: the list's, and `count` of another file in which sandhi changes two syllables."""
    found = [one for line in own.read_text("utf-8").splitlines() for one in text.analyze(line)]
    lines = [line.replace("▁", "") for line in more.read_text("utf-8").splitlines()] if more else []
    extra = [one for line in lines[::3] if _ONLY_CHINESE.fullmatch(line) for one in text.analyze(line)]
    changed = [one for one in extra if _changes(one) >= 2]
    step = max(len(changed) // count, 1) if count else 1
    return found + changed[::step][:count]


def _changes(sentence: Sentence) -> int:
    syllables = [syllable for word in sentence.words for syllable in word.syllables]
    return sum(one.surface_tone not in (5, one.lexical_tone) for one in syllables)


def heard(cache: Path, ears: hearing.Recognizer, spoken: Spoken) -> str:
    """Return what the recognizer hears, kept like the audio."""
    file = cache / f"{hashlib.sha256(spoken.samples.tobytes()).hexdigest()[:24]}.heard"
    if not file.exists():
        file.write_text(ears.hear(spoken.samples, RATE), "utf-8")
    return file.read_text("utf-8")


def main() -> None:
    """Measure the voices and print a table for each, or JSON."""
    parser = argparse.ArgumentParser(prog="python -m scripts.evaluate.quality.tone_contours", description=__doc__)
    parser.add_argument("--voices", nargs="+", default=["zm_yunjian", "zm_yunxi", "zf_xiaobei"], metavar="VOICE")
    parser.add_argument("--list", type=Path, default=ROOT / "tests/data/tone_sentences.txt", metavar="FILE")
    parser.add_argument("--more", type=Path, metavar="FILE", help="another file to take sentences from")
    parser.add_argument("--count", type=int, default=60, metavar="N", help="how many of them")
    parser.add_argument("--deaf", action="store_true", help="without the recognizer")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    cache = ROOT / ".cache" / "tone_contours"
    kokoro = TimedKokoro(cache)
    chosen = sentences(options.list, options.more, options.count)
    ears = None if options.deaf else hearing.Recognizer(recognizer_files.install(ROOT / ".cache"))
    results = {voice: measure(kokoro, voice, chosen, ears, cache) for voice in options.voices}
    print(json.dumps(results, ensure_ascii=False, indent=1) if options.json else tables(results))


def measure(
    kokoro: TimedKokoro, voice: str, chosen: Sequence[Sentence], ears: hearing.Recognizer | None, cache: Path
) -> dict[str, Any]:
    """Return the figures of one voice, telling a person how far it is."""
    by_input: dict[Tones, list[Contour]] = {tones: [] for tones in INPUTS}
    scores = {tones: hearing.Score() for tones in INPUTS}
    for number, sentence in enumerate(chosen, start=1):
        if sys.stderr.isatty():
            print(f"\r{voice} {number}/{len(chosen)}\x1b[K", end="", file=sys.stderr, flush=True)
        for tones in INPUTS:
            spoken = kokoro.say(sentence, voice, tones)
            by_input[tones] += contours(spoken)
            if ears:
                scores[tones] += hearing.score(sentence.text, heard(cache, ears, spoken))
    errors = {tones: [round(s.toneless.rate, 4), round(s.toned.rate, 4)] for tones, s in scores.items()} if ears else {}
    return {"sentences": len(chosen), "contours": compare(by_input), "errors": errors}


def tables(results: dict[str, dict[str, Any]]) -> str:
    """Lay out the figures."""
    return "\n\n".join(_table(voice, found) for voice, found in results.items())


def _table(voice: str, found: dict[str, Any]) -> str:
    lines = [
        f"{voice}, {found['sentences']} sentences",
        "group     input     count  as spoken  dictionary's  semitones off",
    ]
    for row in found["contours"]:
        off = f"{row['semitones']:.2f}" if "semitones" in row else ""
        shares = f"{100 * row['spoken']:8.1f} %  {100 * row['dictionary']:10.1f} %"
        lines.append(f"{row['group']:<9} {row['input']:<9} {row['count']:>5} {shares}  {off:>13}")
    lines += _errors(found["errors"].items())
    return "\n".join(lines)


def _errors(errors: Iterable[tuple[str, list[float]]]) -> Iterator[str]:
    for tones, (toneless, toned) in errors:
        wrong = f"{100 * toneless:.2f} % of syllables wrong, {100 * toned:.2f} % of syllables or tones"
        yield f"heard with {tones}: {wrong}"


if __name__ == "__main__":
    main()
