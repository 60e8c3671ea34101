"""Talk to the daemon, blocking. Importing this needs neither numpy nor onnxruntime."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from edge_tts.client.connecting import CONNECT_SECONDS, connect, hung, hung_up, unavailable
from edge_tts.client.conversation import LAST, SILENT_SECONDS, Conversation, Hearing, Question, Sound
from edge_tts.config.places import client_socket
from edge_tts.errors import DaemonUnavailable, EdgeTTSError, ProtocolError
from edge_tts.wire import Done, Event, LexiconList, Message
from edge_tts.wire.frames import encode

T = TypeVar("T")

_READ_BYTES = 327_680


class Client:
    """A blocking connection to the daemon, for one thread at a time.

    Args:
        path: the daemon's socket, by default where it is expected.
        timeout_seconds: how long the daemon may be silent before it is asked whether it is still there, and again
            before it counts as gone. A text behind a long queue takes as long as it takes. None never asks.

    Raises:
        DaemonUnavailable: nobody answers there.

    Example:
        with Client() as client:
            client.speak("你好")
            samples, sample_rate = client.synthesize("再见", voice="zm_yunxi")
    """

    def __init__(self, path: str | Path | None = None, *, timeout_seconds: float | None = SILENT_SECONDS) -> None:
        """Connect."""
        self.path = Path(path) if path is not None else client_socket()
        self._talk = Conversation()
        self._asked = False  # whether a ping waits for its answer
        self._socket = connect(self.path, min(CONNECT_SECONDS, timeout_seconds or CONNECT_SECONDS))
        self._socket.settimeout(timeout_seconds)

    def __enter__(self) -> Client:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disconnect; the daemon stops what this client asked for."""
        self.close()

    def close(self) -> None:
        """Disconnect."""
        self._socket.close()

    def speak(self, text: str, **options: Any) -> dict[str, Any]:
        """Play a text on the daemon's loudspeaker; return, when it has been heard, how it went.

        Args:
            text: what to say.
            options: fields of `wire.Speak`: voice, speed, volume, priority, …

        Returns:
            voice, model, sample_rate, audio_seconds, ttfa_seconds, synthesis_seconds, rtf, cached, …

        Raises:
            EdgeTTSError: the subclass says what went wrong.
        """
        with closing(self.replies(self._talk.play(text, options))) as replies:
            for message in replies:
                if isinstance(message, Done):
                    return message.stats
        raise ProtocolError("the daemon sent no last reply")  # pragma: no cover - replies() ends with one

    def synthesize(self, text: str, **options: Any) -> Sound:
        """Return a text as samples, without playing it; arguments and errors as for `speak`."""
        hearing = Hearing()
        with closing(self.replies(self._talk.fetch(text, options))) as replies:
            for message in replies:
                hearing.note(message)
        return hearing.whole()

    def stream(self, text: str, **options: Any) -> Iterator[Sound]:
        """Yield a text as samples, piece by piece as they come; arguments and errors as for `speak`.

        Leaving the loop early stops the utterance.
        """
        hearing = Hearing()
        with closing(self.replies(self._talk.fetch(text, options))) as replies:
            for message in replies:
                if (sound := hearing.piece(message)) is not None:
                    yield sound

    def stop(self, *, everything: bool = True) -> int:
        """Stop all utterances, or those of this connection only; return how many there were."""
        return self._ask(self._talk.stop(everything))

    def voices(self) -> list[dict[str, Any]]:
        """Return the installed voices: name, language, gender, model, engine, license, default."""
        return self._ask(self._talk.voices())

    def status(self) -> dict[str, Any]:
        """Return how the daemon is; see `wire.StatusReport`."""
        return self._ask(self._talk.status())

    def disk(self) -> dict[str, Any]:
        """Return what our files take of the disk, and what eviction could remove; see `wire.DiskReport`."""
        return self._ask(self._talk.disk())

    def events(self, *names: str) -> Iterator[Event]:
        """Yield what happens in the daemon, without end, however long nothing happens.

        Args:
            names: the names of the events that are wanted, all by default; see `wire.Event`.
        """
        self._ask(self._talk.subscribe(names))
        while True:
            message = self._talk.take(0)
            if isinstance(message, Event):
                yield message
            else:
                self._receive()

    def lexicon(self, action: str = "list", **values: Any) -> LexiconList:
        """Show or change the user's own words; see `wire.Lexicon` for actions and their values."""
        return self._ask(self._talk.lexicon(action, values))

    def utter(self, text: str, **options: Any) -> Generator[Message, None, None]:
        """Send a `speak` and yield its replies, see `replies`."""
        return self.replies(self._talk.utter(text, options))

    def replies(self, request: Message) -> Generator[Message, None, None]:
        """Send a request and yield its replies up to the last; closing it early stops the utterance.

        Raises:
            EdgeTTSError: the request failed, or the daemon went away.
        """
        self._send(request)
        ended = False
        try:
            while not ended:
                message = self._talk.take(request.id)
                if message is None:
                    self._receive()
                    continue
                ended = isinstance(message, LAST)
                yield message
        except EdgeTTSError:
            ended = True
            raise
        finally:
            if not ended:
                self._abandon(request)

    def _abandon(self, request: Message) -> None:
        try:
            self._send(self._talk.abandon(request.id))
        except DaemonUnavailable:
            self.close()

    def _ask(self, question: Question[T]) -> T:
        return question.answer(list(self.replies(question.request)))

    def _send(self, message: Message) -> None:
        frame = encode(message)
        try:
            self._socket.sendall(frame)
        except TimeoutError as error:
            raise hung(self.path, self._socket.gettimeout() or 0) from error
        except OSError as error:
            self._receive()  # the daemon may have said why before it hung up; then this raises that
            raise unavailable(self.path, error) from error

    def _receive(self) -> None:
        try:
            data = self._socket.recv(_READ_BYTES)
        except TimeoutError as error:
            if self._asked:
                raise hung(self.path, 2 * (self._socket.gettimeout() or 0)) from error
            self._asked = True
            self._send(self._talk.ping())
            return
        except OSError as error:
            raise unavailable(self.path, error) from error
        if not data:
            raise hung_up(self.path)
        self._asked = False
        self._talk.receive(data)
