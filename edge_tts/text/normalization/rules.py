"""One pass over a sentence: at each figure, word of letters or sign, the first rule that fits says how it is read.

A rule sees what the user wrote on both sides, never what another rule made of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from edge_tts.text.normalization.emoji import PICTURE
from edge_tts.text.traced import Traced

Reader = Callable[[re.Match[str]], str | None]

GREEK = "Α-Ωα-ω"
LETTER = f"A-Za-z{GREEK}"
HAN = r"[^\W\x00-\x7f]"
HAN_OR_DIGIT = r"[^\W_A-Za-z]"
"""A character that is a letter but no Latin one: wider than Chinese, since large ranges take long to compile."""
WHOLE = r"^|[^0-9.,]|[^0-9][.,]"
"""What stands before a number that is no part of a longer one."""
NUMBER = r"(?:[0-9]{1,3}(?:,[0-9]{3}){1,6}(?![0-9])|[0-9]{1,16}(?![0-9]))(?:\.[0-9]{1,16}(?![0-9]))?"
SIGNS = rf"\-+*/=<>~±×÷\^%‰°℃℉&@#§№′″$¥€£\u20a0-\u20bf¢฿½⅓⅔¼¾⅐-⅞²³{GREEK}\u2190-\u22ff{PICTURE}"
"""Signs that a pattern's character class may name; arrows, operators and pictures are among them."""
_LOOK_BACK = 12  # characters before a match that a rule may look at
_CANDIDATE = re.compile(rf"(?P<digit>[0-9])|(?P<letters>[A-Za-z]+)|[{SIGNS}]|\.(?=[0-9])")


_compiled = cache(re.compile)


@dataclass(slots=True, eq=False)
class Rule:
    """How one kind of thing is read.

    Attributes:
        left: pattern of what must stand directly before it, "" for anything.
        pattern: the regular expression of what is rewritten; what must follow it is a lookahead.
        read: gives the words for a match, or None where it is something else after all.
        matcher: the compiled pattern's `match`; patterns are compiled when they are first needed, since all of them
            at once would be a third of the front end's start.
    """

    left: str
    pattern: str
    read: Reader
    matcher: Callable[[str, int], re.Match[str] | None] | None = None

    def compiled(self) -> Callable[[str, int], re.Match[str] | None]:
        """Compile the pattern."""
        self.matcher = re.compile(self.pattern).match
        return self.matcher

    def words(self, match: re.Match[str]) -> str | None:
        """Return how what the pattern matches is read, None if the rule does not fit after all."""
        at = match.start()
        if match.end() == at or (
            self.left and not _compiled(self.left).search(match.string[max(0, at - _LOOK_BACK) : at])
        ):
            return None
        return self.read(match)


@dataclass(frozen=True, slots=True)
class Table:
    """The rules of a language by what their things start with, in the order in which they are tried."""

    digits: tuple[Rule, ...]
    letters: tuple[Rule, ...]
    signs: Mapping[str, tuple[Rule, ...]]  # by the signs that they start with, "" for all others

    def starting(self, candidate: re.Match[str]) -> tuple[Rule, ...]:
        """Return the rules for a figure, a word of letters or a sign."""
        match candidate.lastgroup:
            case "digit":
                return self.digits
            case "letters":
                return self.letters
        return next((rules for signs, rules in self.signs.items() if candidate[0] in signs), self.signs[""])


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
        for one in table.starting(candidate):
            match = (one.matcher or one.compiled())(text, start)
            if match and (words := one.words(match)) is not None:
                at = match.end()
                yield start, at, words
                break
