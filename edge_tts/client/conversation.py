"""What the blocking and the asyncio client have in common: the protocol without I/O."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING, Any, NamedTuple

from edge_tts import wire
from edge_tts.errors import ProtocolError, from_wire
from edge_tts.wire import (
    DiskReport,
    Done,
    Failed,
    Hello,
    LexiconList,
    Message,
    Speak,
    StatusReport,
    Stop,
    VoiceList,
    Welcome,
    check,
)
from edge_tts.wire.frames import Decoder, Rejected

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SILENT_SECONDS = 4.0
"""How long a client waits by default before it asks whether the daemon is still there."""

LAST = (Welcome, Done, VoiceList, StatusReport, LexiconList, DiskReport)
"""The last replies of requests that succeed."""


class Sound(NamedTuple):
    """Audio and its rate.

    Attributes:
        samples: shape (n,), float32 in [-1, 1], one channel.
        sample_rate: Hz.
    """

    samples: NDArray[np.float32]
    sample_rate: int


class Conversation:
    """What both clients know of the protocol: ids, frames, last replies. No I/O."""

    def __init__(self) -> None:
        """Start with no request."""
        self._decoder = Decoder(wire.REPLIES, frame_bytes=64 * 1024 * 1024)
        self._inbox: defaultdict[int, deque[Message]] = defaultdict(deque)
        self._abandoned: set[int] = set()
        self._last_id = 0

    def new_id(self) -> int:
        """Return an id that no request has had."""
        self._last_id += 1
        return self._last_id

    def receive(self, data: bytes) -> None:
        """Sort what came by request."""
        for message in self._decoder.feed(data):
            if isinstance(message, Rejected):
                raise ProtocolError(f"the daemon sent what we do not understand: {message.error}")
            if isinstance(message, Failed) and message.id == 0:
                raise from_wire(message.code, message.message, message.retry_after)
            if message.id not in self._abandoned:
                self._inbox[message.id].append(message)
            elif isinstance(message, (*LAST, Failed)):
                self._abandoned.remove(message.id)

    def take(self, request_id: int) -> Message | None:
        """Return the next reply to a request, None if it has not come yet.

        Raises:
            EdgeTTSError: the request failed.
        """
        replies = self._inbox.get(request_id)
        if not replies:
            return None
        message = replies.popleft()
        if isinstance(message, (*LAST, Failed)):
            del self._inbox[request_id]
        if isinstance(message, Failed):
            raise from_wire(message.code, message.message, message.retry_after)
        return message

    def abandon(self, request_id: int) -> Stop:
        """Ignore what is still to come of a request; return what asks the daemon to stop it."""
        replies = self._inbox.pop(request_id, ())
        if not any(isinstance(message, (*LAST, Failed)) for message in replies):
            self._abandoned.add(request_id)
        return Stop(id=self._new_abandoned_id(), scope="utterance", utterance=request_id)

    def ping(self) -> Hello:
        """Return what a daemon answers at once, whatever else it does; nobody will ask for the answer."""
        return Hello(id=self._new_abandoned_id())

    def _new_abandoned_id(self) -> int:
        request_id = self.new_id()
        self._abandoned.add(request_id)
        return request_id


def speak_request(request_id: int, text: str, options: dict[str, Any]) -> Speak:
    """Return the `speak` for a text and options by name.

    Raises:
        TypeError: there is no such option.
        RequestError: an option is out of range.
    """
    unknown = options.keys() - Speak.fields.keys()
    if unknown:
        raise TypeError(f"unknown option {sorted(unknown)[0]!r} of speak")
    return check(Speak, {"id": request_id, "text": text, **options})


def samples_of(data: bytes) -> NDArray[np.float32]:
    """Return the samples in audio of format pcm_f32le."""
    import numpy as np

    return np.frombuffer(data, "<f4")
