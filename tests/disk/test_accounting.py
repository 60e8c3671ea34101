"""How much is taken: blocks, links, holes, other disks, and what changes while we look."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edge_tts import disk
from edge_tts.config.settings import Config, Disk
from edge_tts.disk.categories import CATEGORIES, category_of
from edge_tts.disk.ownership import mark_folder
from edge_tts.disk.report import report
from edge_tts.disk.walk import Tree
from tests.support.store_model import mounted, paths_under

AGO = 1_600_000_000


def fill(path: Path, size: int = 100_000) -> Path:
    """Write a file; its folder is left as if nobody had changed it for long."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size))
    os.utime(path.parent, (AGO, AGO))
    return path


def test_a_folder_counts_its_blocks_once_and_what_it_links_to_not_at_all(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    fill(tmp_path / "outside" / "big", 1 << 20)
    fill(folder / "file")
    alone = disk.used_bytes(folder)
    (folder / "hard").hardlink_to(folder / "file")
    (folder / "soft").symlink_to(tmp_path / "outside")
    assert 100_000 <= alone < 120_000
    assert disk.used_bytes(folder) < alone + 10_000


def test_a_file_with_names_in_two_folders_counts_once(tmp_path: Path) -> None:
    fill(tmp_path / "one" / "file")
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "again").hardlink_to(tmp_path / "one" / "file")
    assert 100_000 <= disk.used_bytes(tmp_path) < 120_000


def test_a_sparse_file_counts_what_it_occupies(tmp_path: Path) -> None:
    with open(tmp_path / "sparse", "wb") as file:
        file.truncate(1 << 40)
        file.write(bytes(4096))
    assert disk.used_bytes(tmp_path) < 100_000


def test_a_folder_that_is_a_link_counts_what_is_behind_it(tmp_path: Path) -> None:
    fill(tmp_path / "real" / "file")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert disk.used_bytes(tmp_path / "link") == disk.used_bytes(tmp_path / "real") >= 100_000


def test_what_does_not_exist_counts_nothing(tmp_path: Path) -> None:
    assert disk.used_bytes(tmp_path / "nothing") == 0
    assert disk.Accounts(Config(paths_under(tmp_path))).measure().used_bytes == 0


OURS = {
    "temporary": "install-12345678/file",
    "downloads": "ab" * 32,
    "models": "some/1/manifest.toml",
    "prepared": "some/0123456789abcdef/graph.onnx",
    "audio": f"0/{1:040x}",
    "voice_states": "ab" * 32,
    "logs": "daemon.log",
    "other": "file",
}


def test_every_category_counts_its_own_and_the_sum_is_what_is_used(tmp_path: Path) -> None:
    config = Config(paths_under(tmp_path))
    for size, (name, file) in enumerate(OURS.items(), 1):
        fill(CATEGORIES[name].places(config.paths)[0] / file, size * 100_000)
    fill(config.paths.lexicon, 50_000)
    found = disk.Accounts(config).measure()
    for size, name in enumerate(OURS, 1):
        assert size * 100_000 <= found.accounts[name].bytes < size * 100_000 + 30_000, name
        assert found.accounts[name].files == 1
    assert found.accounts["lexicons"].bytes >= 50_000
    assert found.used_bytes == sum(account.bytes for account in found.accounts.values())
    used = disk.used_bytes(config.paths.state) + disk.used_bytes(config.paths.cache)
    assert found.used_bytes == used  # nothing twice, nothing forgotten


@pytest.mark.parametrize("name", [name for name in OURS if name != "other"])
def test_what_is_not_ours_counts_as_other_wherever_it_is(tmp_path: Path, name: str) -> None:
    config = Config(paths_under(tmp_path))
    place = CATEGORIES[name].places(config.paths)[0]
    fill(place / OURS[name])
    for folder in (place, (place / OURS[name]).parents[0], place / "photos" / "2019"):
        if name not in ("temporary", "prepared", "models") or folder != (place / OURS[name]).parents[0]:
            fill(folder / "photo.jpg")
    found = disk.Accounts(config).measure()
    assert found.accounts[name].files == 1
    assert found.accounts["other"].bytes >= 200_000
    used = disk.used_bytes(config.paths.state) + disk.used_bytes(config.paths.cache)
    assert found.used_bytes == used


def test_the_environment_counts_only_when_asked_for(tmp_path: Path) -> None:
    paths = paths_under(tmp_path)
    free = disk.Accounts(Config(paths))
    counted = disk.Accounts(Config(paths, disk=Disk(count_environment=True))).measure()
    assert free.environment().bytes > 1_000_000
    assert free.measure().used_bytes == 0
    assert counted.used_bytes == counted.accounts["environment"].bytes


def test_the_environment_is_looked_at_only_for_a_report_and_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = Config(paths_under(tmp_path))
    seen: list[str] = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda place: seen.append(str(place)) or scandir(place))  # type: ignore[func-returns-value]
    accounts = disk.Accounts(config)
    accounts.measure()
    assert not [place for place in seen if place.startswith(sys.prefix)]
    told = report(config, accounts, 0.0)["categories"]["environment"]
    assert told["files"] > 100
    assert seen.count(sys.prefix) == 1
    assert report(config, accounts, 0.0)["categories"]["environment"] == told
    assert seen.count(sys.prefix) == 1


def test_a_root_on_another_disk_is_followed_there(tmp_path: Path) -> None:
    config = Config(paths_under(tmp_path))
    with mounted(tmp_path / "other") as other:
        (other / "models").mkdir()
        config.paths.state.mkdir()
        config.paths.models.symlink_to(other / "models")
        fill(other / "models" / "a" / "1" / "manifest.toml")
        assert disk.Accounts(config).measure().accounts["models"].bytes == 0  # perhaps somebody else's
        mark_folder(other / "models")
        account = disk.Accounts(config).measure().accounts["models"]
        assert account.bytes >= 100_000
        assert [(place.mount, place.device) for place in account.places] == [(str(other), other.stat().st_dev)]


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("state/models/a/1", "models"),
        ("state/models/.tmp/x", "temporary"),
        ("state/tmp", "temporary"),
        ("state/lexicon.tsv", "lexicons"),
        ("state/anything", "other"),
        ("cache/audio/ab/cd", "audio"),
        ("elsewhere", None),
    ],
)
def test_every_place_below_ours_has_a_category(tmp_path: Path, place: str, name: str | None) -> None:
    found = category_of(tmp_path / place, paths_under(tmp_path))
    assert (found.name if found else None) == name


# following


def test_a_new_file_is_followed_by_reading_only_its_folder(tmp_path: Path) -> None:
    for number in range(5):
        fill(tmp_path / f"{number}" / "file")
    tree = Tree(str(tmp_path))
    before = tree.scan().total
    fill(tmp_path / "3" / "more")
    os.utime(tmp_path / "3")  # what the kernel does when a name is added
    grown = tmp_path / "4" / "file"
    grown.write_bytes(bytes(900_000))  # changes no list of names
    assert before + 100_000 <= tree.follow().total < before + 120_000
    assert tree.follow(frozenset([str(grown.parent)])).total >= before + 900_000


def test_a_list_of_names_that_changed_just_before_it_was_read_is_read_again(tmp_path: Path) -> None:
    fill(tmp_path / "folder" / "one")
    now = tmp_path / "folder"
    os.utime(now)
    stamp = now.stat().st_mtime_ns
    tree = Tree(str(tmp_path))
    before = tree.scan().total
    (now / "two").write_bytes(bytes(100_000))
    os.utime(now, ns=(stamp, stamp))  # as a file system with coarse time stamps leaves it
    assert tree.follow().total >= before + 100_000


def test_removed_and_renamed_folders_are_followed(tmp_path: Path) -> None:
    fill(tmp_path / "a" / "b" / "file")
    fill(tmp_path / "c" / "file")
    tree = Tree(str(tmp_path))
    whole = tree.scan()
    (tmp_path / "a").rename(tmp_path / "d")
    assert tree.follow().total == whole.total
    shutil.rmtree(tmp_path / "d")
    assert tree.follow().files == 1


def test_time_stamps_from_the_future_are_no_reason_to_overlook_a_change(tmp_path: Path) -> None:
    fill(tmp_path / "folder" / "one")
    later = 4_000_000_000
    os.utime(tmp_path / "folder", (later, later))
    tree = Tree(str(tmp_path))
    before = tree.scan().total
    (tmp_path / "folder" / "two").write_bytes(bytes(100_000))
    os.utime(tmp_path / "folder", (later, later))
    assert tree.follow().total >= before + 100_000


def test_files_that_vanish_while_they_are_counted_count_nothing_and_stop_nobody(tmp_path: Path) -> None:
    script = """
import itertools, os, sys
for number in itertools.count():
    path = os.path.join(sys.argv[1], f"{number % 50}")
    if number % 3 == 0:
        os.makedirs(path, exist_ok=True)
        open(os.path.join(path, "file"), "w").close()
    elif number % 3 == 1 and os.path.isdir(path):
        os.unlink(os.path.join(path, "file")) if os.path.exists(os.path.join(path, "file")) else None
        os.rmdir(path)
    if number == 200:
        print("busy", flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE) as busy:
        assert busy.stdout is not None
        assert busy.stdout.readline() == b"busy\n"
        tree = Tree(str(tmp_path))
        for _ in range(300):
            assert tree.scan().total < 2_000_000
            assert tree.follow().total < 2_000_000
        busy.kill()
    assert not tree.unreadable


def test_an_unreadable_folder_is_named(tmp_path: Path) -> None:
    closed = fill(tmp_path / "state" / "models" / "closed" / "file").parent
    closed.chmod(0)
    for parent in (tmp_path, *tmp_path.parents[:-2]):
        parent.chmod(parent.stat().st_mode | 0o055)
    script = f"""
import os, sys
from edge_tts.disk.walk import Tree
if os.geteuid() == 0:  # root reads everything
    os.setuid(65534)
tree = Tree({str(tmp_path)!r})
tree.scan()
print(*tree.unreadable)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    closed.chmod(0o700)
    assert done.stdout.split() == [str(closed)], done.stderr
