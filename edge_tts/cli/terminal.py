"""Output for people: tables, progress bars and colours, the last two only on a terminal."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import time
import unicodedata
from collections import deque
from collections.abc import Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any

from edge_tts.printable import printable
from edge_tts.sizes import size as size

if TYPE_CHECKING:
    from edge_tts.store.progress import Step

_BAR_CELLS = 24
_UNPRINTABLE = re.compile(r"[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]")
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def print_json(document: Any) -> None:
    """Print one JSON document on one line, escaped where a terminal would obey it or the reader's encoding lacks it."""
    text = json.dumps(document, ensure_ascii=not (sys.stdout.encoding or "").lower().startswith("utf"))
    print(_UNPRINTABLE.sub(lambda match: json.dumps(match[0])[1:-1], text))


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
    return sum(
        0 if unicodedata.category(char) in ("Mn", "Me", "Cf") else 1 + (unicodedata.east_asian_width(char) in "WF")
        for char in text
    )


def pad(text: str, cells: int) -> str:
    """Return text filled up with spaces to a number of terminal cells."""
    return text + " " * (cells - width(text))


def cut(text: str, cells: int) -> str:
    """Return as much of a text as fits into a number of terminal cells."""
    while width(text) > cells:
        text = text[: -max(1, (width(text) - cells) // 2)]
    return text


def duration(seconds: float) -> str:
    """Return a time span for people, its two largest units."""
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if days:
        return f"{days:.0f} d {hours % 24:.0f} h"
    if hours:
        return f"{hours:.0f} h {minutes % 60:.0f} min"
    return f"{minutes:.0f} min {seconds % 60:.0f} s"


def bold(text: str) -> str:
    """Return text in bold on a terminal."""
    return f"\033[1m{text}\033[0m" if _colourful(sys.stdout) else text


def dim(text: str) -> str:
    """Return text in a fainter colour on a terminal."""
    return f"\033[2m{text}\033[0m" if _colourful(sys.stdout) else text


def red(text: str, stream: IO[str] | None = None) -> str:
    """Return text in red on a terminal."""
    return f"\033[31m{text}\033[0m" if _colourful(stream or sys.stdout) else text


def green(text: str) -> str:
    """Return text in green on a terminal."""
    return f"\033[32m{text}\033[0m" if _colourful(sys.stdout) else text


def agrees(question: str) -> bool:
    """Ask on stderr, and return whether the answer is yes; without a terminal nobody is asked, and it is no."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


class ProgressBar:
    """A bar on stderr, a line for each label, that never goes back; off a terminal only the labels."""

    def __init__(self) -> None:
        """Show nothing yet."""
        self._terminal = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._label = ""
        self._furthest: dict[tuple[str, int], int] = {}
        self._pace = Pace()

    def show(self, label: str, detail: str, done: int, total: int, numbers: str = "") -> None:
        """Draw how far it is: in bytes, how fast it goes and how long it will take, or as the numbers say in words.

        Args:
            label: names the operation.
            detail: names the part of it that is being done.
            done: the bytes or steps that are done; a smaller number than before leaves the bar where it is.
            total: all bytes or steps, 0 if that is not known.
            numbers: both numbers for people, where they do not count bytes.
        """
        done = self._furthest[label, total] = max(done, self._furthest.get((label, total), 0))
        if label != self._label:
            self._pace = Pace()
            sys.stderr.write(f"{label}…\n" if not self._terminal else "\n" if self._label else "")
        if self._terminal:
            detail = printable(detail)
            line = f"{label:<9} {self._figures(done, total, numbers)}{detail}" if total else f"{label:<9} {detail}…"
            sys.stderr.write(f"\r\033[K{cut(line, shutil.get_terminal_size().columns - 1)}")
        self._label = label
        sys.stderr.flush()

    def _figures(self, done: int, total: int, numbers: str) -> str:
        share = min(done / total, 1.0)
        if not numbers:
            numbers = f"{f'{size(done)} of {size(total)}':<20} {self._pace.words(time.monotonic(), done, total):<22}"
        return f"{bar(share)} {share:4.0%}  {numbers} "

    def steps(self, label: str, detail: str, done: int, total: int) -> None:
        """Draw how many steps are done, counted from the one that begins."""
        self.show(label, detail, done, total, f"{min(done + 1, total)} of {total} ")

    def step(self, step: Step) -> None:
        """Draw how far an operation on the store is."""
        self.show(step.phase, step.file, step.bytes_done, step.bytes_total)

    def close(self) -> None:
        """Remove the last line, which shows an operation that has ended."""
        if self._terminal and self._label:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
        self._label = ""
        self._furthest.clear()


class Pace:
    """The rate of an operation over the last seconds."""

    _SECONDS = 5.0

    def __init__(self) -> None:
        """Know nothing yet."""
        self._seen: deque[tuple[float, int]] = deque()

    def words(self, now: float, done: int, total: int) -> str:
        """Return rate and remaining time for people, "" while they are not known.

        Args:
            now: seconds on any clock that does not go back.
            done: the bytes that are done.
            total: all bytes.
        """
        self._seen.append((now, done))
        while now - self._seen[0][0] > self._SECONDS and len(self._seen) > 2:
            self._seen.popleft()
        (since, before), seconds = self._seen[0], now - self._seen[0][0]
        rate = (done - before) / seconds if seconds > 0 else 0.0
        if rate <= 0 or not since <= now:
            return ""
        minutes, rest = divmod(round(max(0, total - done) / rate), 60)
        return f"{size(rate)}/s, {minutes}:{rest:02} left"


def bar(share: float, cells: int = _BAR_CELLS, empty: str = "░") -> str:
    """Return a bar that is filled up to a share from 0 to 1; `empty` stands for a cell of the rest."""
    full, rest = divmod(round(share * cells * 8), 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(cells, empty)


def _cell(value: Any) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else ""
        case float():
            return f"{value:.2f}"
        case _:
            return printable(str(value))


def _colourful(stream: IO[str]) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
