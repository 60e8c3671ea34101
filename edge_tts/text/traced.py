"""Text that knows where each of its characters came from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from edge_tts.text.sentence import Span


@dataclass(frozen=True, slots=True)
class Traced:
    """A piece of rewritten text.

    Attributes:
        text: the characters.
        spans: the place in the source of each character; starts and ends never decrease.
    """

    text: str
    spans: Sequence[Span]

    def cut(self, start: int, end: int) -> Traced:
        """Return the characters from start to end."""
        return Traced(self.text[start:end], self.spans[start:end])

    def strip(self) -> Traced:
        """Return the text without white space at both ends."""
        start = len(self.text) - len(self.text.lstrip())
        return self.cut(start, max(start, len(self.text.rstrip())))

    def span(self, start: int, end: int) -> Span:
        """Return the place in the source of the non-empty range from start to end."""
        return self.spans[start][0], self.spans[end - 1][1]

    def rewrite(self, pattern: re.Pattern[str], replace: Callable[[re.Match[str]], str | None]) -> Traced:
        """Replace each match, or only its group `v` where the pattern has one; None keeps it.

        Every character of a replacement stands for the whole of what it replaces, except that digits which
        are replaced one by one keep their places.
        """
        group: str | int = "v" if "v" in pattern.groupindex else 0
        found = ((match.span(group), replace(match)) for match in pattern.finditer(self.text))
        return self.replaced((start, end, new) for (start, end), new in found if new is not None and start < end)

    def replaced(self, edits: Iterable[tuple[int, int, str]]) -> Traced:
        """Replace ranges, given in order with what they become; characters stand for their range as in rewrite."""
        texts: list[str] = []
        spans: list[Span] = []
        done = 0
        for start, end, new in edits:
            texts += (self.text[done:start], new)
            spans += self.spans[done:start]
            one_by_one = len(new) == end - start and self.text[start:end].isdecimal()
            spans += self.spans[start:end] if one_by_one else [self.span(start, end)] * len(new)
            done = end
        if not done:
            return self
        return Traced("".join(texts) + self.text[done:], [*spans, *self.spans[done:]])
