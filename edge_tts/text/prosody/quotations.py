"""Finds words that stand together in quotation marks, so that a sentence is not parted between them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from edge_tts.text.prosody.prosody import size
from edge_tts.text.sentence import Span, Word
from edge_tts.text.traced import Traced

LONGEST = 20
"""Syllables up to which a quotation is kept together; a longer one is parted like any other text."""
_QUOTED = re.compile('“[^“”]*”|‘[^‘’]*’|「[^「」]*」|『[^『』]*』|《[^《》]*》|"[^"]*"')


def mark(words: list[Word], sentence: Traced) -> list[Word]:
    """Return the words with those marked that are quoted together with the next one.

    Args:
        words: the words of a sentence.
        sentence: normalized, with its quotation marks; its places are those of the words' spans.
    """
    marked = list(words)
    for start, end in _quotations(sentence):
        inside = [at for at, word in enumerate(words) if start <= word.span[0] and word.span[1] <= end]
        if sum(size(words[at]) for at in inside) <= LONGEST:
            for at in inside[:-1]:
                marked[at] = replace(words[at], quoted=True)
    return marked


def _quotations(sentence: Traced) -> Iterator[Span]:
    for match in _QUOTED.finditer(sentence.text):
        yield sentence.span(*match.span())
