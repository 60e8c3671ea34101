"""A Sambert package on its way from random weights to sound: converted, installed, spoken, carried to a device."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_tts import Client, store, text
from edge_tts.cancel import CancelToken
from edge_tts.config.loading import load as load_config
from edge_tts.engines import loading, model, tuning
from edge_tts.engines.engine import VoiceSettings
from edge_tts.errors import RequestError
from tests.support import tiny_sambert
from tests.support.running import Daemon, environment, run

TEXT = "今天天气很好，我们去公园吧。OK，三点见！"
TRIPWIRES = ("torch", "ttsfrd", "tensorflow", "modelscope")
"""What must be imported nowhere: it would leave a file."""


def tripwires(folder: Path) -> Path:
    folder.mkdir()
    for name in TRIPWIRES:
        (folder / f"{name}.py").write_text(f"open({str(folder / 'touched')!r}, 'a').write({name!r})\n")
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one package of two voices, as the command line converts and installs it."""
    folder = tmp_path_factory.mktemp("sambert")
    package = tiny_sambert.write(folder / "package", "zhibei_emo", "zhiyan_emo", kind=tiny_sambert.Kind(nsf=True))
    environ = environment(folder / "home", PYTHONPATH=str(tripwires(folder / "tripwires")))
    for arguments in (
        ("convert", "sambert", str(package), "-o", str(folder / "model"), "--name", "tiny"),
        ("models", "install", f"{folder}/model"),
        ("models", "install", "tone"),
        ("models", "export", "tiny", str(folder / "tiny.tar")),
    ):
        done = run(environ, *arguments, timeout=120)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def daemon(home: Path) -> Iterator[Daemon]:
    running = Daemon(home / "home", EDGE_TTS_ENGINES_THREADS="1", PYTHONPATH=str(home / "tripwires"))
    yield running
    running.close()


@pytest.fixture
def client(daemon: Daemon) -> Iterator[Client]:
    with daemon.client() as connected:
        yield connected


def said(client: Client, **request: Any) -> tuple[NDArray[np.float32], dict[str, Any]]:
    settings = {"voice": "zhibei_emo", "seed": 7, "cache": False, "output": "return", "format": "pcm_f32le"}
    *replies, done = client.utter(TEXT, **{**settings, **request})
    data = b"".join(getattr(reply, "data", b"") for reply in replies)
    return np.frombuffer(data, np.float32), done.stats


def _files(environ: Mapping[str, str]) -> model.ModelFiles:
    paths = load_config(environ).paths
    return store.find(paths, "tiny").files_for_engine(paths.prepared)


def directly(home: Path, **settings: Any) -> NDArray[np.float32]:
    """Return what the engine makes in this process."""
    engine = loading.load(_files(environment(home)), 1, config=load_config())
    wanted = VoiceSettings(**{"voice": "zhibei_emo", "seed": 7, **settings})
    pieces = [piece for one in text.analyze(TEXT) for piece in engine.synthesize(one, wanted, CancelToken())]
    engine.close()
    return np.concatenate(pieces)


@pytest.mark.parametrize("style", ["neutral", "happy", "happy:0.5", "sad:2"])
@pytest.mark.parametrize("voice", ["zhibei_emo", "zhiyan_emo"])
def test_the_daemon_says_what_the_engine_makes(client: Client, home: Path, voice: str, style: str) -> None:
    audio, stats = said(client, voice=voice, style=style)
    np.testing.assert_array_equal(audio, directly(home / "home", voice=voice, style=style))
    assert (stats["ignored"], stats["approximated"], stats["model"]) == ([], {}, "tiny")


def test_styles_voices_speed_pitch_and_energy_are_heard(client: Client) -> None:
    usual, _ = said(client)
    for change in (
        {"style": "happy"},
        {"style": "happy:0.5"},
        {"voice": "zhiyan_emo"},
        {"pitch": 1.5},
        {"energy": 2.0},
    ):
        changed, stats = said(client, **change)
        assert stats["ignored"] == []
        assert len(changed) != len(usual) or not np.array_equal(changed, usual)
    fast, _ = said(client, speed=2.0)
    assert len(fast) < 0.8 * len(usual)


@pytest.mark.parametrize(
    ("style", "ignored", "approximated", "same"),
    [
        ("calm", [], {"style": "neutral"}, "neutral"),
        ("disgust:0.5", [], {"style": "hate"}, "hate:0.5"),
        ("cheerful", [], {}, "happy"),
        ("高兴", [], {}, "happy"),
        ("whisper", ["style"], {}, "neutral"),
    ],
)
def test_a_style_that_the_voice_lacks_is_told_in_the_reply(
    client: Client, style: str, ignored: list[str], approximated: dict[str, str], same: str
) -> None:
    audio, stats = said(client, style=style)
    assert (stats["ignored"], stats["approximated"]) == (ignored, approximated)
    np.testing.assert_array_equal(audio, said(client, style=same)[0])


def test_cached_audio_reports_an_approximated_style_too(client: Client) -> None:
    for cached in (False, True):
        _, stats = said(client, style="disgust", seed=11, cache=True)
        if cached:
            assert stats["cached"]
        assert stats["approximated"] == {"style": "hate"}
        said(client, cache=False)  # the recording is packed meanwhile


def test_an_engine_without_emotions_says_so(client: Client) -> None:
    for style, ignored, approximated in (("happy", ["style"], {}), ("calm", [], {"style": "neutral"})):
        _, stats = said(client, voice="beep", style=style)
        assert stats["ignored"] == ignored
        assert stats["approximated"] == approximated


def test_an_intensity_that_is_none_is_a_bad_request(client: Client) -> None:
    with pytest.raises(RequestError, match="expected a style such as happy"):
        said(client, style="happy:loud")
    assert len(said(client)[0])


def test_the_command_line_says_what_the_voice_did_instead(daemon: Daemon, tmp_path: Path) -> None:
    out = ("-o", str(tmp_path / "a.wav"), "-v", "zhibei_emo", "你好")
    assert "style is neutral here" in daemon.run("say", "--style", "calm", *out).stderr
    assert "without effect on this voice: style" in daemon.run("say", "--style", "whisper", *out).stderr
    assert daemon.run("say", "--style", "happy", *out).stderr == ""


@pytest.mark.parametrize(
    "words", ["啊", "……", "，。！？", "a", "WiFi", "Ω≈ç", "x" * 300, "嗯" * 2000, "[停顿]", "1" * 90]
)
def test_odd_texts_are_spoken_or_refused_and_the_next_is_spoken(client: Client, words: str) -> None:
    try:
        *_, done = client.utter(words, voice="zhibei_emo", output="return", cache=False)
        assert done.stats["audio_seconds"] >= 0
    except RequestError:
        pass
    assert len(said(client)[0])


def test_an_exported_model_says_the_same_on_another_device(client: Client, home: Path, tmp_path: Path) -> None:
    environ = environment(tmp_path / "device")
    done = run(environ, "models", "import", str(home / "tiny.tar"), timeout=120)
    assert done.returncode == 0, done.stderr
    here, there = (_files(environment(folder)) for folder in (home / "home", tmp_path / "device"))
    measured = tuning.read(here.prepared)
    assert measured is not None
    tuning.write(there.prepared, measured)  # each device measures which way is faster; the ways differ by some rounding
    device = Daemon(tmp_path / "device", EDGE_TTS_ENGINES_THREADS="1")
    try:
        with device.client() as connected:
            audio, _ = said(connected, style="happy")
    finally:
        device.close()
    np.testing.assert_array_equal(audio, said(client, style="happy")[0])


def test_nothing_of_the_original_is_imported(daemon: Daemon, home: Path) -> None:
    with daemon.client() as client:
        said(client)
    assert not (home / "tripwires" / "touched").exists()
    maps = Path(f"/proc/{daemon.worker_pid('tiny')}/maps").read_text()
    assert "onnxruntime" in maps
    assert "libtorch" not in maps
