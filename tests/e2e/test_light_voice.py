"""The light voice, really: graphs built on this machine, windows that leave no seam, controls that work."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest

from edge_tts import store, text
from edge_tts.cancel import CancelToken
from edge_tts.config.loading import load as load_config
from edge_tts.engines import loading, tuning
from edge_tts.engines.baker import acoustic_graph, melgan, melgan_graph, melgan_native, melgan_weights
from edge_tts.engines.baker.engine import LEAD_FRAMES, FastSpeech2, windows
from edge_tts.engines.baker.symbols import units
from edge_tts.engines.engine import VoiceSettings
from edge_tts.engines.model import ModelFiles
from edge_tts.engines.phrasing import grow
from edge_tts.errors import Interrupted, ModelCorrupt
from edge_tts.graphs.parts import Part
from edge_tts.graphs.prepared import prepare
from edge_tts.text.prosody.pauses import AFTER_MARK
from tests.support.homes import installed
from tests.support.mappings import mapping, totals
from tests.support.running import Daemon, environment, run

if TYPE_CHECKING:
    from edge_tts.engines.baker.symbols import Unit
    from edge_tts.engines.engine import Samples

pytestmark = [pytest.mark.voice, pytest.mark.registry, pytest.mark.timeout(600)]

SENTENCE = "今天天气真好，阳光洒在窗台上，我泡了一杯咖啡，准备开始一天的工作。"
PRIVATE_LIMIT = 60_000_000


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """A home with the light voice."""
    yield from installed("light", "--accept-license", "baker")


@pytest.fixture(scope="session")
def model(home: Path) -> ModelFiles:
    return store.find(load_config(environment(home)).paths, "baker").files_for_engine(home / "state" / "prepared")


def load(model: ModelFiles, variant: str) -> FastSpeech2:
    engine = loading.load(model, 1, variant, config=load_config())
    assert isinstance(engine, FastSpeech2)
    return engine


@pytest.fixture(scope="session", params=["native", "int8"])
def engine(request: pytest.FixtureRequest, model: ModelFiles) -> Iterator[FastSpeech2]:
    loaded = load(model, request.param)
    yield loaded
    loaded.close()


def speak(engine: FastSpeech2, written: str, **settings: float) -> list[Samples]:
    voice = VoiceSettings("baker", **settings)
    return [
        samples for sentence in text.analyze(written) for samples in engine.synthesize(sentence, voice, CancelToken())
    ]


def pitch(samples: Samples, rate: int = 24_000) -> float:
    """Return the median pitch of voiced frames, Hz, by autocorrelation."""
    found = []
    for start in range(0, len(samples) - 1200, 600):
        frame = samples[start : start + 1200] - samples[start : start + 1200].mean()
        if np.square(frame).mean() < 1e-3:
            continue
        correlation = np.correlate(frame, frame, "full")[1199:]
        lag = 50 + int(np.argmax(correlation[50:300]))
        if correlation[lag] > 0.5 * correlation[0]:
            found.append(rate / lag)
    return float(np.median(found))


def test_it_is_not_installed_without_the_agreement(tmp_path: Path) -> None:
    result = run(environment(tmp_path), "models", "install", "baker")
    assert result.returncode != 0
    assert "no commercial use" in result.stderr
    assert not list((tmp_path / "state" / "models").glob("baker"))


def test_windows_cover_every_frame_once_and_grow() -> None:
    for first, count in ((0, 1), (3, 20), (8, 400), (8, 2000)):
        found = list(windows(first, count))
        assert [start for start, _ in found] == [0, *(end for _, end in found[:-1])]
        assert found[-1][1] == count
    assert list(windows(0, 0)) == []


def test_streamed_is_what_one_run_of_the_vocoder_gives(engine: FastSpeech2) -> None:
    for phrase in phrases(SENTENCE):
        streamed = list(engine._phrase(phrase, 0.3, VoiceSettings("baker"), CancelToken()))
        mel, first = engine._mel(phrase, VoiceSettings("baker"), CancelToken())
        whole = engine._vocoder.stream().feed(mel, CancelToken(), last=True)[first * melgan_weights.HOP :]
        assert len(streamed) > 1
        one, other = (np.round(samples * 32767) for samples in (np.concatenate(streamed), whole))
        common = min(len(one), len(other)) - 240  # the last 10 ms fall to zero
        assert common > 0.8 * len(other)
        assert np.abs(one[:common] - other[:common]).max() <= 1


@pytest.mark.parametrize(
    ("mark", "speed"), [("，", 1.0), ("。", 1.0), ("……", 1.0), ("", 1.0), ("（晴）", 1.0), ("”", 1.0), ("。", 2.0)]
)
def test_a_text_ends_in_silence_as_a_full_stop_does(engine: FastSpeech2, mark: str, speed: float) -> None:
    samples = np.concatenate(speak(engine, f"今天天气真好{mark}", speed=speed))
    assert silence_after(samples) == pytest.approx(AFTER_MARK["."] / speed, abs=0.03)
    assert not samples[-100:].any()


def test_the_next_sentence_brings_a_part_of_the_silence_before_it(engine: FastSpeech2) -> None:
    sentence, _ = text.analyze("今天天气真好。走吧。")
    samples = np.concatenate(list(engine.synthesize(sentence, VoiceSettings("baker"), CancelToken())))
    lead = LEAD_FRAMES * melgan_weights.HOP / 24_000
    assert silence_after(samples) + lead == pytest.approx(AFTER_MARK["."], abs=0.03)


def silence_after(samples: Samples) -> float:
    """Return the seconds after the last sound."""
    return float(len(samples) - 1 - np.flatnonzero(np.abs(samples) > 0.01)[-1]) / 24_000


def phrases(written: str) -> list[list[Unit]]:
    """Return what the engine says in one run of the acoustic model each."""
    return [list(units(words)) for sentence in text.analyze(written) for words in grow(sentence.words)]


@pytest.mark.parametrize("cuts", [[60], [melgan_weights.SHORTEST_FRAMES, 24, 25, 70, 71]])
def test_windows_of_any_length_give_all_samples(engine: FastSpeech2, cuts: list[int]) -> None:
    mel, _ = engine._mel(phrases(SENTENCE)[0], VoiceSettings("baker"), CancelToken())
    whole = engine._vocoder.stream().feed(mel, CancelToken(), last=True)
    stream, bounds = engine._vocoder.stream(), [0, *cuts, len(mel)]
    made = [stream.feed(mel[a:b], CancelToken(), last=b == len(mel)) for a, b in pairwise(bounds)]
    assert len(whole) == len(mel) * melgan_weights.HOP
    assert [len(samples) for samples in made[1:-1]] == [(b - a) * melgan_weights.HOP for a, b in pairwise(cuts)]
    late = cuts[0] * melgan_weights.HOP - len(made[0])
    assert late <= melgan_weights.LOOKAHEAD * melgan_weights.HOP
    assert np.abs(np.concatenate(made) - whole).max() * 32767 <= 1


def test_native_convolutions_and_onnx_runtime_give_the_same_samples(model: ModelFiles, tmp_path: Path) -> None:
    loaded, path = load(model, "native"), model.files["vocoder"][0]
    other = melgan.Vocoder(prepare(Part(melgan.derived(path), tmp_path), load_config()), 1)
    assert isinstance(loaded._vocoder, melgan_native.Vocoder)
    for phrase in phrases(SENTENCE):
        mel, _ = loaded._mel(phrase, VoiceSettings("baker"), CancelToken())
        one, expected = (each.stream().feed(mel, CancelToken(), last=True) for each in (loaded._vocoder, other))
        noise = np.square(one - expected).mean() / np.square(expected).mean()
        assert noise < 1e-8  # 80 dB: no bit of 16
    loaded.close()
    other.close()


def test_frames_beyond_the_lookahead_change_nothing(engine: FastSpeech2) -> None:
    mel, _ = engine._mel(phrases(SENTENCE)[0], VoiceSettings("baker"), CancelToken())
    hop, middle = melgan_weights.HOP, len(mel) // 2
    whole = engine._vocoder.stream().feed(mel, CancelToken(), last=True)
    differences = []
    for seen in (melgan_weights.LOOKAHEAD, melgan_weights.LOOKAHEAD // 2):
        part = engine._vocoder.stream().feed(mel[: middle + seen], CancelToken(), last=True)[: middle * hop]
        differences.append(np.abs(part - whole[: middle * hop]).max() * 32767)
    enough, too_few = differences
    assert enough <= 1 < too_few


def test_it_says_the_same_thing_twice(engine: FastSpeech2) -> None:
    one, other = (np.concatenate(speak(engine, SENTENCE)) for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_speed_changes_the_length(engine: FastSpeech2) -> None:
    slow, usual, fast = (sum(map(len, speak(engine, SENTENCE, speed=speed))) for speed in (0.5, 1.0, 2.0))
    assert 1.7 < slow / usual < 2.2
    assert 0.45 < fast / usual < 0.65


@pytest.mark.parametrize("wanted", [0.75, 0.85, 1.15])
def test_pitch_changes_the_fundamental_frequency(engine: FastSpeech2, wanted: float) -> None:
    usual, changed = (pitch(np.concatenate(speak(engine, SENTENCE, pitch=factor))) for factor in (1.0, wanted))
    assert changed / usual == pytest.approx(wanted, rel=0.08)


def test_a_text_of_one_syllable_and_one_of_many_are_spoken(engine: FastSpeech2) -> None:
    assert 0.2 < sum(map(len, speak(engine, "啊"))) / 24_000 < 1.5
    assert 0.05 < sum(map(len, speak(engine, "啊", speed=4.0))) / 24_000 < 1.0
    seconds = sum(map(len, speak(engine, "好" * 120, speed=0.25))) / 24_000
    assert 60 < seconds < 240


def test_english_is_spoken(engine: FastSpeech2) -> None:
    assert sum(map(len, speak(engine, "我用Python"))) > 1.2 * sum(map(len, speak(engine, "我用")))


def test_a_cancelled_sentence_is_interrupted(engine: FastSpeech2) -> None:
    token = CancelToken()
    made = engine.synthesize(text.analyze(SENTENCE)[0], VoiceSettings("baker"), token)
    next(made)
    token.cancel()
    with pytest.raises(Interrupted):
        next(made)


def test_both_kinds_of_arithmetic_say_nearly_the_same(model: ModelFiles) -> None:
    symbols = np.arange(1, 180, dtype=np.int64)
    inputs = {"symbols": symbols, **{name: np.ones(1, np.float32) for name in ("speed", "pitch", "energy")}}
    made = []
    for variant in ("int8", "float"):
        loaded = load(model, variant)
        mel, durations = loaded._acoustic.run_all(inputs, CancelToken())
        assert mel.shape == (durations.sum(), acoustic_graph.MELS)
        made.append((mel, durations))
    (rough, one), (fine, other) = made
    np.testing.assert_array_equal(one, other)
    assert 0 < np.abs(rough - fine).mean() < 0.1


def test_the_graphs_are_valid_onnx(model: ModelFiles) -> None:
    acoustic, vocoder = (model.files[role][0] for role in ("acoustic", "vocoder"))
    for content in (acoustic_graph.build(acoustic, "float"), melgan_graph.build(vocoder)):
        onnx.checker.check_model(onnx.load_from_string(content))


def test_the_wrong_model_is_named(model: ModelFiles) -> None:
    acoustic, vocoder = (model.files[role][0] for role in ("acoustic", "vocoder"))
    with pytest.raises(ModelCorrupt, match="is not a FastSpeech 2 model"):
        acoustic_graph.build(vocoder, "int8")
    with pytest.raises(ModelCorrupt, match="is not a multi-band MelGAN model"):
        melgan_weights.read(acoustic)


def test_auto_is_the_best_sounding_voice_of_those_that_are_fast_enough(
    home: Path, voice_home: Path, tmp_path: Path
) -> None:
    homes = {"baker": home, "kokoro": voice_home}
    for kind in ("models", "prepared"):
        (tmp_path / "state" / kind).mkdir(parents=True)
        for name, folder in homes.items():
            (tmp_path / "state" / kind / name).symlink_to(folder / "state" / kind / name)
    paths = load_config(environment(tmp_path)).paths
    records = [tuning.read(store.find(paths, name).files_for_engine(paths.prepared).prepared) for name in homes]
    light, best = (record.chosen.rtf for record in records if record)  # measured when they were installed
    assert light < best
    for limit, expected in ((best * 2, "kokoro"), ((light + best) / 2, "baker"), (light / 2, "baker")):
        daemon = Daemon(tmp_path, EDGE_TTS_SPEECH_RTF_LIMIT=str(limit), EDGE_TTS_DISK_AUDIO_BYTES="0")
        try:
            with daemon.client() as client:
                *_, done = client.utter("你好。", voice="auto", output="return")
        finally:
            daemon.close()
        assert done.stats["model"] == expected


def test_its_worker_maps_the_weights_and_takes_little_memory(home: Path, tmp_path: Path) -> None:
    daemon = Daemon(home, EDGE_TTS_SOCKET=str(tmp_path / "socket"))
    try:
        with daemon.client() as client:
            for _ in range(3):
                assert len(client.synthesize(SENTENCE, voice="auto", cache=False).samples) > 10_000
        pid = daemon.worker_pid("baker")
        assert totals(pid)["Private_Dirty"] < PRIVATE_LIMIT
        (prepared,) = (home / "state" / "prepared" / "baker").iterdir()
        record = tuning.read(prepared)
        way = record.chosen.way.variant if record else ""
        weights = max((prepared / way / "vocoder").glob("*/*.bin"), key=lambda path: path.stat().st_size)
        assert mapping(pid, weights)["Rss"] > 5_000_000
        assert mapping(pid, weights)["Private_Dirty"] == 0
    finally:
        daemon.close()
