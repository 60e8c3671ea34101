"""Cuts a run of Chinese characters into words: the most probable path through the lexicon."""

from __future__ import annotations

from edge_tts.text.lexicon import Lexicon

LONGEST_WORD = 8  # characters, as in scripts/build/build_words.py
UNLISTED = -17.9  # log frequency of a character that is no word: once in jieba's 60 million


USUAL = -13.0  # log frequency that the parts of a compound must have: 140 times in jieba's 60 million
SHORTEST_COMPOUND = 4  # characters


def cut(text: str, lexicon: Lexicon) -> list[str]:
    """Return the words of a run of Chinese characters: 最低工资 as two, an idiom as one."""
    return [part for word in _most_probable(text, lexicon) for part in _parts(word, lexicon)]


def _parts(word: str, lexicon: Lexicon) -> list[str]:
    """Return the usual words that a compound is made of and reads like, the word itself where it is none."""
    if len(word) < SHORTEST_COMPOUND or len(set(word)) < len(word) or lexicon.word_class(word) in "ix":
        return [word]  # 一年一度 and its like are said as one
    parts = _most_probable(word, lexicon, longest=len(word) - 1)
    if any(len(part) < 2 or (lexicon.log_frequency(part) or UNLISTED) < USUAL for part in parts):
        return [word]
    return parts if lexicon.codes(word) == [code for part in parts for code in lexicon.codes(part)] else [word]


def _most_probable(text: str, lexicon: Lexicon, longest: int = LONGEST_WORD) -> list[str]:
    """Return the most probable words of a text, by dynamic programming over word frequencies.

    The method is that of jieba's dictionary mode: the sum of log frequencies is largest.
    """
    size = len(text)
    best = [0.0] * (size + 1)
    step = [1] * size
    for start in range(size - 1, -1, -1):
        score, length = UNLISTED + best[start + 1], 1
        for count, frequency in lexicon.prefixes(text[start : start + longest]):
            candidate = frequency + best[start + count]
            if candidate > score or (candidate == score and count > length):
                score, length = candidate, count
        best[start], step[start] = score, length
    words, start = [], 0
    while start < size:
        words.append(text[start : start + step[start]])
        start += step[start]
    return words
