"""A vocoder for another of the same mels, at conversion and after it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge_tts import store
from edge_tts.cancel import CancelToken
from edge_tts.cli.models.plan import path_or_name, print_plan
from edge_tts.config.settings import Config
from edge_tts.convert.exchange import exchange
from edge_tts.convert.sambert.model import Options, convert
from edge_tts.engines import loading
from edge_tts.engines.engine import VoiceSettings
from edge_tts.engines.sambert.voice import read
from edge_tts.errors import ConversionError, ModelCorrupt, UnknownModel
from edge_tts.store import Installed, planning
from edge_tts.text import analyze
from tests.support import tiny_sambert
from tests.support.store_model import configured, install, paths_under
from tests.support.tiny_sambert import Kind

if TYPE_CHECKING:
    from edge_tts.engines.engine import Samples

ROOT = Path(__file__).resolve().parents[2]
PLAIN, LIGHT, PITCHED = Kind(channels=32), Kind(channels=16, seed=2), Kind(nsf=True, seed=3)


def converted(folder: Path, name: str, kind: Kind, *voices: str, **options: Path) -> Path:
    """Convert a random package in float and return the model's folder."""
    package = tiny_sambert.write(folder / f"{name}-package", *(voices or (name,)), kind=kind, trained=False)
    wanted = Options(precision="fp32", name=name, **options)  # type: ignore[arg-type]
    return convert(package, folder / name, wanted).folder


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    converted(folder, "plain", PLAIN, "one", "two")
    converted(folder, "light", LIGHT)
    converted(folder, "pitched", PITCHED)
    return folder


@pytest.fixture
def config(tmp_path: Path, models: Path) -> Config:
    config = configured(paths_under(tmp_path))
    for name in ("plain", "light", "pitched"):
        install(config.paths, models / name)
    return config


def spoken(config: Config, model: Installed, voice: str) -> Samples:
    engine = loading.load(model.files_for_engine(config.paths.prepared), 1, config=config)
    settings = VoiceSettings(voice)
    pieces = [piece for one in analyze("你好。") for piece in engine.synthesize(one, settings, CancelToken())]
    engine.close()
    return np.concatenate(pieces)


def test_a_model_speaks_with_another_models_vocoder_and_goes_back(config: Config) -> None:
    before = store.find(config.paths, "plain")
    own = spoken(config, before, "two")
    done = exchange(config, "plain", "light").model
    assert done.version == f"{before.version}+light.light"
    assert done.manifest.vocoder == "light/light"
    assert done.manifest.mel == before.manifest.mel
    assert done.manifest.needs.installed_bytes < before.manifest.needs.installed_bytes
    light = store.find(config.paths, "light")
    for voice in ("one", "two"):
        there = done.folder / voice / "vocoder.onnx"
        assert there.read_bytes() == (light.folder / "light" / "vocoder.onnx").read_bytes()
    other = spoken(config, store.find(config.paths, "plain"), "two")
    assert len(other) == len(own)
    assert not np.allclose(other, own)
    store.verify(config.paths, "plain")
    assert store.roll_back(config.paths, "plain").version == before.version
    np.testing.assert_array_equal(spoken(config, store.find(config.paths, "plain"), "two"), own)


def test_an_exchange_back_is_the_model_as_it_was_but_for_its_version(config: Config) -> None:
    before = store.find(config.paths, "light").manifest
    exchange(config, "light", "plain", "one")
    assert exchange(config, "light", "plain", "two").model.version == f"{before.version}+plain.two"


def test_the_plan_shows_what_smaller_vocoders_save(config: Config, models: Path) -> None:
    (plain,) = store.plan_for(config, ["plain"]).models
    (part,) = [part for part in plain.parts if part.smaller]
    assert part.name == "vocoder (2 files)"
    ((form, size),) = part.smaller
    assert form == "vocoder of light"
    exchanged = exchange(config, "plain", "light").model.manifest
    assert size == sum(file.size for file in exchanged.files if file.role == "vocoder")
    (light,) = store.plan_for(config, [models / "light"]).models
    assert [part.smaller for part in light.parts if part.smaller] == []


def suggested(config: Config, capsys: pytest.CaptureFixture[str], *names: str) -> str:
    """Return the command that the plan says to exchange a vocoder by."""
    plan = store.plan_for(config, [path_or_name(name) for name in names])
    print_plan(plan, [])
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "exchange-vocoder" in line]
    return line.partition(" less: ")[2]


def run(config: Config, command: str) -> None:
    """Do what a shell does with a command."""
    environ = {**os.environ, "EDGE_TTS_HOME": str(config.paths.models.parent.parent), "PYTHONPATH": str(ROOT)}
    commands = f'edge-tts() {{ "{sys.executable}" -m edge_tts "$@"; }}; {command}'
    done = subprocess.run(["bash", "-c", commands], env=environ, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("donor", ["light", "{folder}"])
@pytest.mark.parametrize("model", ["plain", "{models}/plain"])
def test_the_command_that_the_plan_suggests_works_when_it_is_pasted(
    donor: str, model: str, models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(models / "light", tmp_path / "a light one"))
    config = configured(paths_under(tmp_path / "home"))
    for path in models.iterdir():
        if path.name in (model, donor):
            install(config.paths, path)
    names = [one.format(folder=folder, models=models) for one in (model, donor)]
    run(config, suggested(config, capsys, *names))
    assert store.find(config.paths, "plain").manifest.vocoder == "light/light"


def test_a_folder_beside_is_not_taken_for_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert [planning.written(one) for one in ("light", Path("light"), tmp_path)] == ["light", "./light", str(tmp_path)]


def test_a_vocoder_of_a_folder_can_be_taken(config: Config, models: Path) -> None:
    assert exchange(config, "plain", models / "light").model.manifest.vocoder == "light/light"
    with pytest.raises(UnknownModel, match="no folder with a model"):
        exchange(config, "plain", models / "nothing")


def test_an_acoustic_model_with_pitch_can_have_a_vocoder_without_source_not_the_other_way_round(
    config: Config,
) -> None:
    with pytest.raises(ConversionError, match="cannot speak one: the vocoder is one with a source, whose pitch"):
        exchange(config, "plain", "pitched")
    assert store.find(config.paths, "plain").manifest.vocoder == "plain"
    done = exchange(config, "pitched", "light").model
    assert len(spoken(config, done, "pitched")) > 1000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_mels", 10),
        ("fmin", 50.0),
        ("fmax", 7000.0),
        ("win_length", 800),
        ("n_fft", 1024),
        ("norm_type", "global"),
        ("max_norm", 4.0),
        ("symmetric", True),
        ("min_level_db", -80.0),
        ("ref_level_db", 0.0),
    ],
)
def test_a_vocoder_of_other_mels_is_refused_with_both_formats(
    config: Config, models: Path, tmp_path: Path, name: str, value: float | str
) -> None:
    folder = Path(shutil.copytree(models / "light", tmp_path / "other"))
    path = folder / "light" / "voice.json"
    voice = read(path)
    mel = replace(voice.mel, **{name: value})  # type: ignore[arg-type]
    path.write_text(replace(voice, mel=mel, vocoder=replace(voice.vocoder, mel=mel)).as_json())
    mine = read(models / "plain" / "one" / "voice.json").mel
    both = f"{name} differ: the acoustic model makes {re.escape(str(mine))}; the vocoder takes {re.escape(str(mel))}"
    with pytest.raises(ConversionError, match=both):
        exchange(config, "plain", folder)
    assert len(store.versions(config.paths, "plain")) == 1


@pytest.mark.parametrize("other", [Kind(rate=8000), Kind(rate=16000, scales=(8, 5, 3, 2))])
def test_another_sample_rate_or_hop_is_refused(config: Config, tmp_path: Path, other: Kind) -> None:
    folder = converted(tmp_path, "other", other)
    with pytest.raises(ConversionError, match=r"(sample_rate|hop_length).* differ: the acoustic model makes 16000 Hz"):
        exchange(config, "plain", folder)


def test_what_has_no_exchangeable_vocoder_is_refused(config: Config) -> None:
    store.install(config, "tone")
    with pytest.raises(ConversionError, match="cannot be exchanged, its engine is tone"):
        exchange(config, "tone", "light")
    with pytest.raises(ConversionError, match="no voice 'three' with a vocoder of its own"):
        exchange(config, "light", "plain", "three")
    with pytest.raises(UnknownModel):
        exchange(config, "plain", "nobody")


def test_a_vocoder_can_be_exchanged_at_conversion_and_the_manifest_says_so(models: Path, tmp_path: Path) -> None:
    donor = models / "light-package" / "voices" / "light"
    folder = converted(tmp_path, "mine", PLAIN, vocoder=donor)
    manifest = store.manifest_of(folder)
    assert manifest.vocoder == "light"
    assert (folder / "mine" / "vocoder.onnx").stat().st_size == (models / "light/light/vocoder.onnx").stat().st_size
    with pytest.raises(ConversionError, match="whose pitch the acoustic model does not predict"):
        converted(tmp_path, "wrong", PLAIN, vocoder=models / "pitched-package" / "voices" / "pitched")
    other = tiny_sambert.write(tmp_path / "rate", "other", kind=Kind(rate=8000, scales=(5, 5, 2, 2)))
    with pytest.raises(ConversionError, match=r"sample_rate, .*differ: the acoustic model makes 16000 Hz, hop 200"):
        converted(tmp_path, "slow", PLAIN, vocoder=other / "voices" / "other")


def test_a_voice_whose_vocoder_does_not_fit_is_not_loaded(models: Path, tmp_path: Path) -> None:
    voice = read(models / "plain" / "one" / "voice.json")
    wrong = replace(voice, vocoder=replace(voice.vocoder, harmonics=7))
    (tmp_path / "voice.json").write_text(wrong.as_json())
    with pytest.raises(ModelCorrupt, match="do not fit: the vocoder is one with a source"):
        read(tmp_path / "voice.json")
