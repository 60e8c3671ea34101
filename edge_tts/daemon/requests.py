"""What each request of a client does, and which of them wait for each other."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol

from edge_tts import wire
from edge_tts.config.settings import Limits
from edge_tts.daemon.caching import Prepared
from edge_tts.daemon.speaking import Speaking
from edge_tts.daemon.utterance import Client, Utterance
from edge_tts.errors import EdgeTTSError, RequestError, UnsupportedText
from edge_tts.system.values import shown
from edge_tts.version import __version__
from edge_tts.wire import Disk, Done, Failed, Hello, Lexicon, Message, Speak, Status, Stop, Subscribe, Voices, Welcome
from edge_tts.wire.frames import Packed, Rejected, failed

log = logging.getLogger(__name__)

REPORTS = (Voices, Status, Lexicon, Disk)
"""What takes a look at a disk, or much to write; a client has one of them made at a time."""

Report = Voices | Status | Lexicon | Disk

_MOST_EVENTS = 64

_OFFERED = (
    "frame_bytes", "text_characters", "queue", "connections", "audio_seconds", "pause_seconds", "unstreamed_bytes",
)  # fmt: skip
"""Limits that a client can run into."""


class Service(Protocol):
    """What requests need of the daemon."""

    limits: Limits
    speaking: Speaking

    def prepare(self, speak: Speak, then: Callable[[Future[Prepared]], None]) -> Future[Any]:
        """Find the voice and what is kept of the audio; `then` gets it, in the loop.

        Returns:
            What can be cancelled.
        """

    def report(self, request: Report, answer: Callable[[Message | Packed], None]) -> Future[Any]:
        """Make what answers a request; `answer` gets it, in the loop.

        Returns:
            What can be cancelled; who else waits for the same gets it.
        """


class Requests:
    """The requests of one client.

    Replies come in the order of the requests: what follows a `speak` waits until its voice is found. A report is made
    while others are served, but for one that needs a report too.

    Args:
        service: the daemon.
        client: gets the replies.
        go_on: is called when a request that waited can be served.
    """

    def __init__(self, service: Service, client: Client, go_on: Callable[[], None]) -> None:
        """Wait for the first."""
        self._service, self._client, self._go_on = service, client, go_on
        self._preparing: Future[Any] | None = None
        self._changing: Future[Any] | None = None
        self._reporting = self._greeted = self._gone = False
        self.wants_event: Callable[[str], bool] = lambda event: False

    @property
    def waiting(self) -> bool:
        """Whether nothing can be served now."""
        return self._preparing is not None

    @property
    def idle(self) -> bool:
        """Whether nothing is being made for the client."""
        return self._preparing is None and not self._reporting

    def must_wait(self, message: Message) -> bool:
        """Return whether a request has to wait for an earlier one."""
        return self._reporting and isinstance(message, REPORTS)

    def serve(self, message: Message) -> None:
        """Do what is asked for; what goes wrong is its last reply."""
        self._attempt(message, lambda: self._answer(message))

    def cancel(self) -> None:
        """Drop what has not begun: nobody is left to hear of it."""
        self._gone = True
        for future in (self._preparing, self._changing):
            if future is not None:
                future.cancel()
        self._service.speaking.stop(lambda utterance: utterance.client is self._client, "the client has gone")

    def _attempt(self, request: Message, act: Callable[[], None]) -> None:
        try:
            act()
        except EdgeTTSError as error:
            self._client.send(failed(request.id, error))
        except Exception:  # a fault of ours must not take the daemon, nor leave the request unanswered
            log.exception("%s failed", request.type)
            self._client.send(
                Failed(id=request.id, code=EdgeTTSError.code, message="internal error, see the daemon's log")
            )

    def _answer(self, message: Message) -> None:
        match message:
            case Rejected():
                raise message.error
            case Hello():
                self._client.send(self._welcome(message))
            case Speak():
                self._speak(message)
            case Stop():
                self._client.send(Done(id=message.id, stats={"stopped": self._stop(message)}))
            case Voices() | Status() | Lexicon() | Disk():
                self._reporting = True
                self._changing = self._service.report(message, lambda answer: self._reported(message, answer))
            case Subscribe():
                self._subscribe(message)

    def _reported(self, request: Message, answer: Message | Packed) -> None:
        self._reporting, self._changing = False, None
        self._client.send(answer, request.id)
        self._go_on()

    def _welcome(self, hello: Hello) -> Welcome:
        if not self._greeted:  # who says it again and again must not fill the log
            log.info("client %s", shown(hello.client))
            self._greeted = True
        limits = self._service.limits
        offered = {name: getattr(limits, name) for name in _OFFERED}
        protocol = min(hello.protocol, wire.VERSION)
        return Welcome(id=hello.id, version=__version__, protocol=protocol, pid=os.getpid(), limits=offered)

    def _speak(self, speak: Speak) -> None:
        most = self._service.limits.text_characters
        if len(speak.text) > most:
            raise UnsupportedText(f"text of {len(speak.text)} characters, limit is {most}")
        if not speak.text.strip():
            raise UnsupportedText("text is empty")
        self._preparing = self._service.prepare(speak, lambda found: self._submit(speak, found))

    def _submit(self, speak: Speak, found: Future[Prepared]) -> None:
        self._preparing = None
        if self._gone:
            if found.exception() is None:
                found.result().close()
            return
        self._attempt(speak, lambda: self._service.speaking.submit(self._client, found.result()))
        self._go_on()

    def _subscribe(self, subscribe: Subscribe) -> None:
        names = subscribe.events
        if len(names) > _MOST_EVENTS or not all(isinstance(name, str) for name in names):
            raise RequestError(f"events must be a list of at most {_MOST_EVENTS} strings, is {shown(names)}")
        wanted = frozenset(subscribe.events)
        self.wants_event = lambda event: event in wanted or not wanted
        self._client.send(Done(id=subscribe.id, stats={"events": sorted(wanted)}))

    def _stop(self, stop: Stop) -> int:
        def wanted(utterance: Utterance) -> bool:
            mine = utterance.client is self._client
            match stop.scope:
                case "utterance":
                    return mine and utterance.speak.id == stop.utterance
                case "client":
                    return mine
                case _:
                    return True

        return self._service.speaking.stop(wanted, "stopped on request")
