"""Where to part a sentence: so that its first sound comes soon, and where it is too long for one run of an engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from edge_tts.text.prosody.prosody import size
from edge_tts.text.sentence import CLAUSE, PHRASE, WORD, Word

WHOLE_MOST = 24
"""Syllables up to which a sentence stays whole: about five seconds of speech, one of synthesis."""
FIRST_CLAUSE = 4
"""Syllables that the first part has at least, and that it leaves at least."""
FIRST_PHRASE = 16
"""Syllables without a mark after which the first part ends at a prosodic phrase."""
FIRST_MOST = 20
"""Syllables that the first part has at most where there is any place to part."""
GROWTH = 1.6
"""How much longer each part may be than the one before, while which it is computed; FIRST_MOST is always allowed."""

_NUMERALS = frozenset("零一二三四五六七八九十百千万亿两幺点")
_UNEVEN = 1.25
"""How much longer than the mean a part may be so that it ends at a strong break."""
_EARLIEST = 0.4
"""A part is at least this share of the most it may be, so that a pause early in it does not make a stump."""


def part(words: Sequence[Word], length: Callable[[Word], int], most: int) -> list[Sequence[Word]]:
    """Part words where the prosodic break is strongest, so that no part is longer than `most`.

    Args:
        words: of one sentence.
        length: of a word, in whatever `most` counts.
        most: the longest part; only a single word that is longer makes a longer part.

    Returns:
        The words in order, in parts that are not empty.
    """
    parts = []
    while words:
        count = _cut(words, length, most)
        parts.append(words[:count])
        words = words[count:]
    return parts


def part_evenly(words: Sequence[Word], length: Callable[[Word], int], most: int) -> list[Sequence[Word]]:
    """Part words as `part` does, in as few parts as there must be, none of them much shorter than the others."""
    total = sum(map(length, words))
    count = -(-total // most)
    return part(words, length, min(most, int(_UNEVEN * total / count)) if count > 1 else most)


def grow(words: Sequence[Word]) -> list[Sequence[Word]]:
    """Part the words of a sentence so that the first part is short and the others grow.

    Few parts: a recognizer mistakes more in sentences that are parted, so only what would keep the listener
    waiting is (docs/measurements/voices.md). A number, a word and a short quotation stay whole.

    Returns:
        The words in order, in parts that are not empty.
    """
    parts = []
    left = sum(map(size, words))
    count = _opening(words, left) if left > WHOLE_MOST else 0
    while 0 < count < len(words):
        parts.append(words[:count])
        taken = sum(map(size, words[:count]))
        words, left = words[count:], left - taken
        count = _next(words, left, max(GROWTH * taken, FIRST_MOST))
    return [*parts, words] if words else parts


def _opening(words: Sequence[Word], left: int) -> int:
    """Return how many words the first part takes, 0 where the sentence stays whole."""
    taken, at_phrase, at_word = 0, 0, 0
    total = left
    for index, word in enumerate(words[:-1]):
        taken += size(word)
        left -= size(word)
        if left < FIRST_CLAUSE:
            break
        if taken > FIRST_MOST and (at_phrase or at_word):
            return at_phrase or at_word
        if taken < FIRST_CLAUSE or not _may_part(word, words[index + 1]):
            continue
        if word.break_after >= CLAUSE:
            return index + 1
        if word.break_after == PHRASE and total > FIRST_MOST and taken > FIRST_CLAUSE:
            if taken >= FIRST_PHRASE:
                return index + 1
            at_phrase = index + 1
        elif word.break_after == WORD:
            at_word = index + 1
    return 0


def _next(words: Sequence[Word], left: int, most: float) -> int:
    """Return how many words a later part takes: up to the strongest, then latest break that fits, or the next."""
    best, strongest, taken = len(words), PHRASE, 0
    if left <= most:
        return best
    for index, word in enumerate(words[:-1]):
        taken += size(word)
        if left - taken < FIRST_CLAUSE or (taken > most and best < len(words)):
            break
        if taken >= _EARLIEST * most and word.break_after >= strongest and _may_part(word, words[index + 1]):
            best, strongest = index + 1, word.break_after
    return best


def _may_part(word: Word, following: Word) -> bool:
    """Return whether a part may end after the word: there is a break, not inside a number or a short quotation."""
    inside_number = word.text[-1:] in _NUMERALS and following.text[:1] in _NUMERALS and not word.punctuation
    return word.break_after >= WORD and not inside_number and not word.quoted


def _cut(words: Sequence[Word], length: Callable[[Word], int], most: int) -> int:
    """Return how many words the first part takes: up to the strongest, then latest break where it may end."""
    total = 0
    best, strongest = 1, (False, -1)
    for index, word in enumerate(words):
        total += length(word)
        if total > most:
            return best
        found = (index + 1 < len(words) and _may_part(word, words[index + 1]), word.break_after)
        if total >= _EARLIEST * most and found >= strongest:
            best, strongest = index + 1, found
        elif strongest[1] < 0:
            best = index + 1
    return len(words)
