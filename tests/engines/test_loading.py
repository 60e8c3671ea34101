"""A model is prepared, then opened: what is open is mapped from what was prepared, and nothing else is read or made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge_tts.cancel import CancelToken
from edge_tts.config.loading import load as load_config
from edge_tts.convert.sambert.model import Options, convert
from edge_tts.engines import loading, tuning
from edge_tts.engines.engine import Engine, VoiceSettings
from edge_tts.engines.model import ModelFiles
from edge_tts.engines.tuning import Figures, Way
from edge_tts.engines.ways import in_turn
from edge_tts.errors import EngineError, ModelCorrupt
from edge_tts.graphs import array_file
from edge_tts.graphs.prepared import ARRAYS, GRAPH
from edge_tts.store.catalog import read
from edge_tts.store.installed import Installed
from edge_tts.text import analyze
from tests.support import tiny_sambert, tiny_voice

CONFIG = load_config()


def said(engine: Engine, voice: str) -> bytes:
    (sentence,) = analyze("你好。")
    return np.concatenate([*engine.synthesize(sentence, VoiceSettings(voice, seed=3), CancelToken())]).tobytes()


@pytest.fixture(scope="module")
def sambert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A converted package of two voices."""
    folder = tmp_path_factory.mktemp("sambert")
    package = tiny_sambert.write(folder / "package", "one", "two")
    return convert(package, folder / "model", Options(precision="fp32")).folder


@pytest.fixture
def two_voices(sambert: Path, tmp_path: Path) -> ModelFiles:
    return Installed(read(sambert), sambert).files_for_engine(tmp_path / "prepared")


@pytest.fixture
def kokoro(tmp_path: Path) -> ModelFiles:
    folder = tiny_voice.make(tmp_path / "tiny")
    return Installed(read(folder), folder).files_for_engine(tmp_path / "prepared")


def graphs(model: ModelFiles) -> list[Path]:
    return [path for role, paths in model.files.items() for path in paths if path.suffix == ".onnx"]


def stamps(model: ModelFiles) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in model.prepared.rglob("*") if path.is_file()}


@pytest.mark.parametrize("variant", ["native", "onnx", "float"])
def test_an_engine_opens_what_was_prepared_and_does_not_need_the_graph_any_more(
    kokoro: ModelFiles, variant: str
) -> None:
    voice, way = kokoro.voices[0].name, Way(variant, 1)
    prepared = loading.prepare(kokoro, way, CONFIG)
    made = stamps(kokoro)
    first = said(loading.open_prepared(kokoro, prepared, way, CONFIG), voice)
    for graph in graphs(kokoro):
        graph.unlink()
    assert said(loading.open_prepared(kokoro, prepared, way, CONFIG), voice) == first
    assert stamps(kokoro) == made
    with pytest.raises(ModelCorrupt, match="is missing"):
        loading.prepare(kokoro, way, CONFIG)


@pytest.mark.parametrize("variant", ["native", "onnx"])
def test_another_voice_is_prepared_when_it_first_speaks_and_then_only_mapped(
    two_voices: ModelFiles, variant: str
) -> None:
    way = Way(variant, 1)
    prepared = loading.prepare(two_voices, way, CONFIG)
    assert {Path(path).relative_to(two_voices.prepared).parts[1] for path in stamps(two_voices)} == {"one"}
    engine = loading.open_prepared(two_voices, prepared, way, CONFIG)
    both = {voice: said(engine, voice) for voice in ("one", "two")}
    assert both["one"] != both["two"]
    made = stamps(two_voices)
    assert {Path(path).relative_to(two_voices.prepared).parts[1] for path in made} == {"one", "two"}
    again = loading.load(two_voices, 1, variant, config=CONFIG)
    assert {voice: said(again, voice) for voice in both} == both
    assert stamps(two_voices) == made
    engine.close()
    again.close()


@pytest.mark.parametrize("variant", ["native", "onnx"])
def test_what_is_damaged_between_preparing_and_opening_is_made_anew(two_voices: ModelFiles, variant: str) -> None:
    way = Way(variant, 1)
    prepared = loading.prepare(two_voices, way, CONFIG)
    whole = loading.open_prepared(two_voices, prepared, way, CONFIG)
    expected = said(whole, "one")
    for path in two_voices.prepared.rglob("*"):
        if path.name in (GRAPH, ARRAYS) and path.stat().st_size > 64:
            path.rename(path.with_name("moved"))  # what is mapped stays as it is
            path.write_bytes(b"\xff" * 200)
    again = loading.open_prepared(two_voices, prepared, way, CONFIG)
    assert said(again, "one") == expected
    assert said(whole, "one") == expected
    whole.close()
    again.close()


def test_who_finds_a_damaged_folder_made_anew_by_another_takes_that(two_voices: ModelFiles) -> None:
    part = loading.prepare(two_voices, Way("native", 1), CONFIG)["vocoder"]
    assert part.folder
    (part.folder / ARRAYS).write_bytes(b"\xff" * 200)
    part.arrays()
    made = part.folder.stat().st_ino
    assert made != part.inode
    part.opened(lambda folder: array_file.read(folder / ARRAYS), dict)
    with pytest.raises(ModelCorrupt, match="nothing is right for me"):
        part.opened(_refusing, dict)
    assert part.folder.stat().st_ino == made, "it was not made a second time"


def _refusing(folder: Path) -> None:
    raise ModelCorrupt("nothing is right for me")


@pytest.mark.parametrize(
    ("provider", "variants"),
    [
        ("cpu", ["onnx"]),
        ("auto", ["onnx"]),
        ("cuda", ["mixed", "cuda", "onnx"]),
        ("tensorrt", ["tensorrt", "onnx"]),
    ],
)
def test_a_gpu_gives_way_to_the_cpu(tmp_path: Path, provider: str, variants: list[str]) -> None:
    tuning.write(tmp_path, tuning.choose([Figures(Way("onnx", 3), 0.1, 0.1, 1)], 10))
    assert [way.variant for way in in_turn("kokoro", tmp_path, 0, provider)] == variants
    assert in_turn("kokoro", tmp_path, 0, provider)[-1] == Way("onnx", 3)


def test_an_unknown_engine_is_named(kokoro: ModelFiles) -> None:
    with pytest.raises(EngineError, match="wants engine 'other', expected fastspeech2, kokoro, sambert or tone"):
        loading.load_best(replace(kokoro, engine="other"), 1, "auto", CONFIG)
