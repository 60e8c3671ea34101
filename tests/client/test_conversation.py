"""What both clients know of the protocol, without any connection."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_tts.cli.parser import parser
from edge_tts.client.connecting import unavailable
from edge_tts.client.conversation import Conversation, Hearing
from edge_tts.errors import DaemonUnavailable, ProtocolError, QueueFull, RequestError, UnknownVoice
from edge_tts.wire import Accepted, Audio, Done, Failed, Hello, Message, StatusReport, Stop, VoiceList, Welcome
from edge_tts.wire.frames import encode


def talking(*replies: Message) -> Conversation:
    """Return a conversation of three requests, 1 to 3, that has received some replies."""
    talk = Conversation()
    for _ in range(3):
        talk.new_id()
    talk.receive(b"".join(map(encode, replies)))
    return talk


def taken(talk: Conversation, request_id: int) -> list[Message]:
    replies = []
    while (message := talk.take(request_id)) is not None:
        replies.append(message)
    return replies


def memory_of(talk: Conversation) -> int:
    """How many requests a conversation still knows something of."""
    return len(talk._inbox) + len(talk._abandoned)


def test_ids_are_new_and_never_0() -> None:
    talk = Conversation()
    ids = [talk.new_id() for _ in range(100)]
    assert len(set(ids)) == 100
    assert 0 not in ids


def test_replies_are_sorted_by_request_and_keep_their_order() -> None:
    audio = [Audio(id=1, seq=0, data=b"a"), Audio(id=2, seq=0, data=b"x"), Audio(id=1, seq=1, data=b"b")]
    talk = talking(Accepted(id=1, position=0), Accepted(id=2, position=1), *audio, Done(id=2, stats={}))
    assert taken(talk, 1) == [Accepted(id=1, position=0), audio[0], audio[2]]
    assert taken(talk, 2) == [Accepted(id=2, position=1), audio[1], Done(id=2, stats={})]


@given(st.lists(st.integers(1, 3), max_size=30), st.integers(1, 40))
def test_it_does_not_matter_how_the_stream_is_cut(ids: list[int], size: int) -> None:
    stream = b"".join(encode(Audio(id=request_id, seq=seq, data=b"x")) for seq, request_id in enumerate(ids))
    talk = Conversation()
    for start in range(0, len(stream), size):
        talk.receive(stream[start : start + size])
    for request_id in (1, 2, 3):
        expected = [seq for seq, other in enumerate(ids) if other == request_id]
        assert [message.seq for message in taken(talk, request_id) if isinstance(message, Audio)] == expected


def test_what_has_not_come_yet_is_none() -> None:
    assert talking().take(1) is None


def test_a_failed_request_raises_its_error_after_the_replies_before() -> None:
    failure = Failed(id=1, code="queue_full", message="64 are waiting", retry_after=1.0)
    talk = talking(Accepted(id=1, position=0), failure)
    assert talk.take(1) == Accepted(id=1, position=0)
    with pytest.raises(QueueFull, match=r"^64 are waiting$") as caught:
        talk.take(1)
    assert caught.value.retry_after == 1.0


def test_a_failed_request_leaves_the_others_alone() -> None:
    talk = talking(Failed(id=1, code="unknown_voice", message="no"), Done(id=2, stats={"stopped": 1}))
    with pytest.raises(UnknownVoice):
        talk.take(1)
    assert talk.take(2) == Done(id=2, stats={"stopped": 1})


def test_a_failure_of_no_request_is_raised_at_once() -> None:
    with pytest.raises(QueueFull, match="64 clients are connected"):
        talking(Failed(id=0, code="queue_full", message="64 clients are connected"))


@pytest.mark.parametrize(
    "stream",
    [
        pytest.param(b"\xff\xff\xff\xff", id="too long"),
        pytest.param(b"\x00\x00\x00\x01\xc1", id="no msgpack"),
        pytest.param(encode(Hello(id=1)), id="a request"),
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n", id="another service"),
    ],
)
def test_what_no_daemon_says_is_a_protocol_error(stream: bytes) -> None:
    with pytest.raises(ProtocolError):
        Conversation().receive(stream)


@pytest.mark.parametrize(
    "last",
    [
        Done(id=1, stats={}),
        VoiceList(id=1, voices=[]),
        StatusReport(id=1, status={}),
        Welcome(id=1, version="1", protocol=1, pid=1, limits={}),
    ],
)
def test_nothing_is_kept_of_a_request_that_has_ended(last: Message) -> None:
    talk = talking(Accepted(id=1, position=0), last)
    assert taken(talk, 1)[-1] == last
    talk.take(1)
    assert memory_of(talk) == 0


def test_giving_up_asks_the_daemon_to_stop_that_utterance() -> None:
    talk = talking(Accepted(id=2, position=0))
    assert talk.abandon(2) == Stop(id=4, scope="utterance", utterance=2)
    assert talk.take(2) is None


def test_what_comes_after_giving_up_is_dropped_without_a_trace() -> None:
    talk = talking(Accepted(id=2, position=0))
    stop = talk.abandon(2)
    interrupted = Failed(id=2, code="interrupted", message="stopped on request")
    late = [Audio(id=2, seq=0, data=b"x"), interrupted, Done(id=stop.id, stats={"stopped": 1})]
    talk.receive(b"".join(map(encode, [*late, Done(id=3, stats={})])))
    assert taken(talk, 3) == [Done(id=3, stats={})]
    assert memory_of(talk) == 0


def test_giving_up_what_had_already_ended_leaves_no_trace_either() -> None:
    talk = talking(Accepted(id=1, position=0), Done(id=1, stats={}))
    stop = talk.abandon(1)
    talk.receive(encode(Done(id=stop.id, stats={"stopped": 0})))
    assert memory_of(talk) == 0


def test_options_of_speak_are_checked_before_they_are_sent() -> None:
    assert Conversation().utter("Hi", {"speed": 2}).speed == 2
    with pytest.raises(RequestError, match=r"speed must be a number from 0.25 to 4, is 0"):
        Conversation().utter("Hi", {"speed": 0})
    with pytest.raises(TypeError, match="unknown option 'sped' of speak"):
        Conversation().utter("Hi", {"sped": 1})


def test_samples_are_read_little_endian() -> None:
    hearing = Hearing()
    hearing.note(Audio(id=1, seq=0, data=bytes.fromhex("0000003f")))
    hearing.note(Audio(id=1, seq=1, data=bytes.fromhex("000080bf")))
    assert hearing.whole().samples.tolist() == [0.5, -1.0]


def test_nobody_there_says_where_and_what_to_do() -> None:
    error = unavailable(Path("/run/x"), FileNotFoundError(2, "No such file or directory"))
    assert isinstance(error, DaemonUnavailable)
    assert str(error) == "no daemon answers on /run/x (No such file or directory); start one with: edge-tts serve"


def test_a_client_starts_without_modules_that_take_long_to_import() -> None:
    code = "import sys, edge_tts.client.blocking; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "edge_tts.client.blocking" in loaded
    assert not {"asyncio", "dataclasses", "edge_tts.config.loading", "inspect", "numpy", "tempfile", "tomllib"} & set(
        loaded
    )


@pytest.mark.parametrize("command", [["say", "-h"], ["say", "--no-such-option"], ["models", "list", "-h"]])
def test_the_parser_of_one_command_says_what_that_of_all_says(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    said = []
    for build in (lambda: parser(command[0]), parser):
        with pytest.raises(SystemExit) as ended:
            build().parse_args(command)
        said.append((ended.value.code, *capsys.readouterr()))
    assert said[0] == said[1]
