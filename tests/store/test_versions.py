"""Several versions of a model side by side, what is left over, and all models on another disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_tts import disk, store
from edge_tts.config.settings import Paths
from edge_tts.errors import DiskFull, ModelCorrupt, StoreError, UnknownModel
from edge_tts.system import whole_files
from tests.support.store_model import FILES, configured, install, make_folder, mounted


@pytest.fixture
def three(paths: Paths, tmp_path: Path) -> Paths:
    """A store with versions 1, 2 and 3, each with another voice."""
    for version in "123":
        files = {**FILES, "voices/one.bin": version.encode() * 1200}
        install(paths, make_folder(tmp_path / version, files=files, version=version))
    return paths


def used(paths: Paths) -> list[str]:
    return [model.version for model in store.versions(paths, "tiny")]


def test_a_version_can_be_chosen_and_taken_back(three: Paths) -> None:
    assert used(three)[0] == "3"
    assert store.use(three, "tiny", "1").version == "1"
    assert used(three)[0] == "1"
    assert store.find(three, "tiny").version == "1"
    assert store.find(three, "tiny", "2").version == "2"
    assert store.roll_back(three, "tiny").version == "3"
    assert store.roll_back(three, "tiny").version == "1"
    with pytest.raises(UnknownModel, match="not installed in version '4'; there are: 1, 3, 2"):
        store.use(three, "tiny", "4")
    with pytest.raises(UnknownModel):
        store.use(three, "tiny", "../tiny")


def test_there_is_nothing_to_go_back_to_at_first(paths: Paths, tmp_path: Path) -> None:
    install(paths, make_folder(tmp_path / "m"))
    with pytest.raises(StoreError, match="had no other version before"):
        store.roll_back(paths, "tiny")


def test_installing_a_version_that_is_there_chooses_it(three: Paths, tmp_path: Path) -> None:
    assert not install(three, tmp_path / "1").changed
    assert used(three)[0] == "1"


def test_without_a_readable_record_the_newest_version_is_used(three: Paths) -> None:
    (three.models / "tiny" / "default").write_bytes(b"\xff../\n")
    assert used(three)[0] == "3"


def test_one_version_can_be_removed(three: Paths) -> None:
    assert store.remove(three, "tiny", "3") > 3_000_000
    assert used(three) == ["2", "1"]
    with pytest.raises(UnknownModel):
        store.remove(three, "tiny", "3")
    store.remove(three, "tiny", "2")
    store.remove(three, "tiny", "1")
    assert store.installed(three) == []


def test_pruning_keeps_what_is_used(three: Paths, tmp_path: Path) -> None:
    kept = [model.files_for_engine(three.prepared).prepared for model in store.versions(three, "tiny")]
    for prepared in [*kept, three.prepared / "gone" / "0123456789abcdef"]:
        prepared.mkdir(parents=True)
    three.downloads.mkdir()
    (three.downloads / ("ab" * 32)).write_bytes(b"x")
    graph = store.find(three, "tiny", "1").folder / "graph.bin"
    graph.write_bytes(b"damaged")
    with pytest.raises(ModelCorrupt):
        store.verify(three, "tiny", version="1")
    expected = {"version": 1, "prepared": 3, "quarantine": 1, "download": 1}
    found = store.superfluous(three)
    assert {kind: sum(item.kind == kind for item in found) for kind in expected} == expected
    assert store.prune(three) == found
    assert store.superfluous(three) == store.quarantined(three) == []
    assert used(three) == ["3"]
    assert [path for path in three.prepared.glob("*/*")] == [kept[0]]
    store.verify(three, "tiny")


def test_all_models_move_to_another_disk_and_back(three: Paths, other_disk: Path) -> None:
    config = configured(three)
    place = store.move(config, other_disk)
    assert place == other_disk / "edge-tts-models"
    assert three.models.is_symlink()
    assert used(three) == ["3", "2", "1"]
    for version in "123":
        store.verify(three, "tiny", version=version)
        store.check(store.find(three, "tiny", version))
    assert list(three.temporary.iterdir()) == []
    install(three, "tone")
    assert (place / "tone" / "1").is_dir()
    assert store.move(config, None) == three.models
    assert not three.models.is_symlink()
    assert not place.exists()
    store.verify(three, "tiny")
    assert store.find(three, "tone").version == "1"


def test_models_move_from_one_other_disk_to_the_next(three: Paths, other_disk: Path, tmp_path: Path) -> None:
    (tmp_path / "second").mkdir()
    first = store.move(configured(three), other_disk)
    second = store.move(configured(three), tmp_path / "second")
    assert three.models.resolve() == second
    assert not first.exists()
    store.verify(three, "tiny")


def test_a_move_that_cannot_be_is_refused_and_changes_nothing(three: Paths, tmp_path: Path) -> None:
    config = configured(three)
    with pytest.raises(StoreError, match="is not a folder: is its disk connected"):
        store.move(config, tmp_path / "nowhere")
    with pytest.raises(StoreError, match="already"):
        store.move(config, None)
    with pytest.raises(StoreError, match="is inside of"):
        store.move(config, three.state)
    (tmp_path / "full" / "edge-tts-models" / "theirs").mkdir(parents=True)
    with pytest.raises(StoreError, match="is not empty"):
        store.move(config, tmp_path / "full")
    with mounted(tmp_path / "small", 4 << 20) as small:
        with pytest.raises(DiskFull):
            store.move(config, small)
        assert list(small.iterdir()) == []
    (store.find(three, "tiny").folder / "graph.bin").write_bytes(b"damaged")
    (tmp_path / "other").mkdir()
    with pytest.raises(ModelCorrupt, match="the copy of model tiny is damaged"):
        store.move(config, tmp_path / "other")
    assert list((tmp_path / "other").iterdir()) == []
    assert not three.models.is_symlink()
    assert used(three)[0] == "3"
    assert disk.used_bytes(three.temporary) < 10_000


def test_a_version_needs_only_what_has_changed(three: Paths, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "4", files={**FILES, "voices/one.bin": b"4" * 1200}, version="4")
    (folder / "graph.bin").unlink()
    assert install(three, folder).model.version == "4"
    store.verify(three, "tiny")


def test_a_disk_that_cannot_exchange_names_loses_nothing(
    three: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole_files, "_exchange", lambda one, other: False)
    install(three, make_folder(tmp_path / "3b", version="3"))
    assert used(three)[0] == "3"
    store.verify(three, "tiny")
    (three.models / "tiny" / "3").rename(three.models / "tiny" / ".3.old")  # as a kill between two renames leaves it
    store.use(three, "tiny", "1")
    assert sorted(used(three)) == ["1", "2", "3"]
    store.verify(three, "tiny", version="3")
    assert not list(three.models.glob("*/.*.old"))
