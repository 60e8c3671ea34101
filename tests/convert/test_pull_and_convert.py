"""Packages of ModelScope: pinned, downloaded, converted, installed; the hub is an imitation, the package is real."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge_tts import store
from edge_tts.config.settings import Config, Disk
from edge_tts.convert.pull import Pulled, pull_and_convert
from edge_tts.convert.sambert.model import Options
from edge_tts.errors import (
    BudgetExceeded,
    ConversionError,
    EdgeTTSError,
    LicenseNotAccepted,
    ModelCorrupt,
    NeedsConversion,
    SourceUnavailable,
    StoreError,
    UnknownModel,
)
from edge_tts.store.progress import Step, silent
from edge_tts.store.published.pin import pin
from tests.support import tiny_sambert
from tests.support.hub_server import Hub
from tests.support.modelscope_hub import COMMIT, Repository
from tests.support.store_model import configured, leftovers, paths_under

NAME = "sambert-zhibei_emo"
CHECKPOINT = "voices/zhibei_emo/am/ckpt/checkpoint_0.pth"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_sambert.write(tmp_path_factory.mktemp("hub") / "package", "zhibei_emo")


@pytest.fixture
def repository(hub: Hub, package: Path) -> Repository:
    return Repository(hub, package).publish()


@pytest.fixture
def config(hub: Hub, tmp_path: Path) -> Config:
    return configured(paths_under(tmp_path), modelscope=hub.url, attempts=1)


def pull(config: Config, **options: Any) -> Pulled:
    manifest = store.catalog(config.paths)[NAME]
    return pull_and_convert(config, manifest, Options(precision="fp32"), silent, lambda *_: None, **options)


def nothing_is_left(config: Config) -> bool:
    return store.installed(config.paths) == [] and leftovers(config.paths) == []


# what a package is before it is a model


def test_a_package_is_in_the_catalog_and_says_what_it_needs() -> None:
    package = store.catalog()[NAME]
    assert package.convert
    assert not package.files
    with pytest.raises(NeedsConversion, match=f"on a workstation: edge-tts models pull-and-convert {NAME}"):
        store.require_installable(package)


@pytest.mark.usefixtures("repository")
def test_installing_a_package_says_which_command_converts_it_pinned_or_not(config: Config) -> None:
    for _ in range(2):
        with pytest.raises(NeedsConversion, match="models pull-and-convert"):
            store.install(config, NAME)
        pin(config, NAME)


def test_dialects_that_the_front_end_does_not_speak_are_refused_with_the_reason(config: Config) -> None:
    for name in ("sambert-jiajia", "sambert-xiaoda", "sambert-chuangirl"):
        with pytest.raises(NeedsConversion, match="cannot be had: its sounds are those of"):
            pin(config, name)


def test_the_plan_counts_the_package_and_the_model(config: Config) -> None:
    (wanted,) = store.plan_for(config, [NAME]).models
    needs = store.catalog()[NAME].needs
    assert wanted.download_bytes == needs.download_bytes
    assert wanted.installed_bytes == needs.installed_bytes
    assert wanted.peak_bytes > needs.download_bytes + 2 * needs.installed_bytes


# pinning


def test_pinning_keeps_sizes_digests_and_commits_of_what_the_conversion_reads(
    config: Config, repository: Repository
) -> None:
    found = pin(config, NAME).manifest
    assert found == store.catalog(config.paths)[NAME]
    assert found.convert
    assert found.convert.revision == "v1.0.1"
    listed = {file.path: file for file in found.files}
    assert listed.keys() == repository.entries.keys() - {"resource.zip"}
    assert listed[CHECKPOINT].sha256 == repository.entries[CHECKPOINT]["Sha256"]
    assert all(COMMIT in str(vars_of(file.sources[0])) for file in found.files)
    assert found.needs.download_bytes == sum(file.size for file in found.files)
    texts = ("configuration.json", "voices/voices.json", "README.md")
    assert repository.fetched() == [repository.base + repository.file(name) for name in texts]


def test_only_what_a_voice_needs_is_listed_and_downloaded_and_the_rest_is_named(
    config: Config, hub: Hub, package: Path, tmp_path: Path
) -> None:
    full = Path(shutil.copytree(package, tmp_path / "full"))
    extra = (
        "basemodel_16k/sambert/ckpt/checkpoint_980000.pth",
        "basemodel_16k/hifigan/ckpt/checkpoint_2000000.pth",
        "basemodel_16k/speaker_embedding/a.npy",
        "voices/zhibei_emo/voc/ckpt/checkpoint_0.pth",
        "voices/zhibei_emo/voc/ckpt/checkpoint_1.pth.bak",
        "voices/zhibei_emo/se/ckpt/se.onnx",
        "voices/unlisted/am/ckpt/checkpoint_0.pth",
        "tokens/vocab.json",
    )
    for name in extra:
        (full / name).parent.mkdir(parents=True, exist_ok=True)
        (full / name).write_bytes(bytes(1000))
    repository = Repository(hub, full).publish()
    pinned = pin(config, NAME)
    assert {one.path for one in pinned.left_out} == {*extra, "resource.zip"}
    assert {file.path for file in pinned.manifest.files} == repository.entries.keys() - {*extra, "resource.zip"}
    assert pull(config).installation.changed
    assert not {repository.base + repository.file(name) for name in extra} & set(repository.fetched())


def test_of_a_package_with_several_voices_only_the_wanted_ones_are_downloaded(
    config: Config, hub: Hub, tmp_path: Path
) -> None:
    repository = Repository(hub, tiny_sambert.write(tmp_path / "two", "one", "Zhi_Other")).publish()
    pin(config, NAME)
    manifest = store.catalog(config.paths)[NAME]
    pull_and_convert(config, manifest, Options(precision="fp32", voices=("zhi_other",)), silent, lambda *_: None)
    fetched = {name for name in repository.entries if repository.base + repository.file(name) in repository.fetched()}
    assert "voices/Zhi_Other/am/config.yaml" in fetched
    assert not [name for name in fetched if name.startswith("voices/one/")]


@pytest.mark.parametrize("folder", [True, False])
def test_of_a_package_with_one_tuned_voice_the_files_that_it_names_are_listed(
    config: Config, hub: Hub, package: Path, tmp_path: Path, folder: bool
) -> None:
    tuned = Path(shutil.copytree(package, tmp_path / "tuned"))
    (tuned / "voices" / "zhibei_emo").rename(tuned / "mine")
    shutil.copyfile(tuned / "mine/am/ckpt/checkpoint_0.pth", tuned / "mine/am/ckpt/checkpoint_7.pth")
    checkpoint = "mine/am/ckpt" + ("" if folder else "/checkpoint_7.pth")
    custom = {"voice_name": "mine", "am_ckpt": checkpoint, "voc_ckpt": "./mine/voc/ckpt/checkpoint_1.pth"}
    custom |= {"am_config": "mine/am/config.yaml", "voc_config": "mine/voc/config.yaml"}
    custom |= {"audio_config": "mine/audio_config.yaml", "se_model": "mine/se.onnx"}
    (tuned / "configuration.json").write_text(json.dumps({"model": {"custom_ckpt": custom}}), encoding="utf-8-sig")
    Repository(hub, tuned).publish()
    found = {file.path for file in pin(config, NAME).manifest.files}
    assert {path for path in found if path.endswith(".pth")} == {
        "mine/am/ckpt/checkpoint_7.pth",
        "mine/voc/ckpt/checkpoint_1.pth",
    }
    assert "mine/audio_config.yaml" in found
    assert [voice.name for voice in pull(config).installation.model.voices] == ["mine"]


def test_a_list_of_voices_that_is_no_json_is_reported(config: Config, hub: Hub, package: Path, tmp_path: Path) -> None:
    broken = Path(shutil.copytree(package, tmp_path / "broken"))
    (broken / "voices" / "voices.json").write_text("<html>")
    Repository(hub, broken).publish()
    with pytest.raises(SourceUnavailable, match=r"its voices/voices\.json is no JSON"):
        pin(config, NAME)


def vars_of(source: Any) -> list[Any]:
    return [getattr(source, name) for name in source.__slots__]


def test_a_revision_can_be_asked_for_and_one_that_is_not_there_is_named(config: Config, repository: Repository) -> None:
    repository.say(repository.listing("v1.0.0"), {"Files": [*repository.entries.values()]})
    found = pin(config, NAME, "v1.0.0").manifest
    assert found.convert
    assert found.convert.revision == "v1.0.0"
    with pytest.raises(SourceUnavailable, match="there is no revision v9"):
        pin(config, NAME, "v9")


def test_a_file_that_is_listed_without_digest_is_fetched_to_have_one(config: Config, hub: Hub, package: Path) -> None:
    repository = Repository(hub, package)
    expected = repository.entries["configuration.json"].pop("Sha256")
    repository.publish()
    assert expected in [file.sha256 for file in pin(config, NAME).manifest.files]


@pytest.mark.parametrize(
    ("lie", "why"),
    [
        ({"status": [404]}, "answered 404"),
        ({"status": [403]}, "answered 403"),
        ({"content": b"<!DOCTYPE html><title>login</title>"}, "expected JSON, got a web page: is there a login"),
        ({"content": b"\xff\x00"}, "expected JSON, got something else"),
        ({"content": b"[]"}, "has no Data"),
        ({"content": b'{"Success": false, "Message": "no such model"}'}, "no such model"),
        ({"content": b'{"Success": true, "Data": {"Files": [{"Path": 1}]}}'}, "expected files with Path and Size"),
        ({"content": b'{"Success": true, "Data": {"Files": "all"}}'}, "there is no revision"),
        ({"content": b" " * 17_000_000}, "expected at most 16000000 bytes, got more"),
    ],
)
def test_a_hub_that_does_not_list_the_files_is_told(
    config: Config, repository: Repository, lie: dict[str, Any], why: str
) -> None:
    repository.hub.put(repository.base + repository.listing("v1.0.1"), **lie)
    with pytest.raises(SourceUnavailable, match=why):
        pin(config, NAME)
    assert not config.paths.catalog.exists()


def test_a_repository_of_early_layout_is_refused(config: Config, hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "early").mkdir()
    (tmp_path / "early" / "voices.zip").write_bytes(b"")
    Repository(hub, tmp_path / "early").publish()
    with pytest.raises(SourceUnavailable, match=r"voices\.zip is of the layout of 2022 and earlier"):
        pin(config, NAME)


def test_a_name_that_is_no_package_is_refused(config: Config) -> None:
    with pytest.raises(UnknownModel, match=f"there are: .*{NAME}"):
        pin(config, "nobody")
    with pytest.raises(StoreError, match="needs no conversion: edge-tts models install tone"):
        pin(config, "tone")


@pytest.mark.parametrize(
    ("card", "why"),
    [("---\nlicense: other\n---\n", "names the licence other, expected Apache-2.0"), ("# hello\n", "names no licence")],
)
def test_a_card_with_another_licence_has_to_be_agreed_to(
    config: Config, hub: Hub, package: Path, tmp_path: Path, card: str, why: str
) -> None:
    changed = Path(shutil.copytree(package, tmp_path / "changed"))
    (changed / "README.md").write_text(card)
    repository = Repository(hub, changed).publish()
    pin(config, NAME)
    before = len(repository.fetched())
    with pytest.raises(LicenseNotAccepted, match=why):
        pull(config)
    assert len(repository.fetched()) == before
    assert pull(config, accept_license=True).installation.changed


# download, conversion, installation


def test_a_package_becomes_a_model_that_is_exported_and_imported(
    config: Config, repository: Repository, tmp_path: Path
) -> None:
    pin(config, NAME)
    steps: list[str] = []

    def progress(step: Step) -> None:
        steps.append(step.phase)

    manifest = store.catalog(config.paths)[NAME]
    done = pull_and_convert(config, manifest, Options(precision="fp32"), progress, lambda what, *_: steps.append(what))
    model = done.installation.model
    assert model.name == NAME
    assert model.version.startswith("v1.0.1.")
    assert model.version.endswith("-fp32")
    assert "Apache License 2.0" in (model.folder / "LICENCE.txt").read_text()
    assert {"download", "install"} < set(steps)
    assert "resource.zip" not in " ".join(repository.fetched())
    assert leftovers(config.paths) == list(config.paths.downloads.glob("*")) == []
    store.verify(config.paths, NAME)
    store.export(config.paths, NAME, tmp_path / "zhibei.tar")
    device = configured(paths_under(tmp_path / "device"), offline=True)
    assert store.install(device, tmp_path / "zhibei.tar").model.manifest == model.manifest


@pytest.mark.usefixtures("repository")
def test_a_model_can_have_another_name_so_that_two_of_one_package_can_be_compared(config: Config) -> None:
    pin(config, NAME)
    manifest = store.catalog(config.paths)[NAME]
    for name in ("", "in-float"):
        pull_and_convert(config, manifest, Options(precision="fp32", name=name), silent, lambda *_: None)
    assert [model.name for model in store.installed(config.paths)] == ["in-float", NAME]


@pytest.mark.usefixtures("repository")
def test_converting_again_changes_nothing(config: Config) -> None:
    pin(config, NAME)
    assert pull(config).installation.changed
    assert not pull(config).installation.changed


def test_a_download_that_was_cut_goes_on_where_it_ended(config: Config, repository: Repository) -> None:
    pin(config, NAME)
    repository.page(CHECKPOINT).cut = [5000]
    with pytest.raises(SourceUnavailable, match="cut after 5000"):
        pull(config)
    assert nothing_is_left(config)
    assert pull(config).installation.changed
    assert any(span.startswith("bytes=5000-") for span in repository.hub.ranges)


def test_what_does_not_fit_into_the_budget_is_refused_before_the_first_byte(
    config: Config, repository: Repository
) -> None:
    pin(config, NAME)
    before = len(repository.fetched())
    small = replace(config, disk=Disk(budget_bytes=20_000_000, reserve_bytes=0, log_bytes=0))
    with pytest.raises(BudgetExceeded, match=f"converting {NAME}"):
        pull(small)
    assert len(repository.fetched()) == before


def changed(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


@pytest.mark.parametrize(
    ("lie", "kind", "why"),
    [
        ({"status": [404]}, SourceUnavailable, "answered 404"),
        ({"status": [403]}, SourceUnavailable, "answered 403"),
        ({"content": changed}, ModelCorrupt, f"other bytes than were pinned, edge-tts models pin {NAME}.*sha256"),
        ({"content": lambda whole: whole[:-1]}, ModelCorrupt, "other bytes than were pinned.*declares"),
        ({"content": lambda whole: whole + b"x"}, ModelCorrupt, "other bytes than were pinned.*declares"),
        (
            {"content": lambda _: b"<html>login</html>", "headers": {"Content-Type": "text/html; charset=utf-8"}},
            SourceUnavailable,
            "a web page instead of the file",
        ),
    ],
)
def test_a_hub_that_gives_other_files_than_were_pinned_is_told_and_nothing_is_left(
    config: Config, repository: Repository, lie: dict[str, Any], kind: type[EdgeTTSError], why: str
) -> None:
    pin(config, NAME)
    page = repository.page(CHECKPOINT)
    whole = page.content
    for name, value in lie.items():
        setattr(page, name, value(whole) if callable(value) else value)
    with pytest.raises(kind, match=why):
        pull(config)
    assert nothing_is_left(config)


def test_a_revision_that_moved_is_noticed_and_pinning_says_so(
    config: Config, hub: Hub, package: Path, tmp_path: Path
) -> None:
    Repository(hub, package).publish()
    before = pin(config, NAME).manifest
    moved = Path(shutil.copytree(package, tmp_path / "moved"))
    tiny_sambert.write_voice(moved / "voices" / "zhibei_emo", tiny_sambert.Kind(), seed=99)
    Repository(hub, moved).publish()
    with pytest.raises(ModelCorrupt, match="other bytes than were pinned"):
        pull(config)
    assert pin(config, NAME).manifest.digest != before.digest
    assert pull(config).installation.changed


def test_a_package_that_cannot_be_converted_leaves_nothing_but_its_download(
    config: Config, hub: Hub, package: Path, tmp_path: Path
) -> None:
    broken = Path(shutil.copytree(package, tmp_path / "broken"))
    (broken / "voices" / "zhibei_emo" / "voc" / "config.yaml").unlink()
    repository = Repository(hub, broken).publish()
    pin(config, NAME)
    with pytest.raises(ConversionError, match=r"voc/config\.yaml cannot be read"):
        pull(config)
    assert nothing_is_left(config)
    fetched = len(repository.fetched())
    with pytest.raises(ConversionError):
        pull(config)
    assert len(repository.fetched()) == fetched


def environment(config: Config, hub: Hub) -> dict[str, str]:
    home = {"EDGE_TTS_HOME": str(config.paths.state.parent), "EDGE_TTS_DOWNLOADS_MODELSCOPE": hub.url}
    return {**os.environ, **home, "EDGE_TTS_DISK_RESERVE_BYTES": "0"}


def edge_tts(environ: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "edge_tts", *arguments]
    return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def eventually(hub: Hub, condition: Callable[[], bool]) -> bool:
    return any(condition() or hub.release.wait(0.01) for _ in range(2000))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_download_leaves_no_half_model_and_goes_on(
    hub: Hub, package: Path, tmp_path: Path, number: signal.Signals
) -> None:
    repository = Repository(hub, package).publish()
    config = configured(paths_under(tmp_path / "home"), modelscope=hub.url)
    environ = environment(config, hub)
    repository.page(CHECKPOINT).stall = 7000
    command = ("models", "pull-and-convert", NAME, "--precision", "fp32", "--json")
    with edge_tts(environ, *command) as running:
        assert hub.stalled.wait(30)
        digest = repository.entries[CHECKPOINT]["Sha256"]
        assert eventually(hub, lambda: (config.paths.downloads / digest).stat().st_size == 7000)
        running.send_signal(number)
    hub.release.set()
    assert store.installed(config.paths) == []
    with edge_tts(environ, *command) as running:
        out, errors = running.communicate(timeout=60)
    assert running.returncode == 0, errors
    assert json.loads(out)["state"] == "installed"
    assert any(span.startswith("bytes=7000-") for span in hub.ranges)
    assert leftovers(config.paths) == []


def test_a_killed_conversion_leaves_no_half_model_and_its_folder_goes_with_the_next_change(
    hub: Hub, package: Path, tmp_path: Path
) -> None:
    Repository(hub, package).publish()
    config = configured(paths_under(tmp_path / "home"), modelscope=hub.url)
    environ = environment(config, hub)
    with edge_tts(environ, "models", "pull-and-convert", NAME, "--precision", "int8", "--json") as running:
        assert running.stderr
        assert any("zhibei_emo: " in line for line in running.stderr)
        running.kill()
    assert store.installed(config.paths) == []
    assert [path.name[:8] for path in leftovers(config.paths)] == ["convert-"]
    assert pull(config).installation.changed
    assert leftovers(config.paths) == []
