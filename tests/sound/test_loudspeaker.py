from __future__ import annotations

import os
import queue
import subprocess
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

import numpy as np
import pytest
import soxr

from edge_tts.config.settings import Sound
from edge_tts.errors import SinkError
from edge_tts.sound import portaudio
from edge_tts.sound.loudspeaker import Began, Broken, Finished, Loudspeaker, SinkEvent, Stopped, described, probe
from tests.support.sound_server import RATE, Recording, SoundServer, running

pytestmark = pytest.mark.sound

PATIENCE = 20  # seconds


class Events:
    """What a loudspeaker told, in order."""

    def __init__(self) -> None:
        self.put: queue.SimpleQueue[SinkEvent] = queue.SimpleQueue()
        self.seen: list[SinkEvent] = []

    def wait(self, kind: type[SinkEvent], id: int) -> SinkEvent:
        while True:
            self.seen.append(event := self.put.get(timeout=PATIENCE))
            if isinstance(event, kind) and event.id == id:
                return event


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoundServer]:
    with running(tmp_path_factory.mktemp("snd")) as server, pytest.MonkeyPatch.context() as patch, server.recording():
        for name, value in server.variables.items():
            patch.setenv(name, value)
        portaudio.load(fresh=True)
        yield server


@pytest.fixture
def recording(server: SoundServer) -> Iterator[Recording]:
    with server.recording() as recording:
        yield recording


@pytest.fixture
def events() -> Events:
    return Events()


@pytest.fixture
def speaker(server: SoundServer, events: Events) -> Iterator[Loudspeaker]:
    """A loudspeaker that closes its device at once, so that nothing but its own drain plays the end."""
    speaker = Loudspeaker(Sound(idle_seconds=0.0), events.put.put)
    yield speaker
    speaker.close()


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    """Noise that is nowhere silent, so that every missing sample shows."""
    random = np.random.default_rng(seed)
    count = round(seconds * RATE)
    return (random.uniform(0.1, 0.9, count) * random.choice([-1, 1], count)).astype(np.float32)


def play(speaker: Loudspeaker, id: int, samples: np.ndarray, rate: int = RATE, piece: int = 0) -> None:
    speaker.begin(id, rate)
    for start in range(0, len(samples), piece or len(samples)):
        speaker.write(id, samples[start:][: piece or None].tobytes())
    speaker.end(id)


@pytest.mark.parametrize("seconds", [0.001, 0.02, 0.333, 1.5])
@pytest.mark.parametrize("piece", [0, 777])
def test_every_sample_is_heard_from_the_first_to_the_last(
    speaker: Loudspeaker, events: Events, recording: Recording, seconds: float, piece: int
) -> None:
    sent = noise(seconds)
    play(speaker, 1, sent, piece=piece)
    finished = events.wait(Finished, 1)
    np.testing.assert_array_equal(recording.heard(), sent)
    assert finished == Finished(1, len(sent) / RATE, 0)
    assert events.seen == [Began(1), finished]


def test_utterances_follow_one_another_without_loss(speaker: Loudspeaker, events: Events, recording: Recording) -> None:
    sent = [noise(0.1, seed) for seed in range(4)]
    for id, samples in enumerate(sent):
        play(speaker, id, samples)
    events.wait(Finished, 3)
    heard = recording.heard()
    np.testing.assert_array_equal(heard[heard != 0], np.concatenate(sent))
    assert events.seen == [kind for id in range(4) for kind in (Began(id), Finished(id, 0.1, 0))]


def test_the_device_stays_open_between_utterances_until_it_was_idle(server: SoundServer, events: Events) -> None:
    speaker = Loudspeaker(Sound(idle_seconds=0.1), events.put.put)
    with server.recording() as recording:
        sent = [noise(0.05, seed) for seed in range(2)]
        for id, samples in enumerate(sent):
            play(speaker, id, samples)
            events.wait(Finished, id)
            assert speaker.idle()
            recording.wait_frames(RATE // 100 if id == 0 else RATE // 2)
        heard = recording.heard()
        np.testing.assert_array_equal(heard[heard != 0], np.concatenate(sent))
    listed = subprocess.run(
        ["pactl", "list", "short", "sink-inputs"],
        env={**os.environ, **server.variables},
        capture_output=True,
        check=True,
    )
    assert listed.stdout == b""
    speaker.close()


def test_another_sample_rate_opens_the_device_anew(speaker: Loudspeaker, events: Events, recording: Recording) -> None:
    time = np.arange(8000) / 16000
    chirp = (0.5 * np.sin(2 * np.pi * (300 * time + 500 * time**2) + 1)).astype(np.float32)
    play(speaker, 1, chirp, rate=16000)
    play(speaker, 2, noise(0.1))
    events.wait(Finished, 2)
    heard = recording.heard()
    np.testing.assert_array_equal(heard[-2400:], noise(0.1))
    wanted = soxr.resample(chirp, 16000, RATE)
    found = heard[: len(wanted) + 240]
    lag = int(np.argmax(np.correlate(found, wanted[240:-240], "valid"))) - 240
    assert abs(lag) <= 240
    assert np.corrcoef(found[240 + lag : len(wanted) - 240 + lag], wanted[240:-240])[0, 1] > 0.999


class Picky:
    """PortAudio with a card that takes one form only."""

    def __init__(self, library: Any, **takes: int) -> None:
        self._library, self._takes = library, takes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._library, name)

    def Pa_OpenStream(self, stream: Any, no: Any, wanted: Any, rate: float, frames: int, *more: Any) -> int:
        takes = self._takes
        if takes.get("rate", rate) != rate:
            return -9997
        if takes.get("channels", wanted.channelCount) != wanted.channelCount:
            return -9998
        if takes.get("format", wanted.sampleFormat) != wanted.sampleFormat:
            return -9994
        if takes.get("frames", frames) != frames:
            return -9999
        return int(self._library.Pa_OpenStream(stream, no, wanted, rate, frames, *more))


@pytest.mark.parametrize(
    "takes",
    [
        {"rate": 48000},
        {"rate": 44100},
        {"rate": 96000, "channels": 2},
        {"channels": 2},
        {"format": 8},  # paInt16
        {"rate": 48000, "channels": 2, "format": 8},
        {"frames": 0},
        {"frames": 1024},
        {"rate": 48000, "frames": 512},
        {"rate": 16000},
    ],
    ids=str,
)
def test_a_card_that_takes_one_form_only_plays(
    speaker: Loudspeaker, events: Events, server: SoundServer, monkeypatch: pytest.MonkeyPatch, takes: dict[str, int]
) -> None:
    sounddevice = portaudio.load()
    monkeypatch.setattr(sounddevice, "_lib", Picky(sounddevice._lib, **takes))
    time = np.arange(RATE) / RATE
    chirp = (0.5 * np.sin(2 * np.pi * (300 * time + 500 * time**2) + 1)).astype(np.float32)
    for id in range(1, 6):
        with server.recording() as recording:
            play(speaker, id, chirp, piece=1777)
            finished = events.wait(Finished, id)
            found = recording.heard()
        assert isinstance(finished, Finished)
        assert finished.played_seconds == 1.0
        if not finished.underruns:  # a machine that is busy with other things may leave gaps
            break
    wanted = chirp[1000:-1000]
    lag = int(np.argmax(np.correlate(found, wanted, "valid")))
    heard = found[lag : lag + len(wanted)]
    assert np.corrcoef(heard, wanted)[0, 1] > 0.999
    assert abs(np.ptp(np.flatnonzero(np.abs(found) > 0.1)) - len(chirp)) < RATE // 500, "nothing is lost at its ends"
    assert str(takes.get("rate", RATE)) in described("", RATE)


@pytest.mark.parametrize("latency", [portaudio.LATENCY_SECONDS, 0.1])
def test_a_stop_is_heard_within_50_ms(server: SoundServer, events: Events, latency: float) -> None:
    speaker = Loudspeaker(Sound(), events.put.put, latency_seconds=latency)
    delays = []
    for id in range(5):
        with server.recording() as recording:
            speaker.begin(id, RATE)
            speaker.write(id, noise(20).tobytes())
            recording.wait(lambda: np.count_nonzero(recording.samples) > RATE // 5)
            at_stop = len(recording)
            speaker.stop(id)
            stopped = events.wait(Stopped, id)
            recording.wait_silence()
            heard = np.flatnonzero(recording.samples)
            delays.append((int(heard[-1]) - at_stop) / RATE)
        assert isinstance(stopped, Stopped)
        assert abs(stopped.played_seconds - len(heard) / RATE) < 0.05
    speaker.close()
    assert median(delays) < 0.05


def test_an_utterance_right_after_a_stop_is_complete(
    speaker: Loudspeaker, events: Events, recording: Recording
) -> None:
    speaker.begin(1, RATE)
    speaker.write(1, noise(5).tobytes())
    events.wait(Began, 1)
    speaker.stop(1)
    play(speaker, 2, noise(0.3, seed=2))
    events.wait(Finished, 2)
    np.testing.assert_array_equal(recording.heard()[-round(0.3 * RATE) :], noise(0.3, seed=2))
    assert [type(event) for event in events.seen] == [Began, Stopped, Began, Finished]


def test_an_utterance_that_waits_can_be_stopped_without_a_gap_in_the_other(
    speaker: Loudspeaker, events: Events, recording: Recording
) -> None:
    play(speaker, 1, noise(0.5))
    play(speaker, 2, noise(0.5, seed=2))
    events.wait(Began, 1)
    speaker.stop(2)
    assert events.wait(Stopped, 2) == Stopped(2, 0.0)
    events.wait(Finished, 1)
    np.testing.assert_array_equal(recording.heard(), noise(0.5))


def test_audio_that_comes_late_is_an_underrun_and_not_lost(
    speaker: Loudspeaker, events: Events, recording: Recording
) -> None:
    sent = noise(0.4)
    speaker.begin(1, RATE)
    speaker.write(1, sent[: RATE // 10].tobytes())
    recording.wait_silence(RATE // 10)
    play_rest = sent[RATE // 10 :]
    speaker.write(1, play_rest.tobytes())
    speaker.end(1)
    assert events.wait(Finished, 1) == Finished(1, 0.4, 1)
    heard = recording.heard()
    np.testing.assert_array_equal(heard[heard != 0], sent)


def test_audio_that_waits_is_counted(speaker: Loudspeaker, events: Events) -> None:
    assert speaker.idle()
    speaker.begin(1, RATE)
    speaker.begin(2, 16000)
    speaker.write(2, bytes(16000 * 4))
    assert speaker.buffered_seconds == 1.0
    assert not speaker.idle()
    speaker.stop(2)
    events.wait(Stopped, 2)
    assert speaker.buffered_seconds == 0.0
    speaker.end(1)
    assert events.wait(Finished, 1) == Finished(1, 0.0, 0)


def test_what_comes_after_the_last_event_is_ignored(speaker: Loudspeaker, events: Events) -> None:
    play(speaker, 1, noise(0.02))
    events.wait(Finished, 1)
    speaker.write(1, bytes(400))
    speaker.end(1)
    speaker.stop(1)
    assert speaker.idle()
    assert speaker.buffered_seconds == 0.0


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda speaker: speaker.begin(1, RATE), "utterance 1 is being played already"),
        (lambda speaker: speaker.begin(2, 0), "sample rate must be at least 1000 Hz, is 0"),
        (lambda speaker: speaker.write(1, b"abc"), "expected float32 samples of 4 bytes each, got 3 bytes"),
    ],
)
def test_wrong_calls_are_refused(speaker: Loudspeaker, call: Callable[[Loudspeaker], None], said: str) -> None:
    speaker.begin(1, RATE)
    with pytest.raises(SinkError, match=said):
        call(speaker)


def test_the_default_device_has_a_name(server: SoundServer) -> None:
    assert probe() == "default"
    assert probe("defa") == "default"


def test_an_unknown_device_is_named_in_the_error_with_those_that_exist(server: SoundServer, events: Events) -> None:
    with pytest.raises(SinkError, match=r"no sound device: 'nowhere' cannot be opened: .*; there are: default"):
        probe("nowhere")
    speaker = Loudspeaker(Sound(device="nowhere"), events.put.put)
    play(speaker, 1, noise(0.02))
    broken = events.wait(Broken, 1)
    assert "'nowhere' cannot be opened" in str(broken.error)
    speaker.close()
