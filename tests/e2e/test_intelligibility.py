from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.running import Daemon, environment

if TYPE_CHECKING:
    from edge_tts.measuring.comparison import hearing
else:
    hearing = pytest.importorskip(
        "edge_tts.measuring.comparison.hearing", reason="needs the extra intelligibility", exc_type=ImportError
    )

from edge_tts.measuring.comparison import recognizer_files
from tests.support.homes import REPOSITORY

pytestmark = [pytest.mark.voice, pytest.mark.registry, pytest.mark.timeout(600)]

EXAMPLES = [
    example for example in hearing.read_sentences(REPOSITORY / "tests/data/sentences.tsv") if example.kind != "mixed"
][::8]


@pytest.fixture(scope="module")
def ears() -> hearing.Recognizer:
    return hearing.Recognizer(recognizer_files.install(REPOSITORY / ".cache"))


def test_the_default_voice_is_understood(voice_daemon: Daemon, ears: hearing.Recognizer) -> None:
    total, heard = hearing.Score(), []
    with voice_daemon.client() as client:
        for example in EXAMPLES:
            heard.append(ears.hear(*client.synthesize(example.text)))
            total += hearing.score(example.spoken, heard[-1])
    assert total.toneless.units >= 100
    assert total.toneless.rate <= 0.04, heard
    assert total.toned.rate <= 0.07, heard


def test_a_number_is_read_aloud_as_it_is_said(voice_daemon: Daemon, ears: hearing.Recognizer) -> None:
    with voice_daemon.client() as client:
        heard = ears.hear(*client.synthesize("现在是2026年3月15日。"))
    assert not re.search("[0-9]", heard)
    assert hearing.score("现在是二零二六年三月十五日", heard).toneless.edits <= 1, heard


def test_the_recognizer_hears_nothing_of_the_sentence_in_noise(ears: hearing.Recognizer) -> None:
    import numpy as np

    noise = np.random.default_rng(1).normal(scale=0.05, size=48_000).astype(np.float32)
    assert hearing.score(EXAMPLES[0].spoken, ears.hear(noise, 24_000)).toneless.rate >= 0.9


def test_the_script_prints_the_figures_of_a_voice(voice_daemon: Daemon) -> None:
    result = intelligibility(
        voice_daemon.environ, "--voices", "zm_yunjian", "--skip", "mixed", "--limit", "2", "--json"
    )
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    (figures,) = report["voices"]
    assert figures["voice"] == "zm_yunjian"
    assert figures["sentences"] == len(report["heard"]) == 2
    assert figures["audio_seconds"] > 2
    assert 0 < figures["rtf"]
    assert 0 <= figures["toneless"] <= figures["toned"]


def test_the_script_says_that_no_daemon_runs(tmp_path: Path) -> None:
    result = intelligibility(environment(tmp_path), "--limit", "1")
    assert result.returncode == 8
    assert "edge-tts serve" in result.stderr


def intelligibility(environ: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scripts.evaluate.quality.intelligibility", *arguments]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=300)
