"""Where to part a sentence that is too long for one run of an engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from edge_tts.text.sentence import Word

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


def _cut(words: Sequence[Word], length: Callable[[Word], int], most: int) -> int:
    """Return how many words the first part takes."""
    total = 0
    best, best_break = 1, -1
    for index, word in enumerate(words):
        total += length(word)
        if total > most:
            return best
        if total >= _EARLIEST * most and word.break_after >= best_break:
            best, best_break = index + 1, word.break_after
        elif best_break < 0:
            best = index + 1
    return len(words)
