"""What was measured on this machine decides how a model is computed, and which model speaks."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge_tts import disk, store
from edge_tts.config.loading import load as load_config
from edge_tts.config.settings import Config, Engines, Paths
from edge_tts.engines import loading, tuning
from edge_tts.engines import ways as engine_ways
from edge_tts.engines.model import ModelFiles
from edge_tts.engines.tuning import CpuUse, Figures, Tuning, Way
from edge_tts.errors import EngineError, StoreError
from edge_tts.graphs import gpu
from edge_tts.measuring import tune
from edge_tts.store.voices import automatic
from tests.support import tiny_voice
from tests.support.store_model import install, mounted

LIMIT = 0.7
CORES = len(os.sched_getaffinity(0))


ONE_THREAD = Way(threads=1)


def figures(rtf: float, way: Way = ONE_THREAD, private_bytes: int = 1000) -> Figures:
    return Figures(way, rtf, first_seconds=0.1, private_bytes=private_bytes)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return load_config({"EDGE_TTS_HOME": str(tmp_path)}).paths


@pytest.fixture
def tiny(paths: Paths, tmp_path: Path) -> ModelFiles:
    model = install(paths, tiny_voice.make(tmp_path / "tiny")).model
    return model.files_for_engine(paths.prepared)


def test_the_fastest_way_that_fits_the_memory_is_chosen() -> None:
    slow, fast, large = (figures(0.3), figures(0.2, Way("int8", 2)), figures(0.1, Way("float", 2), 5000))
    assert tuning.choose([slow, fast, large], available_bytes=2000).chosen == fast
    assert tuning.choose([slow, fast, large], available_bytes=9000).chosen == large
    assert tuning.choose([large], available_bytes=2000).chosen == large, "one has to be used"


@pytest.mark.parametrize(
    ("use", "threads", "seconds"),
    [
        (CpuUse(1.0, 1.0, 0.0), 1, 1.0),  # alone
        (CpuUse(0.7, 1.1, 0.0), 2, 0.7),
        (CpuUse(2.0, 1.0, 1.0), 1, 1.0),  # every second slice was another's
        (CpuUse(1.4, 1.1, 0.7), 2, 0.7),  # one of two processors was shared, and the other thread waited for that one
        (CpuUse(1.4, 1.1, 1.4), 2, 0.55),  # both were shared: no more is certain than that it cannot be quicker
        (CpuUse(0.5, 1.1, 0.0), 2, 0.5),  # clocks are not exact
        (CpuUse(2.0, 0.1, 0.0), 2, 2.0),  # it waited for something else
    ],
)
def test_what_else_the_machine_did_is_taken_off_the_time(use: CpuUse, threads: int, seconds: float) -> None:
    assert use.undisturbed(threads) == pytest.approx(seconds)


def test_on_a_machine_where_something_else_runs_two_threads_are_chosen_as_on_one_where_nothing_does() -> None:
    alone = {1: CpuUse(1.0, 1.0, 0.0), 2: CpuUse(0.7, 1.1, 0.0)}
    busy = {1: CpuUse(1.1, 1.0, 0.1), 2: CpuUse(1.5, 1.1, 0.8)}
    for uses in (alone, busy):
        tried = [figures(use.undisturbed(threads), Way(threads=threads)) for threads, use in uses.items()]
        assert tuning.choose(tried, 10_000).chosen.way.threads == 2


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    record = tuning.choose([figures(0.3), figures(0.2, Way("int8", 2))], 10_000)
    tuning.write(tmp_path / "model", record)
    assert tuning.read(tmp_path / "model") == record
    assert [path.name for path in (tmp_path / "model").iterdir()] == [tuning.FILE_NAME]


@pytest.mark.parametrize(
    "content", ["{", "{}", '{"tried": [], "machine": ""}', '{"tried": [{}], "machine": ""}', "[1]"]
)
def test_a_damaged_record_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / tuning.FILE_NAME).write_text(content)
    assert tuning.read(tmp_path) is None


def test_a_record_of_another_machine_is_none(tmp_path: Path) -> None:
    tuning.write(tmp_path, Tuning((figures(0.3),), machine="another"))
    assert tuning.read(tmp_path) is None


def test_a_record_that_cannot_be_kept_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "model").write_text("in the way")
    with pytest.raises(StoreError, match="cannot be kept"):
        tuning.write(tmp_path / "model", Tuning((figures(0.3),), tuning.machine()))


def test_every_way_of_a_real_model_is_measured_in_a_process_of_its_own(tiny: ModelFiles) -> None:
    seen: list[tuple[Way, int]] = []
    ways = [Way(threads=1), Way(threads=2)]
    record = tune.tune(tiny, ways, lambda way, count: seen.append((way, count)), load_config())
    assert seen == [(ways[0], 0), (ways[1], 1)]
    assert sorted(found.way.threads for found in record.tried) == [1, 2]
    assert all(0 < found.rtf and 0 < found.first_seconds and found.private_bytes > 1_000_000 for found in record.tried)
    assert record.tried[0].rtf <= record.tried[1].rtf * tuning.TIE
    assert tuning.read(tiny.prepared) == record


def test_a_way_that_is_much_slower_than_another_is_spoken_once_only(
    tiny: ModelFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, spoken = loading.load(tiny, 1, config=load_config()), []
    monkeypatch.setattr(tune, "TEXTS", ("你好。",))
    monkeypatch.setattr(engine, "synthesize", lambda *given: spoken.append(1) or [np.zeros(240, np.float32)])
    tune._measured(engine, "ming", fastest=0.0)
    assert len(spoken) == 1 + tune.ROUNDS, "one to warm up"
    spoken.clear()
    tune._measured(engine, "ming", fastest=1e-9)
    assert len(spoken) == 2


def test_when_the_time_is_up_what_was_measured_decides(tiny: ModelFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tune, "TUNE_SECONDS", 0.0)
    record = tune.tune(tiny, [Way("onnx", 1), Way("onnx", 2)], lambda way, count: None, load_config())
    assert [found.way.threads for found in record.tried] == [1]


def test_what_the_disk_has_no_room_for_is_not_chosen(tiny: ModelFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    rtfs = {"onnx": 0.2, "float": 0.1}

    def measure(model: ModelFiles, way: Way, config: Config, fastest: float) -> tuple[Figures, bool]:
        return figures(rtfs[way.variant], way), way.variant == "onnx"

    monkeypatch.setattr(tune, "measure", measure)
    record = tune.tune(tiny, [Way("onnx", 1), Way("float", 1)], lambda way, count: None, load_config())
    assert record.chosen.way.variant == "onnx"


@pytest.mark.parametrize(("megabytes", "kept"), [(1, False), (64, True)])
def test_measuring_tells_whether_the_disk_has_room_for_what_is_prepared(
    tiny: ModelFiles, tmp_path: Path, megabytes: int, kept: bool
) -> None:
    with mounted(tmp_path / "small", size_bytes=megabytes << 20) as folder:
        found, is_kept = tune.measure(replace(tiny, prepared=folder / "prepared"), Way("onnx", 1), load_config())
        assert found.rtf > 0
        assert is_kept == kept


@pytest.mark.parametrize("threads", [0, 3])
def test_the_default_way_is_tried_first_and_a_gpu_only_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    monkeypatch.setattr(gpu, "problem", lambda: "there is none")
    without = tune.ways("kokoro", Engines(threads=threads))
    assert without[0].variant == engine_ways.variants("kokoro")[0]
    assert {way.variant for way in without} == set(engine_ways.variants("kokoro"))
    assert {way.threads for way in without} == ({threads} if threads else {1, max(CORES // 2, 1), CORES})
    monkeypatch.setattr(gpu, "problem", lambda: "")
    tried = tune.ways("kokoro", Engines(threads=threads))
    assert [way.variant for way in tried if way not in without] == ["mixed", "cuda"]
    assert tune.ways("kokoro", Engines(threads=threads, provider="cpu")) == without
    assert tune.ways("tone", Engines(threads=threads)) == []


def test_a_way_that_fails_is_left_out_and_named_when_it_is_the_only_one(tiny: ModelFiles) -> None:
    wrong = Way("no-such-variant", 1)
    record = tune.tune(tiny, [wrong, Way(threads=1)], lambda way, count: None, load_config())
    assert [found.way for found in record.tried] == [Way(threads=1)]
    with pytest.raises(EngineError, match=r"no variant 'no-such-variant'"):
        tune.tune(tiny, [wrong], lambda way, count: None, load_config())


def test_a_recorded_way_that_the_engine_no_longer_has_does_not_keep_it_from_loading(tiny: ModelFiles) -> None:
    tuning.write(tiny.prepared, tuning.choose([figures(0.1, Way("gone", 1))], 10_000))
    loading.load(tiny, threads=0, config=load_config()).close()


def test_the_automatic_voice_is_the_best_sounding_one_that_is_fast_enough(paths: Paths, tmp_path: Path) -> None:
    install(paths, tiny_voice.make(tmp_path / "tiny"))
    install(paths, "tone")
    models = [
        replace(model, manifest=replace(model.manifest, preference=rank))
        for rank, model in enumerate(store.installed(paths), 1)
    ]
    tiny, tone = (model.files_for_engine(paths.prepared).prepared for model in models)

    def chosen() -> str:
        return automatic(models, paths.prepared, LIMIT).name

    assert [model.name for model in models] == ["tiny", "tone"]
    assert chosen() == "tone", "unmeasured is fast enough"
    tuning.write(tone, tuning.choose([figures(0.8)], 10_000))
    assert chosen() == "tiny"
    tuning.write(tiny, tuning.choose([figures(0.9)], 10_000))
    assert chosen() == "tone", "none is fast enough, the fastest speaks"
    tuning.write(tiny, tuning.choose([figures(0.1)], 10_000))
    tuning.write(tone, tuning.choose([figures(0.6)], 10_000))
    assert chosen() == "tone", "both are fast enough, the better one speaks"


def test_a_new_measurement_changes_the_automatic_voice_at_once(paths: Paths, tmp_path: Path) -> None:
    from edge_tts.daemon.voices import Voices

    install(paths, tiny_voice.make(tmp_path / "tiny"))
    install(paths, "tone")
    voices = Voices(load_config({"EDGE_TTS_HOME": str(tmp_path)}))
    first = voices.find("auto")[1]
    slow = next(model for model in store.installed(paths) if first in {voice.name for voice in model.voices})
    tuning.write(slow.files_for_engine(paths.prepared).prepared, tuning.choose([figures(5.0)], 10_000))
    assert voices.find("auto")[1] != first


def test_manifests_are_not_read_again_because_a_model_was_used(paths: Paths, tmp_path: Path) -> None:
    from edge_tts.daemon.voices import Voices

    install(paths, "tone")
    voices = Voices(load_config({"EDGE_TTS_HOME": str(tmp_path)}))
    files, _ = voices.find("auto")
    files.prepared.mkdir(parents=True, exist_ok=True)
    tuning.write(files.prepared, tuning.choose([figures(0.1)], 10_000))
    models = voices.models()
    with disk.Lease(files.prepared) as lease:
        lease.touch()
    assert voices.models() is models


def test_the_record_is_json_for_people(tmp_path: Path) -> None:
    tuning.write(tmp_path, tuning.choose([figures(0.3)], 10_000))
    assert json.loads((tmp_path / tuning.FILE_NAME).read_text())["tried"][0]["rtf"] == 0.3


def test_what_was_measured_counts_for_the_processors_that_may_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    found = set()
    for processors in ({0}, {0, 1}, {0, 1, 2, 3}):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _, those=processors: those)
        found.add(tuning.machine())
    assert len(found) == 3
