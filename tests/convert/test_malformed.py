"""Packages that are wrong in any way end with an error that says what is wrong, and leave nothing behind."""

from __future__ import annotations

import json
import pickle
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_tts.convert.checkpoints import weights
from edge_tts.convert.sambert.model import Options, Summary, convert
from edge_tts.errors import ConversionError
from tests.support import pth, tiny_sambert
from tests.support.tiny_sambert import Kind

VOICE = "voices/one"
ACOUSTIC, VOCODER = f"{VOICE}/am/ckpt/checkpoint_0.pth", f"{VOICE}/voc/ckpt/checkpoint_1.pth"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return tiny_sambert.write(tmp_path / "package", "one", kind=Kind(nsf=True), trained=False)


def refused(package: Path, why: str, **options: Any) -> None:
    out = package.parent / "out" / "model"
    with pytest.raises(ConversionError, match=why):
        convert(package, out, Options(precision="fp32", **options))
    assert not out.exists()
    assert not [*out.parent.glob(".*")], "a half-written model is left"


def converted(package: Path) -> Summary:
    return convert(package, package.parent / "model", Options(precision="fp32"))


def rewrite(package: Path, name: str, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change a JSON or YAML file of a package."""
    path = package / name
    content = json.loads(path.read_text())
    path.write_text(json.dumps(change(content) or content))


def acoustic_with(package: Path, **changes: Any) -> None:
    tensors = tiny_sambert.acoustic(Kind(nsf=True), 1)
    pth.save(package / ACOUSTIC, {"model": {**tensors, **changes}})


# files


@pytest.mark.parametrize("name", [f"{VOICE}/am/config.yaml", f"{VOICE}/voc/config.yaml", f"{VOICE}/am/mvn.npy"])
def test_a_missing_file_is_named(package: Path, name: str) -> None:
    (package / name).unlink()
    refused(package, rf"{name.rpartition('/')[2]}.* cannot be read")


@pytest.mark.parametrize("name", [ACOUSTIC, VOCODER])
def test_a_missing_checkpoint_is_named(package: Path, name: str) -> None:
    (package / name).unlink()
    refused(package, "has no checkpoint, expected checkpoint_NUMBER.pth")


@pytest.mark.parametrize("content", ["- a\n- b\n", "a: [1", "\x00", "[" * 5000, "&a [*a]\n", ""])
def test_settings_that_are_no_settings_are_refused(package: Path, content: str) -> None:
    (package / VOICE / "am" / "config.yaml").write_text(content)
    refused(package, "expected settings by name|is no YAML")


def test_settings_that_grow_without_end_are_refused(package: Path) -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 20)]
    (package / VOICE / "am" / "config.yaml").write_text("\n".join(lines))
    refused(package, "heads|checkpoint|fit|numbers|spoken|speakers")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x80\x02}.", b"\x00" * 1000])
def test_a_checkpoint_that_is_none_is_refused(package: Path, content: bytes) -> None:
    (package / ACOUSTIC).write_bytes(content)
    refused(package, "checkpoint_0.pth")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_checkpoint_that_was_cut_is_refused(package: Path, share: float) -> None:
    content = (package / ACOUSTIC).read_bytes()
    (package / ACOUSTIC).write_bytes(content[: int(share * len(content))])
    refused(package, "checkpoint_0.pth is no PyTorch checkpoint")


class Attack:
    def __reduce__(self) -> Any:
        return exec, ("raise SystemExit('code of a checkpoint was run')",)


@pytest.mark.parametrize("name", [ACOUSTIC, VOCODER])
def test_a_checkpoint_with_code_is_refused_and_nothing_runs(package: Path, name: str) -> None:
    with zipfile.ZipFile(package / name, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({"model": Attack()}))
    refused(package, r"asks for builtins\.exec, only tensors and plain data are read")


def test_arrays_with_code_are_refused_and_nothing_runs(package: Path) -> None:
    np.save(package / VOICE / "am" / "mvn.npy", np.array([Attack()], object), allow_pickle=True)
    refused(package, r"mvn\.npy with mean and deviation of the pitch cannot be read")


def test_a_checkpoint_that_unpacks_to_much_is_refused(package: Path) -> None:
    with zipfile.ZipFile(package / ACOUSTIC) as whole:
        entries = {name: whole.read(name) for name in whole.namelist()}
    with zipfile.ZipFile(package / ACOUSTIC, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in entries.items():
            packed.writestr(name, content)
    refused(package, "is compressed, which PyTorch does not do")


def test_more_values_than_any_model_has_are_refused(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "MOST_VALUES", 1000)
    refused(package, "values, expected some, and at most 1000")


def test_a_tensor_that_repeats_one_value_for_ever_is_refused(package: Path) -> None:
    """Strides of zero make a huge tensor of one number."""
    tensors = tiny_sambert.acoustic(Kind(nsf=True), 1)
    pth.save(package / ACOUSTIC, {"model": tensors})
    with zipfile.ZipFile(package / ACOUSTIC) as whole:
        entries = {name: whole.read(name) for name in whole.namelist()}
    huge = pickle.dumps(2_000_000_000, 2)[2:-1]
    assert entries["checkpoint_0/data.pkl"].count(b"K\x93K\x10") == 1
    entries["checkpoint_0/data.pkl"] = entries["checkpoint_0/data.pkl"].replace(b"K\x93K\x10", huge + b"K\x10")
    with zipfile.ZipFile(package / ACOUSTIC, "w") as changed:
        for name, content in entries.items():
            changed.writestr(name, content)
    refused(package, "values, expected some, and at most")


# tensors


def test_every_tensor_that_is_missing_or_of_another_shape_or_no_number_is_noticed(package: Path) -> None:
    """All kinds of tensors, not all of them: one of each layer that there are several of."""
    tensors = tiny_sambert.acoustic(Kind(nsf=True), 1)
    kinds = {name for name in tensors if ".1." not in name and "_reverse" not in name and "energy" not in name}
    for name in sorted(kinds)[::3]:
        missing = {key: value for key, value in tensors.items() if key != name}
        pth.save(package / ACOUSTIC, {"model": missing})
        refused(package, r"checkpoint_0\.pth has no |fit together|cannot be spoken|it is no Sambert|se\.npy")
        wide = np.concatenate([tensors[name]] * 2)
        pth.save(package / ACOUSTIC, {"model": {**tensors, name: wide}})
        refused(package, "expected|fit together|cannot be spoken|frames|values")


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("name", ["mel_postnet.fc.bias", "text_encoder.sy_emb.weight"])
def test_weights_that_are_no_numbers_are_named(package: Path, name: str, value: float) -> None:
    tensors = tiny_sambert.acoustic(Kind(nsf=True), 1)
    tensors[name].flat[3] = value
    acoustic_with(package, **tensors)
    refused(package, rf"checkpoint_0\.pth: {name} has values that are no numbers")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("variance_adaptor.duration_predictor.fc.bias", 1e30),
        ("variance_adaptor.duration_predictor.fc.bias", 12.0),
        ("mel_decoder.mel_dec.dec_out_proj.bias", 3e38),
    ],
)
def test_weights_that_lead_to_no_audio_are_refused(package: Path, name: str, value: float) -> None:
    tensors = tiny_sambert.acoustic(Kind(nsf=True), 1)
    tensors[name][:] = value
    acoustic_with(package, **tensors)
    refused(package, "voice one cannot be spoken")


def test_a_vocoder_whose_tensors_are_missing_or_wrong_is_refused(package: Path) -> None:
    kind = Kind(nsf=True)
    tensors = tiny_sambert.vocoder(kind, 8)
    for name in [*tensors][::7]:
        for wrong in (None, np.concatenate([tensors[name]] * 3)):
            changed = {key: value for key, value in {**tensors, name: wrong}.items() if value is not None}
            pth.save(package / VOCODER, {"model": {"generator": changed}})
            refused(package, r"has no |fit together|cannot be spoken|takes \d+ mels")


# settings


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("encoder_num_heads", 0),
        ("encoder_num_heads", 3),
        ("decoder_num_heads", -1),
        ("outputs_per_step", 0),
        ("outputs_per_step", 10**9),
        ("predictor_shift", 100),
        ("postnet_shift", -100),
        ("postnet_shift", "a"),
        ("nsf_norm_type", "other"),
    ],
)
def test_settings_of_the_acoustic_model_that_cannot_be_are_refused(package: Path, key: str, value: Any) -> None:
    def change(config: dict[str, Any]) -> None:
        config["Model"]["KanTtsSAMBERT"]["params"][key] = value

    rewrite(package, f"{VOICE}/am/config.yaml", change)
    refused(package, "config.yaml|fit together|cannot be spoken|normalises pitch")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("upsample_scales", []),
        ("upsample_scales", [0, 5, 2, 2]),
        ("upsample_scales", [-10, -5, 2, 2]),
        ("upsample_scales", [10, 5, 2]),
        ("upsample_scales", "fast"),
        ("upsample_scales", None),
        ("resblock_dilations", [[]]),
        ("resblock_dilations", [[0], [1], [1]]),
        ("resblock_dilations", [[1, 3], [1], [1]]),
        ("out_channels", 4),
        ("nonlinear_activation_params", {"negative_slope": "steep"}),
    ],
)
def test_settings_of_the_vocoder_that_cannot_be_are_refused(package: Path, key: str, value: Any) -> None:
    def change(config: dict[str, Any]) -> None:
        config["Model"]["Generator"]["params"][key] = value

    rewrite(package, f"{VOICE}/voc/config.yaml", change)
    refused(package, r"config\.yaml|fit together|cannot be spoken|bands|a frame has")


@pytest.mark.parametrize("rate", [0, 1, -16000, 10**9, "16k", None, True])
def test_a_sample_rate_that_is_none_is_refused(package: Path, rate: Any) -> None:
    rewrite(package, f"{VOICE}/audio_config.yaml", lambda found: found["audio_config"].update(sampling_rate=rate))
    rewrite(package, "configuration.json", lambda found: found["model"].update(sample_rate=rate))
    refused(package, "sample rate")


@pytest.mark.parametrize("language", ["ZhHK", "WuuShanghai", "Sichuan"])
def test_a_voice_of_another_dialect_is_refused(package: Path, language: str) -> None:
    rewrite(package, f"{VOICE}/am/config.yaml", lambda found: found["linguistic_unit"].update(language=language))
    refused(
        package, f"speaks {language}, as linguistic_unit.language.* says, whose sounds the text front end does not make"
    )


@pytest.mark.parametrize("statistics", [[[200.0], [0.0]], [[200.0], [np.nan]], [[200.0]], [[1.0], [2.0], [3.0]]])
def test_statistics_of_the_pitch_that_cannot_be_are_refused(package: Path, statistics: list[list[float]]) -> None:
    np.save(package / VOICE / "am" / "mvn.npy", np.array(statistics))
    refused(package, r"mvn\.npy has")


def test_a_speakers_vector_of_another_length_is_refused(tmp_path: Path) -> None:
    package = tiny_sambert.write(tmp_path / "package", "one", kind=Kind(se=True), trained=False)
    np.save(package / VOICE / "am" / "se.npy", np.zeros((1, 192), np.float32))
    refused(package, r"se\.npy has 192 values, expected 4")


# one voice of several


def breaks(package: Path, how: str) -> str:
    """Break the voice `bad` and return what is said of it."""
    folder = package / "voices" / "bad"
    match how:
        case "no checkpoint":
            shutil.rmtree(folder / "am" / "ckpt")
            return "has no checkpoint"
        case "damaged checkpoint":
            (folder / "voc" / "ckpt" / "checkpoint_1.pth").write_bytes(b"nothing")
            return r"checkpoint_1\.pth"
        case "no settings":
            (folder / "am" / "config.yaml").write_text("- 1")
            return "expected settings by name"
        case "dialect":
            rewrite(package, "voices/bad/am/config.yaml", lambda one: one["linguistic_unit"].update(language="ZhHK"))
            return "speaks ZhHK"
        case _:
            folder.rename(folder.parent / "b a d")
            rewrite(package, "voices/voices.json", lambda _: {"voices": ["good", "b a d", "fine"]})
            return "expected the name of a voice"


@pytest.mark.parametrize("how", ["no checkpoint", "damaged checkpoint", "no settings", "dialect", "name"])
def test_a_broken_voice_is_in_the_way_of_the_others_only_until_they_are_named(tmp_path: Path, how: str) -> None:
    package = tiny_sambert.write(tmp_path / "package", "good", "bad", "fine", trained=False)
    why = breaks(package, how)
    whose = "'b a d'" if how == "name" else "bad"
    refused(package, f"{why}.*; without voice {whose} it goes on: --voice good --voice fine$")
    summary = convert(package, tmp_path / "model", Options(precision="fp32", voices=("good", "fine", "good")))
    assert summary.voices == ("good", "fine")


def test_a_voice_that_the_package_lacks_is_told_with_those_that_it_has(package: Path) -> None:
    refused(package, "the package has no voice 'two'; it has: one$", voices=("two",))


# names


def test_names_in_capitals_and_with_dots_are_voices(package: Path) -> None:
    (package / VOICE).rename(package / "voices" / "Zhi.Bei_V1.2")
    rewrite(package, "voices/voices.json", lambda _: {"voices": ["Zhi.Bei_V1.2", "Zhi.Bei_V1.2", "gone"]})
    assert converted(package).voices == ("zhi.bei_v1.2",)


@pytest.mark.parametrize("name", ["知北", "", ".", "..", "a/b", "-a", "a b", "manifest.toml", "x" * 65])
def test_names_that_can_be_no_voice_are_refused_with_what_to_do(package: Path, name: str) -> None:
    rewrite(package, "voices/voices.json", lambda _: {"voices": [name]})
    refused(package, "expected the name of a voice, .*rename its folder and its entry in voices.json")


def test_two_voices_that_would_have_one_name_are_refused(package: Path) -> None:
    rewrite(package, "voices/voices.json", lambda _: {"voices": ["one", "One"]})
    refused(package, "has two voices that would be called 'one'")


@pytest.mark.parametrize("voices", ["one", None, [1], {"a": 1}])
def test_a_list_of_voices_that_is_none_is_refused(package: Path, voices: Any) -> None:
    rewrite(package, "voices/voices.json", lambda _: {"voices": voices})
    refused(package, "no list of names")


def test_what_cannot_be_written_is_told(package: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConversionError, match=r"cannot be written: (File exists|Not a directory)"):
        convert(package, tmp_path / "file" / "model", Options(precision="fp32"))


def test_strange_and_equal_speakers_are_left_out_of_the_voices(tmp_path: Path) -> None:
    package = tiny_sambert.write(tmp_path / "package", "one", kind=replace(Kind(), nsf=False), trained=False)
    names = "F7,f7,知北,FBYN,M 7,xiaoyu"
    rewrite(package, f"{VOICE}/am/config.yaml", lambda found: found["linguistic_unit"].update(speaker_list=names))
    done = convert(package, tmp_path / "model", Options(precision="fp32", speakers=True))
    text = (done.folder / "manifest.toml").read_text()
    assert [line for line in text.splitlines() if line.startswith('name = "one.')] == [
        f'name = "one.{name}"' for name in ("f7", "fbyn", "xiaoyu")
    ]
