"""The daemon over a real socket, with the tone engine: requests, failures, limits, shutdown."""

from __future__ import annotations

import os
import random
import signal
import socket
import stat
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import msgpack
import numpy as np
import psutil
import pytest

from edge_tts import wire
from edge_tts.errors import (
    DaemonUnavailable,
    EngineCrashed,
    Interrupted,
    ProtocolError,
    QueueFull,
    RequestError,
    SinkError,
    UnknownVoice,
    UnsupportedText,
)
from edge_tts.wire import Failed, Message, Speak, Status
from edge_tts.wire.frames import Decoder, encode
from tests.support.running import Daemon, run

LONG = "今天天气很好，我们去公园散步。" * 600


def test_text_becomes_samples(daemon: Daemon) -> None:
    with daemon.client() as client:
        samples, sample_rate = client.synthesize("你好，世界。")
    assert sample_rate == 24000
    assert samples.dtype == np.float32
    assert 0.4 < len(samples) / sample_rate < 2.0
    assert 0.1 < np.abs(samples).max() <= 1.0


def test_twice_the_speed_is_half_the_time(daemon: Daemon) -> None:
    with daemon.client() as client:
        once, twice = (client.synthesize("你好世界", speed=speed).samples for speed in (1.0, 2.0))
    assert len(twice) == pytest.approx(len(once) / 2, rel=0.01)


def test_volume_is_a_factor(daemon: Daemon) -> None:
    with daemon.client() as client:
        full, half = (client.synthesize("你好", volume=volume).samples for volume in (1.0, 0.5))
    np.testing.assert_allclose(half, full / 2, atol=1 / 32768)  # either may come from the cache, which keeps 16 bits


def test_marks_point_at_sentences_of_the_source(daemon: Daemon) -> None:
    text = "第一句。第二句！And a third?"
    with daemon.client() as client:
        replies = list(client.utter(text, output="return"))
    marks = [reply for reply in replies if isinstance(reply, wire.Mark)]
    assert [text[mark.start : mark.end].strip() for mark in marks] == ["第一句。", "第二句！", "And a third?"]
    assert [mark.audio_seconds for mark in marks] == sorted({mark.audio_seconds for mark in marks})


def test_replies_come_in_order_and_the_last_is_done(daemon: Daemon) -> None:
    with daemon.client() as client:
        kinds = [reply.type for reply in client.utter("一句。两句。", output="return")]
    assert kinds[:3] == ["accepted", "started", "mark"]
    assert kinds[-1] == "done"
    assert kinds.count("done") == kinds.count("accepted") == kinds.count("started") == 1


@pytest.mark.parametrize("audio_format", wire.FORMATS)
@pytest.mark.parametrize("stream", [True, False])
def test_every_format_comes_back_as_what_it_is(daemon: Daemon, audio_format: str, stream: bool) -> None:
    with daemon.client() as client:
        replies = list(client.utter("你好，世界。", output="return", format=audio_format, stream=stream))
    data = b"".join(reply.data for reply in replies if isinstance(reply, wire.Audio))
    begins = {"wav": b"RIFF", "flac": b"fLaC", "ogg_opus": b"OggS", "mp3": b"\xff"}
    assert data.startswith(begins.get(audio_format, b""))
    assert len(data) > 1000


def test_a_long_file_arrives_in_pieces_and_whole(daemon: Daemon) -> None:
    with daemon.client() as client:
        replies = list(client.utter(LONG[:3000], output="return", format="wav", stream=False))
    pieces = [reply for reply in replies if isinstance(reply, wire.Audio)]
    data = b"".join(piece.data for piece in pieces)
    assert [piece.seq for piece in pieces] == list(range(len(pieces)))
    assert max(len(piece.data) for piece in pieces) <= wire.AUDIO_BYTES
    assert struct.unpack_from("<I", data, 40)[0] == len(data) - 44


def test_settings_without_effect_are_named(daemon: Daemon) -> None:
    with daemon.client() as client:
        *_, done = client.utter("你好", output="return", style="happy", pitch=1.5)
    assert isinstance(done, wire.Done)
    assert done.stats["ignored"] == ["pitch", "style"]


def test_what_cannot_be_read_aloud_is_named(daemon: Daemon) -> None:
    with daemon.client() as client:
        *_, done = client.utter("你好Привет世界。|", output="return")
        *_, silent = client.utter("你好👍", output="return", emoji="drop")
        *_, named = client.utter("你好👍", output="return")
    assert isinstance(done, wire.Done)
    assert isinstance(silent, wire.Done)
    assert isinstance(named, wire.Done)
    assert done.stats["unread"] == ["Привет", "|"]
    assert silent.stats["unread"] == []
    assert named.stats["audio_seconds"] > silent.stats["audio_seconds"]


def test_leaving_a_stream_early_stops_the_utterance_and_keeps_the_connection(daemon: Daemon) -> None:
    with daemon.client() as client:
        for _ in client.stream(LONG):
            break
        assert client.synthesize("你好").sample_rate == 24000
        assert client.status()["queue"] == {"waiting": 0, "speaking": 0}


def test_a_short_request_does_not_wait_for_the_end_of_a_long_one(daemon: Daemon) -> None:
    with daemon.client() as long, daemon.client() as short:
        stream = long.stream(LONG)
        next(stream)
        short.synthesize("你好")
        assert sum(len(piece.samples) for piece in stream) > 0, "the long one had ended before the short one came"


def test_stop_ends_what_others_asked_for(daemon: Daemon) -> None:
    with daemon.client() as speaker, daemon.client() as other:
        stream = speaker.stream(LONG)
        next(stream)
        assert other.stop() == 1
        with pytest.raises(Interrupted):
            list(stream)
        assert other.stop() == 0


def test_two_utterances_of_one_connection_do_not_share_an_id(daemon: Daemon) -> None:
    with daemon.connect() as connection:
        connection.sendall(encode(Speak(id=5, text=LONG, output="return")) * 2)
        reply = next(reply for reply in replies_of(connection) if isinstance(reply, Failed))
    assert reply.code == "bad_request"
    assert "id 5" in reply.message


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"text": "你好", "voice": "bep"}, UnknownVoice, "beep"),
        ({"text": ""}, UnsupportedText, "empty"),
        ({"text": " \n\t"}, UnsupportedText, "empty"),
        ({"text": "あж"}, UnsupportedText, "あж"),
        ({"text": "字" * 10_001}, UnsupportedText, "10001 characters, limit is 10000"),
        ({"text": "你好", "speed": 0}, RequestError, "speed must be a number from 0.25 to 4, is 0"),
        ({"text": "你好", "speed": float("nan")}, RequestError, "speed must be a number from 0.25 to 4, is nan"),
        ({"text": "你好", "format": "aiff"}, RequestError, "format must be one of pcm_s16le"),
        ({"text": "你好", "format": "ogg_opus", "sample_rate": 44100}, RequestError, "48000"),
    ],
)
def test_wrong_requests_get_one_clear_line(
    daemon: Daemon, options: dict[str, object], error: type[Exception], message: str
) -> None:
    with daemon.client() as client, pytest.raises(error, match=message):
        list(client.utter(**{"output": "return", **options}))  # type: ignore[arg-type]


def test_the_daemon_checks_what_a_careless_client_sends(daemon: Daemon) -> None:
    with daemon.connect() as connection:
        connection.sendall(frame({"type": "speak", "id": 9, "text": "你好", "speed": 0}))
        (reply,) = first_replies(connection, 1)
    assert reply == Failed(id=9, code="bad_request", message="speed must be a number from 0.25 to 4, is 0")


def test_a_megabyte_of_text_is_refused_by_its_announced_length(daemon: Daemon) -> None:
    with daemon.client() as client, pytest.raises(ProtocolError, match="limit is 1048576"):
        client.synthesize("字" * 400_000)
    with daemon.connect() as connection:
        connection.sendall(struct.pack(">I", 1_200_000))
        (reply,) = first_replies(connection, 1)
    assert isinstance(reply, Failed)
    assert reply.message == "frame of 1200000 bytes, limit is 1048576"


def test_a_frame_that_announces_4_gb_ends_the_connection_with_a_reason(daemon: Daemon) -> None:
    with daemon.connect() as connection:
        connection.sendall(b"\xff\xff\xff\xff")
        replies = list(replies_of(connection))
    assert replies == [
        Failed(id=0, code="protocol_error", message="frame of 4294967295 bytes, limit is 1048576"),
    ]


@pytest.mark.parametrize("seed", range(20))
def test_random_bytes_never_take_the_daemon_down(daemon: Daemon, seed: int) -> None:
    noise = random.Random(seed)
    with daemon.connect() as connection:
        connection.sendall(struct.pack(">I", 64) + noise.randbytes(64))
        (reply,) = first_replies(connection, 1)
        assert isinstance(reply, Failed)
        connection.sendall(encode(Status(id=3)))
        assert first_replies(connection, 1)[0].id == 3, "after a bad frame the connection goes on"
    with daemon.connect() as connection:
        connection.sendall(noise.randbytes(4096))
    with daemon.client() as client:
        assert client.status()["pid"] == daemon.pid


def test_an_unknown_request_gets_failed(daemon: Daemon) -> None:
    with daemon.connect() as connection:
        connection.sendall(frame({"type": "sing", "id": 4}) + frame({"type": "hello", "id": 5, "colour": "red"}))
        failed, welcome = first_replies(connection, 2)
    assert isinstance(failed, Failed)
    assert (failed.id, failed.code) == (4, "bad_request")
    assert isinstance(welcome, wire.Welcome)
    assert welcome.limits["frame_bytes"] == 1_048_576


def test_socket_is_the_users_own(daemon: Daemon) -> None:
    assert stat.S_IMODE(daemon.socket.stat().st_mode) == 0o600
    assert stat.S_IMODE(daemon.socket.parent.stat().st_mode) == 0o700


def test_killing_the_worker_fails_its_utterance_and_the_next_one_works(start: Callable[..., Daemon]) -> None:
    daemon = start()
    with daemon.client() as client:
        stream = client.stream(LONG)
        next(stream)
        os.kill(daemon.worker_pid("tone"), signal.SIGKILL)
        with pytest.raises(EngineCrashed, match="SIGKILL"):
            list(stream)
        assert len(client.synthesize("你好").samples) > 0
    assert daemon.process.poll() is None


def test_killing_the_worker_spares_utterances_that_have_not_begun(start: Callable[..., Daemon]) -> None:
    daemon = start()
    with daemon.client() as first, daemon.client() as second:
        first.synthesize("你好")
        os.kill(daemon.worker_pid("tone"), signal.SIGSTOP)
        begun, waiting = first.utter(LONG, output="return"), second.utter("你好", output="return")
        assert [next(begun).type, next(waiting).type] == ["accepted", "accepted"]
        os.kill(daemon.worker_pid("tone"), signal.SIGKILL)
        with pytest.raises(EngineCrashed):
            list(begun)
        assert [reply.type for reply in waiting][-1] == "done"


def test_a_worker_that_hangs_is_killed_and_the_next_one_works(start: Callable[..., Daemon]) -> None:
    daemon = start(EDGE_TTS_ENGINES_SENTENCE_SECONDS="0.5")
    with daemon.client() as client:
        client.synthesize("你好")
        os.kill(daemon.worker_pid("tone"), signal.SIGSTOP)
        with pytest.raises(Exception, match=r"took more than 0.5 s"):
            client.synthesize("再见")
        assert len(client.synthesize("你好").samples) > 0


def test_a_client_that_is_killed_takes_only_its_own_utterance_along(start: Callable[..., Daemon]) -> None:
    daemon = start()
    program = (
        "import sys; from edge_tts import Client; [print(flush=True) for _ in Client(sys.argv[1]).stream(sys.argv[2])]"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(daemon.socket), LONG], env=daemon.environ, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    with child, daemon.client() as client:
        child.stdout.readline()
        child.kill()
        child.wait()
        assert len(client.synthesize("你好").samples) > 0
        assert client.status()["queue"] == {"waiting": 0, "speaking": 0}


def test_a_client_that_does_not_read_is_disconnected_and_others_go_on(start: Callable[..., Daemon]) -> None:
    daemon = start(EDGE_TTS_LIMITS_UNREAD_SECONDS="0.3")
    with daemon.connect() as lazy, daemon.client() as client:
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        lazy.sendall(encode(Speak(id=1, text=LONG, output="return", format="pcm_f32le", sample_rate=192_000)))
        client.synthesize("你好")
        gone = threading.Event()
        while not gone.is_set():
            if client.status()["connections"] == 1:
                gone.set()
        assert client.status()["queue"]["waiting"] == 0


def test_a_full_queue_says_so_and_when_to_try_again(start: Callable[..., Daemon]) -> None:
    daemon = start(EDGE_TTS_LIMITS_QUEUE="2")
    with daemon.connect() as connection, daemon.client() as client:
        for number in (1, 2):
            connection.sendall(encode(Speak(id=number, text=LONG, output="return")))
        next(reply for reply in replies_of(connection) if reply.type == "accepted" and reply.id == 2)
        with pytest.raises(QueueFull, match="limit is 2") as caught:
            client.synthesize("你好")
    assert caught.value.retry_after == 1.0


def test_too_many_clients_are_turned_away_with_a_reason(start: Callable[..., Daemon]) -> None:
    daemon = start(EDGE_TTS_LIMITS_CONNECTIONS="1")
    with daemon.client() as client:
        client.status()
        with daemon.client() as second, pytest.raises(QueueFull, match="limit is 1"):
            second.voices()
        with daemon.client() as third, pytest.raises(QueueFull, match="limit is 1"):
            next(third.events())
        assert client.voices()


def test_playing_without_a_sound_device_says_what_is_wrong(daemon: Daemon) -> None:
    with daemon.client() as client:
        with pytest.raises(SinkError, match="no sound device"):
            client.speak("你好")
        assert len(client.synthesize("你好").samples) > 0


def test_a_model_that_is_installed_meanwhile_is_noticed(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path / "home")
    try:
        with daemon.client() as client:
            with pytest.raises(UnknownVoice, match="models install"):
                client.synthesize("你好")
            assert run(daemon.environ, "models", "install", "tone").returncode == 0
            assert len(client.synthesize("你好").samples) > 0
    finally:
        daemon.close()


def test_a_second_daemon_on_the_same_socket_is_refused(daemon: Daemon) -> None:
    result = daemon.run("serve")
    assert result.returncode == DaemonUnavailable.exit_code
    assert result.stderr.count("\n") == 1
    assert "another daemon already serves" in result.stderr


def test_a_socket_left_by_a_killed_daemon_is_taken_over(start: Callable[..., Daemon]) -> None:
    first = start()
    first.process.kill()
    first.process.wait()
    assert first.socket.exists()
    second = start()
    with second.client() as client:
        assert client.status()["pid"] == second.pid


def test_sigterm_fails_what_is_open_and_ends_within_two_seconds(start: Callable[..., Daemon]) -> None:
    daemon = start()
    with daemon.client() as client:
        stream = client.stream(LONG)
        next(stream)
        worker = daemon.worker_pid("tone")
        os.kill(worker, signal.SIGSTOP)
        daemon.process.send_signal(signal.SIGTERM)
        with pytest.raises(Interrupted, match="shutting down"):
            list(stream)
    assert daemon.process.wait(2.0) == 0
    assert not daemon.socket.exists()
    assert not Path(f"/proc/{worker}/cmdline").exists()


def test_sigterm_lets_a_short_utterance_end(start: Callable[..., Daemon]) -> None:
    daemon = start()
    with daemon.client() as client:
        client.synthesize("你好")
        replies = client.utter("你好", output="return")
        assert next(replies).type == "accepted"
        daemon.process.send_signal(signal.SIGTERM)
        assert [reply.type for reply in replies][-1] == "done"
    assert daemon.process.wait(2.0) == 0


def test_an_idle_model_is_unloaded_and_comes_back(start: Callable[..., Daemon]) -> None:
    daemon = start(EDGE_TTS_ENGINES_IDLE_SECONDS="0.2")
    with daemon.client() as client:
        client.synthesize("你好")
        workers = psutil.Process(daemon.pid).children()
        while client.status()["models"][0]["state"] != "unloaded":
            pass
        psutil.wait_procs(workers, 5)
        assert psutil.Process(daemon.pid).children() == [], "only the daemon remains"
        assert len(client.synthesize("你好").samples) > 0


def frame(document: object) -> bytes:
    body: bytes = msgpack.packb(document)
    return struct.pack(">I", len(body)) + body


def replies_of(connection: socket.socket):  # type: ignore[no-untyped-def]
    decoder = Decoder(wire.REPLIES)
    while data := connection.recv(65536):
        yield from decoder.feed(data)


def first_replies(connection: socket.socket, count: int) -> list[Message]:
    found: list[Message] = []
    for reply in replies_of(connection):
        found.append(reply)
        if len(found) == count:
            break
    return found
