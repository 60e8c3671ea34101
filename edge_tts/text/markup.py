"""From text with marks for pauses and readings to plain text and what the marks ask for; docs/MARKUP.md has the syntax.

Inline marks are recognised only when they are well formed; else they are text like any other. A text that begins
with <speak is SSML, see ssml.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from edge_tts.errors import RequestError
from edge_tts.text.given import Reading, syllables_of
from edge_tts.text.sentence import Manner, Span
from edge_tts.user_lexicon import entry, phonemes

LONGEST_PAUSE = 10.0
"""Seconds of silence after one word; more is cut to that."""

DURATION = re.compile(r"\+?([0-9]{1,6}(?:\.[0-9]{1,6})?|\.[0-9]{1,6})(ms|s)")
_MARK = re.compile(
    r"\[pause (?P<pause>[0-9.]{1,9}m?s)\]"
    r"|\[(?P<zh>[\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]{1,20})\|(?P<pinyin>[A-Za-züÜ:1-5' ]{2,200})\]"
    r"|\[(?P<en>[A-Za-z]{1,40}(?:['-][A-Za-z]{1,40}){0,3})\|ipa:(?P<ipa>[^\[\]|\n]{1,100})\]"
)


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
        source: as the user wrote it.
        text: what is to be read.
        spans: for each character of it the place in the source; None where they are the same.
        pauses: in order.
        readings: in order; their places are those in `text`.
        manners: in order, from which place in `text` on which manner holds.
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


class Writer:
    """Puts plain text together, piece by piece.

    Args:
        source: as the user wrote it.
    """

    def __init__(self, source: str) -> None:
        """Start with nothing."""
        self.marked = Marked(source, spans=[])
        self._pieces: list[str] = []
        self._spans: list[Span] = []
        self._began = False

    def write(self, text: str, spans: Sequence[Span]) -> None:
        """Add characters and where each of them came from."""
        self._pieces.append(text)
        self._began = self._began or bool(text.strip())
        self._spans += spans

    def copy(self, start: int, end: int) -> None:
        """Add characters of the source as they are."""
        self.write(self.marked.source[start:end], [(place, place + 1) for place in range(start, end)])

    def pause(self, seconds: float, span: Span) -> None:
        """Add silence."""
        if not self._began:
            self.marked.ignore("pause")  # there is no word that it could follow
        self.marked.pauses.append(Pause(len(self._spans), min(seconds, LONGEST_PAUSE)))
        self.write(" ", [span])

    def read(self, text: str, spans: Sequence[Span], reading: str) -> None:
        """Add a word that is read as pinyin or, written `[ipa:…]`, as English sounds; errors as of user_lexicon."""
        start = len(self._spans)
        end = start + len(text)
        given = entry(text, reading).reading
        english = given.startswith("[")
        syllables = () if english else syllables_of(text, given)
        self.marked.readings.append(Reading(start, end, syllables, phonemes(given) if english else ""))
        self.write(text, spans)

    def speak(self, manner: Manner) -> None:
        """Have what follows said so."""
        self.marked.manners.append((len(self._spans), manner))

    def finish(self) -> Marked:
        """Return what was put together."""
        self.marked.text, self.marked.spans = "".join(self._pieces), self._spans
        return self.marked


def parse(text: str) -> Marked:
    """Return a text without its marks, and what they ask for.

    Args:
        text: as the user wrote it.

    Raises:
        UnsupportedText: it begins as SSML and is none that is understood; the message names line and column.
    """
    from edge_tts.text import ssml  # needs what is above

    if ssml.begins(text):
        return ssml.parse(text)
    if not _MARK.search(text):
        return Marked(text, text)
    writer = Writer(text)
    done = 0
    for match in _MARK.finditer(text):
        writer.copy(done, match.start())
        if not _write_mark(writer, match):
            writer.copy(*match.span())
        done = match.end()
    writer.copy(done, len(text))
    return writer.finish()


def seconds_of(duration: str) -> float | None:
    """Return the seconds of a duration such as 500ms or 0.5s, None for anything else."""
    match = DURATION.fullmatch(duration)
    return None if match is None else float(match[1]) / (1000 if match[2] == "ms" else 1)


def _write_mark(writer: Writer, match: re.Match[str]) -> bool:
    """Write what a mark asks for; return whether it was well formed."""
    if match["pause"]:
        seconds = seconds_of(match["pause"])
        if seconds is not None:
            writer.pause(seconds, match.span())
        return seconds is not None
    group = "zh" if match["zh"] else "en"
    start, end = match.span(group)
    try:
        reading = match["pinyin"] if match["zh"] else f"[ipa:{match['ipa']}]"
        writer.read(match[group], [(place, place + 1) for place in range(start, end)], reading)
    except RequestError:
        return False
    return True
