"""What 8 bits cost, measured against what the original implementation computes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from edge_tts.cancel import CancelToken
from edge_tts.config.loading import load as load_config
from edge_tts.convert import report
from edge_tts.convert.quantization import calibration, fidelity, quantize
from edge_tts.convert.quantization.calibration import acoustic_model, vocoder_feeds
from edge_tts.convert.quantization.compact import compact
from edge_tts.convert.quantization.fidelity import Runner
from edge_tts.convert.sambert import conversion
from edge_tts.convert.sambert.model import Options, Summary, convert
from edge_tts.convert.sambert.package import voices
from edge_tts.engines import loading
from edge_tts.engines.engine import VoiceSettings
from edge_tts.engines.sambert.acoustic import AcousticModel, Plan
from edge_tts.engines.sambert.hifigan_layers import Network
from edge_tts.engines.sambert.hifigan_native import Stream
from edge_tts.engines.sambert.hifigan_weights import extract
from edge_tts.engines.sambert.voice import FILE_NAME, SambertVoice, read
from edge_tts.errors import ConversionError, EngineError, RequestError
from edge_tts.native import convolution as native
from edge_tts.native.convolution import Pool
from edge_tts.store.catalog import read as read_manifest
from edge_tts.store.installed import Installed
from edge_tts.text import analyze
from tests.support.sambert_package import CASES, make, reference


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("package") / "p", "16k", "--voices", "zhitian_emo")


@pytest.fixture(scope="module")
def summary(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Summary:
    """The package in 8 bits, with every speaker; calibrated with a quarter of the usual sentences, which is faster."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calibration, "SENTENCES", calibration.SENTENCES[::4])
        return convert(package, tmp_path_factory.mktemp("int8") / "m", Options(precision="int8", speakers=True))


@pytest.fixture(scope="module")
def folder(summary: Summary) -> Path:
    return summary.folder / "zhitian_emo"


@pytest.fixture(scope="module")
def voice(folder: Path) -> SambertVoice:
    return read(folder / FILE_NAME)


def decibels(expected: Any, found: Any) -> float:
    return fidelity.decibels([np.asarray(expected)], [np.asarray(found)])


def test_a_voice_takes_about_a_quarter_of_its_size_in_float(summary: Summary) -> None:
    assert summary.bytes <= 18_500_000  # 68.7 MB in float, 73 % less
    assert summary.bytes == sum(
        path.stat().st_size for path in summary.folder.rglob("*") if path.is_file() and path.name != "manifest.toml"
    )


@pytest.mark.parametrize("case", CASES)
def test_frames_and_audio_are_close_to_those_of_the_original(folder: Path, voice: SambertVoice, case: str) -> None:
    expected = reference("16k", case)
    plan = Plan(expected["memory"], int(expected["x_band_width"]), int(expected["valid_frames"]))
    mel = np.concatenate(list(acoustic_model(voice, folder).mel(plan, CancelToken())))
    assert decibels(expected["post_mel"], mel) >= 25.0
    (feed,) = vocoder_feeds(voice, [expected["voc_in"]])
    (audio,) = Runner.load(folder / "vocoder.onnx").run_all(feed, CancelToken())
    assert decibels(expected["wav"], audio[0]) >= 20.0


@pytest.mark.skipif(not native.available(), reason="there are no native convolutions here")
@pytest.mark.parametrize("case", CASES)
def test_native_audio_is_closer_to_the_original_s_than_that_of_the_graph(folder: Path, case: str) -> None:
    expected = reference("16k", case)
    pool = Pool(2)
    stream = Stream(Network(extract(folder / "vocoder.onnx"), pool))
    found = stream.feed(expected["voc_in"], None, CancelToken(), last=True)
    pool.close()
    (audio,) = Runner.load(folder / "vocoder.onnx").run_all(
        {"mel": np.ascontiguousarray(expected["voc_in"].T[np.newaxis])}
    )
    assert decibels(expected["wav"], found) >= max(20.0, decibels(expected["wav"], audio[0]))


@pytest.mark.parametrize("case", CASES)
def test_durations_stay_exact_behind_exact_text(folder: Path, case: str) -> None:
    expected = reference("16k", case)
    speakers, emotions = (np.load(folder / f"{name}.npy")[expected[key]]
                          for name, key in (("speakers", "spk_ids"), ("emotions", "emo_ids")))  # fmt: skip
    operators = {node.op_type for node in onnx.load(folder / "duration.onnx").graph.node}
    assert "MatMul" in operators  # in float, however its weights are stored
    assert not any("Integer" in one or "Quantize" in one for one in operators)
    zero = np.zeros(1, np.float32)
    inputs = {
        "ling": expected["ling_ids"][np.newaxis],
        "speaker": speakers[np.newaxis],
        "emotion": emotions[np.newaxis],
    }
    text = Runner.load(folder / "encoder.onnx").run_all({**inputs, "pitch_shift": zero, "energy_shift": zero},
                                                        CancelToken())[-1]  # fmt: skip
    cond = np.concatenate([text, speakers[np.newaxis], emotions[np.newaxis]], axis=2)
    (log_duration,) = Runner.load(folder / "duration.onnx").run_all({"cond": cond}, CancelToken())
    found = np.floor(np.exp(log_duration) - 0.5)
    assert abs(found.sum() / expected["durations"].sum() - 1) < 0.05  # an 8-bit encoder may move single frames


def test_large_weights_are_of_8_bits(folder: Path) -> None:
    for name in ("encoder", "memory_keys", "decoder_step", "postnet", "vocoder"):
        for one in onnx.load(folder / f"{name}.onnx").graph.initializer:
            if onnx.numpy_helper.to_array(one).dtype == np.float32:
                assert onnx.numpy_helper.to_array(one).nbytes < 1_100_000, (name, one.name)


def test_layers_stay_float_until_the_graph_is_faithful_enough(package: Path, tmp_path: Path) -> None:
    converted = conversion.voice(voices(package)[0])
    for _ in conversion.write(converted, tmp_path / "voice"):
        pass
    graphs = calibration.recorders(tmp_path / "voice")
    model = AcousticModel(converted.settings, graphs)
    calibration.mels(converted.settings, model, converted.speakers, converted.emotions, calibration.SENTENCES[:1])
    source, target = tmp_path / "voice" / "postnet.onnx", tmp_path / "target.onnx"
    usual = quantize.products(source, target, graphs["postnet"].runs)
    assert usual.floats == ()
    wanted = usual.decibels + 4
    found = quantize.products(source, target, graphs["postnet"].runs, least=wanted)
    assert found.decibels >= wanted
    assert found.tried
    assert 0 < len(found.floats) <= 8
    assert all(one.startswith(("MatMul", "LSTM")) for one in found.floats)
    assert target.stat().st_size < source.stat().st_size / 2


def test_constants_in_16_bits_are_those_of_the_graph_to_one_part_in_ten_thousand(package: Path, tmp_path: Path) -> None:
    converted = conversion.voice(voices(package)[0])
    path = tmp_path / "duration.onnx"
    converted.graphs["duration.onnx"].save(path)
    feed = {"cond": np.random.default_rng(0).standard_normal((1, 40, 96)).astype(np.float32)}
    run = fidelity.Run(feed, Runner.load(path).run_all(feed))
    before = path.stat().st_size
    compact(path)
    assert path.stat().st_size < 0.55 * before
    assert fidelity.compare(path, [run]).decibels > 80


def test_the_model_speaks_with_any_of_its_speakers_and_styles(summary: Summary, tmp_path: Path) -> None:
    manifest = read_manifest(summary.folder)
    assert [one.name for one in manifest.voices][:2] == ["zhitian_emo", "zhitian_emo.f74"]
    engine = loading.load(Installed(manifest, summary.folder).files_for_engine(tmp_path), 1, config=load_config())
    (sentence,) = analyze("小花儿和GPS。")
    said = {
        settings: np.concatenate(list(engine.synthesize(sentence, settings, CancelToken())))
        for settings in (
            VoiceSettings("zhitian_emo"),
            VoiceSettings("zhitian_emo.f74"),
            VoiceSettings("zhitian_emo", style="happy"),
            VoiceSettings("zhitian_emo", style="happy:0.5"),
            VoiceSettings("zhitian_emo", energy=1.5),
        )
    }
    assert all(len(samples) > 1000 and np.abs(samples).max() <= 1.0 for samples in said.values())
    assert len({samples.tobytes() for samples in said.values()}) == len(said)
    unknown = VoiceSettings("zhitian_emo", style="bored").without_effect(engine.info)
    assert unknown == ["style"]
    assert not VoiceSettings("zhitian_emo", style="happy:0.5").without_effect(engine.info)
    with pytest.raises(EngineError, match="has no speaker 'nobody'"):
        list(engine.synthesize(sentence, VoiceSettings("zhitian_emo.nobody"), CancelToken()))
    with pytest.raises(RequestError, match="from 0 to 2 of it"):
        list(engine.synthesize(sentence, VoiceSettings("zhitian_emo", style="happy:9"), CancelToken()))
    engine.close()


def test_the_vocoder_of_another_voice_takes_the_place_of_its_own_if_it_fits(package: Path, tmp_path: Path) -> None:
    other = make(tmp_path / "other", "16k", "--voices", "zhibei_emo") / "voices" / "zhibei_emo"
    plain = convert(package, tmp_path / "a", Options(precision="fp32"))
    exchanged = convert(package, tmp_path / "b", Options(precision="fp32", vocoder=other))
    differing = [
        path.name
        for path in sorted((plain.folder / "zhitian_emo").iterdir())
        if path.read_bytes() != (exchanged.folder / "zhitian_emo" / path.name).read_bytes()
    ]
    assert differing == ["vocoder.onnx"]


def test_a_vocoder_of_another_kind_of_mels_is_refused(package: Path, tmp_path: Path) -> None:
    other = make(tmp_path / "other", "nsf_24k", "--voices", "v1") / "voices" / "v1"
    with pytest.raises(
        ConversionError, match=r"cannot speak zhitian_emo: sample_rate, .* makes 16000 Hz.* takes 24000 Hz"
    ):
        convert(package, tmp_path / "b", Options(vocoder=other))
    assert not (tmp_path / "b").exists()


def test_the_report_has_every_graph_and_both_models_side_by_side(summary: Summary, package: Path) -> None:
    text = report.write(package, summary, Options(precision="int8"), lambda *_: None, load_config(), ["你好。"])
    for name, found in summary.graphs["zhitian_emo"].items():
        assert f"<td>{name}</td>" in text
        assert f"{found.decibels:.1f} dB" in text
    assert re.search(r"stays? in float</summary>Conv", text)
    assert f"durations: {summary.lengths['zhitian_emo']}" in text
    assert text.count("<svg") == 3
    assert "3.7" in text  # times smaller


def test_a_folder_that_exists_is_left_alone(package: Path, tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match="exists"):
        convert(package, tmp_path, Options())


def test_a_voice_that_the_package_lacks_is_refused_with_those_it_has(package: Path, tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match="has no voice 'zhida'; it has: zhitian_emo"):
        convert(package, tmp_path / "b", Options(voices=("zhida",)))


@pytest.mark.parametrize("name", ["encoder", "postnet", "decoder_step"])
def test_no_pair_of_weights_saturates_where_products_are_added_in_16_bits(folder: Path, name: str) -> None:
    graph = onnx.load(folder / f"{name}.onnx").graph
    arrays = {one.name: onnx.numpy_helper.to_array(one) for one in graph.initializer}
    products = [arrays[node.input[1]] for node in graph.node if node.op_type == "MatMulInteger"]
    assert products
    for weights in products:
        rows = weights.astype(np.int32).swapaxes(-1, -2)
        pairs = np.pad(rows, ((0, 0), (0, rows.shape[1] % 2))).reshape(len(rows), -1, 2)
        for signed in (pairs, -pairs):
            assert np.maximum(signed, 0).sum(axis=2).max() <= 128
        assert np.abs(rows).max(axis=1).min() > 40  # and not much of the range is given up
