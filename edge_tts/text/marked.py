"""A text without its marks, and the pauses, readings and manners that they ask for."""

from __future__ import annotations

from dataclasses import dataclass, field

from edge_tts.text.reading.given import Reading
from edge_tts.text.sentence import Manner, Span

LONGEST_PAUSE = 10.0
"""Seconds of silence after one word; more is cut to that."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence that is asked for.

    Attributes:
        place: position in the plain text, where a space stands for it.
        seconds: how long.
    """

    place: int
    seconds: float


@dataclass(slots=True)
class Marked:
    """A text without its marks.

    Attributes:
        source: what the user wrote.
        text: what is to be read.
        spans: the place in the source of each character of `text`; None where text and source are the same.
        pauses: the silences that are asked for, in order.
        readings: the readings that are given, in order, with places in `text`.
        manners: the places in `text` from which a manner holds, in order.
        ignored: names of marks that have no effect.
    """

    source: str
    text: str = ""
    spans: list[Span] | None = None
    pauses: list[Pause] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    manners: list[tuple[int, Manner]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    def place(self, span: Span) -> Span:
        """Return the place in the source of a non-empty range of the plain text."""
        if self.spans is None:
            return span
        return self.spans[span[0]][0], self.spans[span[1] - 1][1]

    def ignore(self, name: str) -> None:
        """Note that a mark has no effect."""
        if name not in self.ignored:
            self.ignored.append(name)
