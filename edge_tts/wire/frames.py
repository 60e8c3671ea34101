"""The wire between a client and the daemon: bytes in, typed messages out, no I/O.

A frame is a u32 big-endian length, then one msgpack map with `type` and the fields of that message.
docs/PROTOCOL.md describes it, docs/protocol/ field by field; the frames there are test vectors.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgpack

from edge_tts.errors import EdgeTTSError, ProtocolError, RequestError
from edge_tts.system.values import Kind, shown
from edge_tts.wire import Failed, Message, check
from edge_tts.wire.fields import REQUIRED, Field

_LENGTH = struct.Struct(">I")

_ARRAY_ITEMS = 65_536
"""Longest array in a message: msgpack makes room for what an array announces, however deep, before it comes."""

_MAP_ITEMS = 1024
"""Most pairs of a map in a message."""

_ITEMS = 131_072
"""Most items in all arrays of a message: an array of arrays could hold a value, of 64 bytes or more, for each byte."""


class Rejected(Message):
    """What a decoder yields for a frame that holds no acceptable message; never sent."""

    error: EdgeTTSError = Field(REQUIRED, Kind(lambda value: isinstance(value, EdgeTTSError), "an error"))  # type: ignore[assignment]


def encode(message: Message) -> bytes:
    """Return the frame of a message.

    Raises:
        RequestError: a string cannot be written as UTF-8.
    """
    return b"".join(parts(message))


def parts(message: Message) -> tuple[bytes, bytes]:
    """Return the length and the body of a message's frame, for callers that join several; raises like `encode`."""
    try:
        body: bytes = msgpack.packb({"type": message.type, **message.values()})
    except UnicodeEncodeError as error:
        raise RequestError(f"text must be valid Unicode, character {error.start} is a lone surrogate") from error
    return _LENGTH.pack(len(body)), body


class Packed:
    """A reply that many get: packed once, only the id differs.

    Args:
        message: the reply, with any id.
    """

    def __init__(self, message: Message) -> None:
        """Pack it."""
        values = {name: value for name, value in message.values().items() if name != "id"}
        pairs = b"".join(msgpack.packb(name) + msgpack.packb(value) for name, value in values.items())
        kind = msgpack.packb("type") + msgpack.packb(message.type)
        self._before: bytes = msgpack.Packer().pack_map_header(len(values) + 2) + kind + msgpack.packb("id")
        self._after = pairs

    def parts(self, request_id: int) -> tuple[bytes, bytes, bytes]:
        """Return the parts of the frame that answers a request."""
        before = self._before + msgpack.packb(request_id)
        return _LENGTH.pack(len(before) + len(self._after)), before, self._after


def failed(request_id: int, error: EdgeTTSError) -> Failed:
    """Return the last reply for an error; nothing else turns errors into replies."""
    return Failed(id=request_id, code=error.code, message=str(error), retry_after=error.retry_after)


def may_hold(data: bytes | bytearray, kinds: Iterable[type[Message]]) -> bool:
    """Return whether these bytes may hold a message of one of these kinds: whether the name of one is in them."""
    return any(kind.type.encode() in data for kind in kinds)


def _unpacked(body: memoryview) -> Any:
    """Return what a body holds, with work and memory in proportion to its length, whatever the peer sends."""
    count = 0

    def counted(items: list[Any]) -> list[Any]:
        nonlocal count
        count += len(items)
        if count > _ITEMS:
            raise ValueError(f"more than {_ITEMS} items in arrays")
        return items

    return msgpack.unpackb(
        body,
        max_array_len=_ARRAY_ITEMS,
        max_map_len=_MAP_ITEMS,
        list_hook=counted,
        ext_hook=lambda code, data: None,  # no field has one
        timestamp=1,  # a plain number, which costs nothing to make
    )


class Decoder:
    """Turns a stream of bytes, cut anywhere, into messages.

    Args:
        kinds: the messages to expect, by type.
        frame_bytes: longest frame accepted.
    """

    def __init__(self, kinds: Mapping[str, type[Message]], frame_bytes: int = 1_048_576) -> None:
        """Start with an empty buffer."""
        self._kinds = kinds
        self._frame_bytes = frame_bytes
        self._buffer = bytearray()

    @property
    def waiting_bytes(self) -> int:
        """How many bytes of an incomplete frame are kept; at most its length field and `frame_bytes`."""
        return len(self._buffer)

    def may_hold(self, kinds: Iterable[type[Message]]) -> bool:
        """Return whether the bytes that wait may hold a message of one of these kinds; see the function."""
        return may_hold(self._buffer, kinds)

    def clear(self) -> None:
        """Forget what came: nobody wants it."""
        self._buffer = bytearray()

    def push(self, data: bytes | memoryview) -> None:
        """Take bytes for `pull`."""
        self._buffer += data

    def pull(self) -> Message | None:
        """Return the next message of the bytes that were pushed, see `feed`; None if none is whole.

        Raises:
            ProtocolError: a frame announces more than `frame_bytes`; the stream is lost.
        """
        with memoryview(self._buffer) as view:
            end = self._end(view, 0)
            if not end:
                return None
            with view[_LENGTH.size : end] as body:
                message = self._message(body)
        del self._buffer[:end]
        return message

    def feed(self, data: bytes | memoryview) -> Iterator[Message]:
        """Take bytes and yield the messages that they complete; `Rejected` for frames that hold none.

        The bytes are read where they are, so they must not change, nor more be fed, before the iteration has ended.

        Raises:
            ProtocolError: while iterating, when a frame announces more than `frame_bytes`; the stream is lost.
        """
        if self._buffer:
            self._buffer += data
            return self._messages(self._buffer)
        return self._messages(data)

    def _messages(self, data: bytes | bytearray | memoryview) -> Iterator[Message]:
        """Yield what is complete in the bytes that came, or in the buffer; the buffer has the rest afterwards."""
        start = 0
        try:
            with memoryview(data) as view:
                while end := self._end(view, start):
                    with view[start + _LENGTH.size : end] as body:
                        message = self._message(body)
                    start = end
                    yield message
        finally:
            if data is self._buffer:
                del self._buffer[:start]
            else:
                self._buffer += data[start:]

    def _end(self, view: memoryview, start: int) -> int:
        """Return where the frame ends that begins at `start`, 0 if it is not complete."""
        if len(view) - start < _LENGTH.size:
            return 0
        (length,) = _LENGTH.unpack_from(view, start)
        if length > self._frame_bytes:
            raise ProtocolError(f"frame of {length} bytes, limit is {self._frame_bytes}")
        end: int = start + _LENGTH.size + length
        return end if end <= len(view) else 0

    def _message(self, body: memoryview) -> Message:
        try:
            values = _unpacked(body)
        except (ValueError, TypeError, RecursionError) as error:  # msgpack raises these for anything malformed
            reason = str(error) or "nested too deeply"
            return Rejected(error=ProtocolError(f"frame of {len(body)} bytes is not msgpack: {reason}"))
        if not isinstance(values, dict):
            return Rejected(error=ProtocolError(f"frame must hold a map, holds {type(values).__name__}"))
        return self._typed(values)

    def _typed(self, values: dict[Any, Any]) -> Message:
        given = values.get("id", 0)
        request_id = given if type(given) is int and 0 <= given < 2**63 else 0
        kind = self._kinds.get(values["type"]) if isinstance(values.get("type"), str) else None
        try:
            if kind is None:
                raise RequestError(f"type must be one of {', '.join(self._kinds)}, is {shown(values.get('type'))}")
            return check(kind, values)
        except RequestError as error:
            return Rejected(id=request_id, error=error)
