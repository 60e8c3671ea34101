"""Write docs/cli.md, the command reference, from the parser; with --check, say whether it is up to date."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from edge_tts.cli.parser import parser

TARGET = Path(__file__).parents[1] / "docs" / "cli.md"


def main() -> int:
    """Write or compare; return the exit status."""
    os.environ["COLUMNS"] = "100"
    text = "# Command reference\n\nWritten by `scripts/make_cli_docs.py` from `edge-tts --help`.\n"
    text += "".join(f"\n## {name}\n\n```\n{help_text}```\n" for name, help_text in sections(parser()))
    if sys.argv[1:] != ["--check"]:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
        return 0
    print("docs/cli.md is out of date, run: python scripts/make_cli_docs.py", file=sys.stderr)
    return 1


def sections(command: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    """Yield each command's name and help, groups before their members."""
    yield command.prog, command.format_help()
    for action in command._actions:
        if isinstance(action, argparse._SubParsersAction):
            for member in action.choices.values():
                yield from sections(member)


if __name__ == "__main__":
    sys.exit(main())
