"""`edge-tts models compare`, on folders of converted models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge_tts.cli import main
from edge_tts.cli.models.compare import recognizer
from edge_tts.cli.terminal import ProgressBar
from edge_tts.convert.sambert.model import Options, convert
from edge_tts.errors import BudgetExceeded, SourceUnavailable
from tests.support.sambert_package import make


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    package = make(tmp_path_factory.mktemp("package") / "p", "16k", "--voices", "zhitian_emo")
    return convert(package, tmp_path_factory.mktemp("model") / "m", Options(precision="fp32", speakers=True)).folder


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATA", "STATE", "CACHE", "CONFIG"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))


def test_two_speakers_of_a_model_are_compared_in_figures_and_a_page(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "texts").write_text("你好。\n", encoding="utf-8")
    page = tmp_path / "page.html"
    status = main(
        ["models", "compare", str(folder), str(folder), "--voice", "zhitian_emo", "--voice", "zhitian_emo.f74",
         "--texts", str(tmp_path / "texts"), "--no-judge", "--json", "--report", str(page), "--threads", "1"]
    )  # fmt: skip
    assert status == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["voice"] for one in found["models"]] == ["zhitian_emo", "zhitian_emo.f74"]
    assert found["log_spectral_distance"] > 0.5  # another speaker sounds different
    assert [one["text"] for one in found["texts"]] == ["你好。"]
    for one in found["models"]:
        assert one["installed_bytes"] > 60_000_000
        assert 0 < one["first_seconds"] <= one["cold_seconds"]
        assert 0 < one["rtf"]
        assert 10_000_000 < one["own_bytes"] < one["resident_bytes"]
        assert one["character_errors"] is one["opinion"] is None
    assert page.read_text(encoding="utf-8").count("<svg") == 3


@pytest.mark.parametrize(
    ("arguments", "status", "why"),
    [
        (["{}", "{}", "--voice", "nobody"], 4, "has no voice 'nobody'; it has: zhitian_emo, "),
        (["{}", "nothing"], 5, "is not installed"),
        (["{}", "@1"], 5, "expected NAME, NAME@VERSION or a folder"),
        (["{}", "{}", "--texts", "/nowhere"], 4, "/nowhere cannot be read"),
        (["{}", "./nothing"], 5, "nothing"),
        (["{}:fast", "{}", "--no-judge"], 6, "has no variant 'fast'"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, why: str
) -> None:
    assert main(["models", "compare", *(one.format(folder) for one in arguments)]) == status
    assert why in capsys.readouterr().err


def test_the_recognizer_is_fetched_only_where_somebody_agrees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("faster_whisper", reason="needs the extra intelligibility")
    assert recognizer(None, ProgressBar()) is None
    said = capsys.readouterr().err
    assert "148 MB" in said
    assert "licence     code MIT; weights MIT; training data 680,000 hours" in said
    assert "fetched with --judge" in said
    assert recognizer(False, ProgressBar()) is None
    assert not capsys.readouterr().err
    monkeypatch.setenv("EDGE_TTS_DOWNLOADS_OFFLINE", "true")
    with pytest.raises(SourceUnavailable, match="because offline"):
        recognizer(True, ProgressBar())
    monkeypatch.setenv("EDGE_TTS_DISK_BUDGET_BYTES", "200MB")
    with pytest.raises(BudgetExceeded, match="the recognizer"):
        recognizer(True, ProgressBar())
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file() and path.stat().st_size > 10_000]
