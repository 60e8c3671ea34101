"""Let the running daemon's voices read sentences, let a recognizer hear them, and print what got lost.

Needs the package's extra `intelligibility` and a daemon (`edge-tts serve`). The first run downloads the recognizer.
Percentages are edits per hundred characters (CER) or syllables of the reference; an English word is one of either.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_tts import Client
from edge_tts.errors import EdgeTTSError
from edge_tts.measuring.comparison import hearing, recognizer_files

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class Result:
    """One sentence, read by one voice and heard.

    Attributes:
        voice: who read.
        example: what was to be read.
        heard: what the recognizer wrote.
        score: how far that is apart.
        audio_seconds: length of the audio.
        synthesis_seconds: the time from the request to the last sample.
    """

    voice: str
    example: hearing.Example
    heard: str
    score: hearing.Score
    audio_seconds: float
    synthesis_seconds: float


def read_aloud(client: Client, voice: str, example: hearing.Example, ears: hearing.Recognizer) -> Result:
    """Synthesize a sentence and hear it."""
    started = time.perf_counter()
    samples, sample_rate = client.synthesize(example.text, voice=voice, cache=False)
    seconds = time.perf_counter() - started
    heard = ears.hear(samples, sample_rate)
    return Result(voice, example, heard, hearing.score(example.spoken, heard), len(samples) / sample_rate, seconds)


def measure(
    client: Client, voices: Iterable[str], examples: Sequence[hearing.Example], ears: hearing.Recognizer
) -> Iterator[Result]:
    """Yield the results of every voice with every sentence, telling a person how far it is."""
    for voice in voices:
        client.synthesize("你好。", voice=voice, cache=False)  # loading the model is no part of the figures
        for number, example in enumerate(examples, start=1):
            if sys.stderr.isatty():
                print(f"\r{voice} {number}/{len(examples)}\x1b[K", end="", file=sys.stderr, flush=True)
            yield read_aloud(client, voice, example, ears)
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)


def total(results: Iterable[Result]) -> hearing.Score:
    """Add up scores."""
    return sum((result.score for result in results), hearing.Score())


def summary(results: Sequence[Result]) -> dict[str, Any]:
    """Return the figures of one voice; rates as fractions of one."""
    audio = sum(result.audio_seconds for result in results)
    kinds = dict.fromkeys(result.example.kind for result in results)
    return {
        "voice": results[0].voice,
        "sentences": len(results),
        "audio_seconds": round(audio, 1),
        "rtf": round(sum(result.synthesis_seconds for result in results) / audio, 3),
        **rates(total(results)),
        "kinds": {kind: rates(total(r for r in results if r.example.kind == kind)) for kind in kinds},
    }


def rates(score: hearing.Score) -> dict[str, float]:
    """Return the three error rates."""
    return {
        "cer": round(score.characters.rate, 4),
        "toneless": round(score.toneless.rate, 4),
        "toned": round(score.toned.rate, 4),
    }


def table(summaries: Sequence[dict[str, Any]]) -> str:
    """Lay out the figures of all voices: totals, then toneless errors by kind of sentence."""
    kinds = list(summaries[0]["kinds"])
    head = ["voice", "sentences", "seconds", "RTF", "CER %", "toneless %", "toned %", *kinds]
    rows = [
        [
            row["voice"],
            str(row["sentences"]),
            f"{row['audio_seconds']:.0f}",
            f"{row['rtf']:.2f}",
            *(f"{100 * row[key]:.2f}" for key in ("cer", "toneless", "toned")),
            *(f"{100 * row['kinds'][kind]['toneless']:.1f}" for kind in kinds),
        ]
        for row in summaries
    ]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) if not place else cell.rjust(width) for place, (cell, width) in line)
        for line in (enumerate(zip(row, widths, strict=True)) for row in (head, *rows))
    )


def worst(results: Iterable[Result], count: int) -> str:
    """Show the sentences with the most wrong syllables, and what was heard."""
    ranked = sorted(results, key=lambda r: (r.score.toneless.edits, r.score.toned.edits), reverse=True)
    return "\n".join(
        f"{result.voice} {result.score.toneless.edits} toneless, {result.score.toned.edits} toned"
        f" of {result.score.toned.units}\n  meant {result.example.spoken}\n  heard {result.heard}"
        for result in ranked[:count]
        if result.score.toned.edits
    )


def spread(examples: Sequence[hearing.Example], limit: int) -> list[hearing.Example]:
    """Return `limit` sentences, taken evenly from the whole list so that every kind has its share."""
    count = min(limit, len(examples)) if limit else len(examples)
    return [examples[place * len(examples) // count] for place in range(count)]


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m scripts.evaluate.quality.intelligibility", description=__doc__)
    parser.add_argument("--voices", nargs="+", metavar="VOICE", help="default: every Chinese voice")
    parser.add_argument("--list", type=Path, default=ROOT / "tests/data/sentences.tsv", metavar="FILE")
    parser.add_argument("--skip", nargs="+", default=[], metavar="KIND", help="leave out kinds of sentences")
    parser.add_argument("--limit", type=int, default=0, metavar="N", help="only N sentences, evenly spread")
    parser.add_argument("--threads", type=int, default=2, metavar="N", help="for the recognizer")
    parser.add_argument("--worst", type=int, default=0, metavar="K", help="show the K worst sentences")
    parser.add_argument("--json", action="store_true", help="print everything as one JSON object")
    parser.add_argument("--cache", type=Path, default=ROOT / ".cache", metavar="DIR", help="for the weights")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    """Run the comparison; return the exit status."""
    options = arguments(words)
    try:
        examples = [e for e in hearing.read_sentences(options.list) if e.kind not in options.skip]
        examples = spread(examples, options.limit)
        ears = hearing.Recognizer(recognizer_files.install(options.cache), options.threads)
        with Client() as client:
            voices = options.voices or [v["name"] for v in client.voices() if v["language"] == "zh"]
            results = list(measure(client, voices, examples, ears))
    except (EdgeTTSError, OSError, ValueError) as error:
        print(f"intelligibility: {error}", file=sys.stderr)
        return error.exit_code if isinstance(error, EdgeTTSError) else 2
    report(results, voices, options)
    return 0


def report(results: Sequence[Result], voices: Sequence[str], options: argparse.Namespace) -> None:
    """Print the outcome as a table or as JSON."""
    summaries = [summary([result for result in results if result.voice == voice]) for voice in voices]
    if options.json:
        heard = [{"voice": r.voice, "meant": r.example.spoken, "heard": r.heard, **rates(r.score)} for r in results]
        print(json.dumps({"voices": summaries, "heard": heard}, ensure_ascii=False, indent=1))
        return
    print(table(summaries))
    if options.worst:
        print("", worst(results, options.worst), sep="\n")


if __name__ == "__main__":
    sys.exit(main())
