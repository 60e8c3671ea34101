"""`edge-tts text`: how a text is read."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator
from itertools import chain
from typing import Any

from edge_tts import lexicon_file
from edge_tts.cli import encodings, reading_view
from edge_tts.cli.input_text import decoded, joined
from edge_tts.cli.terminal import dim, print_json
from edge_tts.config.loading import load as load_config
from edge_tts.errors import UnsupportedText
from edge_tts.text import describe


def text(options: argparse.Namespace) -> int:
    """Print how each line is read; a line that cannot be read does not end the others."""
    status = 0
    words = lexicon_file.read(load_config().paths.lexicon)
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
    first = sys.stdin.buffer.readline()
    if encodings.is_wide(first):
        yield from decoded(first + sys.stdin.buffer.read(), "-").splitlines()
        return
    for line in chain([first] if first else [], sys.stdin.buffer):  # each as soon as it comes
        yield decoded(line, "-").rstrip("\r\n")


def _show(document: dict[str, Any]) -> None:
    if "error" in document:
        print(document["error"])
    terminal = sys.stdout.isatty()
    for line in reading_view.lines(document, shutil.get_terminal_size().columns - 1 if terminal else None):
        print(line)
    if terminal and document["sentences"]:
        print(dim(reading_view.LEGEND))
