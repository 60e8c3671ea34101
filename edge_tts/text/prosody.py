"""Puts prosodic breaks after words by simple rules: words, phrases of a few syllables, marks."""

from __future__ import annotations

from dataclasses import replace

from edge_tts.text.english import syllable_count
from edge_tts.text.sentence import Word

NONE, WORD, PHRASE, CLAUSE, SENTENCE = range(5)

LONGEST_WORD = 4  # syllables of a prosodic word
LONGEST_NUMBER = 5  # syllables of a number that are one prosodic word
LONGEST_PHRASE = 9  # syllables after which a phrase should have ended
SHORTEST_PHRASE = 4  # syllables; no phrase break earlier

_NUMERALS = frozenset("零一二三四五六七八九十百千万亿两幺点")
_LEANING_BACK = frozenset("的了着过吗呢吧啊呀嘛啦哦们地得个里上下中后前时等儿内外间者来去年月日号点分")
_LEANING_ON = frozenset(
    "在是不很也都把被从对向和与跟为就才又再还最更太没别要会能可所以将让给由于第这那每各我你他她它请想已正只有"
)
_BEFORE_PHRASE = frozenset(
    "在 和 与 但 但是 因为 所以 并 并且 而 而且 或 或者 以及 从 向 对 把 被 由 为 为了 如果 虽然 当 将 让 使 是 就 "
    "都 也 还 才 会 可以 需要".split()
)
_AFTER_PHRASE = frozenset("的了着过时后前里中上")


def mark(words: list[Word]) -> list[Word]:
    """Return the words of one sentence with breaks 0–4; the last one ends the sentence."""
    breaks = _word_breaks(words)
    _add_phrases(words, breaks)
    for index, word in enumerate(words):
        if word.punctuation:
            breaks[index] = CLAUSE
    breaks[-1] = SENTENCE
    return [replace(word, break_after=level) for word, level in zip(words, breaks, strict=True)]


def size(word: Word) -> int:
    """Return the syllables of a word."""
    return len(word.syllables) or syllable_count(word.phonemes)


def _word_breaks(words: list[Word]) -> list[int]:
    breaks = [WORD] * len(words)
    length = size(words[0])
    for index in range(1, len(words)):
        before, word = words[index - 1], words[index]
        leans = word.text in _LEANING_BACK or (before.text in _LEANING_ON and length == 1)
        number = before.text[-1] in _NUMERALS and word.text[0] in _NUMERALS
        chinese = before.language == word.language == "zh"
        room = LONGEST_NUMBER if number else LONGEST_WORD
        if (leans or number) and chinese and not before.punctuation and length + size(word) <= room:
            breaks[index - 1] = NONE
            length += size(word)
        else:
            length = size(word)
    return breaks


def _add_phrases(words: list[Word], breaks: list[int]) -> None:
    """Raise breaks so that a phrase between marks has up to about nine syllables."""
    start = 0
    for end, word in enumerate(words):
        if word.punctuation or end == len(words) - 1:
            _cut_phrase(words, breaks, start, end)
            start = end + 1


def _cut_phrase(words: list[Word], breaks: list[int], start: int, end: int) -> None:
    left = sum(size(word) for word in words[start : end + 1])
    length, place, quality = 0, -1, 0
    for index in range(start, end):
        length += size(words[index])
        left -= size(words[index])
        here = _quality(words[index], words[index + 1]) if breaks[index] else 0
        if length >= SHORTEST_PHRASE and left >= SHORTEST_PHRASE - 1 and here >= quality > -1 and here:
            place, quality = index, here
        if length >= LONGEST_PHRASE and place >= 0:
            breaks[place] = PHRASE
            length = sum(size(word) for word in words[place + 1 : index + 1])
            place, quality = -1, 0


def _quality(word: Word, following: Word) -> int:
    if following.text in _BEFORE_PHRASE:
        return 3
    return 2 if word.text in _AFTER_PHRASE else 1
