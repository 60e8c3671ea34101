"""Models as people and a running daemon see them: plans, versions, other disks, damage; all without a restart."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_tts.errors import EdgeTTSError, ModelCorrupt, ModelUnreachable, UnknownVoice
from tests.support.running import Daemon, environment, run
from tests.support.store_model import connected, make_folder, manifest

DATA = Path(__file__).parents[1] / "data"
FILES = {"graph.bin": b"graph" * 1000}


def beeping(folder: Path, name: str, version: str = "1", **facts: str) -> Path:
    """Make a model that beeps, with a file that is not needed for it, and one voice of the model's name."""
    text = manifest(FILES, version=version, name=name, **facts)
    text = text.replace('"one"', f'"{name}"').replace('"two"', f'"{name}-two"')
    return make_folder(folder, text, FILES)


def models(environ: dict[str, str], *arguments: str) -> object:
    result = run(environ, "models", *arguments, "--json")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def listed(environ: dict[str, str], name: str) -> dict[str, object]:
    rows = models(environ, "list")
    assert isinstance(rows, list)
    (row,) = [row for row in rows if row["name"] == name]
    assert isinstance(row, dict)
    return row


@pytest.fixture
def running(start: Callable[..., Daemon]) -> Daemon:
    return start()


def speaks(daemon: Daemon, voice: str) -> bool:
    with daemon.client() as client:
        return len(client.synthesize("你好", voice=voice).samples) > 1000


def test_a_running_daemon_follows_installs_updates_and_removals(running: Daemon, tmp_path: Path) -> None:
    environ = running.environ
    with pytest.raises(UnknownVoice):
        speaks(running, "late")
    models(environ, "add", str(beeping(tmp_path / "late", "late")))
    assert speaks(running, "late")
    models(environ, "add", str(beeping(tmp_path / "later", "late", "2")))
    assert listed(environ, "late")["versions"] == ["2", "1"]
    assert models(environ, "rollback", "late") == {"name": "late", "version": "1"}
    assert models(environ, "use", "late", "2") == {"name": "late", "version": "2"}
    assert speaks(running, "late")
    pruned = models(environ, "prune", "--dry-run")
    assert isinstance(pruned, list)
    assert ["version", "late 1"] in [[item["kind"], item["name"]] for item in pruned]
    assert models(environ, "prune") == pruned
    models(environ, "remove", "late")
    with pytest.raises(UnknownVoice):
        speaks(running, "late")
    assert speaks(running, "beep")


def test_of_two_voices_with_one_name_each_can_be_named(start: Callable[..., Daemon], tmp_path: Path) -> None:
    daemon = start(EDGE_TTS_SPEECH_VOICE="second/first")
    models(daemon.environ, "add", str(beeping(tmp_path / "first", "first")))
    folder = beeping(tmp_path / "second", "second")
    path = folder / "manifest.toml"
    path.write_text(path.read_text().replace('"second"', '"first"').replace('name = "first"', 'name = "second"', 1))
    told = run(daemon.environ, "models", "add", str(folder)).stdout
    assert "another model has voices of the same names; these are called second/first\n" in told
    assert told.splitlines()[-1] in run(daemon.environ, "models", "list").stdout
    with daemon.client() as client:
        rows = {row["name"]: (row["model"], row["default"]) for row in client.voices()}
        assert rows["first"] == ("first", False)
        assert rows["second/first"] == ("second", True)
        for name in ("first", "second/first", "first/first", ""):
            *_, done = client.utter("你好", voice=name, output="return")
            model = rows[name][0] if name in rows else "second" if name == "" else "first"
            assert (done.stats["voice"], done.stats["model"]) == ("first", model)
        with pytest.raises(UnknownVoice, match=r"the nearest: .*second/first"):
            client.synthesize("你好", voice="second/firs")
    models(daemon.environ, "remove", "first")
    assert speaks(daemon, "first")
    assert speaks(daemon, "second/first")


def test_a_disk_that_goes_takes_only_its_voices_along_until_it_is_back(running: Daemon, tmp_path: Path) -> None:
    (tmp_path / "contents").mkdir()
    beeping(tmp_path / "contents" / "far", "far")
    with connected(tmp_path / "contents", tmp_path / "disk"):
        models(running.environ, "add", "--link", str(tmp_path / "disk" / "far"))
        assert listed(running.environ, "far")["state"] == "linked"
        assert speaks(running, "far")
    with pytest.raises(
        ModelUnreachable, match=r"model far is in .*/disk/far, which is not there: is its disk connected"
    ):
        speaks(running, "far")
    assert speaks(running, "beep")
    assert listed(running.environ, "far")["state"] == "unreachable"
    assert "which is not there" in run(running.environ, "doctor").stdout
    with connected(tmp_path / "contents", tmp_path / "disk"):
        assert speaks(running, "far")


def test_all_models_may_move_while_the_daemon_runs_and_their_disk_may_go(running: Daemon, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    assert speaks(running, "beep")
    moved = models(running.environ, "move", str(tmp_path / "disk"))
    assert moved == {"folder": str(tmp_path / "disk" / "edge-tts-models")}
    assert speaks(running, "beep")
    (tmp_path / "disk").rename(tmp_path / "gone")
    with pytest.raises(ModelUnreachable, match=r"the models are in .*/edge-tts-models, which is not there"):
        speaks(running, "beep")
    assert "which is not there" in run(running.environ, "models", "list").stdout
    with running.client() as client:
        assert client.status()["pid"] == running.pid
    (tmp_path / "gone").rename(tmp_path / "disk")
    assert speaks(running, "beep")
    models(running.environ, "move")
    assert speaks(running, "beep")


def test_damage_is_named_to_clients_and_people_until_it_is_repaired(running: Daemon, tmp_path: Path) -> None:
    source = beeping(tmp_path / "weak", "weak")
    models(running.environ, "add", str(source))
    graph = running.home / "state" / "models" / "weak" / "1" / "graph.bin"
    graph.write_bytes(b"other" * 1001)
    with pytest.raises(ModelCorrupt, match=r"graph\.bin of model weak was changed .*: edge-tts models verify weak"):
        speaks(running, "weak")
    verified = run(running.environ, "models", "verify", "--json")
    assert verified.returncode == 5
    assert [row["intact"] for row in json.loads(verified.stdout)] == [True, False]
    with pytest.raises(ModelCorrupt, match=r"weak is damaged and was moved aside.*graph\.bin: expected 5000 bytes"):
        speaks(running, "weak")
    assert listed(running.environ, "weak")["state"] == "damaged"
    doctor = run(running.environ, "doctor")
    assert "weak 1 is damaged and was moved aside: graph.bin: expected 5000 bytes" in doctor.stdout
    models(running.environ, "add", str(source))
    assert speaks(running, "weak")
    assert listed(running.environ, "weak")["state"] == "installed"


@pytest.mark.parametrize("ending", [".tar", ".tar.zst", ".zip"])
def test_a_model_is_carried_to_a_device_without_a_network(tmp_path: Path, ending: str) -> None:
    here, there = environment(tmp_path / "here"), environment(tmp_path / "there")
    file = tmp_path / f"model{ending}"
    models(here, "add", str(beeping(tmp_path / "m", "carried")))
    assert models(here, "export", "carried", str(file)) == {
        "name": "carried", "file": str(file), "bytes": file.stat().st_size
    }  # fmt: skip
    shutil.rmtree(tmp_path / "m")
    models(there, "import", "--offline", str(file))
    assert models(there, "verify") == [{"name": "carried", "version": "1", "intact": True, "problem": ""}]


def test_installing_shows_the_plan_before_and_says_why_it_is_refused(tmp_path: Path) -> None:
    environ = environment(tmp_path, EDGE_TTS_DISK_BUDGET_BYTES="100MB", EDGE_TTS_DOWNLOADS_OFFLINE="true")
    refused = run(environ, "models", "install", "kokoro")
    assert refused.returncode == 5
    for words in ("92.9 MB", "on the way  239 MB at most", "more than the budget allows", "Apache-2.0", "free"):
        assert words in refused.stdout
    assert "installing model kokoro needs 239 MB, which is" in refused.stderr
    offline = run(environment(tmp_path), "models", "install", "kokoro", "--offline")
    assert offline.returncode == 5
    assert "not downloaded, because offline" in offline.stderr


def test_a_plan_of_15_gb_explains_itself(tmp_path: Path) -> None:
    environ = environment(tmp_path)
    plan = run(environ, "disk", "plan", str(DATA / "large_models.toml"), "kokoro").stdout
    for words in ("cloning-voice", "gpt.safetensors", "int8 1.75 GB", "kokoro.onnx", "it fits with", "10.00 GB"):
        assert words in plan
    found = json.loads(run(environ, "disk", "plan", str(DATA / "large_models.toml"), "--json").stdout)
    assert found["final_bytes"] == 15_200_000_000
    assert sum(change["saved_bytes"] for change in found["changes"]) >= found["over_budget_bytes"] > 5_000_000_000
    assert run(environ, "disk", "plan", "nothing").returncode == 5


def test_a_catalog_that_has_moved_on_is_offered_and_installed(tmp_path: Path) -> None:
    environ = environment(tmp_path)
    old = (Path(__file__).parents[2] / "models" / "tone.toml").read_text(encoding="utf-8")
    folder = make_folder(tmp_path / "tone", old.replace('version = "1"', 'version = "0.9"'), {})
    models(environ, "add", str(folder))
    assert listed(environ, "tone")["update"] == "1"
    assert "version 1 can be had: edge-tts models update tone" in run(environ, "models", "list").stdout
    updated = models(environ, "update")
    assert isinstance(updated, list)
    assert [(row["name"], row["versions"]) for row in updated] == [("tone", ["1", "0.9"])]
    assert models(environ, "update") == []


def test_what_cannot_be_installed_says_so_in_one_line(tmp_path: Path) -> None:
    environ = environment(tmp_path)
    for arguments in (["add", "/nowhere"], ["import", os.devnull], ["export", "none", "x.tar"], ["move", "/nowhere"]):
        result = run(environ, "models", *arguments)
        assert result.returncode == 5, arguments
        assert len(result.stderr.splitlines()) == 1
    assert issubclass(ModelUnreachable, EdgeTTSError)
