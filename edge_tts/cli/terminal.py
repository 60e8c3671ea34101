"""What people see: tables, bars, colour; the last two only on a terminal."""

from __future__ import annotations

import json
import os
import shutil
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from typing import IO, Any

from edge_tts.sizes import size as size

_BAR_CELLS = 24
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def print_json(document: Any) -> None:
    """Print one JSON document on one line."""
    print(json.dumps(document, ensure_ascii=False))


def table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> str:
    """Return rows as aligned text.

    Args:
        rows: values by key.
        columns: heading of each key that is shown, in order.
    """
    cells = [list(columns.values())] + [[_cell(row.get(key)) for key in columns] for row in rows]
    widths = [max(width(row[index]) for row in cells) for index in range(len(columns))]
    lines = ["  ".join(pad(cell, size) for cell, size in zip(row, widths, strict=True)).rstrip() for row in cells]
    return "\n".join([bold(lines[0]), *lines[1:]])


def width(text: str) -> int:
    """Return how many terminal cells a text takes."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def pad(text: str, cells: int) -> str:
    """Return text filled up with spaces to a number of terminal cells."""
    return text + " " * (cells - width(text))


def bold(text: str) -> str:
    """Return text in bold on a terminal."""
    return f"\033[1m{text}\033[0m" if _colourful(sys.stdout) else text


def red(text: str, stream: IO[str] | None = None) -> str:
    """Return text in red on a terminal."""
    return f"\033[31m{text}\033[0m" if _colourful(stream or sys.stdout) else text


def green(text: str) -> str:
    """Return text in green on a terminal."""
    return f"\033[32m{text}\033[0m" if _colourful(sys.stdout) else text


class ProgressBar:
    """A bar on stderr; off a terminal, one line for each label."""

    def __init__(self) -> None:
        """Show nothing yet."""
        self._terminal = sys.stderr.isatty()
        self._label = ""

    def show(self, label: str, detail: str, done: int, total: int) -> None:
        """Draw how far it is, in bytes."""
        if self._terminal:
            share = min(done / total, 1.0) if total else 1.0
            numbers = f"{size(done)} of {size(total)}"
            line = f"{label:<9} {bar(share)} {share:4.0%}  {numbers:<20} {detail}"
            sys.stderr.write(f"\r\033[K{line[: shutil.get_terminal_size().columns - 1]}")
        elif label != self._label:
            sys.stderr.write(f"{label}…\n")
        self._label = label
        sys.stderr.flush()

    def close(self) -> None:
        """Remove the bar."""
        if self._terminal and self._label:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()


def bar(share: float) -> str:
    """Return a bar that is filled up to a share from 0 to 1."""
    eighths = round(share * _BAR_CELLS * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(_BAR_CELLS, "░")


def _cell(value: Any) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else ""
        case float():
            return f"{value:.2f}"
        case _:
            return str(value)


def _colourful(stream: IO[str]) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
