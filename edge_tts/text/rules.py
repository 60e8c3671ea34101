"""One pass over a sentence: at each figure, word of letters or sign, the first rule that fits says how it is read.

A rule sees what the user wrote on both sides, never what another rule made of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from edge_tts.text.emoji import PICTURE
from edge_tts.text.traced import Traced

Reader = Callable[[re.Match[str]], str | None]

GREEK = "Α-Ωα-ω"
LETTER = f"A-Za-z{GREEK}"
HAN = r"\u3400-\u9fff"
NUMBER = r"(?:[0-9]{1,3}(?:,[0-9]{3}){1,6}(?![0-9])|[0-9]{1,16}(?![0-9]))(?:\.[0-9]{1,16}(?![0-9]))?"
SIGNS = rf"\-+*/=<>~±×÷\^%‰°℃℉&@#§№′″$¥€£₩½⅓⅔¼¾⅕⅛²³{GREEK}\u2190-\u22ff{PICTURE}"  # arrows and operators, pictures
"""For a class of a pattern."""
_LOOK_BACK = 12  # characters before a match that a rule may look at
_CANDIDATE = re.compile(rf"(?P<digit>[0-9])|(?P<letters>[A-Za-z]+)|[{SIGNS}]")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern when it is first needed; all of them at once would be a third of the front end's start."""
    return re.compile(pattern)


@dataclass(frozen=True, slots=True)
class Rule:
    """How one kind of thing is read.

    Attributes:
        left: pattern of what must stand directly before it, "" for anything.
        pattern: of the thing itself; what must follow it is a lookahead.
        read: gives the words for a match, or None where it is something else after all.
    """

    left: str
    pattern: str
    read: Reader

    def match(self, text: str, at: int) -> tuple[int, str] | None:
        """Return where the thing that starts at a place ends and how it is read, None if the rule does not fit."""
        match = _compiled(self.pattern).match(text, at)
        if not match or match.end() == at:
            return None
        if self.left and not _compiled(self.left).search(text[max(0, at - _LOOK_BACK) : at]):
            return None
        words = self.read(match)
        return None if words is None else (match.end(), words)


@dataclass(frozen=True, slots=True)
class Table:
    """The rules of a language by what their things start with, in the order in which they are tried."""

    digits: tuple[Rule, ...]
    letters: tuple[Rule, ...]
    signs: tuple[Rule, ...]


def rule(pattern: str, read: Reader, left: str = "") -> Rule:
    """Return a rule; see Rule for its parts."""
    return Rule(rf"(?:{left})\Z" if left else "", pattern, read)


def choice(words: Iterable[str]) -> str:
    """Return a pattern of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def before(match: re.Match[str]) -> str:
    """Return what stands before a match, as far as a rule may look back."""
    return match.string[max(0, match.start() - _LOOK_BACK) : match.start()]


def after(match: re.Match[str]) -> str:
    """Return what stands behind a match, as far as rules look."""
    return match.string[match.end() : match.end() + _LOOK_BACK]


def apply(table: Table, sentence: Traced) -> Traced:
    """Return the sentence with all that has a rule written out."""
    return sentence.replaced(_edits(table, sentence.text))


def _edits(table: Table, text: str) -> Iterator[tuple[int, int, str]]:
    at = 0
    while candidate := _CANDIDATE.search(text, at):
        start, at = candidate.span()
        kinds = {"digit": table.digits, "letters": table.letters}
        for one in kinds.get(candidate.lastgroup or "", table.signs):
            if found := one.match(text, start):
                at = found[0]
                yield start, at, found[1]
                break
