"""The wire, against docs/PROTOCOL.md and docs/protocol/: their tables and their frames."""

from __future__ import annotations

import itertools
import json
import re
import struct
from collections.abc import Iterator
from functools import partial
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_tts import wire
from edge_tts.config.settings import Limits
from edge_tts.errors import ProtocolError, QueueFull, RequestError
from edge_tts.wire import Failed, Hello, Message, Speak, Voices, worker_messages
from edge_tts.wire.fields import REQUIRED, Field
from edge_tts.wire.frames import Decoder, Packed, Rejected, encode, failed
from tests.support.documents import protocol

DOCUMENT = protocol()
KINDS = {**wire.REQUESTS, **wire.REPLIES}
INNER_KINDS = {**worker_messages.TO_WORKER, **worker_messages.FROM_WORKER}


def vectors(block: str) -> list[Any]:
    found = re.findall(rf"^```json {block}\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)
    assert len(found) == 1, f"expected one fenced block {block!r}, found {len(found)}"
    return [pytest.param(vector, id=vector["name"]) for vector in json.loads(found[0])]


def frame_of(vector: dict[str, Any]) -> bytes:
    return bytes.fromhex("".join(vector["frame"]))


def message_of(vector: dict[str, Any]) -> Message:
    values = dict(vector["message"])
    kind = KINDS[values.pop("type")]
    return kind(**{name: _value(value) for name, value in values.items()})


def _value(value: Any) -> Any:
    return bytes.fromhex(value["hex"]) if isinstance(value, dict) and value.keys() == {"hex"} else value


def framed(body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + body


# the frames of the document


@pytest.mark.parametrize("vector", vectors("requests"))
def test_a_documented_request_is_decoded_as_documented(vector: dict[str, Any]) -> None:
    assert list(Decoder(wire.REQUESTS).feed(frame_of(vector))) == [message_of(vector)]


@pytest.mark.parametrize("vector", vectors("replies"))
def test_a_documented_reply_is_decoded_as_documented(vector: dict[str, Any]) -> None:
    assert list(Decoder(wire.REPLIES).feed(frame_of(vector))) == [message_of(vector)]


@pytest.mark.parametrize("vector", vectors("requests") + vectors("replies"))
def test_an_exact_frame_is_what_encoding_gives(vector: dict[str, Any]) -> None:
    assert (encode(message_of(vector)) == frame_of(vector)) is vector["exact"]


@pytest.mark.parametrize("vector", vectors("refused"))
def test_a_refused_frame_gets_the_documented_failure(vector: dict[str, Any]) -> None:
    answers, still_open = serve(frame_of(vector) + encode(Voices(id=99)))
    assert still_open is (vector["connection"] == "open")
    assert answers[1:] == ([Voices(id=99)] if still_open else [])
    expected = vector["failed"]
    assert isinstance(answers[0], Failed)
    assert (answers[0].id, answers[0].code) == (expected["id"], expected["code"])
    assert answers[0].message == expected.get("message", answers[0].message)


def serve(stream: bytes) -> tuple[list[Message], bool]:
    """Return the messages in a stream, those refused as the `failed` that they get, and whether it can go on."""
    answers: list[Message] = []
    try:
        for message in Decoder(wire.REQUESTS, Limits().frame_bytes).feed(stream):
            answers.append(failed(message.id, message.error) if isinstance(message, Rejected) else message)
    except ProtocolError as error:
        return [*answers, failed(0, error)], False
    return answers, True


def test_the_frame_that_is_shown_byte_by_byte_is_one() -> None:
    (shown,) = re.findall(r"^```text\n(00 .*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)
    frame = bytes.fromhex("".join(line.strip().partition("  ")[0] for line in shown.splitlines()))
    assert list(Decoder(wire.REQUESTS).feed(frame)) == [Voices(id=8)]
    assert f"{len(frame) - 4} bytes follow" in shown


def test_every_message_has_an_exact_frame_in_the_document() -> None:
    shown = [param.values[0] for param in vectors("requests") + vectors("replies")]
    assert {vector["message"]["type"] for vector in shown if vector["exact"]} == KINDS.keys()


# the tables of the document


def rows(section: str, head: str) -> list[list[str]]:
    """Return the cells of the tables in a section of the document that begin with a head cell."""
    found = re.search(rf"^#+ {re.escape(section)}\n(.*?)(?=^#|\Z)", DOCUMENT, re.DOTALL | re.MULTILINE)
    assert found, f"no section {section}"
    tables = re.findall(rf"^\| {re.escape(head)} \|.*\n\|[-|]+\|\n((?:\|.*\|\n)+)", found[1], re.MULTILINE)
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in "".join(tables).splitlines()]


def described(name: str, field: Field) -> list[str]:
    """Return how the document has to give a field: name, type with range, default."""
    kind = re.sub(r"^an? ", "", field.kind.expected)
    kind = re.sub(rf"from (\d+) to {2**63 - 1}", r"≥ \1", kind)
    if field.default is REQUIRED:
        return [name, kind, "required"]
    return [name, kind, "nil" if field.default is None else json.dumps(field.default)]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_field_is_documented_with_its_type_range_and_default(kind: type[Message]) -> None:
    expected = [described(name, field) for name, field in kind.fields.items() if name != "id"]
    table = rows(f"`{kind.type}`", "field")
    assert [row[:3] for row in table] == expected
    assert all(meaning for *_, meaning in table)


def test_the_field_that_all_messages_share_is_documented() -> None:
    assert [row[:3] for row in rows("Requests", "field")] == [
        ["type", "string", "required"],
        ["id", "integer ≥ 0", "0"],
    ]
    assert all(next(iter(kind.fields)) == "id" for kind in KINDS.values())


def test_the_limits_are_documented_with_their_defaults() -> None:
    for name, default, _ in rows("Limits", "limit"):
        assert int(default) == getattr(Limits(), name)


def test_the_formats_are_documented() -> None:
    assert tuple(row[0] for row in rows("`speak`", "format")) == wire.FORMATS


def test_a_packed_reply_is_the_frame_of_the_message_whatever_the_id() -> None:
    reply = wire.VoiceList(id=5, voices=[{"name": "a"}])
    for number in (0, 7, 200, 70_000, 2**63 - 1):
        assert b"".join(Packed(reply).parts(number)) == encode(reply.changed(id=number))


# streams, cut anywhere

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
numbers = st.integers(0, 2**63 - 1)
finite = partial(st.floats, allow_nan=False, allow_infinity=False)


def values_of(field: Field) -> st.SearchStrategy[Any]:
    """Return what a field accepts, told from its description."""
    expected = field.kind.expected
    if found := re.fullmatch(r"an? (integer|number) from (\S+) to (\S+)", expected):
        low, high = map(float, found.groups()[1:])
        return st.integers(int(low), min(int(high), 2**63 - 1)) if found[1] == "integer" else finite(low, high)
    if expected.startswith("one of "):
        return st.sampled_from(expected.removeprefix("one of ").split(", "))
    return {
        "a string": texts,
        "a string of at most 256 characters": texts,
        "true or false": st.booleans(),
        "binary data": st.binary(max_size=300),
        "a number": finite(),
        "a number or nil": st.none() | st.floats(allow_nan=False),
        "a map": st.dictionaries(texts, numbers | texts | st.none()),
        "a list": st.lists(numbers | texts),
    }[expected]


def any_of(kinds: dict[str, type[Message]]) -> st.SearchStrategy[Message]:
    return st.one_of(
        st.builds(kind, **{name: values_of(field) for name, field in kind.fields.items()}) for kind in kinds.values()
    )


@given(st.lists(any_of(KINDS), max_size=6), st.integers(1, 50))
def test_pushed_in_pieces_and_pulled_one_by_one_nothing_is_lost(sent: list[Message], size: int) -> None:
    decoder, stream, got = Decoder(KINDS), b"".join(map(encode, sent)), []
    for start in range(0, len(stream), size):
        decoder.push(stream[start : start + size])
        while message := decoder.pull():
            got.append(message)
    assert got == sent
    assert decoder.waiting_bytes == 0


@given(any_of({**KINDS, **INNER_KINDS}))
def test_a_message_comes_out_of_its_frame_as_it_went_in(message: Message) -> None:
    assert list(Decoder({message.type: type(message)}).feed(encode(message))) == [message]


def pieces(stream: bytes, cuts: list[int]) -> Iterator[bytes]:
    places = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    return (stream[start:end] for start, end in itertools.pairwise(places))


@given(st.lists(any_of(KINDS), max_size=5), st.lists(st.integers(0, 10_000), max_size=30))
def test_any_split_of_the_stream_yields_the_same_messages(sent: list[Message], cuts: list[int]) -> None:
    decoder = Decoder(KINDS)
    stream = b"".join(map(encode, sent))
    assert [message for piece in pieces(stream, cuts) for message in decoder.feed(piece)] == sent


@given(any_of(KINDS))
def test_one_byte_at_a_time_is_enough(message: Message) -> None:
    decoder = Decoder(KINDS)
    frame = encode(message)
    assert [message for byte in frame for message in decoder.feed(bytes([byte]))] == [message]


def test_a_message_comes_with_its_last_byte_and_not_before() -> None:
    decoder = Decoder(wire.REQUESTS)
    frame = encode(Hello(id=1))
    assert list(decoder.feed(frame[:-1])) == []
    assert list(decoder.feed(frame[-1:])) == [Hello(id=1)]


def test_what_a_decoder_keeps_of_a_frame_is_its_own() -> None:
    decoder, frames = Decoder({"hello": Hello}), encode(Hello(id=1)) * 2
    room = bytearray(frames)
    assert list(decoder.feed(memoryview(room)[:-1])) == [Hello(id=1)]
    room[:] = bytes(len(room))
    assert list(decoder.feed(frames[-1:])) == [Hello(id=1)]


def test_messages_that_nobody_iterated_over_come_with_the_next_ones() -> None:
    decoder, frames = Decoder({"hello": Hello}), [encode(Hello(id=number)) for number in range(4)]
    assert next(decoder.feed(b"".join(frames[:3]))) == Hello(id=0)
    assert list(decoder.feed(frames[3])) == [Hello(id=number) for number in (1, 2, 3)]


# bytes that are not our protocol

LIMIT = 300


@given(st.lists(st.binary(max_size=120) | st.binary(max_size=LIMIT).map(framed), max_size=8))
def test_arbitrary_bytes_raise_nothing_but_protocol_errors_and_are_not_kept_beyond_the_limit(
    chunks: list[bytes],
) -> None:
    decoder = Decoder(wire.REQUESTS, LIMIT)
    for chunk in chunks:
        try:
            for message in decoder.feed(chunk):
                assert isinstance(message, Message)
        except ProtocolError:
            return
        assert decoder.waiting_bytes < 4 + LIMIT


@given(st.lists(st.binary(max_size=60).map(framed), max_size=6), st.data())
def test_a_frame_of_rubbish_costs_only_itself(rubbish: list[bytes], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(rubbish)))
    stream = b"".join([*rubbish[:place], encode(Voices(id=7)), *rubbish[place:]])
    assert list(Decoder(wire.REQUESTS).feed(stream))[place] == Voices(id=7)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | texts | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
        max_leaves=20,
    )
)
def test_a_value_of_any_kind_is_refused_in_words(value: Any) -> None:
    (message,) = Decoder({"hello": Hello}).feed(framed(msgpack.packb({"type": "hello", "id": 5, "protocol": value})))
    if isinstance(message, Rejected):
        assert str(message.error).startswith("protocol must be an integer from 1 to 9223372036854775807, is ")
        assert len(str(message.error)) < 130


@pytest.mark.parametrize("announced", [LIMIT + 1, 2**31, 2**32 - 1])
def test_a_frame_over_the_limit_is_refused_before_its_body(announced: int) -> None:
    with pytest.raises(ProtocolError, match=f"frame of {announced} bytes, limit is {LIMIT}"):
        list(Decoder(wire.REQUESTS, LIMIT).feed(struct.pack(">I", announced)))


def test_a_frame_of_exactly_the_limit_is_read() -> None:
    frame = encode(Speak(id=1, text="x" * 500))
    assert list(Decoder(wire.REQUESTS, len(frame) - 4).feed(frame)) == [Speak(id=1, text="x" * 500)]
    with pytest.raises(ProtocolError):
        list(Decoder(wire.REQUESTS, len(frame) - 5).feed(frame))


def test_what_came_before_a_frame_over_the_limit_is_still_served() -> None:
    messages_read = Decoder(wire.REQUESTS, LIMIT).feed(encode(Hello(id=1)) + b"\xff" * 4)
    assert next(messages_read) == Hello(id=1)
    with pytest.raises(ProtocolError):
        next(messages_read)


@pytest.mark.parametrize("depth", [10, 500, 1000, 1020, 100_000])
@pytest.mark.parametrize("key", ["text", "type"])
def test_a_deeply_nested_value_is_refused(key: str, depth: int) -> None:
    nested = b"\x91" * depth + b"\xc0"
    body = {"text": b"\x82\xa4type\xa5speak\xa4text", "type": b"\x81\xa4type"}[key] + nested
    (message,) = Decoder(wire.REQUESTS).feed(framed(body))
    assert isinstance(message, Rejected)
    assert re.search(rf"{key} must be .*\[\[|nested too deeply", str(message.error))


def test_an_array_that_announces_a_million_items_is_refused_before_they_come() -> None:
    body = b"\x82\xa4type\xa5speak\xa4text" + b"\xdd\x00\x0f\x42\x40" * 100 + bytes(1_000_000)
    (message,) = Decoder(wire.REQUESTS).feed(framed(body))
    assert isinstance(message, Rejected)
    assert "1000000 exceeds max_array_len" in str(message.error)


@pytest.mark.parametrize(("output", "plays", "returns"), [("play", 1, 0), ("return", 0, 1), ("both", 1, 1)])
def test_output_says_whether_to_play_and_to_return(output: str, plays: int, returns: int) -> None:
    speak = Speak(text="Hi", output=output)
    assert (speak.plays, speak.returns) == (bool(plays), bool(returns))


def test_a_lone_surrogate_is_refused_before_it_is_sent() -> None:
    with pytest.raises(RequestError, match="character 1 is a lone surrogate"):
        encode(Speak(id=1, text="a\udc80"))


def test_an_error_becomes_a_failed_with_all_it_says() -> None:
    reply = failed(3, QueueFull("full", retry_after=1.5))
    assert reply == Failed(id=3, code="queue_full", message="full", retry_after=1.5)
