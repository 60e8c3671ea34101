"""What is measured in a process of its own comes back as figures, or as one error that says why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_tts.errors import EngineError
from edge_tts.measuring import fresh_process

PROGRAM = """
import os, signal
from edge_tts.errors import EngineError
from edge_tts.measuring import fresh_process

def answer(order):
    match order["way"]:
        case "refused": raise EngineError("no such way")
        case "faulty": return {"figure": 1 / 0}
        case "killed": os.kill(os.getpid(), signal.SIGKILL)
        case "endless": signal.pause()
    return {"way": order["way"], "pid": os.getpid()}

fresh_process.serve(answer)
"""


@pytest.fixture(autouse=True)
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


def test_each_measurement_has_a_process_of_its_own() -> None:
    first, second = (fresh_process.measure("program", {"way": "快"}, "it", 60.0) for _ in range(2))
    assert first["way"] == second["way"] == "快"
    assert first["pid"] != second["pid"]


@pytest.mark.parametrize(
    ("way", "error"),
    [
        ("refused", "it does not work: no such way"),
        ("faulty", "it does not work: ZeroDivisionError: division by zero"),
        ("killed", "it does not work: exit status -9"),
    ],
)
def test_a_failure_is_one_line_that_says_why(way: str, error: str) -> None:
    with pytest.raises(EngineError) as raised:
        fresh_process.measure("program", {"way": way}, "it", 60.0)
    assert str(raised.value) == error


def test_what_takes_too_long_is_killed() -> None:
    with pytest.raises(EngineError, match=r"it took longer than 2 s"):
        fresh_process.measure("program", {"way": "endless"}, "it", 2.0)
