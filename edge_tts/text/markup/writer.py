"""Collects plain text and what marks ask for while markup is parsed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from edge_tts.text.marked import LONGEST_PAUSE, Marked, Pause
from edge_tts.text.reading.given import Reading, syllables_of
from edge_tts.text.reading.user_lexicon import entry, phonemes
from edge_tts.text.sentence import Manner, Span

DURATION = re.compile(r"\+?([0-9]{1,6}(?:\.[0-9]{1,6})?|\.[0-9]{1,6})(ms|s)")


class Writer:
    """Puts plain text together, piece by piece.

    Args:
        source: what the user wrote.
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
        """Set the manner of what follows."""
        self.marked.manners.append((len(self._spans), manner))

    def finish(self) -> Marked:
        """Return what was put together."""
        self.marked.text, self.marked.spans = "".join(self._pieces), self._spans
        return self.marked


def seconds_of(duration: str) -> float | None:
    """Return the seconds of a duration such as 500ms or 0.5s, None for anything else."""
    match = DURATION.fullmatch(duration)
    return None if match is None else float(match[1]) / (1000 if match[2] == "ms" else 1)
