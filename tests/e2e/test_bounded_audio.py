"""A short request must not become more audio, silence or memory than there may be."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edge_tts import wire
from edge_tts.config.loading import load as load_config
from edge_tts.disk import reserved
from edge_tts.errors import BudgetExceeded, RequestError, UnsupportedText
from edge_tts.system.memory import MemoryWatch
from tests.support.running import Daemon

LONG = "今天天气很好，我们去公园散步。" * 600
MB = 1_000_000


@pytest.mark.parametrize(
    "text",
    [
        "好" + "[pause 10s]好" * 800,
        "好[pause 10s]" * 61,
        "<speak>" + "好<break time='10s'/>" * 400 + "</speak>",
        "<speak>好" + "<break time='999s'/>" * 400 + "</speak>",
        "<speak>"
        + "<prosody rate='25%'>" * 14
        + "好<break strength='x-strong'/>" * 310
        + "</prosody>" * 14
        + "</speak>",
        "好" + "[pause 1s]" * 700,
    ],
)
@pytest.mark.parametrize("stream", [True, False])
def test_silence_without_end_is_refused_before_it_is_made(
    shared: Callable[..., Daemon], text: str, stream: bool
) -> None:
    daemon = shared(EDGE_TTS_LIMITS_PAUSE_SECONDS="300")
    with daemon.client() as client:
        client.synthesize("好")
        with MemoryWatch([daemon.pid, worker := daemon.worker_pid("tone")]) as watch:
            before = watch.peaks[worker].own_bytes
            with pytest.raises(UnsupportedText, match=r"pauses of .* s in one text, limit is 300 s"):
                client.synthesize(text, format="pcm_f32le", sample_rate=192_000, stream=stream)
        assert watch.peaks[worker].own_bytes - before < 30 * MB
        assert daemon.worker_pid("tone") == worker


@pytest.mark.parametrize(
    "text",
    [
        LONG,
        "9" * 9000,
        "1234567890123456" * 500,
        "<speak><say-as interpret-as='characters'>" + "8" * 9000 + "</say-as></speak>",
        "<speak>" + "<prosody rate='x-slow'>" * 14 + "今天天气很好。" * 500 + "</prosody>" * 14 + "</speak>",
    ],
    ids=["long", "digits", "numbers", "characters", "nested"],
)
def test_an_utterance_ends_where_it_becomes_too_long(shared: Callable[..., Daemon], text: str) -> None:
    daemon = shared(EDGE_TTS_LIMITS_AUDIO_SECONDS="60")
    seen: list[wire.Message] = []
    with daemon.client() as client, daemon.client() as other:
        replies = client.utter(text, output="return", speed=0.25, cache=False)
        with pytest.raises(UnsupportedText, match="audio of more than 60 s"):
            seen += replies
        assert len(other.synthesize("你好").samples)
    assert 0 < sum(map(size, seen)) <= 61 * 48_000


@pytest.mark.parametrize("audio_format", wire.FORMATS)
def test_unstreamed_audio_is_limited(shared: Callable[..., Daemon], audio_format: str) -> None:
    daemon = shared(EDGE_TTS_LIMITS_UNSTREAMED_BYTES="65536")
    with daemon.client() as client:
        with pytest.raises(RequestError, match="65536 bytes"):
            list(client.utter(LONG, output="return", stream=False, format=audio_format, cache=False))
        assert [*client.utter(LONG[:900], output="return", format=audio_format)][-1].type == "done"
        assert [*client.utter("你好。", output="return", stream=False, format=audio_format)][-1].type == "done"


@pytest.mark.parametrize("audio_format", ["wav", "pcm_f32le", "flac"])
def test_unstreamed_audio_is_kept_on_the_disk_not_in_memory(start: Callable[..., Daemon], audio_format: str) -> None:
    daemon = start()
    options = {"output": "return", "format": audio_format, "cache": False}
    with daemon.client() as client:
        client.synthesize("好", format=audio_format, stream=False)
        worker = daemon.worker_pid("tone")
        with MemoryWatch([worker, daemon.pid]) as watch:
            before = {pid: memory.own_bytes for pid, memory in watch.peaks.items()}
            whole = sum(map(size, client.utter(LONG, stream=False, **options)))
        assert whole > 60 * MB or audio_format == "flac"
        assert watch.peaks[worker].own_bytes - before[worker] < 40 * MB
        assert watch.peaks[daemon.pid].own_bytes - before[daemon.pid] < 20 * MB
    while reserved(load_config(daemon.environ).paths):  # it is given back after the last reply
        pass


def test_more_than_128_mb_can_be_had_in_one_reply(start: Callable[..., Daemon]) -> None:
    daemon = start()
    with daemon.client() as client:
        client.synthesize("好")
    with daemon.client() as client, MemoryWatch([daemon.pid, daemon.worker_pid("tone")]) as watch:
        replies = client.utter(LONG, output="return", stream=False, format="wav", sample_rate=96_000, cache=False)
        first = next(reply.data for reply in replies if isinstance(reply, wire.Audio))
        rest = sum(map(size, replies))
        assert int.from_bytes(first[4:8], "little") + 8 == len(first) + rest > 200 * MB
        assert all(memory.own_bytes < 150 * MB for memory in watch.peaks.values())


def test_a_budget_that_cannot_hold_it_refuses_and_lets_others_speak(start: Callable[..., Daemon]) -> None:
    daemon = start(EDGE_TTS_DISK_BUDGET_BYTES=str(40 * MB))
    with daemon.client() as client:
        with pytest.raises(BudgetExceeded, match=r"keeping audio until its end .*; ask for it with stream true"):
            list(client.utter(LONG, output="return", stream=False, format="wav", cache=False))
        assert [*client.utter("你好。", output="return", stream=False)][-1].type == "done"
    assert not reserved(load_config(daemon.environ).paths)


def test_the_reservation_of_unstreamed_audio_ends_when_its_client_has_gone(start: Callable[..., Daemon]) -> None:
    daemon = start()
    paths = load_config(daemon.environ).paths
    with daemon.client() as client:
        replies = client.utter(LONG, output="return", stream=False, format="wav", cache=False)
        next(reply for reply in replies if isinstance(reply, wire.Audio))
        assert [promise for promise in reserved(paths) if promise.purpose == "keeping audio until its end"]
    while reserved(paths):
        pass
    assert not [*paths.temporary.iterdir()]
    with daemon.client() as client:
        client.synthesize("好")


def size(reply: wire.Message) -> int:
    """Return the bytes of audio in a reply."""
    return len(reply.data) if isinstance(reply, wire.Audio) else 0
