"""How the code is arranged: what lies beside each other, what imports what, and what every package says of itself."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter
from pathlib import Path

import pytest

from scripts.evaluate.quality.imports import FOLDER_FILES, LOOSE_FILES, arrangement
from scripts.evaluate.speed import frontend

ROOT = Path(__file__).parents[2]
CODE = sorted(path for top in ("edge_tts", "scripts", "tests") for path in (ROOT / top).rglob("*.py"))


def test_the_package_has_few_loose_files_and_no_circle() -> None:
    found = arrangement(ROOT)
    assert found.loose <= LOOSE_FILES
    assert (found.circles, found.file_circles, found.back) == ([], [], 0)


def test_no_folder_holds_more_than_one_can_look_over() -> None:
    folders = Counter(path.parent for path in CODE if path.parent != ROOT / "tests" / "e2e")
    assert [str(folder) for folder, count in folders.items() if count > FOLDER_FILES] == []


def test_a_circle_is_found(tmp_path: Path) -> None:
    for name, text in (("__init__", ""), ("a", "from edge_tts import b"), ("b", "if 0:\n    import edge_tts.a")):
        (tmp_path / "edge_tts" / f"{name}.py").parent.mkdir(exist_ok=True)
        (tmp_path / "edge_tts" / f"{name}.py").write_text(text)
    (tmp_path / "edge_tts" / "c").mkdir()
    (tmp_path / "edge_tts" / "c" / "d.py").write_text("from edge_tts.a import x\ndef f():\n    pass\n")
    found = arrangement(tmp_path)
    assert found.circles == found.file_circles == [["edge_tts.a", "edge_tts.b"]]
    assert (found.back, found.rooms, found.floors, found.arrows) == (1, 4, 2, 3)


@pytest.mark.parametrize("folder", sorted({path.parent for path in CODE if "edge_tts" in path.parts}), ids=str)
def test_a_package_says_what_lives_in_it_and_what_must_not(folder: Path) -> None:
    said = ast.get_docstring(ast.parse((folder / "__init__.py").read_bytes())) or ""
    assert len(said.splitlines()) >= 2


ELSEWHERE = {"Modules/istftnet.py", "misaki/zh.py", "processor/baker.py"}
"""Modules of other projects that our code follows."""


def test_the_modules_that_docstrings_and_comments_name_exist() -> None:
    paths = [f"/{path.relative_to(ROOT)}" for path in CODE]
    named = re.compile(r"(?<![\w./-])(?:\w+/)*[a-z]\w*\.py\b")
    missing = [
        f"{path}: {name}"
        for path in CODE
        if "edge_tts" in path.parts
        for text in _said(path.read_text("utf-8"))
        for name in named.findall(text)
        if name not in ELSEWHERE and not any(one.endswith(f"/{name}") for one in paths)
    ]
    assert missing == []


def test_the_files_that_programs_name_exist() -> None:
    named = re.compile(r'"((?:docs|edge_tts|scripts|tests)/[\w/-]+(?:\.\w+)?)"')
    programs = [path for path in CODE if "scripts" in path.relative_to(ROOT).parts[:1]]
    missing = [
        f"{path}: {name}"
        for path in programs
        for name in named.findall(path.read_text("utf-8"))
        if not (ROOT / name).exists()
    ]
    assert missing == []
    assert len(list(frontend.reading_cases())) > 200, "it reads tables of tests"


def _said(source: str) -> list[str]:
    """Return the comments and docstrings of a program, and its other strings of several words."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return [
        one.string
        for one in tokens
        if one.type == tokenize.COMMENT or (one.type == tokenize.STRING and " " in one.string)
    ]


def test_nothing_is_found_by_changing_where_python_looks() -> None:
    wrong = re.compile(r"\bsys\.path\b(?!_)|noqa: E402")
    assert [str(path) for path in CODE if path != Path(__file__) and wrong.search(path.read_text("utf-8"))] == []
