"""Cuts a run of Chinese characters into words: the most probable path through the lexicon."""

from __future__ import annotations

from edge_tts.text.lexicon import Lexicon

LONGEST_WORD = 8  # characters, as in scripts/build_words.py
UNLISTED = -17.9  # log frequency of a character that is no word: once in jieba's 60 million


def cut(text: str, lexicon: Lexicon) -> list[str]:
    """Return the words of a run of Chinese characters, by dynamic programming over word frequencies.

    The method is that of jieba's dictionary mode: the sum of log frequencies is largest.
    """
    size = len(text)
    best = [0.0] * (size + 1)
    step = [1] * size
    for start in range(size - 1, -1, -1):
        score, length = UNLISTED + best[start + 1], 1
        for count, frequency in lexicon.prefixes(text[start : start + LONGEST_WORD]):
            candidate = frequency + best[start + count]
            if candidate > score or (candidate == score and count > length):
                score, length = candidate, count
        best[start], step[start] = score, length
    words, start = [], 0
    while start < size:
        words.append(text[start : start + step[start]])
        start += step[start]
    return words
