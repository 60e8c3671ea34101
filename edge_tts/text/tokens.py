"""Cuts a normalized sentence into Chinese words, English words and marks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from edge_tts.text.given import NOTHING, Given
from edge_tts.text.lexicon import Lexicon
from edge_tts.text.segment import cut
from edge_tts.text.sentence import Syllable
from edge_tts.text.traced import Traced

_TOKEN = re.compile(
    r"(?P<zh>[\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]+)"
    r"|(?P<en>[A-Za-z]{1,40}(?:['-][A-Za-z]{1,40}){0,3})"  # longer runs of letters are several words
    r"|(?P<mark>\.{2,}|[,.!?:;…—，。！？：；、]+)"
)
_MARKS = {"，": ",", "、": ",", "。": ".", "！": "!", "？": "?", "：": ":", "；": ";"}
_STRONGEST_FIRST = "?!….;:,—"


@dataclass(frozen=True, slots=True)
class Token:
    """One Chinese word, one English word or one mark.

    Attributes:
        kind: "zh", "en" or "mark".
        traced: its characters and where they came from; for a mark one of , . ! ? : ; … —.
        joined: whether it is Chinese and follows a Chinese word directly, so that they are one run.
        syllables: of a Chinese word whose reading the user gives, else empty.
        phonemes: of an English word whose reading the user gives, else "".
    """

    kind: Literal["zh", "en", "mark"]
    traced: Traced
    joined: bool = False
    syllables: tuple[Syllable, ...] = ()
    phonemes: str = ""

    @property
    def text(self) -> str:
        """The characters."""
        return self.traced.text


def tokens(sentence: Traced, lexicon: Lexicon, given: Given = NOTHING) -> Iterator[Token]:
    """Yield words and marks in order; what cannot be read is passed over."""
    for match in _TOKEN.finditer(sentence.text):
        part = sentence.cut(match.start(), match.end())
        if match.lastgroup == "zh":
            yield from _chinese(part, lexicon, given)
        elif match.lastgroup == "en":
            yield Token("en", part, phonemes=given.english(part))
        else:
            yield Token("mark", Traced(_mark(part.text), [part.span(0, len(part.text))]))


def _chinese(run: Traced, lexicon: Lexicon, given: Given) -> Iterator[Token]:
    done, joined = 0, False
    for start, end, syllables in [*given.chinese(run), (len(run.text), len(run.text), ())]:
        for token in _words(run.cut(done, start), lexicon, joined):
            yield token
            joined = True
        if syllables:
            yield Token("zh", run.cut(start, end), joined, syllables)
            joined = True
        done = end


def _words(run: Traced, lexicon: Lexicon, joined: bool) -> Iterator[Token]:
    start = 0
    for word in cut(run.text, lexicon):
        end = start + len(word)
        if len(word) > 1 or lexicon.character(word):
            yield Token("zh", run.cut(start, end), joined)
            joined = True
        start = end


def _mark(text: str) -> str:
    if text.startswith(".."):
        return "…"
    marks = {_MARKS.get(char, char) for char in text}
    return next(mark for mark in _STRONGEST_FIRST if mark in marks)
