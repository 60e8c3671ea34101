"""`edge-tts text`: how a text is read."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import Any

from edge_tts import config, lexicon_file
from edge_tts.cli.terminal import pad, print_json, width
from edge_tts.errors import UnsupportedText
from edge_tts.text import describe

_BREAKS = ("", " ", " | ", " ‖ ", "")


def text(options: argparse.Namespace) -> int:
    """Print how each line is read; a line that cannot be read does not end the others."""
    status = 0
    words = lexicon_file.read(config.load().paths.lexicon)
    for line in _lines(options):
        try:
            document = describe(line, lexicon=words)
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
        yield " ".join(options.text)
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
        columns = [_column(word) for word in sentence["words"]]
        print("".join(above for above, _ in columns).rstrip())
        print("".join(below for _, below in columns).rstrip())


def _column(word: dict[str, Any]) -> tuple[str, str]:
    """Return the word and its reading, as wide as each other."""
    above = word["text"]
    below = " ".join(syllable["surface"] for syllable in word["syllables"]) or f"[{word['phonemes']}]"
    cells = max(width(above), width(below))
    mark = word["punctuation"] + _BREAKS[word["break"]]
    return pad(above, cells) + " " * width(mark) + " ", pad(below, cells) + mark + " "
