"""Damage is found quickly by size and date, wholly by digest; the damaged model is moved aside and can be repaired."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge_tts import disk, store
from edge_tts.config.settings import Config, Paths
from edge_tts.daemon.voices import Voices
from edge_tts.errors import ModelCorrupt, ModelUnreachable, StoreError, UnknownVoice
from edge_tts.store import Step
from tests.support.hub_server import Hub
from tests.support.store_model import FILES, damage_flip, install, make_folder, manifest

GRAPH = FILES["graph.bin"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_folder(tmp_path / "tiny")


def later(path: Path) -> None:
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 60_000_000_000))


def test_a_change_of_size_or_date_is_found_without_reading(paths: Paths, folder: Path) -> None:
    model = install(paths, folder).model
    store.check(model)
    later(model.folder / "graph.bin")
    with pytest.raises(ModelCorrupt, match=r"graph\.bin of model tiny was changed .*: edge-tts models verify tiny"):
        store.check(model)
    store.verify(paths, "tiny")  # its content is right, so the new date is
    store.check(model)
    (model.folder / "voices/one.bin").write_bytes(b"short")
    with pytest.raises(ModelCorrupt, match=r"voices/one\.bin"):
        store.check(model)
    (model.folder / "voices/one.bin").unlink()
    with pytest.raises(ModelCorrupt, match=r"one\.bin of model tiny cannot be read: No such file"):
        store.check(model)


def test_a_date_that_a_disk_keeps_to_two_seconds_is_no_change(paths: Paths, folder: Path) -> None:
    model = install(paths, folder).model
    status = (model.folder / "graph.bin").stat()
    os.utime(model.folder / "graph.bin", ns=(0, status.st_mtime_ns // 2_000_000_000 * 2_000_000_000))
    store.check(model)


def test_a_store_without_a_record_of_dates_is_checked_by_sizes(paths: Paths, folder: Path) -> None:
    model = install(paths, folder).model
    (model.folder / ".stamps.json").write_text("torn {")
    later(model.folder / "graph.bin")
    store.check(model)
    store.verify(paths, "tiny")


def test_a_damaged_model_is_moved_aside_with_the_reason(paths: Paths, folder: Path) -> None:
    model = install(paths, folder).model
    damage_flip(model.folder / "graph.bin")
    with pytest.raises(ModelCorrupt, match=r"is damaged and was moved aside, install it again: graph\.bin: expect"):
        store.verify(paths, "tiny")
    assert store.installed(paths) == []
    (aside,) = store.quarantined(paths)
    assert aside.manifest == model.manifest
    assert aside.reason.startswith("graph.bin: expected sha256")
    for voice in ("one", ""):
        with pytest.raises(ModelCorrupt, match="model tiny is damaged and was moved aside, edge-tts models install"):
            store.find_voice(paths, voice, 0.7)
    with pytest.raises(UnknownVoice):
        store.find_voice(paths, "nobody", 0.7)


def test_only_the_damaged_file_is_fetched_again(paths: Paths, folder: Path, tmp_path: Path) -> None:
    hub = Hub()
    try:
        sources = {path: [f'{{ url = "{hub.put(f"/{path}", content)}" }}'] for path, content in FILES.items()}
        (tmp_path / "from_hub").mkdir()
        text = tmp_path / "from_hub" / "manifest.toml"
        text.write_text(manifest(sources=sources))
        model = install(paths, text).model
        hub.asked.clear()
        damage_flip(model.folder / "voices/one.bin")
        with pytest.raises(ModelCorrupt):
            store.verify(paths, "tiny")
        assert install(paths, text).changed
        assert hub.asked == ["/voices/one.bin"]
    finally:
        hub.close()
    store.verify(paths, "tiny")
    assert store.quarantined(paths) == []
    assert not list(paths.models.glob(".quarantine/*"))


def test_verifying_reports_progress_over_all_files(paths: Paths, folder: Path) -> None:
    install(paths, folder)
    steps: list[Step] = []
    store.verify(paths, "tiny", steps.append)
    assert steps[-1].bytes_done == steps[-1].bytes_total == sum(map(len, FILES.values()))


def test_whoever_may_not_move_a_damaged_model_is_told_so(paths: Paths, folder: Path) -> None:
    model = install(paths, folder).model
    damage_flip(model.folder / "graph.bin")
    (paths.models / ".quarantine").touch()
    with pytest.raises(ModelCorrupt, match=r"is damaged, install it again: graph\.bin"):
        store.verify(paths, "tiny")
    assert store.find(paths, "tiny") == model


def test_a_linked_model_is_used_where_it_is(paths: Paths, folder: Path, other_disk: Path) -> None:
    there = make_folder(other_disk / "tiny")
    model = install(paths, there, link=True).model
    assert model.linked == there
    assert disk.used_bytes(paths.models) < 100_000
    store.verify(paths, "tiny")
    assert not install(paths, there, link=True).changed
    assert model.files_for_engine(paths.prepared).files["graph"][0].read_bytes() == GRAPH
    assert store.remove(paths, "tiny") < 100_000
    assert (there / "graph.bin").read_bytes() == GRAPH


def test_a_damaged_folder_is_not_linked(paths: Paths, folder: Path) -> None:
    damage_flip(folder / "graph.bin")
    with pytest.raises(ModelCorrupt, match=r"is damaged: graph\.bin"):
        install(paths, folder, link=True)
    with pytest.raises(StoreError, match="can be linked from a folder"):
        install(paths, "tone", link=True)
    assert store.installed(paths) == []


def test_a_disk_that_goes_and_comes_back_takes_only_its_own_voices_along(
    paths: Paths, tmp_path: Path, other_disk: Path
) -> None:
    make_folder(other_disk / "far", manifest(name="far").replace('"one"', '"far-one"').replace('"two"', '"far-two"'))
    near = manifest(name="near").replace('"one"', '"near-one"').replace('"two"', '"near-two"')
    install(paths, make_folder(tmp_path / "near", near))
    install(paths, other_disk / "far", link=True)
    voices = Voices(Config(paths=paths))
    assert voices.find("far-one")[1] == "far-one"
    assert voices.find("")[1] == "far-two"  # "far" comes before "near"
    (other_disk / "far").rename(other_disk / "gone")
    with pytest.raises(ModelUnreachable, match=f"model far is in {other_disk}/far, which is not there: is its disk"):
        voices.find("far-one")
    assert voices.find("near-one")[1] == "near-one"
    assert voices.find("")[1] == "near-two"
    with pytest.raises(ModelUnreachable):
        store.verify(paths, "far")
    assert store.quarantined(paths) == []
    (other_disk / "gone").rename(other_disk / "far")
    assert voices.find("far-one")[1] == "far-one"
    assert voices.find("")[1] == "far-two"


def test_models_on_a_disk_that_is_not_there_are_told_from_no_models(paths: Paths, other_disk: Path) -> None:
    paths.state.mkdir(parents=True)
    paths.models.symlink_to(other_disk / "models")
    voices = Voices(Config(paths=paths))
    for _ in range(2):
        with pytest.raises(ModelUnreachable, match=f"the models are in {other_disk}/models, which is not there"):
            voices.find("")
    assert voices.models() == []
    assert voices.describe() == []
    with pytest.raises(ModelUnreachable):
        install(paths, "tone")
    (other_disk / "models").mkdir()
    install(paths, "tone")
    assert voices.find("")[1] == "beep"
