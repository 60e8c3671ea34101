"""Splits text with marks into plain text and what the marks ask for; docs/MARKUP.md has the syntax.

Inline marks are recognised only when they are well formed; else they are text like any other. A text that begins
with <speak is SSML, see ssml.py.
"""

from __future__ import annotations

import re

from edge_tts.errors import RequestError
from edge_tts.text.marked import Marked
from edge_tts.text.markup.writer import Writer, seconds_of

_MARK = re.compile(
    r"\[pause (?P<pause>[0-9.]{1,9}m?s)\]"
    r"|\[(?P<zh>[\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]{1,20})\|(?P<pinyin>[A-Za-züÜ:1-5' ]{2,200})\]"
    r"|\[(?P<en>[A-Za-z]{1,40}(?:['-][A-Za-z]{1,40}){0,3})\|ipa:(?P<ipa>[^\[\]|\n]{1,100})\]"
)


def parse(text: str) -> Marked:
    """Return a text without its marks, and what they ask for.

    Args:
        text: what the user wrote.

    Raises:
        UnsupportedText: the text begins as SSML and cannot be parsed; the message names line and column.
    """
    from edge_tts.text.markup import ssml  # needs what is above

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
