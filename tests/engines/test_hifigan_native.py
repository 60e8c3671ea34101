"""The vocoder with native convolutions, against the graph that it takes its weights from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_tts.cancel import CancelToken
from edge_tts.config.loading import load as load_config
from edge_tts.convert.quantization import quantize
from edge_tts.convert.quantization.compact import compact
from edge_tts.convert.quantization.fidelity import Run, Runner, decibels
from edge_tts.convert.sambert import hifigan_graph
from edge_tts.convert.sambert.model import Options, convert
from edge_tts.engines import loading
from edge_tts.engines.engine import VoiceSettings
from edge_tts.engines.sambert.engine import Sambert
from edge_tts.engines.sambert.hifigan_layers import Network
from edge_tts.engines.sambert.hifigan_native import Stream
from edge_tts.engines.sambert.hifigan_weights import extract
from edge_tts.errors import Interrupted, ModelCorrupt
from edge_tts.native import convolution as native
from edge_tts.native.convolution import Pool
from edge_tts.store.catalog import read
from edge_tts.store.installed import Installed
from edge_tts.text import analyze
from tests.support import tiny_sambert
from tests.support.native_lanes import lanes_here
from tests.support.tiny_sambert import Kind

pytestmark = pytest.mark.skipif(not native.available(), reason="there are no native convolutions here")

KINDS = {
    "causal": Kind(),
    "looking ahead": Kind(causal=False),
    "with a source": Kind(nsf=True, channels=32),
    "looking ahead, with a source": Kind(nsf=True, causal=False, seed=3),
    "three stages": Kind(scales=(8, 5, 3), channels=40),
    "a published hop, with a source": Kind(scales=(8, 5, 3, 2), nsf=True, channels=32),
}
DILATIONS = ((1,), (1,), (1,))
CUTS = ((0, 1, 2, 3, 9, 40, 90), (0, 30, 90), (0, 5, 10, 15, 90), (*range(0, 90, 7), 90))

Floats = NDArray[np.float32]


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    assert isinstance(request.param, Kind)
    return request.param


@pytest.fixture
def graph(kind: Kind, tmp_path: Path) -> Path:
    settings = hifigan_graph.Generator(kind.scales, DILATIONS, kind.causal, 0.1, kind.nsf)
    hifigan_graph.vocoder(tiny_sambert.vocoder(kind, kind.seed), settings).save(tmp_path / "vocoder.onnx")
    return tmp_path / "vocoder.onnx"


def heard(kind: Kind, seed: int, count: int = 90) -> tuple[Floats, Floats | None]:
    """Return frames and the excitation."""
    random = np.random.default_rng(seed)
    frames = random.standard_normal((count, kind.mels)).astype(np.float32)
    samples = random.standard_normal((8, count * math.prod(kind.scales))).astype(np.float32)
    return frames, samples if kind.nsf else None


def feed(frames: Floats, excitation: Floats | None) -> dict[str, NDArray[Any]]:
    inputs: dict[str, NDArray[Any]] = {"mel": np.ascontiguousarray(frames.T[np.newaxis])}
    return inputs if excitation is None else {**inputs, "source": excitation[np.newaxis]}


def spoken(
    path: Path, frames: Floats, excitation: Floats | None, cuts: Sequence[int], threads: int = 2, lanes: str = ""
) -> Floats:
    """Return what the native vocoder makes, given the frames in pieces."""
    pool = Pool(threads, lanes)
    network = Network(extract(path), pool)
    stream, hop = Stream(network), network.hop
    pieces = [
        stream.feed(
            frames[begin:end],
            None if excitation is None else excitation[:, begin * hop : end * hop],
            CancelToken(),
            last=end == len(frames),
        )
        for begin, end in pairwise(cuts)
    ]
    pool.close()
    return np.concatenate(pieces)


def test_a_float_vocoder_makes_the_audio_of_its_graph(graph: Path, kind: Kind) -> None:
    frames, excitation = heard(kind, 0)
    (expected,) = Runner.load(graph).run_all(feed(frames, excitation))
    np.testing.assert_allclose(spoken(graph, frames, excitation, (0, 90)), expected[0], atol=1e-5)


@pytest.mark.parametrize("form", [0, 1, 3, 4])
def test_one_in_8_bits_is_as_close_to_the_float_graph_as_its_own(graph: Path, kind: Kind, form: int) -> None:
    frames, excitation = heard(kind, 0)
    calibration = [feed(*heard(kind, seed)) for seed in (1, 2)]
    (expected,) = Runner.load(graph).run_all(feed(frames, excitation))
    target = graph.with_name("quantized.onnx")
    how = quantize.FORMS[form]
    quantize._write(graph, target, quantize._Reader(calibration), how, [*quantize._float_nodes(graph, how)])
    compact(target)
    own = quantize.compare(target, [Run(feed(frames, excitation), [expected])]).decibels
    found = spoken(target, frames, excitation, (0, 90))
    assert decibels([expected[0]], [found]) > own - 1.0
    assert any(array.dtype == np.int8 for array in extract(target).values())
    for cuts in CUTS:
        np.testing.assert_array_equal(spoken(target, frames, excitation, cuts), found)


@pytest.mark.parametrize("lanes", lanes_here())
def test_pieces_are_bit_for_bit_what_one_run_makes(graph: Path, kind: Kind, lanes: str) -> None:
    frames, excitation = heard(kind, 0)
    whole = spoken(graph, frames, excitation, (0, 90), 1, lanes)
    for threads in (1, 2, 4):
        for cuts in CUTS:
            np.testing.assert_array_equal(spoken(graph, frames, excitation, cuts, threads, lanes), whole)


def test_one_frame_and_none_can_be_spoken(graph: Path, kind: Kind) -> None:
    frames, excitation = heard(kind, 0, 1)
    (expected,) = Runner.load(graph).run_all(feed(frames, excitation))
    found = spoken(graph, frames, excitation, (0, 1))
    np.testing.assert_allclose(found, expected[0], atol=1e-5)
    pool = Pool(1)
    network = Network(extract(graph), pool)
    nothing = None if excitation is None else excitation[:, :0]
    assert not len(Stream(network).feed(frames[:0], nothing, CancelToken(), last=False))
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Interrupted):
        Stream(network).feed(frames, excitation, cancel, last=True)
    pool.close()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sambert")
    package = tiny_sambert.write(folder / "package", "zhibei_emo", kind=Kind(nsf=True))
    return convert(package, folder / "model", Options(precision="fp32")).folder


def engine(model: Path, prepared: Path, variant: str) -> Sambert:
    loaded = loading.load(Installed(read(model), model).files_for_engine(prepared), 1, variant, config=load_config())
    assert isinstance(loaded, Sambert)
    return loaded


def said(speaker: Sambert) -> Floats:
    (sentence,) = analyze("今天天气很好。")
    return np.concatenate(list(speaker.synthesize(sentence, VoiceSettings("zhibei_emo", seed=7), CancelToken())))


def test_both_ways_of_the_engine_say_the_same(model: Path, tmp_path: Path) -> None:
    spoken_by = {}
    for variant in ("native", "onnx", ""):
        loaded = engine(model, tmp_path, variant)
        spoken_by[variant] = said(loaded)
        loaded.close()
    np.testing.assert_array_equal(spoken_by[""], spoken_by["native"])  # the one that is used unmeasured
    np.testing.assert_allclose(spoken_by["native"], spoken_by["onnx"], atol=1e-4)
    assert not np.array_equal(spoken_by["native"], spoken_by["onnx"])


def test_without_a_library_onnx_runtime_computes(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = said(engine(model, tmp_path, "onnx"))
    monkeypatch.setattr("edge_tts.native.convolution.LIBRARY", tmp_path / "none.so")
    np.testing.assert_array_equal(said(engine(model, tmp_path, "native")), usual)


def test_weights_are_mapped_and_made_anew_where_they_are_damaged(model: Path, tmp_path: Path) -> None:
    loaded = engine(model, tmp_path, "native")
    first = said(loaded)
    (kept,) = tmp_path.rglob("vocoder/arrays/arrays.bin")
    assert str(kept) in Path("/proc/self/maps").read_text()
    loaded.close()
    before = kept.stat()
    np.testing.assert_array_equal(said(engine(model, tmp_path, "native")), first)
    assert kept.stat().st_mtime_ns == before.st_mtime_ns
    kept.write_bytes(b"no arrays")
    np.testing.assert_array_equal(said(engine(model, tmp_path, "native")), first)
    assert kept.stat().st_size == before.st_size


def test_a_graph_that_is_no_vocoder_is_refused_with_what_was_expected(model: Path) -> None:
    for name in ("postnet", "encoder"):
        with pytest.raises(ModelCorrupt, match=r"has no value audio|expected"):
            extract(model / "zhibei_emo" / f"{name}.onnx")
