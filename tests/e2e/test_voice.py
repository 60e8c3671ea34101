"""The default voice, really: mapped weights, a killed worker, a damaged prepared graph."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import edge_tts
from edge_tts import store
from edge_tts.cancel import CancelToken
from edge_tts.config.loading import load as load_config
from edge_tts.engines import loading
from edge_tts.engines.kokoro import engine, mixed
from edge_tts.engines.kokoro.native import NativeGraph
from edge_tts.engines.kokoro.voices import Voices
from edge_tts.engines.tuning import Way
from edge_tts.errors import EngineCrashed, Interrupted
from edge_tts.graphs.prepared import prepare
from edge_tts.graphs.session import Session
from edge_tts.system.memory import MemoryWatch
from tests.support.mappings import mapping, totals
from tests.support.running import Daemon, environment

pytestmark = [pytest.mark.voice, pytest.mark.timeout(600)]

SENTENCE = "今天天气真好，阳光洒在窗台上，我泡了一杯咖啡，准备开始一天的工作。"
PRIVATE_LIMIT = 90_000_000
ONNX_LIMIT = 450_000_000
"""Where ONNX Runtime computes the whole graph; about 250 MB are seen."""
TOKENS = np.array([[0, 51, 156, 43, 102, 4, 46, 57, 135, 51, 56, 16, 81, 102, 61, 43, 56, 16, 50, 65, 4, 0]])


@pytest.fixture
def preloaded(voice_home: Path, tmp_path: Path) -> Iterator[Daemon]:
    running = Daemon(voice_home, EDGE_TTS_SPEECH_PRELOAD="true", EDGE_TTS_SOCKET=str(tmp_path / "socket"))
    with running.client() as client:
        while state(client.status()) == "loading":
            pass
    yield running
    running.close()


def state(status: dict[str, object]) -> str:
    return next(row["state"] for row in status["models"] if row["name"] == "kokoro")  # type: ignore[attr-defined,no-any-return]


def weights(home: Path, name: str = "arrays.bin") -> Path:
    """What is mapped of the prepared model: those of ONNX Runtime's part, weights.bin, and of the native part."""
    (path,) = (home / "state" / "prepared" / "kokoro").glob(f"*/native/*/{name}")
    return path


def test_weights_are_mapped_clean_and_little_is_private(preloaded: Daemon) -> None:
    pid = preloaded.worker_pid("kokoro")
    assert totals(pid)["Private_Dirty"] < PRIVATE_LIMIT, "clean pages belong to files, and can be dropped"
    with preloaded.client() as client:
        client.synthesize(SENTENCE, cache=False)
    for name, size in (("arrays.bin", 50_000_000), ("weights.bin", 20_000_000)):
        mapped = mapping(pid, weights(preloaded.home, name))
        assert mapped["Rss"] > size, "the weights that were used are mapped"
        assert mapped["Private_Dirty"] == 0
        assert mapped["Shared_Dirty"] == 0


def test_a_second_worker_shares_the_weights(preloaded: Daemon, tmp_path: Path) -> None:
    for name in ("models", "prepared"):  # two names of the same files, as of a store on a shared disk
        shutil.copytree(preloaded.home / "state" / name, tmp_path / "state" / name, copy_function=os.link)
    second = Daemon(tmp_path, EDGE_TTS_SOCKET=str(tmp_path / "second"))
    try:
        with preloaded.client() as one, second.client() as two:
            one.synthesize(SENTENCE, cache=False)
            two.synthesize(SENTENCE, cache=False)
        mapped = mapping(second.worker_pid("kokoro"), weights(tmp_path))
    finally:
        second.close()
    assert mapped["Shared_Clean"] > 50_000_000
    assert mapped["Private_Clean"] + mapped["Private_Dirty"] < 5_000_000


def test_killing_the_worker_in_the_middle_fails_that_request_and_the_next_one_works(preloaded: Daemon) -> None:
    with preloaded.client() as client:
        stream = client.stream(SENTENCE * 4, cache=False)
        next(stream)
        os.kill(preloaded.worker_pid("kokoro"), signal.SIGKILL)
        with pytest.raises(EngineCrashed, match="SIGKILL"):
            list(stream)
        assert len(client.synthesize("你好", cache=False).samples) > 10_000


def test_a_missing_prepared_graph_is_made_again(voice_home: Path, tmp_path: Path) -> None:
    shutil.rmtree(voice_home / "state" / "prepared")
    running = Daemon(voice_home, EDGE_TTS_SOCKET=str(tmp_path / "socket"))
    try:
        with running.client() as client:
            assert len(client.synthesize("你好", cache=False).samples) > 10_000
    finally:
        running.close()
    assert weights(voice_home).stat().st_size > 50_000_000


Graph = type[Session] | type[NativeGraph]
GRAPHS = pytest.mark.parametrize("graph", [Session, NativeGraph])


@pytest.fixture
def opened(voice_home: Path, graph: Graph) -> Iterator[Session | NativeGraph]:
    """The installed graph in one of the two ways, on its own."""
    made = open_graph(voice_home, graph)
    yield made
    if isinstance(made, NativeGraph):
        made.close()


def open_graph(home: Path, graph: Graph) -> Session | NativeGraph:
    config = load_config(environment(home))
    files = store.find(config.paths, "kokoro").files_for_engine(home / "state" / "prepared")
    variant = "onnx" if graph is Session else "native"
    prepared = loading.prepare(files, Way(variant), config)["graph"]
    return Session(prepared, 2) if graph is Session else NativeGraph(prepared, prepared.arrays(), 2)


def inputs(tokens: int, token: int = 50) -> dict[str, NDArray[Any]]:
    return {
        "tokens": np.pad(np.full((1, tokens), token, np.int64), ((0, 0), (1, 1))),
        "style": np.zeros((1, 256), np.float32),
        "speed": np.ones(1, np.float32),
    }


@GRAPHS
def test_stopping_ends_a_computation_in_its_middle(opened: Session | NativeGraph) -> None:
    token = CancelToken()
    threading.Timer(0.2, token.cancel).start()  # the whole takes seconds
    with pytest.raises(Interrupted):
        opened.run(inputs(510), token)


@pytest.fixture
def native(voice_home: Path) -> Iterator[NativeGraph]:
    made = open_graph(voice_home, NativeGraph)
    assert isinstance(made, NativeGraph)
    yield made
    made.close()


def said(home: Path) -> dict[str, NDArray[Any]]:
    table = np.fromfile(next((home / "state" / "models" / "kokoro").glob("*/voices/zm_yunjian.bin")), "<f4")
    return inputs(0) | {"tokens": TOKENS, "style": table.reshape(510, 256)[TOKENS.size - 2][np.newaxis]}


def test_native_code_makes_the_sound_of_the_graph(native: NativeGraph, voice_home: Path) -> None:
    whole = open_graph(voice_home, Session)
    expected, found = whole.run(said(voice_home), CancelToken()), native.run(said(voice_home), CancelToken())
    assert len(found) < len(expected), "the silence at the end is shorter"
    speech = slice(0, len(found) - 12000)
    error = np.square(found[speech] - expected[speech]).sum() / np.square(expected).sum()
    assert error < 0.1, "eight bits differ by 3 % from eight bits"


@pytest.mark.parametrize("rows", [9, 40])
def test_pieces_with_the_moments_of_the_whole_are_the_whole(native: NativeGraph, voice_home: Path, rows: int) -> None:
    prosody = native._prosody(said(voice_home), CancelToken())
    count = len(prosody.features)
    measured = native._generator(prosody, said(voice_home), None, CancelToken())
    whole = measured.audio(0, count)
    known = native._generator(prosody, said(voice_home), measured.moments, CancelToken())
    assert np.array_equal(known.audio(0, count), whole)
    parts = [known.audio(at, min(at + rows, count)) for at in range(0, count, rows)]
    assert [len(part) for part in parts[:-1]] == [600 * rows] * (len(parts) - 1)
    error = np.concatenate(parts) - whole
    assert np.square(error).sum() < 0.005 * np.square(whole).sum(), "only rounding to 8 bits differs"


def test_audio_of_spectra_does_not_depend_on_how_they_are_cut(native: NativeGraph, voice_home: Path) -> None:
    generator = native._generator(native._prosody(said(voice_home), CancelToken()), said(voice_home), {}, CancelToken())
    count, hops = 30, 120
    x = np.random.default_rng(0).standard_normal((hops * count + 1, 22)).astype(np.float32)
    whole = generator._overlapped(x, 0, 0, count)
    for rows in (1, 7, 24):
        parts = []
        for begin in range(0, count, rows):
            end, first = min(begin + rows, count), max(hops * begin - 1, 0)
            parts.append(generator._overlapped(x[first : hops * end + 2], first, begin, end))
        np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_a_voice_is_measured_once_and_stops_between_pieces(native: NativeGraph, voice_home: Path) -> None:
    config = load_config(environment(voice_home))
    files = store.find(config.paths, "kokoro").files_for_engine(voice_home / "state" / "prepared")
    vocabulary = json.loads(files.files["vocabulary"][0].read_text("utf-8"))["vocab"]
    voices = Voices(files, vocabulary, config)
    for count in range(5):
        assert voices.coefficients("zf_xiaoyi") is None, count
        voices.measure("zf_xiaoyi", native, CancelToken())
    found, again = voices.coefficients("zf_xiaoyi"), Voices(files, vocabulary, config).coefficients("zf_xiaoyi")
    assert found is not None
    assert again is not None
    assert found.keys() == again.keys()
    assert all(np.array_equal(found[name], again[name]) for name in found)
    token = CancelToken()
    stream = native.stream(said(voice_home), {}, found, token)
    assert 0.3 * 24_000 < len(next(stream)) < 24_000
    token.cancel()
    with pytest.raises(Interrupted):
        next(stream)


def test_two_voices_of_one_model_speak_in_one_utterance(voice_daemon: Daemon) -> None:
    text = '<speak>你好。<voice name="zf_xiaobei">你好。</voice></speak>'
    with voice_daemon.client() as client:
        *_, done = client.utter(text, voice="zm_yunjian", output="return", cache=False)
        both, _ = client.synthesize(text, voice="zm_yunjian", cache=False)
        alone = [
            client.synthesize("你好。", voice=voice, cache=False).samples for voice in ("zm_yunjian", "zf_xiaobei")
        ]
    assert done.stats["ignored"] == []
    shared = sum(map(len, alone)) - len(both)  # silence that the second begins with is a part of the pause before it
    assert abs(shared - engine.LEAD * 24_000) <= 1


@pytest.fixture
def without_compiler(tmp_path: Path) -> Path:
    """The package as it is installed where there is no C compiler: all of it but the native library."""
    source, copy = Path(edge_tts.__file__).parent, tmp_path / "built" / "edge_tts"
    shutil.copytree(source / "native", copy / "native", ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    for path in source.iterdir():
        if path.name not in ("native", "__pycache__"):
            (copy / path.name).symlink_to(path)
    return copy.parent


@pytest.mark.skipif(sys.version_info < (3, 11), reason="the current directory comes first in older Pythons")
def test_without_native_code_the_voice_speaks_too_in_little_memory(
    voice_home: Path, tmp_path: Path, without_compiler: Path
) -> None:
    own = {"PYTHONPATH": str(without_compiler), "PYTHONSAFEPATH": "1"}  # not the package of the current directory
    running = Daemon(voice_home, EDGE_TTS_SOCKET=str(tmp_path / "socket"), **own)
    try:
        with running.client() as client:
            client.synthesize("你好", cache=False)
            (row,) = (row for row in client.status()["models"] if row["name"] == "kokoro")
            with MemoryWatch([row["pid"]]) as watch:
                audio = client.synthesize(SENTENCE * 2, cache=False)
    finally:
        running.close()
    assert row["way"].startswith("onnx")
    assert len(audio.samples) > 10 * audio.sample_rate
    assert watch.peaks[row["pid"]].own_bytes < ONNX_LIMIT


def test_the_decoder_in_floats_beside_the_front_makes_the_sound_of_the_graph(voice_home: Path, tmp_path: Path) -> None:
    """What a GPU computes, here computed by the CPU."""
    whole = open_graph(voice_home, Session)
    files = store.find(load_config(environment(voice_home)).paths, "kokoro").files_for_engine(tmp_path)
    parts, config = mixed.parts(files.files["graph"][0], tmp_path / "mixed", "cpu"), load_config()
    both = mixed.MixedGraph({name: prepare(part, config) for name, part in parts.items()}, 2)
    table = np.fromfile(next((voice_home / "state" / "models" / "kokoro").glob("*/voices/zm_yunjian.bin")), "<f4")
    said = inputs(0) | {"tokens": TOKENS, "style": table.reshape(510, 256)[TOKENS.size - 2][np.newaxis]}
    expected, got = (graph.run(said, CancelToken()).reshape(-1) for graph in (whole, both))
    assert len(got) == len(expected)
    error = np.square(got - expected).sum() / np.square(expected).sum()
    assert error < 0.1, "the decoder's activations are not rounded"
