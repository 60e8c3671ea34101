"""TOML and JSON that somebody else may have written: read within bounds, refused with a reason.

A file must be a regular one and short; a parser takes neither the time nor the memory nor the stack that a document
asks for, but what a document of that length deserves.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from pathlib import Path
from typing import Any

LONGEST_BYTES = 4_000_000
"""Longest document."""

_DEEPEST = 64  # brackets in each other; our own documents have four
_LONGEST_KEY_PARTS = 16  # of a dotted key: each makes a table, and a look at all before it
_NULL = os.makedev(1, 3)  # /dev/null, how people say "none"
_TOKENS = (
    r'"""(?:[^"\\]|\\.|"(?!""))*(?:"""|\Z)|\'\'\'(?:(?!\'\'\').)*(?:\'\'\'|\Z)'
    r'|"(?:[^"\\\n]|\\.)*"?|\'[^\'\n]*\'?|#[^\n]*|[\[\]{}.\n=,]|[^\s"\'#\[\]{}.=,]+'
)


def read_bounded(path: str | Path, folder: int | None = None) -> str:
    """Return the text of a short regular file; never waits for a pipe, and reads no device.

    Args:
        path: the file.
        folder: open folder that it is in, and may be no link in; None where the path says it all.

    Raises:
        ValueError: it is no regular file, too long, or not UTF-8.
        OSError: it cannot be read.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY | (0 if folder is None else os.O_NOFOLLOW)
    descriptor = os.open(path, flags, dir_fd=folder)
    with open(descriptor, "rb", buffering=0) as stream:
        status = os.fstat(descriptor)
        if stat.S_ISCHR(status.st_mode) and status.st_rdev == _NULL:
            return ""
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("expected a regular file")
        data = bytearray()
        while len(data) <= LONGEST_BYTES and (block := stream.read(LONGEST_BYTES + 1 - len(data))):
            data += block
    if len(data) > LONGEST_BYTES:
        raise ValueError(f"has more than {LONGEST_BYTES} bytes")
    return data.decode("utf-8")


def parse_toml(text: str) -> dict[str, Any]:
    """Return what a TOML document says.

    Raises:
        ValueError: it is none, has a number of too many digits, or is longer or deeper than any that is meant to be
            read.
    """
    if len(text) > LONGEST_BYTES:
        raise ValueError(f"has more than {LONGEST_BYTES} characters")
    _check_shape(text)
    if sys.version_info >= (3, 11):  # here: a client without configuration need not load it
        import tomllib
    else:
        import tomli as tomllib
    try:
        document: dict[str, Any] = tomllib.loads(text)
        return document
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error


def _check_shape(text: str) -> None:
    """Refuse brackets in each other and keys of many parts, before a parser follows them."""
    if text.count("[") + text.count("{") <= _DEEPEST and text.count(".") <= _LONGEST_KEY_PARTS:
        return
    depth = parts = 0
    for match in re.finditer(_TOKENS, text, re.DOTALL):
        token = match[0]
        if token in ("[", "{"):
            depth += 1
        elif token in ("]", "}"):
            depth = max(0, depth - 1)
        elif token == ".":
            parts += 1
        elif token in ("\n", "=", ","):
            parts = 0
        if depth > _DEEPEST:
            raise ValueError(f"has more than {_DEEPEST} brackets in each other")
        if parts > _LONGEST_KEY_PARTS:
            raise ValueError(f"has a key of more than {_LONGEST_KEY_PARTS} parts")


def parse_json(text: str | bytes) -> Any:
    """Return what a JSON document says.

    Raises:
        ValueError: it is none, or nested too deeply.
    """
    import json  # here: a client without one need not load it

    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error
