"""The tables compiled by scripts/build/build_lexicon.py, mapped from files and never read whole.

words.marisa       Chinese words -> ids            word_log_frequency.npy  float32 [words], natural logarithm
word_reading.npy   uint32 [words]: bits 0-22 place in readings.npy, 0 where every character has its default
                   reading; bit 23 the word is of this project's lists; bit 24 + n character n is guessed
word_class.npy     uint8 [words], ASCII: first letter of jieba's part of speech, x for none
char_reading.npy   uint32 [code points], place in readings.npy of a character's readings, 0 for none
readings.npy       uint16, each entry a count followed by that many codes of pinyin.encode
polyphone_net.npz, letter_sounds.npz   weights, described in polyphone_net.py and letter_sounds.py
english.marisa     English words -> IPA in Kokoro's American alphabet (misaki's)
version.txt        digest of all sources, read by edition.py
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import marisa_trie
import numpy as np

from edge_tts.errors import StoreError

DATA = Path(__file__).with_name("data")
GUESSED, LISTED, OWN = range(3)
"""How sure the reading of a character in a listed word is: its default, from a phrase, from our own lists."""
_PLACE, _OWN, _GUESSED = (1 << 23) - 1, 1 << 23, 24


class Lexicon:
    """Read-only view of the compiled tables."""

    def __init__(self, folder: Path) -> None:
        """Map the tables of a folder.

        Raises:
            StoreError: a table is missing or damaged.
        """
        try:
            self._words = marisa_trie.Trie().mmap(str(folder / "words.marisa"))
            self._english = marisa_trie.BytesTrie().mmap(str(folder / "english.marisa"))
            self._log_frequency = _mapped(folder / "word_log_frequency.npy")
            self._word_reading = _mapped(folder / "word_reading.npy")
            self._word_class = _mapped(folder / "word_class.npy")
            self._char_reading = _mapped(folder / "char_reading.npy")
            self._readings = _mapped(folder / "readings.npy")
        except (OSError, ValueError, RuntimeError) as error:
            raise StoreError(
                f"expected the compiled lexicon in {folder}, got {error}; install the package again"
            ) from error

    def prefixes(self, text: str) -> Iterator[tuple[int, float]]:
        """Yield length and log frequency of every listed word that the text starts with, shortest first."""
        for word, index in self._words.iter_prefixes_with_ids(text):
            yield len(word), float(self._log_frequency[index])

    def log_frequency(self, word: str) -> float | None:
        """Return the natural logarithm of a word's relative frequency, None for an unlisted word."""
        index = self._words.get(word)
        return None if index is None else float(self._log_frequency[index])

    def word_class(self, word: str) -> str:
        """Return the part of speech of a word as jieba's letter: n noun, v verb, t time, s place, r pronoun …; or x."""
        index = self._words.get(word)
        return "x" if index is None else chr(self._word_class[index])

    def codes(self, word: str) -> list[int]:
        """Return a code for each character of a word of known characters, by the word if it is listed."""
        place = (self._entry(word) or 0) & _PLACE if len(word) > 1 else 0
        return self._codes(place) if place else [self.character(char)[0] for char in word]

    def certainty(self, word: str) -> list[int]:
        """Return GUESSED, LISTED or OWN for each character of a word; unlisted words are guessed."""
        entry = self._entry(word)
        if entry is None:
            return [GUESSED] * len(word)
        if entry & _OWN:
            return [OWN] * len(word)
        return [GUESSED if entry >> _GUESSED + place & 1 else LISTED for place in range(len(word))]

    def character(self, character: str) -> list[int]:
        """Return the codes of a character's readings, the default first; empty for an unknown one."""
        point = ord(character)
        place = int(self._char_reading[point]) if point < len(self._char_reading) else 0
        return self._codes(place) if place else []

    def english(self, word: str) -> str | None:
        """Return the IPA of a word as it is listed, None if it is not."""
        found = self._english.get(word)
        return found[0].decode() if found else None

    def _entry(self, word: str) -> int | None:
        index = self._words.get(word)
        return None if index is None else int(self._word_reading[index])

    def _codes(self, place: int) -> list[int]:
        count = int(self._readings[place])
        return [int(code) for code in self._readings[place + 1 : place + 1 + count]]


def _mapped(path: Path) -> np.ndarray[Any, Any]:
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))


def arrays(name: str) -> dict[str, np.ndarray[Any, Any]]:
    """Return the arrays of one of the .npz files.

    Raises:
        StoreError: the file is missing or damaged.
    """
    try:
        with (DATA / name).open("rb") as file, np.load(file, allow_pickle=False) as found:
            return {key: found[key] for key in found.files}
    except (OSError, ValueError, EOFError, BadZipFile) as error:
        raise StoreError(f"expected the weights {DATA / name}, got {error}; install the package again") from error


@cache
def lexicon() -> Lexicon:
    """Return the lexicon of this installation, mapped on first use."""
    return Lexicon(DATA)
