"""What one client's requests do: decode, serve, reply."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable
from typing import Any, Protocol

from edge_tts import jobs, messages
from edge_tts.config import Limits
from edge_tts.engines import ModelFiles
from edge_tts.errors import EdgeTTSError, ProtocolError, RequestError, UnsupportedText
from edge_tts.fields import shown
from edge_tts.messages import (
    Disk,
    Done,
    Event,
    Failed,
    Hello,
    Lexicon,
    LexiconList,
    Message,
    Speak,
    Status,
    StatusReport,
    Stop,
    Subscribe,
    VoiceList,
    Voices,
    Welcome,
)
from edge_tts.protocol import Decoder, Rejected, failed, parts
from edge_tts.speaking import Speaking
from edge_tts.utterance import Utterance
from edge_tts.version import __version__

log = logging.getLogger(__name__)


class Service(Protocol):
    """What a connection needs of the daemon."""

    limits: Limits
    speaking: Speaking

    def find_voice(self, name: str) -> tuple[ModelFiles, str]:
        """Return the model of a voice and the voice's full name, "" meaning the default one."""

    def voices(self) -> list[dict[str, Any]]:
        """Describe the installed voices."""

    def status(self) -> dict[str, Any]:
        """Describe the daemon."""

    def lexicon(self, request: Lexicon) -> LexiconList:
        """Show or change the user's own words."""

    def report_disk(self, request: Disk, send: Callable[[Message], None]) -> None:
        """Send what is taken of the disk when it is known."""


class Connection(asyncio.Protocol):
    """One connected client.

    Args:
        service: the daemon.
        closed: called when the connection has ended.
    """

    def __init__(self, service: Service, opened: Callable[[Connection], bool], closed: Callable[[Connection], None]):
        """Wait for the transport; `opened` says whether the client may stay."""
        self._service = service
        self._opened = opened
        self._closed = closed
        self._decoder = Decoder(messages.REQUESTS, service.limits.frame_bytes)
        self._transport: asyncio.Transport
        self._unread: asyncio.TimerHandle | None = None
        self._outgoing: list[bytes] = []
        self._subscribed: Callable[[str], bool] = lambda event: False
        self.full = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet nobody: the client speaks first."""
        self._transport = transport  # type: ignore[assignment]
        theirs = transport.get_extra_info("socket")
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, jobs.BATCH_BYTES)  # else they wake us to send the rest
        self._transport.set_write_buffer_limits(high=self._service.limits.unread_bytes)
        if not self._opened(self):
            self.close()

    def data_received(self, data: bytes) -> None:
        """Serve the requests that are complete."""
        try:
            for message in self._decoder.feed(data):
                self._serve(message)
        except ProtocolError as error:  # where the next frame begins is lost
            self.send(failed(0, error))
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop what the client asked for: nobody is left to hear of it."""
        self._cancel_unread()
        self._closed(self)
        self._service.speaking.stop(lambda utterance: utterance.client is self, "the client has gone")

    def pause_writing(self) -> None:
        """Make no more audio for a client that does not read, and read no more of its requests."""
        self.full = True
        self._transport.pause_reading()
        self._unread = asyncio.get_running_loop().call_later(self._service.limits.unread_seconds, self._drop)

    def resume_writing(self) -> None:
        """Go on: the client has read."""
        self.full = False
        self._cancel_unread()
        self._transport.resume_reading()
        self._service.speaking.advance()

    def send(self, message: Message) -> None:
        """Queue a reply; never blocks, and does nothing when the client is gone.

        What is sent in one turn of the event loop goes out together: a client that wakes for each reply would take the
        processor from the next one.
        """
        if not self._outgoing:
            asyncio.get_running_loop().call_soon(self._flush)
        self._outgoing += parts(message)

    def tell(self, event: Event) -> None:
        """Send an event if the client has asked for it."""
        if self._subscribed(event.event):
            self.send(event)

    def close(self) -> None:
        """Close after what is queued has been sent."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        data = b"".join(self._outgoing)
        self._outgoing.clear()
        if data and not self._transport.is_closing():
            self._transport.write(data)

    def _drop(self) -> None:
        log.warning(
            "a client left its replies unread for %g s and is disconnected",
            self._service.limits.unread_seconds,
        )
        self._transport.abort()

    def _cancel_unread(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _serve(self, message: Message) -> None:
        try:
            self._answer(message)
        except EdgeTTSError as error:
            self.send(failed(message.id, error))
        except Exception:  # a fault of ours must not take the daemon, nor leave the request unanswered
            log.exception("%s failed", message.type)
            self.send(Failed(id=message.id, code=EdgeTTSError.code, message="internal error, see the daemon's log"))

    def _answer(self, message: Message) -> None:
        match message:
            case Rejected():
                raise message.error
            case Hello():
                self.send(self._welcome(message))
            case Speak():
                self._speak(message)
            case Stop():
                self.send(Done(id=message.id, stats={"stopped": self._stop(message)}))
            case Voices():
                self.send(VoiceList(id=message.id, voices=self._service.voices()))
            case Status():
                self.send(StatusReport(id=message.id, status=self._service.status()))
            case Lexicon():
                self.send(self._service.lexicon(message))
            case Disk():
                self._service.report_disk(message, self.send)
            case Subscribe():
                self._subscribe(message)

    def _welcome(self, hello: Hello) -> Welcome:
        log.info("client %r", hello.client)
        limits = self._service.limits
        offered = {name: getattr(limits, name) for name in ("frame_bytes", "text_characters", "queue", "connections")}
        protocol = min(hello.protocol, messages.VERSION)
        return Welcome(id=hello.id, version=__version__, protocol=protocol, pid=os.getpid(), limits=offered)

    def _speak(self, speak: Speak) -> None:
        most = self._service.limits.text_characters
        if len(speak.text) > most:
            raise UnsupportedText(f"text of {len(speak.text)} characters, limit is {most}")
        if not speak.text.strip():
            raise UnsupportedText("text is empty")
        model, voice = self._service.find_voice(speak.voice)
        self._service.speaking.submit(self, speak, model, voice)

    def _subscribe(self, subscribe: Subscribe) -> None:
        if not all(isinstance(name, str) for name in subscribe.events):
            raise RequestError(f"events must be a list of strings, is {shown(subscribe.events)}")
        wanted = frozenset(subscribe.events)
        self._subscribed = lambda event: event in wanted or not wanted
        self.send(Done(id=subscribe.id, stats={"events": sorted(wanted)}))

    def _stop(self, stop: Stop) -> int:
        def wanted(utterance: Utterance) -> bool:
            mine = utterance.client is self
            match stop.scope:
                case "utterance":
                    return mine and utterance.speak.id == stop.utterance
                case "client":
                    return mine
                case _:
                    return True

        return self._service.speaking.stop(wanted, "stopped on request")
