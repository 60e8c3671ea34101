"""What is not ours is never touched: not by the guard, not by any command, whatever is a link to where."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from edge_tts import disk, store
from edge_tts.audio_cache.cache import Cache
from edge_tts.config.settings import Config, Disk, Paths
from edge_tts.disk.guard import Guard
from edge_tts.disk.ownership import MARK, adopt, strangers
from edge_tts.disk.report import report
from edge_tts.disk.reservations import evictable
from edge_tts.errors import EdgeTTSError, StoreError
from tests.disk.test_accounting import AGO, fill
from tests.support.foreign import photo, places, plant, seen
from tests.support.store_model import configured, graphs, install, make_folder, paths_under, phrase, scratch

SMALL = {"graph.bin": b"graph" * 1000, "voices/one.bin": b"one"}


def limited(paths: Paths) -> Config:
    """Return a configuration with which everything that may go has to go."""
    tight = Disk(budget_bytes=1, audio_bytes=1, temporary_seconds=0, download_seconds=0, reserve_bytes=0)
    return replace(configured(paths), disk=replace(tight, high_water_percent=1, low_water_percent=1))


def look(config: Config) -> None:
    """Let the guard look once, as when the daemon starts."""
    Guard(config)._look(frozenset(), sweep=True)


# the seven cases of the attack, and more of their kind


def link(place: Path, target: Path) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(target)
    return target


@pytest.mark.parametrize("name", ["audio", "temporary", "downloads", "prepared", "models", "voice_states"])
def test_removing_a_link_leaves_the_users_folder_behind_it(paths: Paths, tmp_path: Path, name: str) -> None:
    pictures = link(getattr(paths, name), plant(tmp_path / "pictures"))
    before = seen(pictures)
    look(limited(paths))
    disk.evict(evictable(limited(paths)), "a test")
    with contextlib.suppress(EdgeTTSError):
        install(paths, "tone")
    with contextlib.suppress(EdgeTTSError):
        store.prune(paths)
    Cache(configured(paths)).trim()
    assert seen(pictures) == before


def test_photos_in_a_folder_of_ours_stay_and_our_own_go(paths: Paths) -> None:
    ours = [phrase(paths, number) for number in range(3)]
    photos = plant(paths.audio / "photos")
    before = seen(photos)
    look(limited(paths))
    assert seen(photos) == before
    assert not any(path.exists() for path in ours)


@pytest.mark.parametrize("inner", ["prepared/tone", "models/photos", "audio/a", "audio/pinned", "downloads/x"])
def test_a_link_inside_of_a_folder_of_ours_is_not_followed(paths: Paths, tmp_path: Path, inner: str) -> None:
    root = paths.cache if inner.startswith("audio") else paths.state
    pictures = link(root / inner, plant(tmp_path / "pictures"))
    before = seen(pictures, root / inner)
    look(limited(paths))
    disk.evict(evictable(limited(paths)), "a test")
    install(paths, "tone")
    store.prune(paths)
    Cache(configured(paths)).trim()
    assert seen(pictures, root / inner) == before


def test_installing_moves_away_only_what_an_installation_has_left(paths: Paths, tmp_path: Path) -> None:
    photos = plant(tmp_path / "photos")
    fill(photos / "2019" / "more.jpg")
    paths.state.mkdir(parents=True)
    paths.models.mkdir()
    photos.rename(paths.models / "photos")
    before = seen(paths.models / "photos")
    install(paths, "tone")
    assert seen(paths.models / "photos") == before


def test_moving_back_leaves_what_is_not_ours_and_moving_away_refuses_to(paths: Paths, tmp_path: Path) -> None:
    install(paths, make_folder(tmp_path / "tiny", files=SMALL))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    config = configured(paths)
    there = store.move(config, elsewhere)
    photos = plant(there / "photos")
    before = seen(photos)
    store.move(config, None)
    assert seen(photos) == before
    assert not paths.models.is_symlink()
    assert not (paths.models / "photos").exists()
    store.verify(paths, "tiny")
    assert not (there / "tiny").exists()
    own = plant(paths.models / "photos")
    before = seen(own)
    with pytest.raises(StoreError, match=r"photos/.* is not ours"):
        store.move(config, tmp_path)
    assert seen(own) == before


# links and marks


def test_a_link_to_an_empty_folder_is_adopted_and_used(paths: Paths, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    link(paths.audio, other)
    cache = Cache(configured(paths))
    cache.keep("0" * 40, b"body")
    assert (other / MARK).is_file()
    assert disk.Accounts(configured(paths)).measure().accounts["audio"].files == 1
    look(limited(paths))
    assert not list(other.glob("*/0*"))


def test_what_people_have_moved_and_link_to_can_be_read_and_is_ours_once_they_say_so(
    paths: Paths, tmp_path: Path
) -> None:
    cache = Cache(configured(paths))
    cache.keep("0" * 40, b"body")
    paths.audio.rename(tmp_path / "moved")
    link(paths.audio, tmp_path / "moved")
    assert [entry.key for entry in cache.entries()] == ["0" * 40]
    with pytest.raises(StoreError, match="edge-tts disk adopt audio"):
        cache.keep("1" * 40, b"body")
    (stranger,) = strangers(paths)
    adopt(stranger)
    cache.keep("1" * 40, b"body")
    assert len(disk.units("audio", paths)) == 2


def test_a_link_to_something_is_told_with_what_to_do_and_can_be_adopted(paths: Paths, tmp_path: Path) -> None:
    pictures = link(paths.audio, tmp_path / "pictures")
    kept = phrase(paths_under(tmp_path / "other"), 1)
    pictures.mkdir()
    kept.parent.rename(pictures / "0")
    fill(pictures / "photo.jpg", 1_000_000)
    config = configured(paths)
    told = report(config, disk.Accounts(config), 0.0)
    assert told["unmarked"] == [{"category": "audio", "place": str(paths.audio), "target": str(pictures)}]
    assert told["categories"]["audio"]["bytes"] == told["categories"]["audio"]["evictable_bytes"] == 0
    assert told["categories"]["other"]["bytes"] >= 1_100_000
    with pytest.raises(StoreError, match="edge-tts disk adopt audio"):
        Cache(config).keep("2" * 40, b"body")
    (stranger,) = strangers(paths, "audio")
    adopt(stranger)
    look(limited(paths))
    assert [path.name for path in pictures.iterdir() if path.is_file()].count("photo.jpg") == 1
    assert not list(pictures.glob("*/0*"))


def test_a_file_of_somebody_else_with_the_name_of_our_mark_is_no_mark(paths: Paths, tmp_path: Path) -> None:
    pictures = link(paths.audio, plant(tmp_path / "pictures"))
    (pictures / MARK).write_text("mine")
    (pictures / "CACHEDIR.TAG").write_text("Signature: 8a477f597d28d172789f06886806bc55")
    before = seen(pictures)
    look(limited(paths))
    with pytest.raises(StoreError, match="not marked"):
        Cache(configured(paths)).keep("2" * 40, b"body")
    assert seen(pictures) == before


@pytest.mark.parametrize("root", ["state", "cache"])
def test_a_root_that_is_a_link_leads_to_folders_that_may_be_somebody_elses(
    paths: Paths, tmp_path: Path, root: str
) -> None:
    pictures = link(getattr(paths, root), tmp_path / "pictures")
    for name in ("audio", "tmp", "downloads", "models", "prepared"):
        plant(pictures / name)
    before = seen(*pictures.iterdir())
    look(limited(paths))
    disk.evict(evictable(limited(paths)), "a test")
    for change in (lambda: install(paths, "tone"), lambda: store.prune(paths)):
        with contextlib.suppress(EdgeTTSError):
            change()
    assert {path: what for path, what in seen(*pictures.iterdir()).items() if path in before} == before


def test_a_disk_that_is_mounted_into_what_is_removed_keeps_what_is_on_it(paths: Paths, tmp_path: Path) -> None:
    photos = plant(tmp_path / "photos")
    before = seen(photos)
    inner = graphs(paths) / "onnx" / "mounted"
    inner.mkdir()
    if subprocess.run(["mount", "--bind", str(photos), str(inner)], capture_output=True).returncode != 0:
        pytest.skip("mounting a file system is not permitted")
    try:
        (photos / "graph.onnx").write_bytes(b"x")
        disk.evict(disk.units("prepared", paths), "a test")
        assert (photos / "graph.onnx").exists()
        (photos / "graph.onnx").unlink()
        os.utime(photos, (1_000_000_000, 1_000_000_000))
        assert seen(photos) == before
    finally:
        subprocess.run(["umount", "--lazy", str(inner)], check=False)
        for found in paths.prepared.rglob("mounted"):
            subprocess.run(["umount", "--lazy", str(found)], capture_output=True, check=False)


def test_a_folder_that_became_a_link_after_it_was_chosen_is_not_followed(paths: Paths, tmp_path: Path) -> None:
    victim = plant(tmp_path / "pictures")
    for name in ("0123456789abcdef", "fedcba9876543210"):
        (victim / name).mkdir()
        (victim / name / "graph.onnx").write_bytes(b"x")
    graphs(paths)
    chosen = disk.units("prepared", paths)
    (paths.prepared / "tiny").rename(tmp_path / "aside")
    (paths.prepared / "tiny").symlink_to(victim)
    before = seen(victim)
    assert disk.evict(chosen, "a test") == []
    assert seen(victim) == before


# everything at random


def has_moved(config: Config, tmp_path: Path) -> None:
    target = tmp_path / "disk"
    target.mkdir(exist_ok=True)
    store.move(config, target)


def damaged(paths: Paths) -> None:
    (paths.models / "tiny" / "2" / "graph.bin").write_bytes(b"damaged")
    store.verify(paths, "tiny", version="2")


def changes(paths: Paths, tmp_path: Path) -> list[Callable[[], object]]:
    """Return what the commands and the guard do."""
    config, tight, cache = configured(paths), limited(paths), Cache(configured(paths))
    return [
        lambda: look(tight),
        lambda: disk.evict(evictable(tight), "a test"),
        lambda: install(paths, tmp_path / "1"),
        lambda: install(paths, tmp_path / "2"),
        lambda: install(paths, tmp_path / "1", link=True),
        lambda: store.remove(paths, "tiny", "1"),
        lambda: store.remove(paths, "tiny"),
        lambda: store.use(paths, "tiny", "1"),
        lambda: store.roll_back(paths, "tiny"),
        lambda: store.prune(paths),
        lambda: has_moved(config, tmp_path),
        lambda: store.move(config, None),
        lambda: damaged(paths),
        lambda: cache.keep(f"{random.getrandbits(160):040x}", b"body"),
        lambda: cache.keep(f"{random.getrandbits(160):040x}", b"body", pin=True),
        cache.trim,
        lambda: cache.remove(cache.entries()),
        lambda: disk.reserved(paths),
        lambda: disk.own(paths.prepared / "tiny" / "0123456789abcdef", paths) or graphs(paths),
        lambda: disk.own(paths.temporary, paths) or scratch(paths, f"{random.getrandbits(30):08x}"),
    ]


@pytest.fixture(params=range(12))
def chance(request: pytest.FixtureRequest) -> random.Random:
    random.seed(request.param)
    return random.Random(request.param)


def test_nothing_foreign_ever_changes(chance: random.Random, paths: Paths, tmp_path: Path) -> None:
    for version in "12":
        make_folder(tmp_path / version, files=SMALL, version=version)
        if chance.random() < 0.7:
            install(paths, tmp_path / version)
    for number in range(3):
        phrase(paths, number)
    graphs(paths)
    pictures = plant(tmp_path / "pictures")
    foreign = [pictures]
    for place in places(paths):
        kind = chance.choice(["nothing", "photo", "tree", "link", "a link in it"])
        if kind == "link" and not os.path.lexists(place):
            foreign += [link(place, plant(tmp_path / f"behind {len(foreign)}", pictures)), place]
        elif place.is_symlink() or any(parent.is_symlink() for parent in place.parents):
            continue
        elif kind == "photo":
            foreign.append(photo(place / f"photo {len(foreign)}.jpg"))
        elif kind == "tree":
            foreign.append(plant(place / "photos" / "of mine", pictures))
        elif kind == "a link in it":
            foreign.append(place / "pictures")
            link(place / "pictures", pictures)
    for path in (paths.state, paths.cache):
        for old in path.rglob("*"):
            if not old.is_symlink() and old.is_dir() and not any(old.is_relative_to(one) for one in foreign):
                os.utime(old, (AGO, AGO))
    before = seen(*foreign)
    actions, done = changes(paths, tmp_path), []
    for _ in range(12):
        action = chance.choice(actions)
        try:
            action()
            done.append(actions.index(action))
        except (EdgeTTSError, OSError):  # a missing model, a folder that is somebody else's
            done.append(-actions.index(action))
        now = seen(*(path for path in foreign if os.path.lexists(path)))
        assert {path: what for path, what in before.items() if now.get(path) != what} == {}, done
        assert now.keys() == before.keys(), done
