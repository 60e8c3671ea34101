"""Readings that the user gives: they win over the lexicon and the rules."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from edge_tts.text.normalization.fold import fold
from edge_tts.text.reading.user_lexicon import EMPTY, MOST_ENTRIES, UserLexicon, phonemes, sounds
from edge_tts.text.sentence import Syllable
from edge_tts.text.traced import Traced


@dataclass(frozen=True, slots=True)
class _Index:
    """A user's words as they are looked up.

    Attributes:
        chinese: readings by word.
        sizes: the lengths of the words that begin with a character, longest first, by that character.
        english: readings by word in small letters.
    """

    chinese: dict[str, str]
    sizes: dict[str, list[int]]
    english: dict[str, str]


@dataclass(frozen=True, slots=True)
class Reading:
    """A word of the text that the user gives a reading for at its place.

    Attributes:
        start: its first character.
        end: one past its last one.
        syllables: the reading of Chinese characters, else empty.
        phonemes: the reading of an English word, else "".
    """

    start: int
    end: int
    syllables: tuple[Syllable, ...]
    phonemes: str


class Given:
    """What the user says about readings, as one text needs it.

    Args:
        lexicon: the user's words, wherever they stand.
        readings: those at one place, which win over the words.
        edges: places where what is asked for changes, so that no word may go across them.
    """

    def __init__(self, lexicon: UserLexicon, readings: Sequence[Reading] = (), edges: Collection[int] = ()) -> None:
        """Take words, readings and edges."""
        self._edges = frozenset(edges)
        self._index = _index(lexicon)
        self._readings = {reading.start: reading for reading in readings}

    def chinese(self, run: Traced) -> Iterator[tuple[int, int, tuple[Syllable, ...]]]:
        """Yield start, end and syllables of what has a reading in a run of Chinese characters, in order.

        Of words that begin at the same character the longest counts.
        """
        start = 0
        while start < len(run.text):
            size, syllables = self._here(run, start) or self._listed(run, start)
            if syllables:
                yield start, start + size, syllables
            start += size

    def pieces(self, run: Traced) -> Iterator[Traced]:
        """Yield a run of characters in pieces, one for each edge inside it and one more."""
        start = 0
        for at, (place, _) in enumerate(run.spans if self._edges else ()):
            if at and place in self._edges:
                yield run.cut(start, at)
                start = at
        yield run.cut(start, len(run.text))

    def english(self, word: Traced) -> str:
        """Return the phonemes of an English word, "" if the user gives none."""
        here = self._readings.get(word.spans[0][0])
        if here and here.end == word.spans[-1][1]:
            return here.phonemes
        reading = self._index.english.get(word.text.lower()) if self._index.english else None
        return phonemes(reading) if reading else ""

    def _here(self, run: Traced, start: int) -> tuple[int, tuple[Syllable, ...]] | None:
        """Return the size and syllables of the reading at a place, None if there is none."""
        reading = self._readings.get(run.spans[start][0])
        if reading is None:
            return None
        size = reading.end - reading.start
        whole = start + size <= len(run.text) and run.spans[start + size - 1] == (reading.end - 1, reading.end)
        return (size, reading.syllables) if whole else None

    def _listed(self, run: Traced, start: int) -> tuple[int, tuple[Syllable, ...]]:
        """Return the size and syllables of the longest word that begins at a place; (1, ()) for none."""
        for size in self._index.sizes.get(run.text[start], ()):
            word = run.text[start : start + size]
            reading = self._index.chinese.get(word)
            if reading and not any(place in self._readings for place, _ in run.spans[start + 1 : start + size]):
                return size, syllables_of(word, reading)
        return 1, ()


def syllables_of(text: str, reading: str) -> tuple[Syllable, ...]:
    """Return the syllables of Chinese characters that are read as pinyin; errors as `user_lexicon.sounds`."""
    return tuple(
        Syllable(one.text, one.initial, one.final, one.tone, one.tone, one.erhua) for one in sounds(text, reading)
    )


@lru_cache(maxsize=4)
def _index(lexicon: UserLexicon) -> _Index:
    index = _Index({}, {}, {})
    for entry in lexicon.entries:  # ten thousand perhaps, after each change, of which a text needs a few
        if entry.reading.startswith("["):
            index.english[entry.key] = entry.reading
        else:
            index.chinese[_folded(entry.word)] = entry.reading
    sizes: dict[str, set[int]] = {}
    for word in index.chinese:
        sizes.setdefault(word[0], set()).add(len(word))
    index.sizes.update((first, sorted(found, reverse=True)) for first, found in sizes.items())
    return index


@lru_cache(maxsize=2 * MOST_ENTRIES)
def _folded(word: str) -> str:
    """Return a word as it looks in folded text, which has one character for each of the source."""
    text = fold(word).text
    return text if len(text) == len(word) else word


NOTHING = Given(EMPTY)
