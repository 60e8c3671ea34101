"""The audio cache over a real socket: what comes from it is what was said, and nothing is harder than without it."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from edge_tts import Client, wire
from edge_tts.config.loading import load as load_config
from edge_tts.errors import DiskFull, EngineCrashed, Interrupted, RequestError
from edge_tts.wire import Audio, Done, Mark, Message
from tests.support.homes import no_sound, with_tone
from tests.support.running import Daemon, environment
from tests.support.store_model import mounted

TEXT = "欢迎光临。请把身份证放在读卡区！Thank you."
HALF_A_MINUTE = "今天天气很好，我们去公园散步。" * 16
LONG = "今天天气很好，我们去公园散步。" * 600


def keep(client: Client, text: str, **options: Any) -> None:
    """Return when a text is in the cache."""
    list(client.utter(text, output="none", **options))


def ask(client: Client, text: str = TEXT, **options: Any) -> tuple[list[Message], bytes, bool]:
    """Return the replies without audio, all of the audio, and whether it came from the cache."""
    replies = list(client.utter(text, **{"output": "return", **options}))
    done = replies[-1]
    assert isinstance(done, Done)
    audio = b"".join(reply.data for reply in replies if isinstance(reply, Audio))
    return [reply for reply in replies[:-1] if not isinstance(reply, Audio)], audio, done.stats["cached"]


def files(daemon: Daemon) -> list[Path]:
    return [path for path in (daemon.home / "cache" / "audio").rglob("*") if path.is_file()]


def model_state(client: Client) -> str:
    (model,) = client.status()["models"]
    return str(model["state"])


def test_an_utterance_is_kept_without_being_asked_to(start: Callable[..., Daemon]) -> None:
    with start().client() as client:
        while not ask(client)[2]:  # it is written after its last reply
            pass
        assert client.status()["cache"]["hits"] == 1


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("audio_format", wire.FORMATS)
def test_every_format_comes_from_the_cache_as_it_came_from_the_engine(
    daemon: Daemon, audio_format: str, stream: bool
) -> None:
    options: dict[str, Any] = {"format": audio_format, "stream": stream}
    with daemon.client() as client:
        text = f"{TEXT}{audio_format}"
        before, made, cached = ask(client, text, cache=False, **options)
        keep(client, text, **options)
        after, kept, hit = ask(client, text, **options)
    assert (cached, hit) == (False, True)
    assert [reply.type for reply in before] == ["accepted", "started", "mark", "mark", "mark"]
    assert [(reply.type, getattr(reply, "audio_seconds", 0)) for reply in after] == [
        (reply.type, getattr(reply, "audio_seconds", 0)) for reply in before
    ]
    if audio_format == "pcm_f32le":
        np.testing.assert_allclose(np.frombuffer(kept, "<f4"), np.frombuffer(made, "<f4"), atol=2**-14)
    elif audio_format != "ogg_opus":  # whose serial number is random
        assert kept == made
    else:
        assert len(kept) == len(made)


def test_another_rate_is_kept_too_and_apart(daemon: Daemon) -> None:
    with daemon.client() as client:
        keep(client, TEXT, sample_rate=16000)
        _, audio, cached = ask(client, sample_rate=16000)
        assert cached
        assert ask(client, sample_rate=8000)[2] is False
        keep(client, TEXT)
        assert len(ask(client)[1]) == pytest.approx(len(audio) * 1.5, rel=0.01)


def test_figures_and_settings_of_a_hit_are_told_as_ever(daemon: Daemon) -> None:
    with daemon.client() as client:
        keep(client, TEXT, style="happy", pitch=1.5)
        *_, done = client.utter(TEXT, output="return", style="happy", pitch=1.5)
    assert isinstance(done, Done)
    assert done.stats["cached"] is True
    assert done.stats["ignored"] == ["pitch", "style"]
    assert (done.stats["synthesis_seconds"], done.stats["rtf"]) == (0.0, 0.0)
    assert done.stats["sentences"] == 3
    assert done.stats["audio_seconds"] > 1


def test_remarks_about_the_end_of_a_text_are_reported_with_its_cached_audio_too(daemon: Daemon) -> None:
    late = '<speak>你好。世界。<prosody pitch="high">再见Привет。</prosody></speak>'
    with daemon.client() as client:
        (*_, plain), made = client.utter("你好。世界。", output="return"), list(client.utter(late, output="return"))
        keep(client, late)
        kept = list(client.utter(late, output="return"))
    assert isinstance(plain, Done)
    assert (plain.stats["ignored"], plain.stats["unread"]) == ([], [])
    for replies, cached in ((made, False), (kept, True)):
        *_, done = replies
        assert isinstance(done, Done)
        assert done.stats["cached"] is cached
        assert (done.stats["sentences"], done.stats["ignored"], done.stats["unread"]) == (3, ["pitch"], ["Привет"])
        marks = [(mark.start, mark.end) for mark in replies if isinstance(mark, Mark)]
        assert [late[start:end] for start, end in marks] == ["你好。", "世界。", "再见Привет。"]


def test_a_hit_needs_no_engine(start: Callable[..., Daemon]) -> None:
    first = start()
    with first.client() as client:
        keep(client, TEXT)
    first.terminate()
    with start().client() as client:
        assert ask(client)[2] is True
        assert model_state(client) == "unloaded"
        assert client.status()["models"][0]["pid"] is None


def test_a_hit_does_not_wait_for_an_engine_that_hangs_or_dies(start: Callable[..., Daemon]) -> None:
    daemon = start()
    with daemon.client() as client, daemon.client() as other:
        keep(client, TEXT)
        stream = other.stream(LONG, cache=False)
        next(stream)
        os.kill(daemon.worker_pid("tone"), signal.SIGSTOP)
        assert ask(client)[2] is True
        assert model_state(client) == "busy"
        os.kill(daemon.worker_pid("tone"), signal.SIGKILL)
        assert ask(client)[2] is True
        with pytest.raises(EngineCrashed):
            list(stream)


def test_whoever_wants_no_cache_gets_none(start: Callable[..., Daemon]) -> None:
    daemon = start()
    with daemon.client() as client:
        assert [ask(client, cache=False)[2] for _ in range(3)] == [False] * 3
        keep(client, "另外一句。")  # written after whatever came before
        assert len(files(daemon)) == 1
        with pytest.raises(RequestError, match="cache is false"):
            keep(client, TEXT, cache=False)
    daemon.close()
    with start(EDGE_TTS_DISK_AUDIO_BYTES="0").client() as client:
        assert [ask(client, "另外一句。")[2] for _ in range(2)] == [False, False]
        with pytest.raises(RequestError, match="audio_bytes is 0"):
            keep(client, TEXT)


def test_what_was_interrupted_or_is_too_long_is_not_kept(start: Callable[..., Daemon]) -> None:
    daemon = start()
    with daemon.client() as client:
        for _ in client.stream(HALF_A_MINUTE):
            break
        ask(client, "今天天气很好，我们去公园散步。" * 60)
        with pytest.raises(RequestError, match="more than 60 s is not kept"):
            keep(client, "今天天气很好，我们去公园散步。" * 60)
        keep(client, "另外一句。")
        assert len(files(daemon)) == 1
        assert client.synthesize(HALF_A_MINUTE).sample_rate == 24000


def test_a_change_of_the_users_words_leaves_what_was_said_before_behind(start: Callable[..., Daemon]) -> None:
    with start().client() as client:
        keep(client, "重庆很大。")
        client.lexicon("add", word="重庆", reading="zhong4qing4")
        assert ask(client, "重庆很大。")[2] is False
        client.lexicon("remove", word="重庆")
        assert ask(client, "重庆很大。")[2] is True


def test_a_damaged_recording_is_made_again(start: Callable[..., Daemon]) -> None:
    daemon = start()
    with daemon.client() as client:
        keep(client, TEXT)
        _, wanted, _ = ask(client)
        (file,) = files(daemon)
        data = file.read_bytes()
        file.write_bytes(data[:-100] + bytes(100))
        _, found, cached = ask(client)
        assert (found, cached) == (wanted, False)
        keep(client, TEXT)
        assert ask(client)[1:] == (wanted, True)


def test_a_full_disk_costs_the_cache_and_nothing_else(tmp_path: Path) -> None:
    home = with_tone(tmp_path / "home")
    with mounted(home / "cache", size_bytes=1 << 17) as place:
        daemon = Daemon(home, **no_sound(tmp_path), EDGE_TTS_DISK_RESERVE_BYTES="0")
        try:
            with daemon.client() as client:
                keep(client, "短。")
                (place / "ballast").write_bytes(bytes((1 << 17) - 40_000))
                with pytest.raises(DiskFull):
                    keep(client, HALF_A_MINUTE)
                assert ask(client, HALF_A_MINUTE)[2] is False
                assert ask(client, "短。")[2] is True
        finally:
            daemon.close()


def test_the_daemon_may_die_while_it_writes(start: Callable[..., Daemon]) -> None:
    daemon = start()
    texts = [f"第{number}句话。" for number in range(20)]
    with daemon.client() as client:
        for text in texts:
            ask(client, text)
        worker = psutil.Process(daemon.worker_pid("tone"))
    daemon.process.kill()
    daemon.process.wait()
    psutil.wait_procs([worker], timeout=10)
    assert not worker.is_running(), "a worker must not outlive its daemon, even if that left its answers unread"
    again = start()
    with again.client() as client:
        answers = [ask(client, text) for text in texts]
        assert all(len(audio) > 1000 for _, audio, _ in answers)
        keep(client, TEXT)
    assert not [path for path in files(again) if path.name.startswith(".")]


def test_a_reader_that_stops_reading_gets_no_more_and_can_be_stopped(daemon: Daemon) -> None:
    with daemon.client() as client, daemon.client() as other:
        keep(client, HALF_A_MINUTE)
        replies = client.utter(HALF_A_MINUTE, output="return", format="pcm_f32le")
        assert [next(replies).type for _ in range(2)] == ["accepted", "started"]
        while other.status()["queue"]["waiting"] == 0:
            pass
        assert ask(other, "插一句。")[1]
        assert other.stop() == 1
        with pytest.raises(Interrupted):
            list(replies)
        assert ask(client, HALF_A_MINUTE)[2] is True


def test_filling_the_cache_gives_way_to_whoever_speaks(start: Callable[..., Daemon]) -> None:
    daemon = start()
    finished: list[str] = []
    with daemon.client() as quiet, daemon.client() as client:
        client.synthesize("你好")
        os.kill(daemon.worker_pid("tone"), signal.SIGSTOP)
        filling = quiet.utter(HALF_A_MINUTE, output="none", priority="important")
        assert next(filling).type == "accepted"
        thread = threading.Thread(target=lambda: finished.extend(reply.type for reply in filling))
        spoken = client.utter(LONG[:1500], output="return", priority="progress")
        assert next(spoken).type == "accepted"
        thread.start()
        os.kill(daemon.worker_pid("tone"), signal.SIGCONT)
        for reply in spoken:
            last = reply.type
            assert not finished, "what nobody hears was made first"
        thread.join(30)
        assert (last, finished) == ("done", ["done"])
        assert ask(client, HALF_A_MINUTE)[2] is True


def test_pinned_phrases_are_in_a_folder_of_their_own(start: Callable[..., Daemon]) -> None:
    daemon = start()
    with daemon.client() as client:
        keep(client, TEXT)
        keep(client, TEXT, pin=True)
        (file,) = files(daemon)
        assert file.parent.name == "pinned"
        assert ask(client)[2] is True


def test_a_worker_that_dies_while_it_packs_fails_what_waits_for_it(start: Callable[..., Daemon]) -> None:
    daemon = start(EDGE_TTS_ENGINES_SENTENCE_SECONDS="1")
    with daemon.client() as client:
        client.synthesize("你好")
        os.kill(daemon.worker_pid("tone"), signal.SIGSTOP)
        filling = client.utter(HALF_A_MINUTE, output="none")
        assert next(filling).type == "accepted"
        with pytest.raises(Exception, match="took more than 1 s"):
            list(filling)
        keep(client, HALF_A_MINUTE)


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Daemon]:
    """A daemon whose cache holds about ten phrases."""
    running = Daemon(with_tone(tmp_path / "home"), **no_sound(tmp_path), EDGE_TTS_DISK_AUDIO_BYTES="300000")
    yield running
    running.close()


def test_the_share_is_kept_while_many_phrases_are_spoken(tiny: Daemon) -> None:
    share = load_config(environment(tiny.home, EDGE_TTS_DISK_AUDIO_BYTES="300000")).disk.audio_bytes
    with tiny.client() as client:
        for number in range(40):
            keep(client, f"这是第{number}句话，请注意。")
            used = subprocess.run(["du", "-s", "-B1", tiny.home / "cache" / "audio"], capture_output=True, text=True)
            assert int(used.stdout.split()[0]) <= share
        assert ask(client, "这是第39句话，请注意。")[2] is True
        assert ask(client, "这是第0句话，请注意。")[2] is False
