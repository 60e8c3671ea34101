"""`edge-tts lexicon …`: the user's own words, through the daemon if one runs, else in the file itself."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from edge_tts import lexicon_file
from edge_tts.cli import encodings
from edge_tts.cli.input_text import content, joined
from edge_tts.cli.terminal import print_json, red, table
from edge_tts.client.blocking import Client
from edge_tts.config.loading import load as load_config
from edge_tts.errors import DaemonUnavailable, RequestError
from edge_tts.printable import printable
from edge_tts.text.reading import user_lexicon
from edge_tts.wire import Lexicon, LexiconList, check


def add(options: argparse.Namespace) -> int:
    """Add a word or change how it is read."""
    answer = _ask("add", word=joined([options.word]), reading=options.reading, comment=joined([options.comment]))
    return _report(options, answer, f"{options.word} is read {options.reading}")


def remove(options: argparse.Namespace) -> int:
    """Remove a word."""
    return _report(options, _ask("remove", word=joined([options.word])), f"{options.word} has its usual reading again")


def show(options: argparse.Namespace) -> int:
    """List the words."""
    answer = _ask("list")
    if answer.entries and not options.json:
        print(table(answer.entries, {name: name.upper() for name in ("word", "reading", "comment")}))
    return _report(options, answer, "" if answer.entries else "no words yet, see: edge-tts lexicon add --help")


def load(options: argparse.Namespace) -> int:
    """Add the words of a file; broken lines are named and make the exit status 4."""
    data = encodings.in_utf8(content(options.file))
    given = user_lexicon.parse(data.decode("utf-8", "surrogateescape"))
    answer = _ask("import", entries=[asdict(entry) for entry in given.entries])
    named = [f"{options.file} {problem}" for problem in given.problems]
    if given.problems and (advice := encodings.advice(data, options.file)):
        named.append(f"{options.file} is not UTF-8{advice}")
    done = f"{len(given.entries)} words were read from {options.file}, the lexicon has {len(answer.entries)}"
    return _report(options, answer, done, named) or (RequestError.exit_code if named else 0)


def save(options: argparse.Namespace) -> None:
    """Write the words as import reads them."""
    rows = _ask("list").entries
    lines = "".join(f"{user_lexicon.Entry(**row).line}\n" for row in rows)
    if options.file is None:
        sys.stdout.buffer.write(lines.encode())  # whatever the locale: import reads UTF-8
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
        path = load_config().paths.lexicon
        return lexicon_file.perform(path, check(Lexicon, {"action": action, **values}), wait=True)


def _report(options: argparse.Namespace, answer: LexiconList, done: str, problems: list[str] | None = None) -> int:
    found = [*(problems or ()), *answer.problems]
    if options.json:
        print_json({"entries": answer.entries, "problems": found, "digest": answer.digest})
    elif done:
        print(done)
    for problem in found:
        print(f"{red('edge-tts:', sys.stderr)} {printable(problem)}", file=sys.stderr)
    return 0
