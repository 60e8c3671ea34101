"""English words in Mandarin syllables, for voices that have no English sounds.

An engine without English phonemes says `word.syllables or in_mandarin(word)`. Letters are named and common words said
as Chinese speakers do (data/loanwords.txt); everything else is made of its phonemes by rule: each vowel with the
consonant before it becomes the nearest syllable that Mandarin has, n and ng close it, any other consonant gets a short
vowel of its own. The choice of sounds follows the transcription table English-Chinese of Xinhua News Agency,
except that what is easier to recognise as English wins. Stress becomes tone: the syllable with the main stress is
high, falling where it is the last one; before it low, after it neutral.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from edge_tts.text.lexicon import DATA, lexicon
from edge_tts.text.pinyin import NEUTRAL, parse
from edge_tts.text.reading import english, romanized
from edge_tts.text.reading.mandarin_sounds import Piece, pieces
from edge_tts.text.sentence import Syllable, Word

LETTERS = dict(
    zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (
            "ei1|bi4|sei1|di4|yi4|ai2 fu5|ji4|ei1 qu5|ai4|zhei4|kei4|ai1 lou5|ai1 mu5|en1|ou1|pi4|kou1|a4 er5|ai1 si5|"
            "ti4|you1|wei1|da2 bu5 liu5|ai1 ke5 si5|wai4|zei4"
        ).split("|"),
        strict=True,
    )
)
"""The letters as Chinese speakers name them, in pinyin."""

_HIGH, _LOW, _FALLING = 1, 3, 4
_STRESSES = str.maketrans("", "", "ˈˌ")
_PARTS = re.compile(r"[-']")
_APOSTROPHE_S = re.compile("(?:'s|(?<=[A-Z])s)$")


@dataclass(frozen=True, slots=True)
class _Said:
    """A part of a word and the pinyin of its syllables."""

    text: str
    pinyin: str


def in_mandarin(word: Word) -> tuple[Syllable, ...]:
    """Return an English word as Mandarin syllables, never empty; each one's text is the word or the letter.

    Both tones of a syllable are those to be spoken: an engine must not apply tone sandhi to them.

    Args:
        word: a word of language "en"; phonemes that the user gives count more than the list of common words.

    Raises:
        StoreError: the lexicon is missing from the installation.
    """
    return tuple(_syllables(word.text, word.phonemes))


@lru_cache(maxsize=1024)
def _syllables(text: str, phonemes: str) -> list[Syllable]:
    usual = not phonemes or phonemes == english.phonemes(text, lexicon())
    said = _listed(text, phonemes or english.phonemes(text, lexicon())) if usual else None
    return [
        _syllable(part.text, pinyin)
        for part in said or [_Said(text, " ".join(_sounded(phonemes)))]
        for pinyin in _spoken(part.pinyin.split())
    ]


def _syllable(text: str, pinyin: str) -> Syllable:
    initial, final, tone = parse(pinyin)
    return Syllable(text, initial, final, tone, tone)


def _spoken(pinyin: list[str]) -> Iterator[str]:
    """Yield the syllables of one word, the third tone before another one raised."""
    for one, following in zip(pinyin, [*pinyin[1:], ""], strict=True):
        yield f"{one[:-1]}2" if one.endswith("3") and following.endswith("3") else one


def _listed(text: str, phonemes: str) -> list[_Said] | None:
    """Return a word that is in the list, of letters, or of such parts; None for any other."""
    if said := _part(text, phonemes):
        return said
    parts = [part for piece in _PARTS.split(text) for part in english.camel(piece)]
    found = [_part(part, phonemes) for part in parts] if len(parts) > 1 else [None]
    return [one for said in found if said for one in said] if all(found) else None


def _part(text: str, phonemes: str) -> list[_Said] | None:
    stem = _APOSTROPHE_S.sub("", text)
    if (
        stem.isalpha()
        and stem.isupper()
        and english.spelled(stem).translate(_STRESSES) in phonemes.translate(_STRESSES)
    ):
        return [_Said(letter, LETTERS[letter]) for letter in stem]
    pinyin = _list().get(text.lower()) or _name(text, phonemes)
    return [_Said(text, pinyin)] if pinyin else None


def _name(text: str, phonemes: str) -> str:
    """Return the pinyin of a Chinese name in Latin letters, whose tones nobody knows; else ""."""
    return " ".join(f"{one}1" for one in romanized.syllables(text)) if phonemes == romanized.phonemes(text) else ""


@cache
def _list() -> dict[str, str]:
    lines = (DATA / "loanwords.txt").read_text("utf-8").splitlines()
    return dict(line.split(" ", 1) for line in lines if not line.startswith("#"))


def _sounded(phonemes: str) -> list[str]:
    """Return pinyin by rule."""
    found = pieces(phonemes)
    nuclei = [place for place, piece in enumerate(found) if piece.stress is not None]
    main = next((place for place in nuclei if found[place].stress == "ˈ"), None)
    return [f"{piece.sound}{_tone(piece, place, main, nuclei)}" for place, piece in enumerate(found)]


def _tone(piece: Piece, place: int, main: int | None, nuclei: list[int]) -> int:
    if piece.stress is None or main is None:
        return NEUTRAL
    if place == main:
        return _FALLING if place == nuclei[-1] else _HIGH
    if piece.stress == "ˌ":
        return _HIGH
    return _LOW if place < main else NEUTRAL
