"""Hear speech with a recognizer and compare what was heard with what was meant.

The recognizer is whisper base (MIT) through faster-whisper. It is kept from writing digits and percent signs, so
that a number counts as right only if it was read aloud as the reference spells it out.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import soxr
from faster_whisper import WhisperModel
from opencc import OpenCC
from pypinyin import Style, lazy_pinyin, load_phrases_dict

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_HEARING_RATE = 16_000  # Hz, what whisper was trained on

# It shows the wanted script (simplified) and that there is punctuation, and has no word of any test sentence.
_PROMPT = "以下是普通话的句子。"


class Recognizer:
    """Whisper base on the CPU, 8-bit weights, always Mandarin, no randomness.

    Args:
        folder: what `recognizer_files.install` returned.
        threads: threads to compute with.
    """

    def __init__(self, folder: Path, threads: int = 2) -> None:
        """Load the weights."""
        self._model: Any = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=threads)
        vocabulary = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
        # Byte-level BPE writes ASCII bytes as themselves; -1 is whisper's own list of what is no speech.
        numerals = (number for token, number in vocabulary.items() if re.search("[0-9%]", token))
        self._suppressed = [-1, *numerals]

    def hear(self, samples: NDArray[np.float32], sample_rate: int) -> str:
        """Return what it hears, numbers spelled out.

        Args:
            samples: float32, shape (n,), at most 30 seconds.
            sample_rate: Hz.
        """
        segments, _ = self._model.transcribe(
            soxr.resample(samples, sample_rate, _HEARING_RATE),
            language="zh",
            beam_size=5,
            temperature=0.0,
            initial_prompt=_PROMPT,
            condition_on_previous_text=False,
            without_timestamps=True,
            suppress_tokens=self._suppressed,
        )
        return "".join(segment.text for segment in segments).strip()


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence to be read aloud.

    Attributes:
        kind: what it is an example of, as `news`.
        text: the sentence as a user writes it.
        spoken: the sentence as it should sound, numbers and units spelled out.
    """

    kind: str
    text: str
    spoken: str


def read_sentences(path: Path) -> list[Example]:
    """Read a tab-separated file with a heading and the columns kind, text, spoken; an empty spoken is text.

    Raises:
        ValueError: a line has not two or three columns; the message says which.
    """
    sentences = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()[1:], start=2):
        columns = line.split("\t")
        if len(columns) not in (2, 3):
            raise ValueError(f"{path}:{number}: expected kind, text and spoken, got {len(columns)} columns")
        kind, text, *spoken = columns
        sentences.append(Example(kind, text, "".join(spoken) or text))
    return sentences


@dataclass(frozen=True, slots=True)
class Tally:
    """The edits that turn what was heard into what was meant.

    Attributes:
        edits: insertions, deletions and substitutions.
        units: length of what was meant.
    """

    edits: int = 0
    units: int = 0

    def __add__(self, other: Tally) -> Tally:
        """Sum over sentences."""
        return Tally(self.edits + other.edits, self.units + other.units)

    @property
    def rate(self) -> float:
        """Edits per unit, 0.0 is perfect; may be over 1."""
        return self.edits / self.units if self.units else 0.0


@dataclass(frozen=True, slots=True)
class Score:
    """How well sentences were heard. An English word is one unit in each tally.

    Attributes:
        characters: compares characters, traditional ones folded into simplified ones.
        toneless: compares syllables, so that homophones count as right.
        toned: compares syllables with their tones.
    """

    characters: Tally = Tally()
    toneless: Tally = Tally()
    toned: Tally = Tally()

    def __add__(self, other: Score) -> Score:
        """Sum over sentences."""
        return Score(self.characters + other.characters, self.toneless + other.toneless, self.toned + other.toned)


def score(meant: str, heard: str) -> Score:
    """Compare two texts.

    Args:
        meant: the reference in spoken form: numbers and units spelled out.
        heard: what the recognizer wrote.
    """
    reference, hypothesis = units(meant), units(heard)
    toned_reference, toned_hypothesis = syllables(reference), syllables(hypothesis)
    return Score(
        characters=_tally(reference, hypothesis),
        toneless=_tally(_toneless(toned_reference), _toneless(toned_hypothesis)),
        toned=_tally(toned_reference, toned_hypothesis),
    )


_ERHUA = re.compile("(?<![女婴孤幼健])儿(?![子童女歌科])")
_LATIN_GAP = re.compile(r"(?<=[a-z])(?<![a-z][a-z])[\s.]+(?=[a-z](?![a-z]))|(?<=[a-z])-(?=[a-z])")
_UNIT = re.compile(r"[a-z']+|[㐀-䶿一-鿿]|[0-9]")


def units(text: str) -> list[str]:
    """Return the characters and English words of a text, without what sounds the same or not at all.

    Folded: punctuation, case, width, traditional characters, spaces and hyphens in English (`T T S`, `Wi-Fi`),
    and a 儿 that only colours the syllable before it.
    """
    folded = _to_simplified().convert(unicodedata.normalize("NFKC", text).lower())
    folded = _LATIN_GAP.sub("", folded)
    return _UNIT.findall(_ERHUA.sub("", folded))


@cache
def _to_simplified() -> OpenCC:
    return OpenCC("t2s")


def syllables(characters: Iterable[str]) -> list[str]:
    """Return characters as pinyin with tone numbers (5 neutral), English words as they are."""
    runs = ((latin, list(run)) for latin, run in groupby(characters, str.isascii))
    return [unit for latin, run in runs for unit in (run if latin else _pinyin("".join(run)))]


# Readings that pypinyin's phrase table lacks.
load_phrases_dict(
    {
        "围着": [["wéi"], ["zhe"]],
        "背着": [["bēi"], ["zhe"]],
        "数一数": [["shǔ"], ["yī"], ["shǔ"]],
        "行得通": [["xíng"], ["de"], ["tōng"]],
        "做得": [["zuò"], ["de"]],
    }
)


def _pinyin(hanzi: str) -> list[str]:
    return lazy_pinyin(hanzi, style=Style.TONE3, neutral_tone_with_five=True)


def _toneless(toned: Iterable[str]) -> list[str]:
    return [syllable.rstrip("12345") for syllable in toned]


def _tally(meant: Sequence[str], heard: Sequence[str]) -> Tally:
    """Return the Levenshtein distance, by Wagner and Fischer's rows."""
    row = list(range(len(heard) + 1))
    for line, wanted in enumerate(meant, start=1):
        diagonal, row[0] = row[0], line
        for column, got in enumerate(heard, start=1):
            best = min(row[column] + 1, row[column - 1] + 1, diagonal + (wanted != got))
            diagonal, row[column] = row[column], best
    return Tally(row[-1], len(meant))
