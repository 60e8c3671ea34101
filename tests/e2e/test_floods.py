"""What one client sends, however much, does not keep the others from their turn: counted, not timed."""

from __future__ import annotations

import fcntl
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from edge_tts.errors import EdgeTTSError, Interrupted, QueueFull, RequestError
from edge_tts.wire import Disk, Done, Failed, Hello, Lexicon, Message, Speak, Status, Stop, Voices
from edge_tts.wire.frames import encode
from tests.e2e.test_daemon import LONG, first_replies, replies_of
from tests.support.running import Daemon, environment, run

MB = 1_000_000


def send_what_fits(connection: socket.socket, data: bytes) -> int:
    """Send without waiting for the daemon; return how many bytes it took."""
    connection.setblocking(False)
    sent = 0
    try:
        while sent < len(data):
            sent += connection.send(data[sent : sent + 65536])
    except BlockingIOError:
        pass
    finally:
        connection.settimeout(20)
    return sent


def memory(daemon: Daemon) -> int:
    return int(psutil.Process(daemon.pid).memory_info().rss)


@pytest.mark.parametrize("request_", [Hello(), Voices(), Status(), Disk(), Lexicon(), Stop()], ids=lambda one: one.type)
def test_replies_that_nobody_reads_are_not_made(request_: Message, start: Callable[..., Daemon]) -> None:
    daemon = start()
    with daemon.client() as client, daemon.connect() as lazy:
        client.lexicon("import", entries=[{"word": f"a{'b' * (n % 30)}{'c' * (n // 30)}", "reading": "[ipa:ə]"}
                                          for n in range(900)])  # fmt: skip
        client.disk()
        before = memory(daemon)
        sent = send_what_fits(lazy, encode(request_) * 200_000)
        for _ in range(20):
            assert client.stop() == 0
            assert client.status()["connections"] == 2
        sent += send_what_fits(lazy, encode(request_) * 200_000)
        assert sent < 200_000 * len(encode(request_)), "the daemon reads requests that it does not answer"
        assert memory(daemon) - before < 24 * MB


def test_every_one_of_many_requests_is_answered_in_order(daemon: Daemon) -> None:
    kinds: list[Message] = [Hello(), Voices(), Stop(), Disk(), Hello(), Status(), Status(), Lexicon(), Voices()]
    requests = [kinds[number % len(kinds)].changed(id=number) for number in range(1, 400)]
    with daemon.connect() as connection:
        connection.sendall(b"".join(map(encode, requests)))
        replies = first_replies(connection, len(requests))
    assert sorted(reply.id for reply in replies) == list(range(1, 400))
    slow = ("voice_list", "status_report", "disk_report", "lexicon_list")
    for group in (True, False):
        ids = [reply.id for reply in replies if (reply.type in slow) is group]
        assert ids == sorted(ids)


def test_what_follows_a_speak_comes_after_it(daemon: Daemon) -> None:
    with daemon.connect() as connection:
        connection.sendall(encode(Speak(id=1, text=LONG, output="return")) + encode(Stop(id=2, scope="client")))
        replies = [reply for reply in first_replies(connection, 3) if reply.type != "accepted"]
    assert isinstance(replies[0], Failed)
    assert (replies[0].id, replies[0].code) == (1, "interrupted")
    assert isinstance(replies[1], Done)
    assert replies[1].stats == {"stopped": 1}


def test_what_was_sent_before_the_end_is_answered(daemon: Daemon) -> None:
    with daemon.connect() as connection:
        connection.sendall(b"".join(encode(Voices(id=number)) for number in range(1, 300)) + b"\0\0")
        connection.shutdown(socket.SHUT_WR)
        assert [reply.id for reply in replies_of(connection)] == list(range(1, 300))


def test_a_stop_of_somebody_who_does_not_wait_is_heard(start: Callable[..., Daemon]) -> None:
    daemon = start()
    with daemon.client() as client:
        stream = client.stream(LONG)
        next(stream)
        with daemon.connect() as hasty:
            hasty.sendall(encode(Stop(id=1, scope="all")))
        with pytest.raises(Interrupted):
            list(stream)


def test_one_report_serves_all_who_ask_while_it_is_made(start: Callable[..., Daemon]) -> None:
    daemon = start()
    with ExitStack() as stack:
        askers = [stack.enter_context(daemon.connect()) for _ in range(20)]
        for asker in askers:
            asker.sendall(encode(Disk(id=1)) * 50)
        with daemon.client() as client:
            assert client.stop() == 0
        for asker in askers:
            assert len(first_replies(asker, 50)) == 50


def test_a_frame_that_does_not_end_costs_its_connection_and_nobody_elses(start: Callable[..., Daemon]) -> None:
    daemon = start(EDGE_TTS_LIMITS_FRAME_SECONDS="0.2")
    with daemon.connect() as half, daemon.client() as client:
        half.sendall(encode(Hello(id=1)) + struct.pack(">I", 100) + b"abc")
        welcome, failed = replies_of(half)
        assert (welcome.id, failed.code) == (1, "protocol_error")
        assert "0.2 s" in failed.message
        assert client.status()["connections"] == 1


def test_silent_connections_do_not_lock_anybody_out(start: Callable[..., Daemon]) -> None:
    daemon = start(EDGE_TTS_LIMITS_CONNECTIONS="4", EDGE_TTS_LIMITS_SILENT_SECONDS="0.1")
    with ExitStack() as stack:
        for _ in range(4):
            stack.enter_context(daemon.connect())
        while True:
            try:
                with daemon.client() as client:
                    assert client.voices()
                break
            except QueueFull:
                continue


def test_over_the_limit_stop_and_status_and_something_important_are_heard(start: Callable[..., Daemon]) -> None:
    daemon = start(EDGE_TTS_LIMITS_CONNECTIONS="2", EDGE_TTS_LIMITS_USER_PERCENT="100")
    with daemon.client() as first, daemon.client() as second:
        stream = first.stream(LONG)
        next(stream)
        second.voices()
        with daemon.client() as late:
            assert late.status()["queue"]["waiting"] == 1
        with daemon.client() as late:
            replies = [reply.type for reply in late.utter("注意。", output="return", priority="important")]
            assert replies[-1] == "done"
        with daemon.client() as late:
            assert late.stop() == 1
        with pytest.raises(Interrupted):
            list(stream)


def test_a_refused_client_reads_why_and_is_not_reset(start: Callable[..., Daemon]) -> None:
    daemon = start(EDGE_TTS_LIMITS_CONNECTIONS="1")
    with daemon.client() as client:
        client.voices()
        for _ in range(50):
            with daemon.connect() as late:
                late.sendall(encode(Voices(id=1)) * 500)
                replies = list(replies_of(late))
            assert [(reply.id, reply.type) for reply in replies] == [(0, "failed")]


def test_important_words_find_a_place_in_a_full_queue(start: Callable[..., Daemon]) -> None:
    daemon = start(EDGE_TTS_LIMITS_QUEUE="4", EDGE_TTS_LIMITS_USER_PERCENT="100")
    with daemon.connect() as greedy, daemon.client() as other:
        greedy.sendall(b"".join(encode(Speak(id=number, text=LONG, output="return")) for number in range(1, 6)))
        refused = next(reply for reply in replies_of(greedy) if isinstance(reply, Failed))
        assert refused.code == "queue_full"
        with pytest.raises(QueueFull):
            other.synthesize("你好")
        assert len(other.synthesize("着火了！", priority="important").samples) > 0


def test_a_client_has_a_share_of_the_queue(start: Callable[..., Daemon]) -> None:
    daemon = start(EDGE_TTS_LIMITS_CLIENT_QUEUE="2")
    with daemon.connect() as greedy, daemon.client() as other:
        greedy.sendall(b"".join(encode(Speak(id=number, text=LONG, output="return")) for number in range(1, 4)))
        refused = next(reply for reply in replies_of(greedy) if isinstance(reply, Failed))
        assert "2 utterances of this connection are waiting, limit is 2" in refused.message
        assert len(other.synthesize("你好").samples) > 0


def test_a_lexicon_that_is_a_pipe_keeps_nobody_waiting(start: Callable[..., Daemon]) -> None:
    daemon = start()
    os.mkfifo(daemon.home / "state" / "lexicon.tsv")
    with daemon.client() as client:
        assert "no regular file" in client.lexicon().problems[0]
        assert len(client.synthesize("你好").samples) > 0
        assert client.stop() == 0


def test_cached_audio_that_somebody_holds_is_made_anew(start: Callable[..., Daemon]) -> None:
    daemon = start()
    with daemon.client() as client:
        while not [*client.utter("你好", output="return")][-1].stats["cached"]:  # type: ignore[attr-defined]
            pass
        (kept,) = (daemon.home / "cache" / "audio").glob("?/" + "[0-9a-f]" * 40)
        with open(kept, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            *_, done = client.utter("你好", output="return")
    assert isinstance(done, Done)
    assert done.stats["cached"] is False


@pytest.mark.parametrize("request_", [Disk(), Lexicon(action="add", word="重", reading="chong2")], ids=lambda r: r.type)
def test_sigterm_ends_a_daemon_with_much_to_do(request_: Message, start: Callable[..., Daemon]) -> None:
    daemon = start()
    with ExitStack() as stack:
        for _ in range(40):
            send_what_fits(stack.enter_context(daemon.connect()), encode(request_) * 20_000)
        assert daemon.terminate(20) == 0


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGQUIT, signal.SIGINT])
def test_signals_that_end_it_let_everybody_have_a_last_reply(number: int, start: Callable[..., Daemon]) -> None:
    daemon = start()
    with daemon.client() as client:
        stream = client.stream(LONG)
        next(stream)
        os.kill(daemon.worker_pid("tone"), signal.SIGSTOP)
        daemon.process.send_signal(number)
        with pytest.raises(Interrupted, match="shutting down"):
            list(stream)
    assert daemon.process.wait(20) == 0


def test_other_signals_change_nothing(start: Callable[..., Daemon]) -> None:
    daemon = start()
    others = [signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF, signal.SIGIO]
    for number in [*others, signal.SIGRTMIN, signal.SIGRTMAX]:
        daemon.process.send_signal(number)
        with daemon.client() as client:
            assert client.stop() == 0
    assert daemon.process.poll() is None


def test_with_few_descriptors_there_are_fewer_places_and_no_tracebacks(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    program = (
        "import resource, sys, os; resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)); "
        "os.execv(sys.executable, [sys.executable, '-m', 'edge_tts', 'serve'])"
    )
    assert run(environment(tmp_path), "models", "install", "tone").returncode == 0
    address = str(tmp_path / "ready")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as readiness, open(tmp_path / "log", "w") as log:
        readiness.bind(address)
        readiness.settimeout(60)
        process = subprocess.Popen(
            [sys.executable, "-c", program],
            env={**environment(tmp_path), "NOTIFY_SOCKET": address}, stdout=log, stderr=log,
        )  # fmt: skip
        assert readiness.recv(100) == b"READY=1"
    try:
        path = str(tmp_path / "run" / "edge-tts.sock")
        with ExitStack() as stack:
            answers = []
            for _ in range(60):
                connection = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
                connection.settimeout(20)
                connection.connect(path)
                connection.sendall(encode(Voices(id=1)))
                answers.append(first_replies(connection, 1)[0])
        assert {answer.type for answer in answers} == {"voice_list", "failed"}
        assert {answer.code for answer in answers if isinstance(answer, Failed)} == {"queue_full"}
    finally:
        process.terminate()
        assert process.wait(20) == 0
    assert "Traceback" not in (tmp_path / "log").read_text()
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (soft, hard)


def test_a_long_client_name_does_not_fill_the_log(start: Callable[..., Daemon]) -> None:
    daemon = start()
    before = daemon.log.stat().st_size
    with daemon.connect() as connection:
        connection.sendall(encode(Hello(id=1, client="\x1b[31m" + "x" * 200_000)) * 20)
        first_replies(connection, 20)
    written = daemon.log.read_text()[before:]
    assert len(written) < 1000
    assert "\x1b" not in written


@pytest.mark.parametrize("field", ["voice", "style"])
def test_a_name_of_a_megabyte_is_no_name(field: str, daemon: Daemon) -> None:
    with daemon.client() as client, pytest.raises(RequestError, match="at most 256 characters"):
        client.synthesize("你好", **{field: "x" * 1_000_000})


def test_nested_values_do_not_take_the_memory(start: Callable[..., Daemon]) -> None:
    daemon = start()
    maps = b"\xdd\x00\x00\xff\xff" + b"\x80" * 65_535
    body = b"\x82\xa4type\xa5hello\xa1a\xdc\x00\x0f" + maps * 15
    with daemon.connect() as connection, daemon.client() as client:
        client.voices()
        before = memory(daemon)
        connection.sendall((struct.pack(">I", len(body)) + body) * 5)
        replies = first_replies(connection, 5)
        assert {reply.code for reply in replies if isinstance(reply, Failed)} == {"protocol_error"}
        assert memory(daemon) - before < 40 * MB
        with pytest.raises(EdgeTTSError):
            client.synthesize("")
