"""Documents in two languages say the same, as far as that can be seen without reading."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAIRS = (("README.md", "README.zh.md"), ("docs/MARKUP.md", "docs/MARKUP.zh.md"))


def shape(name: str) -> tuple[int, int, int]:
    """Return how many headings, rows of tables, and blocks of code there are."""
    text = (ROOT / name).read_text("utf-8")
    return tuple(len(re.findall(pattern, text, re.MULTILINE)) for pattern in ("^#+ ", "^\\|", "^```"))  # type: ignore[return-value]


def commands(name: str) -> list[str]:
    """Return the commands in a document, without what stands behind them and without texts."""
    lines = re.findall(
        r"^    (?:.*\| )?((?:edge-tts|scripts/)\S*(?: [a-z]+)*)", (ROOT / name).read_text("utf-8"), re.MULTILINE
    )
    return [line.strip() for line in lines]


@pytest.mark.parametrize(("english", "chinese"), PAIRS)
def test_both_languages_have_the_same_parts_and_commands(english: str, chinese: str) -> None:
    assert shape(english) == shape(chinese)
    assert commands(english) == commands(chinese)


@pytest.mark.parametrize("name", [name for pair in PAIRS for name in pair])
def test_no_command_needs_a_file_that_nobody_has(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert not re.search(r"^    edge-tts .*\b(?:notice|prompts)\.txt", text, re.MULTILINE)
