"""A list of phrases in a file: a phrase a line, or with its voice, style and speed in columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from edge_tts.cli import encodings
from edge_tts.errors import RequestError
from edge_tts.wire import Speak, check

_COLUMNS = ("text", "voice", "style", "speed")


@dataclass(frozen=True, slots=True)
class Phrase:
    """One of them.

    Attributes:
        line: its number in the file, from 1.
        speak: what is asked for.
    """

    line: int
    speak: Speak


def parse(data: bytes, common: Speak) -> tuple[list[Phrase], list[str]]:
    """Read phrases.

    Args:
        data: lines of TEXT, or TEXT, VOICE, STYLE and SPEED with tabs between them, in UTF-8. Empty lines and those
            that begin with # say nothing; an empty column means what all have in common.
        common: what is asked for where a line does not say.

    Returns:
        The phrases, and for people, what is wrong with lines that hold none.
    """
    phrases, problems = [], []
    for number, line in _lines(data):
        try:
            phrases.append(Phrase(number, _phrase(line, common)))
        except RequestError as error:
            problems.append(f"line {number}: {error}")
    return phrases, problems


def _lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(encodings.in_utf8(data).splitlines(), 1):
        if line.strip() and not line.startswith(b"#"):
            yield number, line


def _phrase(line: bytes, common: Speak) -> Speak:
    try:
        cells = [cell.strip() for cell in line.decode("utf-8").split("\t")]
    except UnicodeDecodeError as error:
        raise RequestError(f"expected UTF-8, byte {error.start} is not{encodings.advice(line)}") from error
    if len(cells) > len(_COLUMNS):
        raise RequestError(f"expected at most {len(_COLUMNS)} columns, text, voice, style and speed, got {len(cells)}")
    given = {name: cell for name, cell in zip(_COLUMNS, cells, strict=False) if cell}
    if "text" not in given:
        raise RequestError("expected a text in the first column, it is empty")
    return check(Speak, {**common.values(), **given, **_speed(given)})


def _speed(given: dict[str, str]) -> dict[str, float]:
    if "speed" not in given:
        return {}
    try:
        return {"speed": float(given["speed"])}
    except ValueError as error:
        raise RequestError(f"expected a number for the speed, got {given['speed']!r}") from error
