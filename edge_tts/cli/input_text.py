"""Reads the text that a user gives: as arguments, in a file, or on standard input."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from edge_tts.cli import encodings
from edge_tts.errors import RequestError, UnsupportedText


def joined(words: list[str]) -> str:
    """Return the arguments as one text.

    Raises:
        UnsupportedText: they are not UTF-8; Python hands over such bytes as lone surrogates.
    """
    text = " ".join(words)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        try:
            return os.fsencode(text).decode("utf-8")  # in a locale that knows ASCII only
        except UnicodeError:
            message = f"text must be UTF-8, character {error.start + 1} is not"
            raise UnsupportedText(message + _advice(text)) from error
    return text


def _advice(text: str) -> str:
    try:
        return encodings.advice(os.fsencode(text))
    except UnicodeEncodeError:  # in no encoding: it came from a program
        return ""


def content(file: str) -> bytes:
    """Return the bytes of a file, or of standard input for -.

    Raises:
        RequestError: it cannot be read.
    """
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise RequestError(f"cannot read {file}: {error.strerror}") from error


def text_of(file: str) -> str:
    """Return the text of a file or of standard input.

    Raises:
        RequestError: it cannot be read.
        UnsupportedText: its encoding is not known.
    """
    return decoded(content(file), file)


def decoded(data: bytes, file: str) -> str:
    """Return the text that was read from a file.

    Raises:
        UnsupportedText: its encoding is not known.
    """
    try:
        return encodings.decoded(data)
    except UnicodeDecodeError as error:
        message = f"text must be UTF-8, byte {error.start} is not"
        raise UnsupportedText(message + encodings.advice(data, "" if file == "-" else file)) from error
