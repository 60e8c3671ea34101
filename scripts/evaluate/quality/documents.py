"""Say what is wrong with the documents, as far as that can be seen without understanding them.

    python -m scripts.evaluate.quality.documents

Both languages have the same headings, commands, tables and code in them; links lead somewhere; commands, modules,
files, keys of the configuration and quoted messages exist; user documents are short. Exit status 1: something is wrong.
"""

from __future__ import annotations

import argparse
import dataclasses
import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import zip_longest
from pathlib import Path

from edge_tts.cli.parser import parser as command_line
from edge_tts.config import settings

ROOT = Path(__file__).resolve().parents[3]

USER_DOCUMENTS = ("GETTING-STARTED", "OPERATIONS", "MODELS", "VOICES", "MARKUP", "PROTOCOL", "TROUBLESHOOTING")
"""What users read, in docs/ in English and in docs/zh/ in Chinese."""
PAIRS = (("README.md", "README.zh.md"), *((f"docs/{name}.md", f"docs/zh/{name}.md") for name in USER_DOCUMENTS))
SHORT = (*(name for pair in PAIRS for name in pair), "ARCHITECTURE.md")
MOST_LINES, MOST_CHARACTERS = 120, 120
"""Of a short document, and of a line of it."""

_CODE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_COMMENT = re.compile(r"(^|\s\s)(#|//) .*")
_MODULE = re.compile(r"python3? -m ((?:edge_tts|scripts|tests)[\w.]*)")
_COMMAND = re.compile(r"(?:^|[\s/])edge-tts ([a-z].*)")
_FILE = re.compile(r"^(?:edge_tts|scripts|tests|docs|models|systemd|examples)/[\w./*-]*[\w*]/?$")
_KEY = re.compile(r"^([a-z]+)\.([a-z_]+)$")
_KEYS = dataclasses.asdict(settings.Config(settings.Paths(Path(), Path(), Path())))
"""Keys of the configuration, by table."""


@dataclass
class Document:
    """A document in Markdown, taken apart.

    Attributes:
        headings: level and text of each, in order.
        blocks: what is in each block of code, without the comments behind its lines.
        tables: of each the cells of its rows.
        prose: all other lines.
    """

    headings: list[tuple[int, str]] = field(default_factory=list)
    blocks: list[list[str]] = field(default_factory=list)
    tables: list[list[list[str]]] = field(default_factory=list)
    prose: list[str] = field(default_factory=list)


def parsed(text: str) -> Document:
    """Take a document apart."""
    document, fenced, before = Document(), False, ""
    for line in text.splitlines():
        code = line.startswith("    ") and (before in ("", "code"))
        if line.startswith("```"):
            fenced = not fenced
            kind = "fence"
            if fenced:
                document.blocks.append([line])
        elif fenced or code:
            kind = "code"
            if not fenced and before != "code":
                document.blocks.append([])
            document.blocks[-1].append(_COMMENT.sub("", line).rstrip())
        elif line.startswith("|"):
            kind = "table"
            if before != kind:
                document.tables.append([])
            document.tables[-1].append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
        elif heading := re.match(r"(#+) (.*)", line):
            kind = "heading"
            document.headings.append((len(heading[1]), heading[2]))
        else:
            kind = "" if not line.strip() else "prose"
            document.prose.append(line)
        before = kind
    return document


def differences(english: str, chinese: str) -> Iterator[str]:
    """Yield in what two texts that say the same in two languages do not agree."""
    one, other = parsed(english), parsed(chinese)
    levels = [[level for level, _ in document.headings] for document in (one, other)]
    if levels[0] != levels[1]:
        yield f"headings of the levels {levels[0]} and {levels[1]}"
    none: list[str] = []
    for number, blocks in enumerate(zip_longest(one.blocks, other.blocks, fillvalue=none), start=1):
        for line, its in zip_longest(*blocks, fillvalue="nothing"):
            if line != its:
                yield f"block {number} has {line.strip()!r} and {its.strip()!r}"
    if len(one.tables) != len(other.tables):
        yield f"{len(one.tables)} and {len(other.tables)} tables"
    for number, (table, same) in enumerate(zip(one.tables, other.tables, strict=False), start=1):
        if len(table) != len(same):
            yield f"table {number} has {len(table)} and {len(same)} rows"
        for row, its_row in zip(table, same, strict=False):
            if _cells(row) != _cells(its_row):
                yield f"table {number} has the row {' | '.join(row)!r} and {' | '.join(its_row)!r}"


def _cells(row: list[str]) -> list[list[str]]:
    """Return the code in each cell of a row, in whatever order a language has it."""
    return [sorted(_CODE.findall(cell)) for cell in row]


def slug(heading: str) -> str:
    """Return the anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def dead_links(path: Path) -> Iterator[str]:
    """Yield links to files and headings that are not there."""
    for target in _LINK.findall("\n".join(_lines_without_code(path.read_text("utf-8")))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        there = (path.parent / name).resolve() if name else path
        if not there.exists():
            yield f"a link to {target}, which is not there"
        elif anchor and anchor not in {slug(text) for _, text in parsed(there.read_text("utf-8")).headings}:
            yield f"a link to {target}, which has no such heading"


def _lines_without_code(text: str) -> Iterator[str]:
    document = parsed(text)
    yield from (_CODE.sub("", line) for line in document.prose)
    yield from (_CODE.sub("", cell) for table in document.tables for row in table for cell in row)


def unknown_names(text: str) -> Iterator[str]:
    """Yield commands, modules, files and keys of the configuration that a text names and that do not exist."""
    document = parsed(text)
    whole = " ".join(text.split())
    for name in _MODULE.findall(whole):
        if not _is_module(name):
            yield f"the module {name}"
    spans = _CODE.findall(" ".join([*document.prose, *(c for table in document.tables for row in table for c in row)]))
    for line in [*spans, *(line for block in document.blocks for line in block)]:
        for command in _COMMAND.findall(line):
            yield from _unknown_parts(command)
    for span in spans:
        if _FILE.match(span) and not list(ROOT.glob(span)):
            yield f"the file {span}"
        if (key := _KEY.match(span)) and key[2] not in _KEYS.get(key[1], {key[2]}):
            yield f"the key {span}"


def _is_module(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    return path.with_suffix(".py").exists() or (path / "__main__.py").exists()


_command_line = cache(command_line)


def _unknown_parts(command: str) -> Iterator[str]:
    """Yield what the command line does not know of a command: its name, its options."""
    parser = _command_line()
    try:
        words = shlex.split(re.split(r"\s[|>&;]|…", command)[0])
    except ValueError:  # the end of a text is on another line
        words = command.split()
    for word in words:
        choices = next((a.choices for a in parser._actions if isinstance(a, argparse._SubParsersAction)), None)
        if word.startswith("-") and not re.fullmatch(r"-|-[\d.].*", word):
            if word.partition("=")[0] not in parser._option_string_actions:
                yield f"{word} of edge-tts {command}"
        elif choices is not None and re.fullmatch(r"[a-z-]+", word):
            if word not in choices:
                yield f"{word} of edge-tts {command}"
                return
            parser = choices[word]


def unsaid(text: str, said: str) -> Iterator[str]:
    """Yield the messages of ours that a text quotes and that the code, `said`, does not have; … stands for anything."""
    for quote in re.findall("“([^”]*[A-Za-z][^”]*)”", text):
        if not all(piece.strip() in said for piece in quote.split("…")):
            yield f"{quote!r} is quoted, which nothing says"


@cache
def messages() -> str:
    """Return the code that says something, with texts that go on in the next line joined."""
    files = [*ROOT.glob("edge_tts/**/*.py"), *(ROOT / "scripts" / name for name in ("quickstart", "venv"))]
    return re.sub(r'"\n\s*f?"', "", "\n".join(path.read_text("utf-8") for path in files))


def too_long(text: str) -> Iterator[str]:
    """Yield how far a text goes beyond what a user should have to read."""
    lines = text.splitlines()
    if len(lines) > MOST_LINES:
        yield f"{len(lines)} lines, at most {MOST_LINES} are asked for"
    for number, line in enumerate(lines, start=1):
        if len(line) > MOST_CHARACTERS:
            yield f"line {number} has {len(line)} characters, at most {MOST_CHARACTERS} are asked for"


def documents(root: Path = ROOT) -> list[Path]:
    """Return every document of the repository."""
    return sorted([*root.glob("*.md"), *root.glob("docs/**/*.md")])


def faults(root: Path = ROOT) -> Iterator[str]:
    """Yield everything that is wrong, each with the name of the document."""
    for english, chinese in PAIRS:
        texts = [(root / name).read_text("utf-8") for name in (english, chinese)]
        yield from (f"{english}, {chinese}: {one}" for one in differences(*texts))
    for name in ("docs/TROUBLESHOOTING.md", "docs/zh/TROUBLESHOOTING.md"):
        yield from (f"{name}: {one}" for one in unsaid((root / name).read_text("utf-8"), messages()))
    for name in SHORT:
        yield from (f"{name}: {one}" for one in too_long((root / name).read_text("utf-8")))
    for path in documents(root):
        text, place = path.read_text("utf-8"), path.relative_to(root)
        yield from (f"{place}: {one}" for one in dead_links(path))
        yield from (f"{place}: there is no {one}" for one in unknown_names(text))


def main() -> int:
    """Print what is wrong; return the exit status."""
    argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0]).parse_args()
    found = list(faults())
    print("\n".join(found) or "all is well")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
