"""Cuts a normalized sentence into Chinese words, English words, marks, and what cannot be read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from edge_tts.text.lexicon import Lexicon
from edge_tts.text.reading.given import NOTHING, Given
from edge_tts.text.reading.segment import cut
from edge_tts.text.sentence import Syllable, Unread
from edge_tts.text.traced import Traced

_TOKEN = re.compile(
    r"(?P<zh>[\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]+)"
    r"|(?P<en>[A-Za-z]{1,40}(?:['-][A-Za-z]{1,40}){0,3})"  # longer runs of letters are several words
    r"|(?P<mark>\.{2,}|[,.!?:;…—，。！？：；、]+)"
    r"|(?P<bracket>(?<![A-Za-z0-9])[(\[]|[)\]](?![A-Za-z0-9]))"  # not that of f(x)
    r"|(?P<unread>[^\s\x00-\x22\x27-\x29\x5b\x5d\x7b\x7d\x7f-\x9f“”‘’「」『』《》（）·~-])"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_SILENT = frozenset(("Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Cc", "Cf", "Mn", "Me", "Zs", "Zl", "Zp"))
"""Categories of what has no sound, like brackets and quotation marks."""
_NAMED = frozenset("#%&*/@\\§‰_")
"""Signs of those categories that have a name, and are read where a rule fits."""
_MARKS = {"，": ",", "。": ".", "！": "!", "？": "?", "：": ":", "；": ";"}
_STRONGEST_FIRST = "?!….;:,—、"


@dataclass(frozen=True, slots=True)
class Token:
    """One Chinese word, one English word, one mark, or a piece that cannot be read.

    Attributes:
        kind: "zh", "en", "mark" or "unread".
        traced: its characters and where they came from; for a mark one of , . ! ? : ; … — 、 and (.
        joined: whether it is Chinese and follows a Chinese word directly, so that they are one run.
        syllables: the reading that the user gives for a Chinese word, else empty.
        phonemes: the reading that the user gives for an English word, else "".
    """

    kind: Literal["zh", "en", "mark", "unread"]
    traced: Traced
    joined: bool = False
    syllables: tuple[Syllable, ...] = ()
    phonemes: str = ""

    @property
    def text(self) -> str:
        """The characters."""
        return self.traced.text


def tokens(sentence: Traced, lexicon: Lexicon, given: Given = NOTHING) -> Iterator[Token]:
    """Yield words, marks and what cannot be read in order; brackets, quotation marks and the like are passed over."""
    for match in _TOKEN.finditer(sentence.text):
        part = sentence.cut(match.start(), match.end())
        if match.lastgroup == "zh":
            yield from _chinese(part, lexicon, given)
        elif match.lastgroup == "en":
            yield Token("en", part, phonemes=given.english(part))
        elif match.lastgroup == "mark":
            yield Token("mark", Traced(_mark(part.text), [part.span(0, len(part.text))]))
        elif match.lastgroup == "bracket":
            yield Token("mark", Traced("(", part.spans))
        elif part.text in _NAMED or unicodedata.category(part.text) not in _SILENT:
            yield Token("unread", part)


def unread(tokens: Iterable[Token]) -> list[Unread]:
    """Return what cannot be read, neighbours in one piece; halves of surrogate pairs as U+FFFD."""
    runs: list[list[Token]] = []
    for token in tokens:
        if token.kind == "unread":
            if runs and runs[-1][-1].traced.spans[-1][1] == token.traced.spans[0][0]:
                runs[-1].append(token)
            else:
                runs.append([token])
    return [_piece(run) for run in runs]


def _piece(run: list[Token]) -> Unread:
    text = _SURROGATE.sub("\ufffd", "".join(token.text for token in run))
    return Unread(text, (run[0].traced.spans[0][0], run[-1].traced.spans[-1][1]))


def _chinese(run: Traced, lexicon: Lexicon, given: Given) -> Iterator[Token]:
    done, joined = 0, False
    for start, end, syllables in [*given.chinese(run), (len(run.text), len(run.text), ())]:
        for piece in given.pieces(run.cut(done, start)):
            for token in _words(piece, lexicon, joined):
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
        readable = len(word) > 1 or bool(lexicon.character(word))
        yield Token("zh" if readable else "unread", run.cut(start, end), joined and readable)
        joined = joined or readable
        start = end


def _mark(text: str) -> str:
    if text.startswith(".."):
        return "…"
    marks = {_MARKS.get(char, char) for char in text}
    return next(mark for mark in _STRONGEST_FIRST if mark in marks)
