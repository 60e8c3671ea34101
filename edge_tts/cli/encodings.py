"""Decodes a user's text: it is UTF-8, or in the encoding of its byte order mark; for others there is advice."""

from __future__ import annotations

import codecs
from collections.abc import Mapping

_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",  # before the one that it begins with
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_CHINESE: Mapping[str, tuple[str, int, int]] = {  # iconv's name, first bytes of the common characters
    "gb18030": ("GB18030", 0xB0, 0xD7),  # the 3755 characters of GB 2312's level 1; GBK is a part of it
    "big5": ("BIG5", 0xA4, 0xC6),  # the 5401 of its level 1
}
_KNOWN_AS = {"GB18030": "GBK"}
_MOST_ASCII = 0.7  # of the bytes of a text in 16-bit units
_LEAST_COMMON = 0.7  # of the characters, so that a guess is worth telling


def decoded(data: bytes) -> str:
    """Return a text that is UTF-8, or that begins with the mark of UTF-8, UTF-16 or UTF-32.

    Raises:
        UnicodeDecodeError: it is not.
    """
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding)
    return data.decode("utf-8")


def in_utf8(data: bytes) -> bytes:
    """Return a text with a mark as UTF-8 without one; what has no mark, or is not what it says, stays as it is."""
    try:
        return decoded(data).encode()
    except UnicodeDecodeError:
        return data.removeprefix(codecs.BOM_UTF8)


def is_wide(data: bytes) -> bool:
    """Return whether a text begins with the mark of UTF-16 or UTF-32, so that its lines do not end at bytes."""
    return data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE))


def advice(data: bytes, name: str = "") -> str:
    """Return for people what the encoding of bytes that are not UTF-8 seems to be, and how to change it; "" if unknown.

    Args:
        data: the whole text, or a line of it.
        name: the file's name, "" where it has none.
    """
    import shlex

    encoding = _seeming(data)
    if not encoding:
        return ""
    file = f" {shlex.quote(name)}" if name else ""
    return f"; it seems to be {_KNOWN_AS.get(encoding, encoding)}: iconv -f {encoding} -t UTF-8{file}"


def _seeming(data: bytes) -> str:
    """Return iconv's name of the encoding in which most characters are common ones, "" if there is none."""
    scores = {named: _common(data, codec, first, last) for codec, (named, first, last) in _CHINESE.items()}
    scores |= {encoding.upper(): _common_units(data, encoding) for encoding in ("utf-16-le", "utf-16-be")}
    best = max(scores, key=lambda name: scores[name])
    return best.replace("-16-", "-16") if scores[best] >= _LEAST_COMMON else ""


def _common(data: bytes, codec: str, first: int, last: int) -> float:
    """Return which share of the characters beyond ASCII are common ones or punctuation, by their first bytes."""
    try:
        signs = [sign for sign in data.decode(codec) if not sign.isascii()]
    except UnicodeDecodeError:
        return 0.0
    heads = [sign.encode(codec)[0] for sign in signs]
    known = sum(first <= head <= last or 0xA1 <= head <= 0xA3 for head in heads)
    return known / len(heads) if heads and b"\0" not in data else 0.0


def _common_units(data: bytes, encoding: str) -> float:
    """Return which share of 16-bit units are ASCII, Chinese, or their punctuation."""
    if sum(0x20 <= byte < 0x7F for byte in data) > _MOST_ASCII * len(data):
        return 0.0  # pairs of Latin letters are Chinese characters
    try:
        signs = data.decode(encoding)
    except UnicodeDecodeError:
        return 0.0
    known = sum(
        " " <= s <= "~" or s in "\t\r\n" or "一" <= s <= "龥" or "　" <= s <= "」" or "！" <= s <= "？" for s in signs
    )
    return known / len(signs) if signs else 0.0
