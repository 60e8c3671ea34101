"""Rewrites the text in SSML's say-as, so that it is read as a code, a number or an ordinal."""

from __future__ import annotations

import re
from collections.abc import Callable

from edge_tts.text.normalization.numerals import cardinal, code, digits, number

_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]{1,16}(?:,[0-9]{3})*(?:\.[0-9]+)?")


def _characters(text: str, chinese: bool) -> str:
    return " ".join(_digits(char, chinese) for char in text.upper() if not char.isspace())


def _digits(text: str, chinese: bool) -> str:
    return digits(text) if chinese else " ".join(text)


def _telephone(text: str, chinese: bool) -> str:
    figures = re.sub(r"[-\s()]", "", text)
    return code(figures) if chinese else " ".join(figures)


def _cardinal(text: str, chinese: bool) -> str:
    return number(text) if chinese and _PLAIN_NUMBER.fullmatch(text) else text


def _ordinal(text: str, chinese: bool) -> str:
    if not text.isascii() or not text.isdecimal() or len(text) > 16:
        return text
    if chinese:
        return f"第{cardinal(text)}"
    ending = "th" if text[-2:-1] == "1" else {"1": "st", "2": "nd", "3": "rd"}.get(text[-1], "th")
    return text + ending


def as_it_is(text: str, _: bool) -> str:
    """Return the text unchanged."""
    return text


SPOKEN: dict[str, Callable[[str, bool], str]] = {
    "characters": _characters,
    "spell-out": _characters,
    "digits": _digits,
    "telephone": _telephone,
    "cardinal": _cardinal,
    "number": _cardinal,
    "ordinal": _ordinal,
    "date": as_it_is,  # written as dates are, it is read as one anyhow
    "time": as_it_is,
}
"""Rewrites a text, given whether it stands in Chinese, by the value of `interpret-as`."""
