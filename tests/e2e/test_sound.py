"""Speech as it is heard: the daemon plays into a real sound server, whose monitor is recorded."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edge_tts import Client
from edge_tts.errors import Interrupted
from tests.support.running import Daemon, run
from tests.support.sound_server import RATE, SoundServer, running

pytestmark = pytest.mark.sound

LONG = "今天天气很好，我们去公园散步。" * 20


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoundServer]:
    with running(tmp_path_factory.mktemp("snd")) as server, server.recording():
        yield server


@pytest.fixture(scope="module")
def audible(server: SoundServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    home = tmp_path_factory.mktemp("home")
    daemon_environ = {**server.variables}
    daemon = Daemon(home, **daemon_environ)
    assert run(daemon.environ, "models", "install", "tone").returncode == 0
    yield daemon
    daemon.close()


def test_all_that_is_returned_is_what_is_heard(audible: Daemon, server: SoundServer) -> None:
    text = "你好，世界。第二句话。"
    with audible.client() as client, server.recording() as recording:
        wanted = client.synthesize(text).samples
        stats = client.speak(text, cache=False)
        found = recording.heard()
    assert stats["ttfa_seconds"] > 0
    np.testing.assert_allclose(sounding(found), sounding(wanted), atol=1e-6)
    if not stats["underruns"]:  # a machine that is busy with other things may leave gaps, but loses nothing
        assert len(found) == np.ptp(np.flatnonzero(wanted)) + 1


def test_what_comes_from_the_cache_is_heard_whole_and_stops_at_once(audible: Daemon, server: SoundServer) -> None:
    text = "这句话是从缓存里来的。"
    with audible.client() as client, audible.client() as other, server.recording() as recording:
        list(client.utter(text, output="none"))
        list(client.utter(LONG, output="none"))
        wanted = client.synthesize(text).samples
        stats = client.speak(text)
        found = recording.heard()
        assert stats["cached"] is True
        np.testing.assert_allclose(sounding(found), sounding(wanted), atol=1e-6)
        speaking = client.utter(LONG)
        assert next(reply for reply in speaking if reply.type == "mark")
        assert other.stop() == 1
        with pytest.raises(Interrupted):
            list(speaking)


@pytest.mark.parametrize("ahead", ["0", "0.5", "0.6", "4.0", "10.0"])
def test_every_phrase_is_heard_to_its_end_however_much_is_made_ahead(
    server: SoundServer, tmp_path: Path, ahead: str
) -> None:
    daemon = Daemon(tmp_path / "home", EDGE_TTS_SOUND_AHEAD_SECONDS=ahead, **server.variables)
    text = "请各位乘客带好随身物品，从右侧车门有序下车。" * (2 if float(ahead) >= 4 else 1) + "[pause 0.6s]"
    try:
        assert run(daemon.environ, "models", "install", "tone").returncode == 0
        with daemon.client() as client:
            list(client.utter(text, output="none"))
            for cache in (True, False):
                wanted = client.synthesize(text, cache=cache).samples
                with server.recording() as recording:
                    stats = client.speak(text, cache=cache)
                    found = recording.heard()
                assert stats["cached"] is cache
                np.testing.assert_allclose(sounding(found), sounding(wanted), atol=1e-6)
    finally:
        daemon.close()


def test_utterances_of_several_clients_are_heard_one_after_the_other(audible: Daemon, server: SoundServer) -> None:
    def speak() -> None:
        with audible.client() as client:
            client.speak("你好，世界。", cache=False)

    with audible.client() as client, server.recording() as recording:
        alone = client.synthesize("你好，世界。").samples
        threads = [threading.Thread(target=speak) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = recording.heard()
    assert np.count_nonzero(found) == 3 * np.count_nonzero(alone)


def test_the_more_urgent_is_heard_first(audible: Daemon) -> None:
    ended: list[str] = []

    def speak(priority: str, accepted: threading.Event) -> None:
        with audible.client() as client:
            for reply in client.utter("你好，世界。", priority=priority):
                if reply.type == "accepted":
                    accepted.set()
        ended.append(priority)

    threads = []
    for priority in ("message", "progress", "text", "important"):
        accepted = threading.Event()
        threads.append(threading.Thread(target=speak, args=(priority, accepted)))
        threads[-1].start()
        accepted.wait(20)
    for thread in threads:
        thread.join()
    assert ended == ["message", "important", "text", "progress"], "the first is not interrupted, the rest by urgency"


def test_a_stop_is_heard_within_50_ms(audible: Daemon, server: SoundServer) -> None:
    delays = []
    for _ in range(5):
        with audible.client() as client, audible.client() as other, server.recording() as recording:
            replies = client.utter(LONG)
            assert next(replies).type == "accepted"
            recording.wait(lambda now=recording: np.count_nonzero(now.samples) > RATE // 5)  # type: ignore[misc]
            at_stop = len(recording)
            other.stop()
            with pytest.raises(Interrupted):
                list(replies)
            recording.wait_silence()
            delays.append((int(np.flatnonzero(recording.samples)[-1]) - at_stop) / RATE)
    assert np.median(delays) < 0.05


def test_output_both_plays_and_returns(audible: Daemon, server: SoundServer) -> None:
    with audible.client() as client, server.recording() as recording:
        samples = client.synthesize("你好。", output="both").samples
        found = recording.heard()
    np.testing.assert_allclose(sounding(found), sounding(samples), atol=1e-6)


def test_a_client_that_is_killed_is_silenced(audible: Daemon, server: SoundServer) -> None:
    with server.recording() as recording:
        command = [sys.executable, "-m", "edge_tts", "say", LONG]
        with subprocess.Popen(command, env=audible.environ) as process:
            recording.wait(lambda: bool(np.any(recording.samples)))
            process.kill()
        recording.wait_silence()


def test_ctrl_c_is_silence(audible: Daemon, server: SoundServer) -> None:
    with server.recording() as recording:
        command = [sys.executable, "-m", "edge_tts", "say", LONG]
        with subprocess.Popen(command, env=audible.environ) as process:
            recording.wait(lambda: bool(np.any(recording.samples)))
            process.send_signal(signal.SIGINT)
            assert process.wait(10) == 130
        recording.wait_silence()


def test_sigterm_in_the_middle_of_speech_ends_within_two_seconds(server: SoundServer, tmp_path: Path) -> None:
    daemon = Daemon(tmp_path / "home", **server.variables)
    try:
        assert run(daemon.environ, "models", "install", "tone").returncode == 0
        with Client(daemon.socket) as client, server.recording() as recording:
            replies = client.utter(LONG)
            recording_started = next(replies).type
            recording.wait(lambda: bool(np.any(recording.samples)))
            daemon.process.send_signal(signal.SIGTERM)
            with pytest.raises(Interrupted, match="shutting down"):
                list(replies)
            assert recording_started == "accepted"
        assert daemon.process.wait(2.0) == 0
    finally:
        daemon.close()


def sounding(samples: np.ndarray) -> np.ndarray:
    """Return the samples that are not silence."""
    return samples[samples != 0]
