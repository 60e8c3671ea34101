"""One connected client: its bytes become requests when it is its turn, and replies become bytes."""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import Protocol

from edge_tts import wire
from edge_tts.daemon import requests
from edge_tts.daemon.accepting import credentials, has_hung_up
from edge_tts.daemon.turns import Turns
from edge_tts.errors import EdgeTTSError, ProtocolError
from edge_tts.wire import Event, Message, worker_messages
from edge_tts.wire.frames import Decoder, Packed, failed, parts

log = logging.getLogger(__name__)

_BACKLOG_BYTES = 65_536
"""So much of what a client sent may wait to be decoded; more stays in its socket."""

_REPLIES_BYTES = 65_536
"""So much goes out at once, before the turn of the loop has ended."""

_FAREWELL_SECONDS = 1.0
"""How long a client may take to hang up after its last reply, so that it reads that and gets no reset."""

_READ_BYTES = 65_536
"""So much is read at once of what a client sends: many that send much must not keep the loop from others."""

_came = bytearray(_READ_BYTES)  # for all connections: what came is copied before the loop goes on


class Service(requests.Service, Protocol):
    """What a connection needs of the daemon."""

    turns: Turns

    def admit(self, connection: Connection) -> None:
        """Take a client in; one there is no place for is refused sooner or later."""

    def refusal(self, connection: Connection, message: Message) -> EdgeTTSError | None:
        """Return why a client may not ask for this, None if it may."""

    def leaves(self, connection: Connection, *, gone: bool) -> None:
        """Give a client's place away: it is gone, or will be shortly."""


class Connection(asyncio.BufferedProtocol):
    """One connected client.

    What it sends waits here until it is its turn, see turns.py, and one frame at a time is served. No frame is, as long
    as the client leaves more than `limits.unread_bytes` of replies unread: they are counted before more are made.

    Args:
        service: the daemon.
    """

    def __init__(self, service: Service) -> None:
        """Wait for the transport."""
        self._service = service
        self._decoder = Decoder(wire.REQUESTS, service.limits.frame_bytes)
        self._transport: asyncio.Transport
        self._unread: asyncio.TimerHandle | None = None
        self._half: asyncio.TimerHandle | None = None
        self._outgoing: list[bytes] = []
        self._outgoing_bytes = 0
        self._requests = requests.Requests(service, self, lambda: service.turns.add(self))
        self._held: Message | None = None
        self._ended = self._closing = self._unheard = False
        self.user = -1
        self.silent = True
        self.full = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet nobody: the client speaks first."""
        self._transport = transport  # type: ignore[assignment]
        theirs = transport.get_extra_info("socket")
        theirs.setsockopt(
            socket.SOL_SOCKET, socket.SO_SNDBUF, worker_messages.BATCH_BYTES
        )  # else they wake us to send the rest
        _, self.user, _ = credentials(theirs)
        self._transport.set_write_buffer_limits(high=self._service.limits.unread_bytes)
        self._service.admit(self)

    def get_buffer(self, sizehint: int) -> bytearray:
        """Return where to put what comes."""
        return _came

    def buffer_updated(self, nbytes: int) -> None:
        """Keep what came until it is this client's turn."""
        if self._closing:
            return
        with memoryview(_came) as came:
            self._decoder.push(came[:nbytes])
        if self._decoder.waiting_bytes >= _BACKLOG_BYTES:
            self._transport.pause_reading()
        self._service.turns.add(self)

    def eof_received(self) -> bool:
        """Serve what has come before the end, and hang up then; return whether to keep the connection so long."""
        self._ended = True
        self._unheard = has_hung_up(self._transport.get_extra_info("socket"))
        if self._unheard and not self._held and not self._decoder.may_hold(wire.LASTING):
            return False
        self._service.turns.add(self)
        return not self._closing

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop what the client asked for: nobody is left to hear of it."""
        self._closing = True
        self._cancel(self._unread)
        self._cancel(self._half)
        self._service.turns.drop(self)
        self._service.leaves(self, gone=True)
        self._requests.cancel()
        self._decoder.clear()  # in a storm of clients there are many that nothing has collected yet
        self._outgoing.clear()
        self._held = None

    def pause_writing(self) -> None:
        """Make no more audio for a client that does not read, and serve no more of its requests."""
        self.full = True
        self._unread = asyncio.get_running_loop().call_later(self._service.limits.unread_seconds, self._drop)

    def resume_writing(self) -> None:
        """Go on: the client has read."""
        self.full = False
        self._cancel(self._unread)
        self._service.turns.add(self)
        self._service.speaking.advance()

    def step(self) -> bool:
        """Serve the next request; return whether another one may follow at once."""
        if self._closing or self.full or self._requests.waiting:
            return False
        try:
            message = self._held or self._decoder.pull()
        except ProtocolError as error:  # where the next frame begins is lost
            self.refuse(error)
            return False
        if message is None:
            self._await_more()
            return False
        self._cancel(self._half)
        self._half, self._held = None, None
        if self._requests.must_wait(message):
            self._held = message
            return False
        self.silent = False
        if self._unheard and not isinstance(message, wire.LASTING):
            return True
        if refusal := self._service.refusal(self, message):
            self.refuse(refusal)
            return False
        self._requests.serve(message)
        return True

    def send(self, message: Message | Packed, request_id: int = 0) -> None:
        """Queue a reply; never blocks, and does nothing when the client is gone.

        What is sent in one turn of the event loop goes out together: a client that wakes for each reply would take the
        processor from the next one.

        Args:
            message: the reply.
            request_id: whom a packed one is for.
        """
        if self._closing:
            return
        if not self._outgoing:
            asyncio.get_running_loop().call_soon(self._flush)
        made = message.parts(request_id) if isinstance(message, Packed) else parts(message)
        self._outgoing += made
        self._outgoing_bytes += sum(map(len, made))
        if self._outgoing_bytes >= _REPLIES_BYTES:
            self._flush()

    def tell(self, event: Event) -> None:
        """Send an event if the client has asked for it."""
        if self._requests.wants_event(event.event):
            self.send(event)

    def refuse(self, error: EdgeTTSError) -> None:
        """Say why, and hear no more of this client; it may hang up by itself."""
        if self._closing:
            return
        self.send(failed(0, error))
        self._flush()
        self._closing = True
        self._requests.cancel()
        self._service.leaves(self, gone=False)
        if not self._transport.is_closing():
            self._transport.write_eof()
            self._transport.resume_reading()  # what came unread would reset the connection, and the reply be lost
            asyncio.get_running_loop().call_later(_FAREWELL_SECONDS, self._transport.abort)

    def abort(self) -> None:
        """Hang up at once."""
        self._transport.abort()

    def close(self) -> None:
        """Close after what is queued has been sent."""
        self._flush()
        self._transport.close()

    def _await_more(self) -> None:
        """Read on; a frame that has begun has some time to end."""
        if self._ended:
            if self._requests.idle:
                self.close()
            return
        self._transport.resume_reading()
        seconds = self._service.limits.frame_seconds
        if self._decoder.waiting_bytes and self._half is None:
            error = ProtocolError(f"a frame was begun {seconds:g} s ago and has not ended")
            self._half = asyncio.get_running_loop().call_later(seconds, self.refuse, error)

    def _flush(self) -> None:
        data = b"".join(self._outgoing)
        self._outgoing.clear()
        self._outgoing_bytes = 0
        if data and not self._transport.is_closing():
            self._transport.write(data)

    def _drop(self) -> None:
        log.warning(
            "a client left its replies unread for %g s and is disconnected",
            self._service.limits.unread_seconds,
        )
        self._transport.abort()

    @staticmethod
    def _cancel(timer: asyncio.TimerHandle | None) -> None:
        if timer is not None:
            timer.cancel()
