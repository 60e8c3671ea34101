"""`edge-tts text`: how a text is read."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import Any
from unicodedata import normalize

from edge_tts import config, lexicon_file
from edge_tts.cli.terminal import pad, print_json, width
from edge_tts.cli.typed import joined
from edge_tts.errors import UnsupportedText
from edge_tts.text import describe

_BREAKS = ("", " ", " | ", " ‖ ", "")
_ACCENTS = ("", "\u0304", "\u0301", "\u030c", "\u0300", "")
"""Combining marks of the tones 1 to 4; none for 5."""


def text(options: argparse.Namespace) -> int:
    """Print how each line is read; a line that cannot be read does not end the others."""
    status = 0
    words = lexicon_file.read(config.load().paths.lexicon)
    for line in _lines(options):
        try:
            document = describe(line, lexicon=words, emoji=options.emoji)
        except UnsupportedText as error:
            status = error.exit_code
            document = {"text": line, "normalized": "", "sentences": [], "error": str(error)}
        if options.json:
            print_json(document)
        else:
            _show(document)
    return status


def _lines(options: argparse.Namespace) -> Iterator[str]:
    if options.text and options.text != ["-"]:
        yield joined(options.text)
        return
    for line in sys.stdin.buffer:
        try:
            yield line.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise UnsupportedText(f"text must be UTF-8, byte {error.start} is not") from error


def _show(document: dict[str, Any]) -> None:
    if "error" in document:
        print(document["error"])
    for sentence in document["sentences"]:
        columns = [column for word in sentence["words"] for column in _columns(word)]
        for row in zip(*columns, strict=True):
            if line := "".join(row).rstrip():
                print(line)


def _columns(word: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield three cells of the same width for each syllable of a word, or for an English word.

    They hold the characters, how they are spoken, and the dictionary's reading where it is another; the last
    ones end with the mark and the break.
    """
    cells = [_readings(syllable) for syllable in word["syllables"]] or [(word["text"], f"[{word['phonemes']}]", "")]
    mark = word["punctuation"] + _BREAKS[word["break"]]
    for index, cell in enumerate(cells):
        end = mark if index == len(cells) - 1 else ""
        wide = max(map(width, cell))
        above, below, listed = (pad(text, wide) for text in cell)
        gap = " " * (width(end) + 1)
        yield above + gap, below + end + " ", listed + gap


def _readings(syllable: dict[str, Any]) -> tuple[str, str, str]:
    spoken, listed = accented(syllable["surface"]), accented(syllable["lexical"])
    return syllable["text"], spoken, f"({listed})" if listed != spoken else ""


def accented(pinyin: str) -> str:
    """Return pinyin such as `lv4` with a tone mark, `lǜ`; the neutral tone has none."""
    letters, tone = pinyin[:-1].replace("v", "ü"), _ACCENTS[int(pinyin[-1])]
    place = next((letters.index(vowel) for vowel in "aoe" if vowel in letters), -1)
    if place < 0:
        place = max(letters.rfind(vowel) for vowel in "iuü")
    return normalize("NFC", f"{letters[: place + 1]}{tone}{letters[place + 1 :]}")
