"""The parser, and the options and types of values that several commands have."""

from __future__ import annotations

import argparse
import os
import re
from importlib import import_module
from typing import Any, NoReturn

_TEXT = re.compile(r"--?[^-a-zA-Z]|---")
"""The beginning of a word that begins with - and is a text, no option: -5度, -，, --5, ---."""

_COLUMNS = 80  # where it is not known how wide the terminal is


class Parser(argparse.ArgumentParser):
    """A parser for a command line on which texts are typed: they may begin with - like an option."""

    def __init__(self, **options: Any) -> None:
        """Pass options to argparse's own parser, with a formatter of ours."""
        super().__init__(formatter_class=_formatter, **options)

    def _parse_optional(self, word: str):  # type: ignore[no-untyped-def]
        return None if _TEXT.match(word) else super()._parse_optional(word)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and how a text that begins with - is told from an option; exit with 2."""
        if "unrecognized arguments" in message:
            message += "; a text that begins with - goes after --, as in: edge-tts say -- -A"
        if "expected one argument" in message:
            message += "; a value that begins with - is joined with =, as in: --voice=-A"
        super().error(message)


def _formatter(prog: str) -> argparse.HelpFormatter:
    """Return a formatter of help that knows the width: argparse's own loads shutil for each option to ask for it."""
    return argparse.HelpFormatter(prog, width=_columns() - 2)


def _columns() -> int:
    """Return the width of the terminal, as shutil.get_terminal_size does."""
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told):
        return int(told)
    try:
        return os.get_terminal_size().columns or _COLUMNS
    except OSError:  # standard output is no terminal, or closed
        return _COLUMNS


def command_of(commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str, function: str):  # type: ignore[no-untyped-def]
    """Add a command whose work is `MODULE:FUNCTION` of this package, imported when it is used."""
    command = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    module, _, attribute = function.partition(":")

    def run(options: argparse.Namespace) -> int | None:
        return getattr(import_module(f"edge_tts.cli.{module}"), attribute)(options)  # type: ignore[no-any-return]

    command.set_defaults(run=run)
    return command


def json_option(command: argparse.ArgumentParser) -> None:
    """Add the option that makes output for programs."""
    command.add_argument("--json", action="store_true", help="print JSON for programs")


def number(text: str) -> int:
    """Return the number that an option was given, 0 or more.

    Raises:
        ArgumentTypeError: it is no number.
    """
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"expected a number, got {text!r}")
    return int(text)


def numbers(text: str) -> tuple[int, ...]:
    """Return the numbers that an option was given with commas between them; zeros are left out.

    Raises:
        ArgumentTypeError: one of them is no number.
    """
    return tuple(filter(None, map(number, text.split(","))))
