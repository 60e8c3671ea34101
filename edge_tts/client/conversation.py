"""What can be asked of a daemon, and what its replies mean: the protocol without I/O, for both clients."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from edge_tts import wire
from edge_tts.errors import ProtocolError, from_wire
from edge_tts.wire import (
    Audio,
    Disk,
    DiskReport,
    Done,
    Failed,
    Hello,
    Lexicon,
    LexiconList,
    Message,
    Speak,
    Started,
    Status,
    StatusReport,
    Stop,
    Subscribe,
    VoiceList,
    Voices,
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


M = TypeVar("M", bound=Message)
T = TypeVar("T")


class Question(Generic[T]):
    """A request that has one reply.

    Args:
        request: what is sent.
        kind: the kind of the reply.
        pick: returns what was asked for, out of the reply.
    """

    def __init__(self, request: Message, kind: type[M], pick: Callable[[M], T]) -> None:
        """Take what belongs together."""
        self.request, self._kind, self._pick = request, kind, pick

    def answer(self, replies: list[Message]) -> T:
        """Return what was asked for.

        Raises:
            ProtocolError: the daemon sent something else.
        """
        if len(replies) != 1 or not isinstance(replies[0], self._kind):
            came = ", ".join(reply.type for reply in replies)
            raise ProtocolError(f"expected {self._kind.type}, the daemon sent {came}")
        return self._pick(replies[0])


class Hearing:
    """Turns the replies to a `speak` that returns samples into sound."""

    def __init__(self) -> None:
        """Start without audio."""
        self._sample_rate = 0
        self._pieces: list[bytes] = []

    def piece(self, message: Message) -> Sound | None:
        """Return the audio of a reply, None if it has none."""
        if isinstance(message, Started):
            self._sample_rate = message.sample_rate
        if isinstance(message, Audio):
            return Sound(_samples(message.data), self._sample_rate)
        return None

    def note(self, message: Message) -> None:
        """Keep the audio of a reply for `whole`."""
        if isinstance(message, Audio):
            self._pieces.append(message.data)
        elif isinstance(message, Done):
            self._sample_rate = message.stats["sample_rate"]

    def whole(self) -> Sound:
        """Return all audio that was kept."""
        return Sound(_samples(b"".join(self._pieces)), self._sample_rate)


class Conversation:
    """One connection's requests and replies: what can be asked, ids, frames, last replies."""

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

    def play(self, text: str, options: dict[str, Any]) -> Speak:
        """Return the request that has a text played; raises like `utter`."""
        return self.utter(text, {"output": "play", **options})

    def fetch(self, text: str, options: dict[str, Any]) -> Speak:
        """Return the request for a text as samples, see Hearing; raises like `utter`."""
        return self.utter(text, {"output": "return", **options, "format": "pcm_f32le"})

    def utter(self, text: str, options: dict[str, Any]) -> Speak:
        """Return the `speak` for a text and options by name.

        Raises:
            TypeError: there is no such option.
            RequestError: an option is out of range.
        """
        unknown = options.keys() - Speak.fields.keys()
        if unknown:
            raise TypeError(f"unknown option {sorted(unknown)[0]!r} of speak")
        return check(Speak, {"id": self.new_id(), "text": text, **options})

    def stop(self, everything: bool) -> Question[int]:
        """Stop all utterances, or those of this connection only; the answer is how many there were."""
        request = Stop(id=self.new_id(), scope="all" if everything else "client")
        return Question(request, Done, lambda reply: int(reply.stats["stopped"]))

    def voices(self) -> Question[list[dict[str, Any]]]:
        """Ask for the installed voices: name, language, gender, model, engine, license, default."""
        return Question(Voices(id=self.new_id()), VoiceList, lambda reply: reply.voices)

    def status(self) -> Question[dict[str, Any]]:
        """Ask how the daemon is; see `wire.StatusReport`."""
        return Question(Status(id=self.new_id()), StatusReport, lambda reply: reply.status)

    def disk(self) -> Question[dict[str, Any]]:
        """Ask what our files take of the disk, and what eviction could remove; see `wire.DiskReport`."""
        return Question(Disk(id=self.new_id()), DiskReport, lambda reply: reply.disk)

    def lexicon(self, action: str, values: dict[str, Any]) -> Question[LexiconList]:
        """Show or change the user's own words; see `wire.Lexicon` for actions and their values."""
        request = check(Lexicon, {"id": self.new_id(), "action": action, **values})
        return Question(request, LexiconList, lambda reply: reply)

    def subscribe(self, names: tuple[str, ...]) -> Question[Done]:
        """Ask for events by their names, for all of them without names; they come as replies to request 0."""
        return Question(Subscribe(id=self.new_id(), events=names), Done, lambda reply: reply)

    def receive(self, data: bytes) -> None:
        """Decode bytes of the daemon, and keep their messages for `take`.

        Raises:
            ProtocolError: they are no messages.
            EdgeTTSError: the daemon refused the connection as a whole.
        """
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
        """Ignore the replies to a request that are still to come; return the request that stops it."""
        replies = self._inbox.pop(request_id, ())
        if not any(isinstance(message, (*LAST, Failed)) for message in replies):
            self._abandoned.add(request_id)
        return Stop(id=self._new_abandoned_id(), scope="utterance", utterance=request_id)

    def ping(self) -> Hello:
        """Return a request that the daemon answers at once, whatever else it does; the answer is ignored."""
        return Hello(id=self._new_abandoned_id())

    def _new_abandoned_id(self) -> int:
        request_id = self.new_id()
        self._abandoned.add(request_id)
        return request_id


def _samples(data: bytes) -> NDArray[np.float32]:
    """Return the samples in audio of format pcm_f32le."""
    import numpy as np  # here: a client that only plays does not need it

    return np.frombuffer(data, "<f4")
