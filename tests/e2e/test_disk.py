"""What a running daemon does about the disk, and the command line that shows it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edge_tts import AsyncClient
from edge_tts.disk import in_use
from edge_tts.errors import RequestError
from edge_tts.wire import Done, Event, Subscribe
from tests.e2e.test_documented_replies import assert_as_documented
from tests.support import tiny_voice
from tests.support.running import Daemon, environment, run
from tests.support.store_model import make_folder, paths_under, phrase

MB = 1_000_000
AGO = 1_600_000_000
LIMITS = {"EDGE_TTS_DISK_BUDGET_BYTES": "30MB", "EDGE_TTS_DISK_LOG_BYTES": "1MB"}


def fill(path: Path, size: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size))
    return path


def test_the_report_is_as_documented_over_the_socket_and_for_programs(daemon: Daemon) -> None:
    with daemon.client() as client:
        found = client.disk()
        assert_as_documented(found, "disk")
        for category in found["categories"].values():
            assert_as_documented(category, "categories")
        counted = [category for category in found["categories"].values() if category["counted"]]
        assert sum(category["bytes"] for category in counted) == found["used_bytes"]
        assert [model["name"] for model in found["models"]] == ["tone"]
    printed = json.loads(daemon.run("disk", "--json").stdout)
    assert printed.keys() == found.keys()
    assert printed["categories"].keys() == found["categories"].keys()


def test_the_table_names_every_category_with_and_without_a_daemon(daemon: Daemon, tmp_path: Path) -> None:
    for shown in (daemon.run("disk").stdout, run(environment(tmp_path), "disk").stdout):
        for word in ("models", "prepared", "audio", "voice_states", "downloads", "temporary", "logs", "lexicons"):
            assert f"\n{word} " in shown
        assert "(environment)" in shown
        assert "of 10.00 GB" in shown


def test_what_is_copied_in_is_answered_and_told_to_subscribers(start: Callable[..., Daemon]) -> None:
    daemon = start(**LIMITS)
    state = daemon.home / "state"
    with daemon.client(20) as client:
        events = client.events("disk_level", "disk_evicted")
        kept = phrase(paths_under(daemon.home), 1, 10 * MB)
        foreign = fill(state / "models" / "foreign", 25 * MB)
        assert next(events).event == "disk_evicted"
        assert not kept.exists()
        foreign.write_bytes(bytes(40 * MB))
        assert "over" in (event.data.get("level") for event in events)
        foreign.unlink()
        assert next(events).data["level"] == "normal"
    daemon.wait_for_log(f"evicted {kept} (audio, 1000")


def test_only_who_asked_is_told_and_only_what_was_asked_for(start: Callable[..., Daemon]) -> None:
    daemon = start(**LIMITS)
    with daemon.client(20) as silent, daemon.client(20) as client:
        assert [*client.replies(Subscribe(id=1, events=["disk_level"]))] == [
            Done(id=1, stats={"events": ["disk_level"]})
        ]
        phrase(paths_under(daemon.home), 1, 29 * MB)  # evicted: no level is told
        fill(daemon.home / "state" / "models" / "foreign", 40 * MB)
        told = next(client.events("disk_level"))
        assert told.data.keys() == {"level", "used_bytes", "budget_bytes"}
        assert told.data["level"] in ("high", "over")  # of a file that is half there, or whole
        assert told.data["budget_bytes"] == 30 * MB
        assert silent.voices()  # and nothing else came


@pytest.mark.parametrize("size", ["5MB", "all", None])
def test_room_is_made_on_request(tmp_path: Path, size: str | None) -> None:
    phrases = [phrase(paths_under(tmp_path), number, 4 * MB) for number in range(7)]
    for number, path in enumerate(phrases):
        os.utime(path, (AGO + number, AGO + number))
    given = [size] if size else []
    done = run(environment(tmp_path, **LIMITS), "disk", "evict", *given, "--json")
    assert done.returncode == 0, done.stderr
    left = {"5MB": 5, "all": 0, None: 6}[size]
    assert [path.exists() for path in phrases] == [False] * (7 - left) + [True] * left
    assert json.loads(done.stdout)["freed_bytes"] >= (7 - left) * 4 * MB


def test_models_go_only_when_that_is_asked_for_whole_and_the_least_recently_used_first(
    start: Callable[..., Daemon], tmp_path: Path
) -> None:
    daemon = start(**LIMITS)
    daemon.run("models", "install", str(make_folder(tmp_path / "tiny")))
    assert (daemon.home / "state" / "models" / "tiny").is_dir()
    with daemon.client() as client:
        client.synthesize("你好。", voice="beep")  # its model is in use now
    refused = daemon.run("disk", "evict", "3MB")
    assert refused.returncode == 5
    assert "--evict-models removes models too" in refused.stderr
    assert (daemon.home / "state" / "models" / "tiny").is_dir()
    done = daemon.run("disk", "evict", "3MB", "--evict-models", "--json")
    assert done.returncode == 0, done.stderr
    rows: list[dict[str, Any]] = json.loads(done.stdout)["evicted"]
    assert [Path(row["path"]).parent.name for row in rows if row["category"] == "models"] == ["tiny"]
    with daemon.client() as client:
        client.synthesize("你好。", voice="beep")


async def _first_event(daemon: Daemon) -> Event:
    async with AsyncClient(daemon.socket) as client:
        assert [reply async for reply in client.replies(Subscribe(id=1, events=[]))]  # it is subscribed now
        fill(daemon.home / "state" / "models" / "foreign", 40 * MB)
        return await anext(client.events())


def test_the_asyncio_client_hears_events_too(start: Callable[..., Daemon]) -> None:
    assert asyncio.run(_first_event(start(**LIMITS))).event == "disk_level"


def test_a_speaking_model_keeps_its_prepared_graphs_and_counts_as_used(
    start: Callable[..., Daemon], tmp_path: Path
) -> None:
    daemon = start(EDGE_TTS_ENGINES_IDLE_SECONDS="0")
    assert daemon.run("models", "install", str(tiny_voice.make(tmp_path / "tiny"))).returncode == 0
    place = next((daemon.home / "state" / "models" / "tiny").glob("[0-9]*"))
    prepared = daemon.home / "state" / "prepared" / "tiny"
    graphs = {path for path in prepared.rglob("*") if path.is_file()}
    assert graphs
    with daemon.client() as client:
        client.synthesize("你好。", voice="ming")
        os.utime(place, (AGO, AGO))
        client.synthesize("再见。", voice="ming")
        (tiny,) = [model for model in client.disk()["models"] if model["name"] == "tiny"]
        assert tiny["in_use"]
        assert tiny["last_used"] > AGO
        assert daemon.run("disk", "evict", "all").returncode == 0
        assert {path for path in prepared.rglob("*") if path.is_file()} == graphs
        os.kill(daemon.worker_pid("tiny"), signal.SIGKILL)
        while in_use(place):  # until the kernel has taken the process apart
            pass
        assert daemon.run("disk", "evict", "all").returncode == 0
        assert not [path for path in prepared.rglob("*") if path.is_file()]
        client.synthesize("又见。", voice="ming")  # prepared anew


def test_names_of_events_are_strings(daemon: Daemon) -> None:
    with (
        daemon.client() as client,
        pytest.raises(RequestError, match=r"events must be a list of at most 64 strings, is \[5\]"),
    ):
        next(client.replies(Subscribe(id=1, events=[5])))
