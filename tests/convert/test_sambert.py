from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_tts.cancel import CancelToken
from edge_tts.convert.quantization import receptive_field
from edge_tts.convert.quantization.fidelity import Runner
from edge_tts.convert.sambert import conversion, hifigan_graph
from edge_tts.convert.sambert.package import voices
from edge_tts.engines.sambert.acoustic import AcousticModel, Conditions, Plan
from edge_tts.engines.sambert.harmonic_source import HarmonicSource
from edge_tts.engines.sambert.symbols import Token
from edge_tts.engines.sambert.vocoder import VocoderStream, pitch_of
from edge_tts.engines.sambert.voice import GRAPHS
from edge_tts.engines.sambert.voice import read as read_voice
from edge_tts.engines.windows import Windows
from edge_tts.errors import ConversionError, ModelCorrupt
from tests.support import pth, sambert_package
from tests.support.sambert_configurations import CONFIGURATIONS
from tests.support.sambert_package import CASES, DATA, VARIANTS, make, reference

Floats = NDArray[np.float32]


class Voice:
    """A converted voice with its graphs loaded."""

    def __init__(self, package: Path, folder: Path) -> None:
        converted = conversion.voice(voices(package)[0])
        for _ in conversion.write(converted, folder):
            pass
        self.settings = converted.settings
        self.speakers, self.emotions = converted.speakers, converted.emotions
        self.graphs = {name: Runner.load(folder / f"{name}.onnx") for name in (*GRAPHS, "vocoder")}
        self.acoustic = AcousticModel(self.settings, self.graphs)

    def conditions(self, case: dict[str, Any], **controls: float) -> Conditions:
        speaker = case["spk_ids"][0]
        vector = self.speakers[speaker] if case["spk_ids"].ndim == 1 else speaker
        return Conditions(vector, self.emotions[case["emo_ids"]], **controls)

    def plan(self, case: dict[str, Any], **controls: float) -> Plan:
        return self.acoustic.plan(case["ling_ids"], self.conditions(case, **controls), CancelToken())

    def mel(self, plan: Plan) -> Floats:
        return np.concatenate(list(self.acoustic.mel(plan, CancelToken())))

    def encoder(self, case: dict[str, Any]) -> dict[str, Floats]:
        conditions = self.conditions(case)
        speaker = np.tile(conditions.speaker, (1, len(case["ling_ids"]), 1))
        zero = np.zeros(1, np.float32)
        inputs = {"ling": case["ling_ids"][np.newaxis], "speaker": speaker, "emotion": conditions.emotion[np.newaxis]}
        found = self.graphs["encoder"].run_all({**inputs, "pitch_shift": zero, "energy_shift": zero}, CancelToken())
        return dict(zip(("pitch", "energy", "hidden", "text"), found, strict=True))

    def vocoder(self, frames: Floats, source: Floats | None = None) -> Floats:
        bands = self.settings.mel.n_mels
        feed = {"mel": np.ascontiguousarray(frames[:, :bands].T[np.newaxis])}
        if source is not None:
            feed["source"] = source[np.newaxis]
        (audio,) = self.graphs["vocoder"].run_all(feed, CancelToken())
        return audio[0]  # type: ignore[no-any-return]


@pytest.fixture(scope="module", params=VARIANTS)
def variant(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package with one voice; not to be changed."""
    return make(tmp_path_factory.mktemp("original") / "package", "16k", "--voices", "zhitian_emo")


@pytest.fixture
def package(original: Path, tmp_path: Path) -> Path:
    """A copy of it, to change."""
    return Path(shutil.copytree(original, tmp_path / "package", copy_function=os.link))


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    path.unlink()  # the original has it too
    path.write_text(text.replace(old, new), "utf-8")


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory, original: Path) -> dict[str, Voice]:
    """Every variant, converted when it is first asked for."""

    class ByVariant(dict[str, Voice]):
        def __missing__(self, name: str) -> Voice:
            folder = tmp_path_factory.mktemp(name)
            package = original if name == "16k" else make(folder / "package", name, "--voices", VARIANTS[name])
            self[name] = Voice(package, folder / "voice")
            return self[name]

    return ByVariant()


@pytest.fixture
def voice(converted: dict[str, Voice], variant: str) -> Voice:
    return converted[variant]


@pytest.fixture
def plain(converted: dict[str, Voice]) -> Voice:
    return converted["16k"]


def far(found: Any, expected: Any) -> float:
    return float(np.abs(np.asarray(found).reshape(-1) - np.asarray(expected).reshape(-1)).max())


def symbols(line: str) -> list[Token]:
    fields = [token.strip("{}").split("$") for token in line.split()]
    return [Token(*field[:4]) for field in fields]


# as the original implementation computes


@pytest.mark.parametrize("case", CASES)
def test_the_acoustic_model_is_that_of_the_original(voice: Voice, variant: str, case: str) -> None:
    expected = reference(variant, case)
    np.testing.assert_array_equal(voice.settings.encode(symbols(str(expected["symbols"]))), expected["ling_ids"])
    found = voice.encoder(expected)
    assert far(found["hidden"], expected["text_hid"]) <= 1e-4
    assert far(found["pitch"], expected["pitch"]) <= 1e-4
    assert far(found["energy"], expected["energy"]) <= 1e-4
    plan = voice.plan(expected)
    assert plan.frames == expected["valid_frames"] == expected["durations"].sum()
    assert plan.band == expected["x_band_width"]
    assert far(plan.memory, expected["memory"]) <= 1e-4
    assert far(voice.mel(plan), expected["post_mel"]) <= 5e-4


@pytest.mark.parametrize("case", CASES)
def test_durations_are_exactly_those_of_the_original(voice: Voice, variant: str, case: str) -> None:
    expected = reference(variant, case)
    conditions = voice.conditions(expected)
    speaker = np.tile(conditions.speaker, (1, len(expected["ling_ids"]), 1))
    text = voice.encoder(expected)["text"]
    cond = np.concatenate([text, speaker, conditions.emotion[np.newaxis]], axis=2)
    (log_duration,) = voice.graphs["duration"].run_all({"cond": cond}, CancelToken())
    assert far(log_duration, expected["log_duration"]) <= 1e-4
    np.testing.assert_array_equal(np.floor(np.exp(log_duration) - 0.5), expected["durations"])


@pytest.mark.parametrize("case", CASES)
def test_a_vocoder_without_source_makes_the_audio_of_the_original(plain: Voice, case: str) -> None:
    expected = reference("16k", case)
    assert far(plain.vocoder(expected["voc_in"]), expected["wav"]) <= 1e-4
    assert far(plain.vocoder(plain.mel(plain.plan(expected))), expected["wav"]) <= 1e-3


@pytest.mark.parametrize("variant", [name for name in VARIANTS if "nsf" in name])
@pytest.mark.parametrize("case", CASES)
def test_a_vocoder_with_source_makes_the_audio_of_the_original_from_its_phases_and_noise(
    converted: dict[str, Voice], variant: str, case: str
) -> None:
    voice, expected = converted[variant], reference(variant, case)
    rate, hop = voice.settings.mel.sample_rate, voice.settings.mel.hop_length
    pitch, voiced = expected["voc_in"][:, -2], expected["voc_in"][:, -1] > 0.5
    source = HarmonicSource(rate, hop, 8, 0, expected["nsf_phase"])(pitch, voiced, expected["nsf_noise"][0])
    assert far(voice.vocoder(expected["voc_in"], source), expected["wav"]) <= 1e-3
    silent = np.zeros((8, len(pitch) * hop), np.float32)
    quiet = HarmonicSource(rate, hop, 8, 0, np.zeros(8))(pitch, voiced, silent)
    assert far(voice.vocoder(expected["voc_in"], quiet), expected["wav_zero_noise"]) <= 1e-3


@pytest.mark.parametrize(("variant", "scale"), [("nsf_24k", 60.0), ("se_nsf_global_16k", 700.0)])
@pytest.mark.parametrize("case", CASES)
def test_pitch_and_voicing_for_the_source_are_those_of_the_original(
    converted: dict[str, Voice], variant: str, scale: float, case: str
) -> None:
    voice, expected = converted[variant], reference(variant, case)
    frames = voice.mel(voice.plan(expected))
    pitch, voiced = pitch_of(frames, voice.settings.pitch_scale, voice.settings.pitch_offset)
    assert far(pitch, expected["voc_in"][:, -2]) <= 5e-4 * scale
    np.testing.assert_array_equal(voiced, expected["voc_in"][:, -1] > 0.5)


# speakers, emotions, controls


def test_only_another_emotion_or_only_another_speaker_changes_the_frames(plain: Voice) -> None:
    case = reference("16k", "nihao_happy")
    usual = plain.plan(case)
    for change in ({"emo_ids": np.roll(case["emo_ids"], 1) + 2}, {"spk_ids": case["spk_ids"] + 3}):
        changed = plain.plan({**case, **change})
        rows = min(len(usual.memory), len(changed.memory))
        assert far(usual.memory[:rows], changed.memory[:rows]) > 1e-2
        frames = min(usual.frames, changed.frames)
        assert far(plain.mel(usual)[:frames], plain.mel(changed)[:frames]) > 1e-2


@pytest.mark.parametrize(("speed", "low", "high"), [(0.5, 1.8, 2.2), (2.0, 0.4, 0.65)])
def test_speed_scales_the_frames(plain: Voice, speed: float, low: float, high: float) -> None:
    case = reference("16k", "beijing_neutral")
    usual, changed = plain.plan(case).frames, plain.plan(case, speed=speed).frames
    assert low <= changed / usual <= high


def test_pitch_and_energy_can_be_shifted(plain: Voice) -> None:
    case = reference("16k", "beijing_neutral")
    usual = plain.plan(case).memory
    for control in ("pitch_shift", "energy_shift"):
        changed = plain.plan(case, **{control: 1.0}).memory
        rows = min(len(usual), len(changed))
        assert far(usual[:rows], changed[:rows]) > 1e-2


# streaming


def test_one_token_can_be_spoken(plain: Voice) -> None:
    case = reference("16k", "beijing_neutral")
    plan = plain.plan({**case, **{name: case[name][:1] for name in ("ling_ids", "emo_ids", "spk_ids")}})
    assert len(plain.mel(plan)) == plan.frames > 0


def test_more_tokens_than_the_original_has_positions_for_are_spoken(plain: Voice) -> None:
    case = reference("16k", "long_angry_spk2")
    many = {name: np.concatenate([case[name]] * 16) for name in ("ling_ids", "emo_ids", "spk_ids")}
    assert len(many["ling_ids"]) > 800
    assert plain.plan({**case, **many}).frames > 16


def test_tokens_without_duration_give_no_frames_and_no_error(plain: Voice) -> None:
    plan = plain.plan(reference("16k", "beijing_neutral"), speed=1000.0)
    assert plan.frames == plan.band == 0
    assert list(plain.acoustic.mel(plan, CancelToken())) == []


def test_attention_with_a_band_of_zero_sees_its_own_step_only(plain: Voice) -> None:
    plan = plain.plan(reference("16k", "beijing_neutral"))
    frames = plain.mel(Plan(plan.memory, 0, plan.frames))
    assert frames.shape == (plan.frames, 80)
    assert np.isfinite(frames).all()


@pytest.mark.parametrize("variant", ["16k", "se_nsf_global_16k"])
def test_windows_of_the_vocoder_are_heard_as_one_piece(converted: dict[str, Voice], variant: str) -> None:
    voice, case = converted[variant], reference(variant, "long_angry_spk2")
    frames = voice.mel(voice.plan(case))
    mel = voice.settings.mel
    harmonics = voice.settings.vocoder.harmonics
    source = HarmonicSource(mel.sample_rate, mel.hop_length, harmonics, seed=3) if harmonics else None
    again = HarmonicSource(mel.sample_rate, mel.hop_length, harmonics, seed=3) if harmonics else None
    whole = voice.vocoder(frames, source(*pitch_of(frames, voice.settings.pitch_scale, voice.settings.pitch_offset))
                          if source else None)  # fmt: skip
    stream = VocoderStream(voice.settings, voice.graphs["vocoder"], again)
    cuts = [0, 7, 20, 21, 50, len(frames)]
    pieces = [stream.feed(frames[start:end], CancelToken(), last=end == len(frames)) for start, end in pairwise(cuts)]
    streamed = np.concatenate([piece for piece in pieces if piece is not None])
    if source is None:  # noise is drawn piece by piece, so only without it are both the same signal
        assert far(streamed, whole) <= 1e-5
    assert len(streamed) == len(whole) == len(frames) * mel.hop_length


def test_the_postnet_in_windows_gives_what_it_gives_in_one(plain: Voice) -> None:
    settings = plain.settings
    frames = np.random.default_rng(0).standard_normal((400, 80)).astype(np.float32)

    def run(window: Any, state: dict[str, Floats]) -> list[Any]:
        inputs = {"frames": window.frames[np.newaxis], "begin": np.array([window.begin]), "end": np.array([window.end])}
        return plain.graphs["postnet"].run_all({**inputs, **state}, CancelToken())

    zero = {name: np.zeros((1, 1, settings.postnet_size), np.float32) for name in ("h", "c")}
    whole = run(Windows(0, 0).feed(frames, last=True), zero)[0][0]
    windows, state, parts = Windows(settings.postnet_past, settings.postnet_ahead), zero, []
    for start in range(0, 400, 40):
        window = windows.feed(frames[start : start + 40], last=start == 360)
        assert window is not None
        mel, *after = run(window, state)
        state = dict(zip(("h", "c"), after, strict=True))
        parts.append(mel[0])
    assert far(np.concatenate(parts), whole) <= 1e-5


# packages


def test_the_checkpoint_with_the_largest_number_is_taken_and_the_first_voice_is_the_default(tmp_path: Path) -> None:
    found = voices(make(tmp_path / "p", "16k"))
    assert [voice.name for voice in found] == ["zhitian_emo", "zhibei_emo"]
    assert {voice.vocoder.name for voice in found} == {"checkpoint_1.pth"}


def test_a_voice_that_is_listed_and_not_there_is_left_out(package: Path) -> None:
    rewrite(package / "voices" / "voices.json", '["', '["gone", "')
    assert [voice.name for voice in voices(package)] == ["zhitian_emo"]


@pytest.mark.parametrize("name", ["../voices", "/tmp", "A B", ""])
def test_a_name_that_is_no_voice_s_is_refused(package: Path, name: str) -> None:
    rewrite(package / "voices" / "voices.json", '["', f'["{name}", "')
    with pytest.raises(ConversionError, match="expected the name of a voice"):
        voices(package)


def custom(package: Path, **changes: str) -> None:
    """Name the files of the one voice in the configuration, as fine-tuning does."""
    folder = "voices/zhitian_emo"
    files = {
        "voice_name": "mine",
        "am_ckpt": f"{folder}/am/ckpt",
        "voc_ckpt": f"{folder}/voc/ckpt/checkpoint_1.pth",
        "am_config": f"{folder}/am/config.yaml",
        "voc_config": f"{folder}/voc/config.yaml",
    }
    rewrite(
        package / "configuration.json",
        '"model": {',
        '"model": {"custom_ckpt": ' + json.dumps({**files, **changes}) + ",",
    )


def test_a_configuration_may_name_the_files_of_its_one_voice(package: Path) -> None:
    custom(package)
    (found,) = voices(package)
    assert found.name == "mine"
    assert found.vocoder.name == "checkpoint_1.pth"
    assert conversion.voice(found).settings.mel.sample_rate == 16000


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"voice_name": "../x"}, "expected the name of a voice"), ({"am_ckpt": "../../x.pth"}, "outside the package")],
)
def test_a_configuration_that_leads_out_of_the_package_is_refused(
    package: Path, changes: dict[str, str], why: str
) -> None:
    custom(package, **changes)
    with pytest.raises(ConversionError, match=why):
        voices(package)


def test_a_vocoder_that_is_not_beside_its_voice_is_refused(plain: Voice, tmp_path: Path) -> None:
    text = plain.settings.as_json().replace('"graph": "vocoder.onnx"', '"graph": "../vocoder.onnx"')
    (tmp_path / "voice.json").write_text(text, "utf-8")
    with pytest.raises(ModelCorrupt, match="a file beside it"):
        read_voice(tmp_path / "voice.json")


def test_tables_without_mask_have_the_same_rows(plain: Voice, tmp_path: Path) -> None:
    package = make(tmp_path / "p", "16k", "--voices", "zhitian_emo", "--no-mask")
    bare = conversion.voice(voices(package)[0])
    assert len(bare.emotions) == 35
    for table in ("symbols", "tones", "syllable_flags", "word_places", "emotions", "speakers"):
        assert getattr(bare.settings, table) == getattr(plain.settings, table)


@pytest.mark.parametrize(
    ("kind", "why"),
    [("voices.zip", "layout of early packages"), ("graph.pb", "TensorFlow"), ("README.md", r"no voices/voices\.json")],
)
def test_old_and_foreign_packages_are_refused(tmp_path: Path, kind: str, why: str) -> None:
    (tmp_path / kind).write_bytes(b"")
    with pytest.raises(ConversionError, match=why):
        voices(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("MAS: false", "FP: true", "filled pauses"),
        ("sy,tone", "byte_index,tone", "reads bytes"),
        ("speaker_list: F7,F74,", "speaker_list: F7,", "table of speakers has 9 rows"),
    ],
)
def test_unsupported_models_are_refused(package: Path, old: str, new: str, why: str) -> None:
    rewrite(package / "voices" / "zhitian_emo" / "am" / "config.yaml", old, new)
    with pytest.raises(ConversionError, match=why):
        conversion.voice(voices(package)[0])


def test_a_frame_of_another_length_than_the_vocoder_makes_is_refused(package: Path) -> None:
    rewrite(package / "voices" / "zhitian_emo" / "audio_config.yaml", "hop_length: 200", "hop_length: 240")
    with pytest.raises(ConversionError, match="a frame has 240 samples, its vocoder makes 200"):
        conversion.voice(voices(package)[0])


# vocoders of all published configurations

REACH = {"v1_8k": (62, 0), "v1_16k": (35, 0), "v1_24k": (27, 0), "v1_48k": (34, 0), "noncausal_v1_16k": (18, 18)}
"""Frames that matter before and behind; those of the original at 16, 24 and 48 kHz were measured."""


def random_vocoder(name: str) -> dict[str, Floats]:
    rng = np.random.default_rng(1)
    tensors = {}
    for line in (DATA / f"keys_hifigan_{name}.txt").read_text("utf-8").splitlines():
        key, shape = line.split("\t")
        size = json.loads(shape)
        tensors[key] = (rng.standard_normal(size) / math.sqrt(max(math.prod(size[1:]), 1))).astype(np.float32)
    tensors["conv_post.conv1d.weight_g"] *= np.float32(0.1)  # or the audio is clipped, and hides what differs
    return tensors


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_every_published_vocoder_is_built_and_streams(name: str, tmp_path: Path) -> None:
    one = CONFIGURATIONS[name]
    settings = hifigan_graph.Generator(one.scales, (one.dilations,) * 3, one.causal, 0.1, one.source)
    tensors = random_vocoder(name)
    hifigan_graph.vocoder(tensors, settings).save(tmp_path / "v.onnx")
    kernels = {key.removesuffix(".weight_v"): value.shape[2] for key, value in tensors.items() if value.ndim == 3}
    past, ahead = receptive_field.frames(kernels, settings)
    assert (past, ahead) == REACH.get(name, (past, ahead))
    graph, hop, bands = (
        Runner.load(tmp_path / "v.onnx"),
        one.hop,
        tensors["conv_pre.conv1d.weight_v"].shape[1],
    )
    rng = np.random.default_rng(2)
    frames = rng.standard_normal((past + ahead + 30, bands)).astype(np.float32)
    excitation = rng.standard_normal((8, len(frames) * hop)).astype(np.float32)

    def run(start: int, end: int) -> Floats:
        feed = {"mel": np.ascontiguousarray(frames[start:end].T[np.newaxis])}
        if one.source:
            feed["source"] = excitation[np.newaxis, :, start * hop : end * hop]
        return graph.run_all(feed, CancelToken())[0][0]  # type: ignore[no-any-return]

    whole = run(0, len(frames))
    assert len(whole) == len(frames) * hop
    middle = run(5, 5 + past + ahead + 10)[past * hop : (past + 10) * hop]
    assert far(middle, whole[(5 + past) * hop : (15 + past) * hop]) <= 1e-5


def test_a_weight_without_its_norm_is_refused() -> None:
    tensors = random_vocoder("v1_16k")
    del tensors["conv_pre.conv1d.weight_g"]
    with pytest.raises(ConversionError, match=r"conv_pre\.conv1d\.weight_v has no weight_g"):
        hifigan_graph.fuse(tensors)


def test_a_checkpoint_without_a_generator_is_refused(package: Path) -> None:
    pth.save(package / "voices/zhitian_emo/voc/ckpt/checkpoint_9.pth", {"model": {"discriminator": {}}})
    with pytest.raises(ConversionError, match=r"no model\.generator"):
        conversion.voice(voices(package)[0])


@pytest.mark.skipif(not sambert_package.WHOLE.is_dir(), reason="the whole reference data is not here")
def test_reference_data_that_are_kept_are_those_of_the_whole() -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "scripts.build.make_sambert_data", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
