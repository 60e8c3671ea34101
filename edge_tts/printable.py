"""Text of somebody else's as it may be shown on a terminal or put into a log."""

from __future__ import annotations


def printable(text: str) -> str:
    r"""Return text in which everything but printable characters and spaces is written as an escape, as \x1b.

    Those are control characters, which a terminal obeys, line ends, controls of the direction of writing, which show
    text in another order than it has, invisible and unassigned ones, and bytes of file names that are no text.
    """
    return text if text.isprintable() else "".join(map(_printable, text))


def is_printable(char: str) -> bool:
    """Return whether a character is shown as it is; spaces of all widths are."""
    import unicodedata  # here: as a rule all is printable

    return char.isprintable() or unicodedata.category(char) == "Zs"


def _printable(char: str) -> str:
    return char if is_printable(char) else char.encode("unicode_escape").decode("ascii")
