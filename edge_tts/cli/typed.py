"""Text that is typed on the command line."""

from __future__ import annotations

from edge_tts.errors import UnsupportedText


def joined(words: list[str]) -> str:
    """Return the arguments as one text.

    Raises:
        UnsupportedText: they are not UTF-8; Python passes such bytes on as lone surrogates.
    """
    text = " ".join(words)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UnsupportedText(f"text must be UTF-8, character {error.start + 1} is not") from error
    return text
