"""How the code is arranged: what lies beside each other, what imports what, and what every package says of itself."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from scripts.evaluate.quality.imports import FOLDER_FILES, LOOSE_FILES, arrangement

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


def test_nothing_is_found_by_changing_where_python_looks() -> None:
    wrong = re.compile(r"\bsys\.path\b(?!_)|noqa: E402")
    assert [str(path) for path in CODE if path != Path(__file__) and wrong.search(path.read_text("utf-8"))] == []
