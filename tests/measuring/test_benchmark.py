"""What is read in a benchmark, and how its figures are shown."""

from __future__ import annotations

from edge_tts.cli.bench import milliseconds, shown
from edge_tts.measuring.benchmark.readings import READINGS, Turn, reading

ROW = {
    "first_seconds": [0.04, 0.03, 0.05],
    "worker": {"own_bytes": 60_000_000, "mapped_bytes": 90_000_000},
    "daemon": {"own_bytes": 20_000_000, "mapped_bytes": 11_000_000},
}
RESULT = {
    "date": "2026-01-02T03:04:05+00:00",
    "machine": {"processor": "A processor", "cores": 2, "memory_bytes": 8_000_000_000},
    "daemon": "own",
    "voices": [
        {
            "voice": "v",
            "model": "m",
            "lengths": [
                {**ROW, "characters": 5, "rtf": [0.04, 0.06, 0.05], "audio_seconds": 1.5},
                {**ROW, "characters": 300, "rtf": [0.02], "audio_seconds": 60.0, "first_seconds": [0.08]},
            ],
            "clients": [{**ROW, "clients": 16, "audio_per_second": [21.0, 20.0, 22.0], "fairness": [0.9, 0.95, 1.0]}],
            "summary": {
                "first_seconds": {"p50": 0.04, "p90": 0.08, "p99": 1.234},
                "rtf": {"p50": 0.04, "p90": 0.06, "p99": 0.06},
                "worker": ROW["worker"],
                "daemon": ROW["daemon"],
                "cold": {"daemon_seconds": 0.2, "first_seconds": 0.41},
            },
        }
    ],
}


def test_every_round_reads_another_text_of_the_same_length() -> None:
    for language in READINGS:
        for length in (1, 20, 5000):
            texts = [reading(language, length, turn) for turn in range(20)]
            assert {len(text) for text in texts} == {length}
            assert length == 1 or len(set(texts)) == 20
    assert reading("en-GB", 300, 0) == reading("en", 300, 0)
    assert reading("fr", 300, 0) == reading("zh", 300, 0), "what has no text of its own"


def test_the_factor_is_of_audio() -> None:
    assert Turn(first_seconds=0.1, seconds=2.0, audio_seconds=8.0).rtf == 0.25


def test_the_figures_are_shown_with_bars_of_the_longest() -> None:
    machine, facts, lengths, clients = shown(RESULT)
    assert machine == "A processor, 2 cores, 8.00 GB; through a daemon of its own"
    assert "p50 40.0 ms, p90 80.0 ms, p99 1.23 s" in facts
    assert "worker 60.0 MB of its own and 90.0 MB of files, daemon 31.0 MB" in facts
    assert "daemon 200 ms, then first sound 410 ms after the request" in facts
    heading, short, long = lengths.splitlines()
    assert heading.split()[:3] == ["CHARACTERS", "FIRST", "SOUND"]
    assert short.split() == ["5", "█" * 8, "40.0", "ms", "50.0", "ms", "50.0", "ms", "0.050", "1.5", "s",
                             "60.0", "MB", "31.0", "MB"]  # fmt: skip
    assert long.split()[1] == "█" * 16
    assert clients.splitlines()[1].split()[-3:] == ["21.0", "s", "0.95"]


def test_a_time_has_three_digits_that_count() -> None:
    assert [milliseconds(seconds) for seconds in (0.0314, 0.1234, 1.2345)] == ["31.4 ms", "123 ms", "1.23 s"]
