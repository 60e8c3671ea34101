"""`edge-tts bench` through a real daemon."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.support.running import Daemon

QUICK = ("--rounds", "2", "--lengths", "5,40", "--clients", "1,3")


def test_the_running_daemon_is_measured_and_goes_on(daemon: Daemon) -> None:
    result = daemon.run("bench", *QUICK, "--starts", "0", "--json")
    assert result.returncode == 0, result.stderr
    figures = json.loads(result.stdout)
    assert figures["daemon"] == "running"
    assert figures["machine"]["cores"] >= 1
    (voice,) = figures["voices"]
    assert (voice["voice"], voice["model"], voice["cold"]) == ("beep", "tone", [])
    assert [row["characters"] for row in voice["lengths"]] == [5, 40]
    for row in voice["lengths"]:
        assert len(row["first_seconds"]) == len(row["rtf"]) == 2
        assert all(0 < first < factor * 60 for first, factor in zip(row["first_seconds"], row["rtf"], strict=True))
        assert row["worker"]["own_bytes"] > 1_000_000
    assert voice["lengths"][0]["audio_seconds"] < voice["lengths"][1]["audio_seconds"]
    assert [len(row["first_seconds"]) for row in voice["clients"]] == [2, 6]
    assert all(0 < share <= 1.0001 for row in voice["clients"] for share in row["fairness"])
    assert set(voice["summary"]) == {"first_seconds", "rtf", "worker", "daemon"}
    assert daemon.process.poll() is None


def test_a_daemon_of_its_own_reads_longer_texts_than_the_configuration_allows(start: Callable[..., Daemon]) -> None:
    daemon = start(EDGE_TTS_LIMITS_TEXT_CHARACTERS="30")
    refused = daemon.run("bench", *QUICK, "--starts", "0")
    assert refused.returncode == 4
    assert "30" in refused.stderr.splitlines()[-1]
    result = daemon.run("bench", *QUICK, "--starts", "1", "--own", "--json")
    assert result.returncode == 0, result.stderr
    (voice,) = json.loads(result.stdout)["voices"]
    assert len(voice["cold"]) == 1
    assert voice["summary"]["cold"]["daemon_seconds"] > 0


def test_texts_that_take_long_are_read_once_to_their_end(daemon: Daemon) -> None:
    result = daemon.run("bench", "--rounds", "3", "--lengths", "200", "--clients", "0", "--starts", "0", "--seconds",
                        "0", "--json")  # fmt: skip
    assert result.returncode == 0, result.stderr
    (row,) = json.loads(result.stdout)["voices"][0]["lengths"]
    assert (len(row["first_seconds"]), len(row["rtf"])) == (3, 1)


def test_people_see_tables_and_what_is_being_measured(daemon: Daemon) -> None:
    result = daemon.run("bench", "beep", *QUICK, "--starts", "0")
    assert result.returncode == 0, result.stderr
    assert result.stderr.strip() == "bench…"
    assert "beep (tone)" in result.stdout
    assert "█" in result.stdout
    assert "FAIRNESS" in result.stdout


def test_what_cannot_be_measured_is_named(daemon: Daemon) -> None:
    assert daemon.run("bench", "nobody", "--starts", "0").returncode == 4
    none = daemon.run("bench", "--lengths", "0")
    assert none.returncode == 4
    assert "expected at least one length and one round" in none.stderr
    assert daemon.run("bench", "--clients", "x").returncode == 2
