"""Room is promised once: to two processes, after a crash, within the budget and a share of it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from edge_tts import disk
from edge_tts.config.settings import Config, Disk, Paths
from edge_tts.disk import reservations
from edge_tts.disk.reservations import _SMALL_FILES_BYTES
from edge_tts.errors import BudgetExceeded, DiskFull, StoreError
from edge_tts.system import locks
from tests.disk.test_accounting import AGO, fill
from tests.support.store_model import mounted, paths_under, phrase

MB = 1_000_000
ROOM = _SMALL_FILES_BYTES + 100_000  # what folders and reservations themselves take

OTHER = """
import sys
from pathlib import Path
from tests.disk.test_reservations import guarded
from edge_tts import disk
from edge_tts.errors import BudgetExceeded
config = guarded(Path(sys.argv[1]), int(sys.argv[2]))
sys.stdin.readline()
try:
    with disk.reserve(config, config.paths.models, int(sys.argv[3]), "the other"):
        print("admitted", flush=True)
        sys.stdin.read()
except BudgetExceeded:
    print("refused", flush=True)
"""


def guarded(root: Path, budget_bytes: int, **limits: object) -> Config:
    limits = {"log_bytes": 0, "reserve_bytes": 0, **limits}
    return Config(paths_under(root), disk=Disk(budget_bytes=budget_bytes + ROOM, **limits))  # type: ignore[arg-type]


def model(config: Config, name: str, size: int, used: float = AGO) -> Path:
    folder = config.paths.models / name / "1"
    fill(folder / "graph.onnx", size)
    fill(folder / "manifest.toml", 1)
    os.utime(folder, (used, used))
    return folder


def test_what_fits_is_admitted_and_what_does_not_is_refused_with_numbers_and_removable_models(tmp_path: Path) -> None:
    config = guarded(tmp_path, 10 * MB)
    model(config, "old", 4 * MB)
    model(config, "new", 1 * MB, AGO + 1_000_000)
    with disk.reserve(config, config.paths.models, 4 * MB, "a test"):
        pass
    with pytest.raises(BudgetExceeded) as caught:
        with disk.reserve(config, config.paths.models, 6 * MB, "a test"):
            pytest.fail("it does not fit")
    said = str(caught.value)
    assert "a test needs 6.0 MB" in said
    assert "of the budget of 11.1 MB, 5.0 MB are used" in said
    assert "old 1 (4.0 MB, last used 2020-09-13), new 1 (1.0 MB, last used 2020-09-25)" in said


def test_reserved_room_is_not_given_to_another(tmp_path: Path) -> None:
    config = guarded(tmp_path, 10 * MB)
    with disk.reserve(config, config.paths.models, 6 * MB, "one"):
        with pytest.raises(BudgetExceeded, match=r"7\.0 MB promised to others"):
            with disk.reserve(config, config.paths.models, 6 * MB, "two"):
                pytest.fail("it does not fit")
        with disk.reserve(config, config.paths.models, 3 * MB, "two"):
            assert [promise.purpose for promise in disk.reserved(config.paths)] == ["one", "two"]
    assert disk.reserved(config.paths) == []


def test_bytes_written_under_a_reservation_do_not_count_twice_wherever_they_move(tmp_path: Path) -> None:
    config = guarded(tmp_path, 10 * MB)
    with disk.reserve(config, config.paths.models, 6 * MB, "one") as room:
        scratch, place = config.paths.temporary / "install-12345678", config.paths.models / "a"
        room.covers(scratch, place)
        for step in range(2):
            with disk.reserve(config, config.paths.models, 3 * MB, "two"):
                pass
            with pytest.raises(BudgetExceeded):
                with disk.reserve(config, config.paths.models, 5 * MB, "two"):
                    pytest.fail("it does not fit")
            if step == 0:
                fill(scratch / "file", 5 * MB)
        scratch.rename(place)
        assert disk.reserved(config.paths)[0].open_bytes < 1.1 * MB


def test_a_reservation_grows_only_where_there_is_room_and_always_shrinks(tmp_path: Path) -> None:
    config = guarded(tmp_path, 10 * MB)
    with (
        disk.reserve(config, config.paths.models, 2 * MB, "one") as one,
        disk.reserve(config, config.paths.models, 2 * MB, "two"),
    ):
        one.resize(7 * MB)
        with pytest.raises(BudgetExceeded):
            one.resize(9 * MB)
        assert [promise.bytes for promise in disk.reserved(config.paths)] == [7 * MB, 2 * MB]
        one.resize(1 * MB)
        with disk.reserve(config, config.paths.models, 6 * MB, "three"):
            pass


def other(root: Path, budget: int, wanted: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", OTHER, str(root), str(budget), str(wanted)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_of_two_processes_that_race_for_the_same_room_one_gets_it(tmp_path: Path) -> None:
    racers = [other(tmp_path, 10 * MB, 6 * MB) for _ in range(4)]
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    answers = [racer.stdout.readline().strip() for racer in racers if racer.stdout]
    for racer in racers:
        racer.communicate()
    assert sorted(answers) == ["admitted", "refused", "refused", "refused"]


def test_a_killed_process_gives_its_room_back(tmp_path: Path) -> None:
    config = guarded(tmp_path, 10 * MB)
    with other(tmp_path, 10 * MB, 6 * MB) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        holder.stdin.write("go\n")
        holder.stdin.flush()
        assert holder.stdout.readline() == "admitted\n"
        assert [promise.pid for promise in disk.reserved(config.paths)] == [holder.pid]
        holder.kill()
        holder.wait()
        assert disk.reserved(config.paths) == []
        with disk.reserve(config, config.paths.models, 6 * MB, "a test"):
            pass


def test_room_is_made_by_evicting_what_can_be_made_again(tmp_path: Path) -> None:
    config = guarded(tmp_path, 10 * MB)
    model(config, "kept", 2 * MB)
    phrases = [phrase(config.paths, number, MB) for number in range(6)]
    for number, path in enumerate(phrases):
        os.utime(path, (AGO + number, AGO + number))
    with disk.reserve(config, config.paths.models, 5 * MB, "a test"):
        assert [path.exists() for path in phrases] == [False] * 3 + [True] * 3
    with pytest.raises(BudgetExceeded):
        with disk.reserve(config, config.paths.models, 9 * MB, "a test"):
            pytest.fail("it does not fit")
    assert phrases[-1].exists()  # evicting it would not have been enough


def test_what_is_in_use_is_not_evicted_for_room(tmp_path: Path) -> None:
    config = guarded(tmp_path, 10 * MB)
    old, new = (phrase(config.paths, number, 4 * MB) for number in (1, 2))
    os.utime(old, (AGO, AGO))
    with disk.Lease(old):
        os.utime(old, (AGO, AGO))
        with disk.reserve(config, config.paths.models, 5 * MB, "a test"):
            assert old.exists()
            assert not new.exists()


def test_audio_keeps_to_its_share_by_evicting_audio(tmp_path: Path) -> None:
    config = guarded(tmp_path, 100 * MB, audio_bytes=5 * MB)
    old, new = (phrase(config.paths, number, 2 * MB) for number in (1, 2))
    os.utime(old, (AGO, AGO))
    with disk.reserve(config, config.paths.audio, 2 * MB, "a phrase"):
        assert not old.exists()
        assert new.exists()
    with pytest.raises(BudgetExceeded, match=r"of the share of 5\.0 MB of audio"):
        with disk.reserve(config, config.paths.audio, 6 * MB, "a phrase"):
            pytest.fail("it does not fit")


def test_a_disk_without_room_is_a_reason_to_refuse_but_never_to_evict(tmp_path: Path) -> None:
    with mounted(tmp_path / "small", 8 << 20) as small:
        config = guarded(small, 100 * MB, reserve_bytes=2 * MB)
        kept = phrase(config.paths, 1, 2 * MB)
        with disk.reserve(config, config.paths.models, 3 * MB, "a test"):
            with pytest.raises(DiskFull, match=r"3000000 of them promised to others; 2000000 must stay free"):
                with disk.reserve(config, config.paths.models, 3 * MB, "a test"):
                    pytest.fail("it does not fit")
        assert kept.exists()


def test_where_not_even_a_reservation_can_be_written_the_disk_is_full(tmp_path: Path) -> None:
    with mounted(tmp_path / "small", 1 << 20) as small:
        config = guarded(small, 100 * MB)
        fill(config.paths.cache / "file", 0)
        with pytest.raises(OSError, match="No space"):
            fill(config.paths.cache / "file", 2 * MB)
        with pytest.raises(DiskFull):
            with disk.reserve(config, config.paths.models, 1, "a test"):
                pytest.fail("it does not fit")


def test_a_folder_that_is_not_ours_has_no_budget(tmp_path: Path) -> None:
    config = guarded(tmp_path / "ours", 0)
    with disk.reserve(config, tmp_path / "elsewhere", 5 * MB, "a test") as room:
        room.covers(tmp_path / "elsewhere")
    assert not config.paths.state.exists()
    with pytest.raises(DiskFull):
        with disk.reserve(config, tmp_path / "elsewhere", 1 << 60, "a test"):
            pytest.fail("it does not fit")


def test_the_share_of_logs_is_kept_free_for_them(tmp_path: Path) -> None:
    config = guarded(tmp_path, 10 * MB, log_bytes=4 * MB)
    with pytest.raises(BudgetExceeded):
        with disk.reserve(config, config.paths.models, 7 * MB, "a test"):
            pytest.fail("it does not fit")
    fill(config.paths.log, 3 * MB)
    more = replace(config, disk=replace(config.disk, budget_bytes=config.disk.budget_bytes + MB))
    with disk.reserve(more, config.paths.models, 7 * MB, "a test"):
        pass


def test_others_give_up_in_time_while_somebody_holds_the_lock_of_reservations(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reservations, "_LOCK_SECONDS", 0.01)
    assert disk.reserved(paths) == []
    with disk.reserve(Config(paths), paths.models, 1, "making the folders"):
        pass
    holder = locks.open_lock(paths.reservations / ".lock")
    assert locks.take(holder, 0)
    with pytest.raises(StoreError, match=r"another process holds .*reservations/\.lock, for more than 0\.01 s"):
        disk.reserved(paths)
    os.close(holder)
    assert disk.reserved(paths) == []
    assert paths.state.stat().st_mode & 0o777 == 0o700
