"""Readings that the user gives: they win over the lexicon and the rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from edge_tts.text.fold import fold
from edge_tts.text.sentence import Syllable
from edge_tts.text.traced import Traced
from edge_tts.user_lexicon import EMPTY, Entry, UserLexicon, phonemes, sounds


@dataclass(frozen=True, slots=True)
class _Index:
    """A user's words as they are looked up.

    Attributes:
        chinese: syllables by word.
        sizes: by first character, how long the words that begin with it are, longest first.
        english: phonemes by word in small letters.
    """

    chinese: dict[str, tuple[Syllable, ...]]
    sizes: dict[str, list[int]]
    english: dict[str, str]


class Given:
    """The user's words, as one text needs them.

    Args:
        lexicon: the words.
    """

    def __init__(self, lexicon: UserLexicon) -> None:
        """Take the words."""
        self._index = _index(lexicon)

    def chinese(self, run: Traced) -> Iterator[tuple[int, int, tuple[Syllable, ...]]]:
        """Yield start, end and syllables of what has a reading in a run of Chinese characters, in order.

        Of words that begin at the same character the longest counts.
        """
        start = 0
        while start < len(run.text):
            for size in self._index.sizes.get(run.text[start], ()):
                syllables = self._index.chinese.get(run.text[start : start + size])
                if syllables:
                    yield start, start + size, syllables
                    start += size
                    break
            else:
                start += 1

    def english(self, word: str) -> str:
        """Return the phonemes of an English word, "" if the user gives none."""
        return self._index.english.get(word.lower(), "") if self._index.english else ""


def syllables_of(text: str, reading: str) -> tuple[Syllable, ...]:
    """Return the syllables of Chinese characters that are read as pinyin; errors as `user_lexicon.sounds`."""
    return tuple(
        Syllable(one.text, one.initial, one.final, one.tone, one.tone, one.erhua) for one in sounds(text, reading)
    )


@lru_cache(maxsize=4)
def _index(lexicon: UserLexicon) -> _Index:
    index = _Index({}, {}, {})
    for entry in lexicon.entries:
        if entry.reading.startswith("["):
            index.english[entry.key] = phonemes(entry.reading)
        else:
            index.chinese[_folded(entry)] = syllables_of(_folded(entry), entry.reading)
    sizes: dict[str, set[int]] = {}
    for word in index.chinese:
        sizes.setdefault(word[0], set()).add(len(word))
    index.sizes.update((first, sorted(found, reverse=True)) for first, found in sizes.items())
    return index


def _folded(entry: Entry) -> str:
    """Return the word as it looks in folded text, which has one character for each of the source."""
    text = fold(entry.word).text
    return text if len(text) == len(entry.word) else entry.word


NOTHING = Given(EMPTY)
