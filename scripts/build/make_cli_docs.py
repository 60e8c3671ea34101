"""Write docs/cli.md, the command reference, from the parser; with --check, say whether it is up to date."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from edge_tts.cli.parser import parser

TARGET = Path(__file__).parents[2] / "docs" / "cli.md"

HEAD = """# Command reference

Written by `python -m scripts.build.make_cli_docs` from the parser; `edge-tts COMMAND --help` says the same.
"""


def main() -> int:
    """Write or compare; return the exit status."""
    text = HEAD + "".join(section(command) for command in commands(parser()))
    if sys.argv[1:] != ["--check"]:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
        return 0
    print("docs/cli.md is out of date, run: python -m scripts.build.make_cli_docs", file=sys.stderr)
    return 1


def commands(command: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield a command and those below it."""
    yield command
    for action in command._actions:
        if isinstance(action, argparse._SubParsersAction):
            for member in action.choices.values():
                yield from commands(member)


def section(command: argparse.ArgumentParser) -> str:
    """Return the chapter of one command; argparse's own layout differs from one Python to the next."""
    rows = [row for action in command._actions for row in arguments(action)]
    table = "\n| argument | meaning |\n|---|---|\n" + "".join(rows) if rows else ""
    texts = [text for text in (command.description, command.epilog) if text]
    return f"\n## {command.prog}\n\n" + "\n\n".join(texts) + ("\n" if texts else "") + table


def arguments(action: argparse.Action) -> Iterator[str]:
    """Yield the table rows of an argument: one, or one for each command of a group."""
    if action.help == argparse.SUPPRESS or isinstance(action, argparse._HelpAction | argparse._VersionAction):
        return
    if isinstance(action, argparse._SubParsersAction):
        for choice in action._choices_actions:
            yield f"| `{choice.dest}` | {choice.help} |\n"
        return
    value = action.metavar or ("|".join(map(str, action.choices)) if action.choices else (action.type and action.dest))
    shown = f" {str(value).upper() if action.type else value}" if value and action.option_strings else ""
    names = "`, `".join(name + shown for name in action.option_strings) or f"{action.metavar}"
    names = names.replace("|", "\\|")
    yield f"| `{names}` | {action.help} |\n"


if __name__ == "__main__":
    sys.exit(main())
