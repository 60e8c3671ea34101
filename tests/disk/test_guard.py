"""The daemon's guard over real folders: what comes from outside is noticed and answered."""

from __future__ import annotations

import os
import queue
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edge_tts import disk
from edge_tts.config.settings import Config
from edge_tts.disk.guard import Guard
from edge_tts.errors import BudgetExceeded
from tests.disk.test_accounting import AGO, fill
from tests.disk.test_reservations import MB, guarded, model
from tests.support.store_model import mounted, phrase, scratch

SECONDS = 20
Told = tuple[str, dict[str, Any]]


def appear(root: Path, path: Path, size: int) -> Path:
    """Have a whole file appear at once: a half of it may be at another threshold."""
    outside = fill(root / "outside" / path.name, size)
    path.parent.mkdir(parents=True, exist_ok=True)
    return outside.rename(path)


class Watched:
    """A guard that runs, and what it tells."""

    def __init__(self, config: Config) -> None:
        self.told: queue.Queue[Told] = queue.Queue()
        self.guard = Guard(config, lambda event, data: self.told.put((event, data)))
        self.guard.start()

    def next(self, event: str) -> dict[str, Any]:
        name, data = self.told.get(timeout=SECONDS)
        assert name == event, data
        return data


@pytest.fixture
def watch() -> Iterator[Callable[[Config], Watched]]:
    started: list[Watched] = []

    def start(config: Config) -> Watched:
        for place in (config.paths.state, config.paths.cache):
            place.mkdir(parents=True, exist_ok=True)
        started.append(Watched(config))
        return started[-1]

    yield start
    for watched in started:
        watched.guard.close()


def test_files_copied_in_make_the_guard_evict_what_can_be_made_again(
    tmp_path: Path, watch: Callable[[Config], Watched]
) -> None:
    config = guarded(tmp_path, 10 * MB)
    kept = model(config, "kept", 2 * MB)
    phrases = [phrase(config.paths, number, MB) for number in range(6)]
    now = time.time() - 1000
    for number, path in enumerate(phrases):
        os.utime(path, (now + number, now + number))
    watched = watch(config)
    appear(tmp_path, config.paths.models / "foreign", 3 * MB)
    told = watched.next("disk_evicted")
    assert told["count"] == sum(not path.exists() for path in phrases) >= 1
    assert phrases[-1].exists()
    assert (kept / "graph.onnx").exists()
    assert (config.paths.models / "foreign").exists()


def test_events_tell_when_models_exceed_the_budget_and_when_they_no_longer_do(
    tmp_path: Path, watch: Callable[[Config], Watched]
) -> None:
    config = guarded(tmp_path, 10 * MB)
    watched = watch(config)
    foreign = appear(tmp_path, config.paths.models / "foreign" / "file", 15 * MB)
    told = watched.next("disk_level")
    assert told["level"] == "over"
    assert told["used_bytes"] > told["budget_bytes"] == config.disk.budget_bytes
    with pytest.raises(BudgetExceeded, match="too much"):
        with disk.reserve(config, config.paths.models, 1, "a test"):
            pytest.fail("it does not fit")
    foreign.unlink()
    assert watched.next("disk_level")["level"] == "normal"
    appear(tmp_path, foreign, 11 * MB - MB // 5)
    assert watched.next("disk_level")["level"] == "high"


def test_a_file_that_grows_slowly_is_noticed_before_it_is_closed(
    tmp_path: Path, watch: Callable[[Config], Watched]
) -> None:
    config = guarded(tmp_path, 10 * MB)
    watched = watch(config)
    config.paths.models.mkdir()
    with open(config.paths.models / "foreign", "wb", buffering=0) as file:
        while watched.told.empty():  # ends when it is noticed, or with the time limit of all tests
            if file.tell() < 30 * MB:
                file.write(bytes(100_000))
        assert watched.next("disk_level")["level"] in ("high", "over")


def test_what_grows_on_another_disk_behind_a_link_is_noticed(
    tmp_path: Path, watch: Callable[[Config], Watched]
) -> None:
    config = guarded(tmp_path / "home", 10 * MB)
    with mounted(tmp_path / "other", 64 << 20) as other:
        config.paths.state.mkdir(parents=True)
        config.paths.models.symlink_to(other)
        watched = watch(config)
        fill(other / "a" / "foreign", 20 * MB)
        assert watched.next("disk_level")["level"] in ("high", "over")
        watched.guard.close()


def test_audio_above_its_share_is_brought_below_the_low_water_mark_of_it(
    tmp_path: Path, watch: Callable[[Config], Watched]
) -> None:
    config = guarded(tmp_path, 100 * MB, audio_bytes=5 * MB)
    watched = watch(config)
    for number in range(7):
        phrase(config.paths, number, MB)
    freed = watched.next("disk_evicted")["bytes"]
    while disk.used_bytes(config.paths.audio) > 5 * MB:
        freed += watched.next("disk_evicted")["bytes"]
    assert freed >= 2 * MB


def test_leftovers_are_removed_when_it_starts_and_what_somebody_writes_stays(
    tmp_path: Path, watch: Callable[[Config], Watched]
) -> None:
    config = guarded(tmp_path, 100 * MB)
    old, held, new = (scratch(config.paths, name) for name in ("old", "held", "new"))
    cut = fill(config.paths.downloads / ("ab" * 32))
    with disk.Lease(held):
        for thing in (*old.iterdir(), old, *held.iterdir(), held / "file", held, cut):
            os.utime(thing, (AGO, AGO))
        os.utime(new)
        assert watch(config).next("disk_evicted")["count"] == 2
        assert [thing.exists() for thing in (old, held, new, cut)] == [False, True, True, False]


def test_the_guard_survives_that_its_folders_vanish(tmp_path: Path, watch: Callable[[Config], Watched]) -> None:
    config = guarded(tmp_path, 10 * MB, sweep_seconds=0.2)
    watched = watch(config)
    appear(tmp_path, config.paths.models / "foreign", 15 * MB)
    assert watched.next("disk_level")["level"] == "over"
    shutil.rmtree(config.paths.state)
    assert watched.next("disk_level")["level"] == "normal"
    appear(tmp_path, config.paths.models / "foreign", 15 * MB)  # in folders that are not those that it watched first
    assert watched.next("disk_level")["level"] == "over"


def test_changes_that_inotify_does_not_report_are_noticed_too(
    tmp_path: Path, watch: Callable[[Config], Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge_tts.disk.watch.Watcher.renew", lambda self: None)
    monkeypatch.setattr("edge_tts.disk.guard._UNTOLD_SECONDS", 0.1)
    config = guarded(tmp_path, 10 * MB)
    watched = watch(config)
    appear(tmp_path, config.paths.models / "foreign", 15 * MB)
    assert watched.next("disk_level")["level"] == "over"
