"""What real packages and fine-tuning leave on a disk: layouts, texts, languages."""

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

import numpy as np
import pytest

from edge_tts.convert import memory_need
from edge_tts.convert.quantization import calibration, lengths
from edge_tts.convert.sambert import conversion
from edge_tts.convert.sambert import model as model_of
from edge_tts.convert.sambert.model import Options, convert
from edge_tts.convert.sambert.package import voices
from edge_tts.engines.sambert.acoustic import AcousticModel
from edge_tts.errors import ConversionError
from edge_tts.store.catalog import read
from tests.support import pth, tiny_sambert
from tests.support.sambert_configurations import PACKAGES
from tests.support.tiny_sambert import Kind

VOICE = "voices/one"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return tiny_sambert.write(tmp_path / "package", "one", kind=Kind(nsf=True))


def rewrite(path: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def tuned(tmp_path: Path, **kind: Any) -> Path:
    """Return what fine-tuning leaves: checkpoints of both models, the data, and the model that it began with."""
    folder = tmp_path / "My Voice"
    tiny_sambert.write_voice(folder, Kind(**kind), 1)
    for old, new in (("am", "tmp_am"), ("voc", "tmp_voc")):
        (folder / old).rename(folder / new)
        for number in (200, 3000):
            (ckpt,) = (folder / new / "ckpt").glob("*_[01].pth")
            shutil.copyfile(ckpt, folder / new / "ckpt" / f"checkpoint_{number}.pth")
    (folder / "data").mkdir()
    (folder / "audio_config.yaml").rename(folder / "data" / "audio_config.yaml")
    base(folder / "orig_model" / "basemodel_16k", **kind)
    return folder


def base(folder: Path, **kind: Any) -> Path:
    tiny_sambert.write_voice(folder, Kind(**kind), 50)
    (folder / "am").rename(folder / "sambert")
    (folder / "voc").rename(folder / "hifigan")
    return folder


# layouts


def test_what_fine_tuning_leaves_is_a_voice_called_like_its_folder(tmp_path: Path) -> None:
    (found,) = voices(tuned(tmp_path))
    assert found.name == "my-voice"
    assert {found.acoustic.name, found.vocoder.name} == {"checkpoint_3000.pth"}
    assert conversion.voice(found).settings.mel.n_fft == 2048
    assert convert(tmp_path / "My Voice", tmp_path / "out", Options(precision="fp32")).voices == ("my-voice",)


def test_the_speaker_s_vector_and_statistics_of_fine_tuning_are_found_among_its_data(tmp_path: Path) -> None:
    folder = tuned(tmp_path, se=True, nsf=True)
    (folder / "data" / "se").mkdir()
    (folder / "tmp_am" / "se.npy").rename(folder / "data" / "se" / "se.npy")
    (folder / "tmp_am" / "mvn.npy").rename(folder / "data" / "mvn.npy")
    (found,) = voices(folder)
    assert conversion.voice(found).settings.pitch_scale == 60.0


@pytest.mark.parametrize(("stage", "original"), [("tmp_am", "sambert"), ("tmp_voc", "hifigan")])
def test_what_was_not_tuned_is_that_of_the_original(tmp_path: Path, stage: str, original: str) -> None:
    folder = tuned(tmp_path)
    shutil.rmtree(folder / stage)
    (found,) = voices(folder)
    assert original in {found.acoustic.parts[-3], found.vocoder.parts[-3]}
    shutil.copytree(folder / "orig_model" / "basemodel_16k", folder / "orig_model" / "basemodel_24k")
    option = "--am-ckpt" if stage == "tmp_am" else "--voc-ckpt"
    with pytest.raises(ConversionError, match=f"no {stage}/ckpt, and not one in .* name it: {option}"):
        voices(folder)


def test_base_models_are_voices_if_there_are_no_others(package: Path, tmp_path: Path) -> None:
    base(package / "basemodel_16k", nsf=True)
    assert [one.name for one in voices(package)] == ["one"]
    shutil.rmtree(package / "voices")
    assert [one.name for one in voices(package)] == ["basemodel_16k"]
    assert [one.name for one in voices(package / "basemodel_16k")] == ["basemodel_16k"]


def test_one_voice_of_a_package_can_be_given(package: Path) -> None:
    assert [one.name for one in voices(package / VOICE)] == ["one"]


def test_checkpoints_can_be_named_with_their_settings_two_levels_above(package: Path, tmp_path: Path) -> None:
    folder = tuned(tmp_path, nsf=True)
    chosen = folder / "tmp_am" / "ckpt" / "checkpoint_200.pth"
    (found,) = voices(package, acoustic=chosen)
    assert (found.name, found.acoustic, found.statistics) == ("one", chosen, folder / "tmp_am" / "mvn.npy")
    assert found.vocoder.is_relative_to(package)
    for given in (folder / "tmp_voc", folder / "tmp_voc" / "ckpt"):
        (found,) = voices(package, vocoder=given)
        assert found.vocoder == folder / "tmp_voc" / "ckpt" / "checkpoint_3000.pth"
    (tmp_path / "empty").mkdir()
    (found,) = voices(tmp_path / "empty", acoustic=chosen, vocoder=folder / "tmp_voc")
    assert found.name == "empty"
    options = Options(precision="fp32", acoustic_checkpoint=chosen, vocoder_checkpoint=folder / "tmp_voc")
    assert convert(tmp_path / "empty", tmp_path / "out", options).voices == ("empty",)


def test_a_named_checkpoint_is_for_one_voice_and_must_be_there(tmp_path: Path) -> None:
    package = tiny_sambert.write(tmp_path / "package", "one", "two")
    given = package / "voices/one/am/ckpt/checkpoint_0.pth"
    with pytest.raises(ConversionError, match="for one voice; name it, of: one, two"):
        voices(package, acoustic=given)
    assert [one.name for one in voices(package, ("two",), acoustic=given)] == ["two"]
    (gone,) = voices(package, ("two",), acoustic=given.with_name("checkpoint_9.pth"))
    with pytest.raises(ConversionError, match=r"checkpoint_9\.pth cannot be read"):
        conversion.voice(gone)


@pytest.mark.parametrize("name", ["resource/front.pb", "other/resource.pb", "graph.pb"])
def test_graphs_of_the_closed_front_end_or_of_anything_else_do_not_matter(package: Path, name: str) -> None:
    (package / name).parent.mkdir(exist_ok=True)
    (package / name).write_bytes(b"")
    (package / "voices.zip").write_bytes(b"")
    assert len(voices(package)) == 1


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (["am/pytorch_model.bin", "vocoder/pytorch_model.bin"], "layout of early packages"),
        (["am/model.pb", "vocoder/model.pb"], "TensorFlow"),
    ],
)
def test_early_packages_that_were_unpacked_are_recognized(tmp_path: Path, names: list[str], why: str) -> None:
    folder = tmp_path / "voices" / "zhida"
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
    (tmp_path / "voices" / "voices.json").write_text('{"voices": ["zhida"]}')
    with pytest.raises(ConversionError, match=why):
        voices(tmp_path)


def test_a_foreign_folder_is_refused_with_what_was_expected(tmp_path: Path) -> None:
    (tmp_path / "resource").mkdir()
    (tmp_path / "resource" / "graph.pb").write_bytes(b"")
    with pytest.raises(ConversionError, match=r"no voices/voices\.json, nor am/ and voc/.*or --am-ckpt and --voc-ckpt"):
        voices(tmp_path)


# texts


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "gbk"])
def test_texts_may_be_of_any_encoding_with_any_ends_of_lines(package: Path, encoding: str) -> None:
    for name in ("configuration.json", "voices/voices.json", f"{VOICE}/am/config.yaml", f"{VOICE}/voc/config.yaml",
                 f"{VOICE}/audio_config.yaml"):  # fmt: skip
        content = json.loads((package / name).read_text())
        text = json.dumps({**content, "comment": "阿里巴巴达摩院"}, ensure_ascii=False, indent=1)
        (package / name).write_bytes(text.replace("\n", "\r\n").encode(encoding))
    (package / "README.md").write_bytes("---\r\nlicense: Apache License 2.0\r\n---\r\n知北".encode(encoding))
    done = convert(package, package.parent / "out", Options(precision="fp32"))
    assert read(done.folder).licences.weights == "Apache License 2.0"
    assert "知北" in (done.folder / "LICENCE.txt").read_text("utf-8")


# spectra


def test_settings_of_the_spectra_may_be_in_those_of_the_acoustic_model_only(package: Path) -> None:
    audio = json.loads((package / VOICE / "audio_config.yaml").read_text())
    (package / VOICE / "audio_config.yaml").unlink()
    rewrite(package / VOICE / "am" / "config.yaml", lambda found: found.update(audio))
    mel = conversion.voice(voices(package)[0]).settings.mel
    assert (mel.win_length, mel.n_fft) == (1000, 2048)


def test_a_vocoder_of_another_rate_than_the_acoustic_model_s_is_refused(package: Path) -> None:
    for part, rate in (("am", 24000), ("voc", 16000)):
        rewrite(package / VOICE / part / "config.yaml", lambda found, rate=rate: found.update(  # type: ignore[misc]
            audio_config={"sampling_rate": rate}))  # fmt: skip
    with pytest.raises(ConversionError, match=r"sampling_rate of config\.yaml differs, 24000 in that of the acoustic"):
        conversion.voice(voices(package)[0])


# languages


@pytest.mark.parametrize("said", ["ZhHK", "sichuan", "WuuShanghai", "kokr", "Korean", "ru-RU", "multilingual", "byte"])
@pytest.mark.parametrize("where", ["package", "voice"])
def test_languages_that_the_front_end_does_not_speak_are_refused(package: Path, said: str, where: str) -> None:
    if where == "package":
        rewrite(package / "configuration.json", lambda found: found["model"].update(lang_type=said))
    else:
        rewrite(package / VOICE / "am/config.yaml", lambda found: found["linguistic_unit"].update(language=said))
    with pytest.raises(ConversionError, match=f"speaks {said}, as .* says.*expected Mandarin"):
        conversion.voice(voices(package)[0])


@pytest.mark.parametrize("said", ["pinyin", "PinYin", "pinyinvg", "zh-cn", "", None, "zhcn_en"])
def test_mandarin_has_several_names(package: Path, said: Any) -> None:
    rewrite(package / "configuration.json", lambda found: found["model"].update(lang_type=said))
    assert conversion.voice(voices(package)[0]).languages == ("zh", "en")


@pytest.mark.parametrize("said", ["enus", "en-GB", "English", "EnUS"])
def test_an_english_voice_is_called_one(package: Path, said: str) -> None:
    rewrite(package / "configuration.json", lambda found: found["model"].update(lang_type=said))
    manifest = read(convert(package, package.parent / "out", Options(precision="fp32")).folder)
    assert manifest.languages == ("en",)
    assert [voice.language for voice in manifest.voices] == ["en"]


@pytest.mark.parametrize("rows", [116, 107, 157])
def test_tables_of_dialects_are_refused_with_both_sizes(package: Path, rows: int) -> None:
    tensors = tiny_sambert.acoustic(Kind(nsf=True), 1)
    tensors["text_encoder.sy_emb.weight"] = np.zeros((rows, tiny_sambert.WIDTH), np.float32)
    pth.save(package / VOICE / "am/ckpt/checkpoint_0.pth", {"model": tensors})
    with pytest.raises(ConversionError, match=f"table of phones has {rows} rows, expected 147.*dialects have other"):
        conversion.voice(voices(package)[0])


def test_what_monotonic_alignment_search_was_trained_with_is_left_out(package: Path) -> None:
    plain = conversion.voice(voices(package)[0])
    tensors = {**tiny_sambert.acoustic(Kind(nsf=True), 1), "align_attention.key_proj.0.conv.weight": np.ones((2, 2, 3))}
    checked = {name: np.asarray(one, np.float32) for name, one in tensors.items()}
    pth.save(package / VOICE / "am/ckpt/checkpoint_1.pth", {"model": checked})
    rewrite(package / VOICE / "am/config.yaml",
            lambda found: found["Model"]["KanTtsSAMBERT"]["params"].update(MAS=True))  # fmt: skip
    again = conversion.voice(voices(package)[0])
    assert {name: graph.serialize() for name, graph in again.graphs.items()} == {
        name: graph.serialize() for name, graph in plain.graphs.items()
    }


# durations


def test_durations_are_compared_with_those_of_the_float_graphs(package: Path, tmp_path: Path) -> None:
    built = conversion.voice(voices(package)[0])
    for _ in conversion.write(built, tmp_path / "float"):
        pass
    graphs = calibration.recorders(tmp_path / "float")
    model, tables = AcousticModel(built.settings, graphs), (built.speakers, built.emotions)
    (frames,) = calibration.mels(built.settings, model, *tables, calibration.SENTENCES[:1])
    runs = graphs["encoder"].runs, graphs["duration"].runs
    same = lengths.compare(tmp_path / "float", *runs)
    assert (same.changed, same.change, same.frames) == (0, 0, len(frames))
    longer = [replace(run, outputs=[run.outputs[0] + 1]) for run in runs[1]]
    changed = lengths.compare(tmp_path / "float", runs[0], longer)
    assert changed.changed == changed.tokens == same.tokens
    assert changed.change == same.frames - changed.frames < 0
    assert str(changed).startswith(f"{changed.changed} of {changed.tokens} differ")


def test_what_a_worker_takes_grows_with_the_voice(tmp_path: Path) -> None:
    kinds = {"16k": Kind(), "48k": Kind(rate=48000, scales=(10, 5, 3, 2, 2), channels=32)}
    taken = {}
    for name, kind in kinds.items():
        package = tiny_sambert.write(tmp_path / name, "one", kind=kind)
        manifest = read(convert(package, tmp_path / f"{name}-out", Options(precision="fp32")).folder)
        taken[name] = manifest.needs.memory_bytes - 1.6 * manifest.needs.installed_bytes
    assert taken["48k"] - taken["16k"] == pytest.approx(256 * 400 * (600 - 200), rel=0.01)


# memory


PEAK = """
import json, sys
from pathlib import Path
from edge_tts.convert.sambert.model import Options, convert
said = []
convert(Path(sys.argv[1]), Path(sys.argv[2]), Options(precision="fp32"), announce=said.append)
lines = Path("/proc/self/status").read_text().splitlines()  # getrusage(2) knows the peak of who started this, too
print(json.dumps([said[0], *(1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))]))
"""


@pytest.mark.parametrize("name", ["8k", "16k", "48k"])
def test_a_conversion_takes_the_announced_memory_and_not_much_less(name: str, tmp_path: Path) -> None:
    package = PACKAGES[name](tmp_path / "package", 77)
    command = [sys.executable, "-c", PEAK, str(package), str(tmp_path / "out")]
    said, peak = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert peak <= said <= 1.3 * peak, (said, peak)


def test_the_memory_of_a_conversion_is_announced_and_too_little_is_refused_before_it_starts(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[int] = []
    convert(package, package.parent / "out", Options(precision="fp32"), announce=said.append)
    assert len(said) == 1
    monkeypatch.setattr(memory_need, "_limits", lambda: iter([(said[0] - 1, "here")]))
    with pytest.raises(ConversionError, match=r"converting takes up to .* MB of memory, there are .* MB here"):
        convert(package, package.parent / "again", Options(precision="fp32"), announce=said.append)
    assert len(said) == 2
    assert not (package.parent / "again").exists()


def test_a_limit_of_the_process_is_kept_without_a_traceback(package: Path) -> None:
    command = f"ulimit -v 900000; exec {sys.executable} -m edge_tts convert sambert {package} -o {package}-out"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert "of address space to spare (ulimit -v)" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 10


def test_memory_that_runs_out_all_the_same_is_an_error_of_the_conversion(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError("Failed to allocate memory for requested buffer of size 1073741824")

    monkeypatch.setattr(model_of.calibration, "mels", fails)
    with pytest.raises(ConversionError, match="there is too little memory: converting takes up to"):
        convert(package, package.parent / "out", Options(precision="int8"))
    assert not [*package.parent.glob(".convert-*")]


# signals


def converting(package: Path) -> subprocess.Popen[str]:
    """Start a conversion and return it when it has begun to write."""
    command = [sys.executable, "-m", "edge_tts", "convert", "sambert", str(package), "-o", f"{package.parent}/out"]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=os.environ)
    assert running.stderr
    assert any("reading checkpoints" in line for line in running.stderr)
    return running


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_nothing_behind(package: Path, number: signal.Signals) -> None:
    with converting(package) as running:
        running.send_signal(number)
        running.communicate(timeout=60)
    assert running.returncode != 0
    assert [path.name for path in package.parent.iterdir()] == ["package"]


def test_the_next_conversion_removes_what_a_killed_one_left_and_nothing_else(package: Path) -> None:
    with converting(package) as running:
        running.kill()
        running.communicate(timeout=60)
    (left,) = package.parent.glob(".convert-*")
    foreign = [
        package.parent / name for name in (".convert-", ".convert-mine", ".convert-abcdefgh", ".convert-12345678")
    ]
    for folder in foreign:
        folder.mkdir()
        (folder / "photo.jpg").write_bytes(b"mine")
    link = package.parent / ".convert-linked00"
    link.symlink_to(left.rename(package.parent / "kept"))
    shutil.copytree(package.parent / "kept", left)
    convert(package, package.parent / "out", Options(precision="fp32"))
    assert not left.exists()
    assert all((folder / "photo.jpg").exists() for folder in foreign)
    assert link.is_symlink()
    assert any((package.parent / "kept").iterdir())
