"""A short request must not become more audio, silence or memory than there may be."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from running import Daemon

from edge_tts import messages
from edge_tts.errors import RequestError, UnsupportedText
from edge_tts.memory import MemoryWatch

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
    start: Callable[..., Daemon], text: str, stream: bool
) -> None:
    daemon = start(EDGE_TTS_LIMITS_PAUSE_SECONDS="300")
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
def test_an_utterance_ends_where_it_becomes_too_long(start: Callable[..., Daemon], text: str) -> None:
    daemon = start(EDGE_TTS_LIMITS_AUDIO_SECONDS="60")
    seen: list[messages.Message] = []
    with daemon.client() as client, daemon.client() as other:
        replies = client.utter(text, output="return", speed=0.25, cache=False)
        with pytest.raises(UnsupportedText, match="audio of more than 60 s"):
            seen += replies
        assert len(other.synthesize("你好").samples)
    assert 0 < sum(map(size, seen)) <= 61 * 48_000


@pytest.mark.parametrize("audio_format", messages.FORMATS)
def test_what_waits_for_its_end_is_limited(start: Callable[..., Daemon], audio_format: str) -> None:
    daemon = start(EDGE_TTS_LIMITS_UNSTREAMED_BYTES="65536")
    with daemon.client() as client:
        with pytest.raises(RequestError, match="65536 bytes"):
            list(client.utter(LONG, output="return", stream=False, format=audio_format, cache=False))
        assert [*client.utter(LONG[:900], output="return", format=audio_format)][-1].type == "done"
        assert [*client.utter("你好。", output="return", stream=False, format=audio_format)][-1].type == "done"


def test_a_file_that_waits_for_its_end_is_in_memory_once(start: Callable[..., Daemon]) -> None:
    daemon = start()
    with daemon.client() as client:
        client.synthesize("好")
        worker = daemon.worker_pid("tone")
        with MemoryWatch([worker, daemon.pid]) as watch:
            before = {pid: memory.own_bytes for pid, memory in watch.peaks.items()}
            whole = sum(map(size, client.utter(LONG, output="return", stream=False, format="wav")))
        assert whole > 60 * MB
        assert watch.peaks[worker].own_bytes - before[worker] < whole + 64 * MB, "what the allocator keeps, besides"
        assert watch.peaks[daemon.pid].own_bytes - before[daemon.pid] < 20 * MB


def size(reply: messages.Message) -> int:
    """Return the bytes of audio in a reply."""
    return len(reply.data) if isinstance(reply, messages.Audio) else 0
