"""Silence that the user asks for: which word it follows, and where an engine has to stop for it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace

from edge_tts.text.markup import LONGEST_PAUSE, Pause
from edge_tts.text.prosody import CLAUSE
from edge_tts.text.sentence import Sentence, Word

LONGEST_IN_SENTENCE = 10.0
"""Seconds after which a sentence is cut, so that the silence in what is made at a time is limited."""


def put(words: list[Word], pauses: Sequence[Pause], places: Sequence[int], end: int | None) -> list[Word]:
    """Return the words with the silence that follows each of them.

    Args:
        words: of one sentence, not empty; their spans are those of the text that the pauses are in.
        pauses: of the whole text, in order.
        places: theirs.
        end: where the next sentence's first word begins, None after the last one.
    """
    if not pauses:
        return words
    starts = [word.span[0] for word in words]
    ends = [*starts[1:], places[-1] + 1 if end is None else end]
    made = []
    for word, start, following in zip(words, starts, ends, strict=True):
        found = pauses[bisect_right(places, start) : bisect_right(places, following)]
        seconds = min(sum(pause.seconds for pause in found), LONGEST_PAUSE)
        made.append(replace(word, pause_seconds=seconds) if seconds else word)
    return made


def mark(words: list[Word]) -> list[Word]:
    """Return the words with a clause's end at each silence."""
    return [
        replace(word, break_after=CLAUSE) if word.pause_seconds and word.break_after < CLAUSE else word
        for word in words
    ]


def parts(sentence: Sentence) -> Iterator[Sentence]:
    """Yield a sentence in parts that end where silence follows or the manner changes."""
    words, start = sentence.words, 0
    for index, word in enumerate(words):
        last = index + 1 == len(words)
        if last or word.pause_seconds or word.manner != words[index + 1].manner:
            yield replace(sentence, words=words[start : index + 1])
            start = index + 1
