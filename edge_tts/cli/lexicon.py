"""`edge-tts lexicon …`: the user's own words, through the daemon if one runs, else in the file itself."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from edge_tts import config, lexicon_file, user_lexicon
from edge_tts.cli.terminal import print_json, red, table
from edge_tts.client import Client
from edge_tts.errors import DaemonUnavailable, RequestError
from edge_tts.messages import Lexicon, LexiconList, check


def add(options: argparse.Namespace) -> int:
    """Add a word or change how it is read."""
    answer = _ask("add", word=options.word, reading=options.reading, comment=options.comment)
    return _report(options, answer)


def remove(options: argparse.Namespace) -> int:
    """Remove a word."""
    return _report(options, _ask("remove", word=options.word))


def show(options: argparse.Namespace) -> int:
    """List the words."""
    answer = _ask("list")
    if answer.entries and not options.json:
        print(table(answer.entries, {name: name.upper() for name in ("word", "reading", "comment")}))
    return _report(options, answer)


def load(options: argparse.Namespace) -> int:
    """Add the words of a file; broken lines are named and make the exit status 4."""
    given = user_lexicon.parse(_read(options.file))
    answer = _ask("import", entries=[asdict(entry) for entry in given.entries])
    named = [f"{options.file} {problem}" for problem in given.problems]
    return _report(options, answer, named) or (RequestError.exit_code if named else 0)


def save(options: argparse.Namespace) -> None:
    """Write the words as import reads them."""
    rows = _ask("list").entries
    lines = "".join(f"{user_lexicon.Entry(**row).line}\n" for row in rows)
    if options.file is None:
        sys.stdout.write(lines)
        return
    try:
        Path(options.file).write_text(lines, encoding="utf-8")
    except OSError as error:
        raise RequestError(f"cannot write {options.file}: {error.strerror}") from error


def _ask(action: str, **values: Any) -> LexiconList:
    try:
        with Client() as client:
            return client.lexicon(action, **values)
    except DaemonUnavailable:
        path = config.load().paths.lexicon
        return lexicon_file.perform(path, check(Lexicon, {"action": action, **values}), wait=True)


def _read(file: str) -> str:
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise RequestError(f"cannot read {file}: {error.strerror}") from error
    return data.decode("utf-8", "surrogateescape")


def _report(options: argparse.Namespace, answer: LexiconList, problems: list[str] | None = None) -> int:
    found = [*(problems or ()), *answer.problems]
    if options.json:
        print_json({"entries": answer.entries, "problems": found, "digest": answer.digest})
    for problem in found:
        print(f"{red('edge-tts:', sys.stderr)} {problem}", file=sys.stderr)
    return 0
