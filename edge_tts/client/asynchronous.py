"""Talk to the daemon from asyncio. Importing this needs neither numpy nor onnxruntime."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from edge_tts.client.connecting import CONNECT_SECONDS, attempt, connect, hung, hung_up, unavailable
from edge_tts.client.conversation import LAST, SILENT_SECONDS, Conversation, Hearing, Question, Sound
from edge_tts.config.places import client_socket
from edge_tts.errors import EdgeTTSError, ProtocolError
from edge_tts.wire import Done, Event, LexiconList, Message
from edge_tts.wire.frames import encode

T = TypeVar("T")

_READ_BYTES = 262_144


class AsyncClient:
    """A connection to the daemon for asyncio, with any number of requests at a time.

    Args:
        path: the daemon's socket, by default where it is expected.
        timeout_seconds: see `Client`.

    Example:
        async with AsyncClient() as client:
            async for samples, sample_rate in client.stream("你好"):
                …
    """

    def __init__(self, path: str | Path | None = None, *, timeout_seconds: float | None = SILENT_SECONDS) -> None:
        """Remember where to connect; `async with` does it."""
        self.path = Path(path) if path is not None else client_socket()
        self._timeout_seconds = timeout_seconds
        self._talk = Conversation()
        self._arrived = asyncio.Condition()
        self._trouble: EdgeTTSError | None = None
        self._heard = 0.0  # when the daemon last said something, time of the event loop
        self._asked = False  # whether a ping waits for its answer
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter
        self._reading: asyncio.Task[None]

    async def __aenter__(self) -> AsyncClient:
        """Connect.

        Raises:
            DaemonUnavailable: nobody answers, or it is not a daemon of ours.
        """
        seconds = min(CONNECT_SECONDS, self._timeout_seconds or CONNECT_SECONDS)
        connection = attempt(self.path)
        if connection is None:
            connection = await asyncio.to_thread(connect, self.path, seconds)
        connection.setblocking(False)
        self._reader, self._writer = await asyncio.open_unix_connection(sock=connection)
        self._heard = asyncio.get_running_loop().time()
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disconnect; the daemon stops what this client asked for."""
        self._writer.close()
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def speak(self, text: str, **options: Any) -> dict[str, Any]:
        """Play a text on the daemon's loudspeaker; see `Client.speak`."""
        async with aclosing(self.replies(self._talk.play(text, options))) as replies:
            async for message in replies:
                if isinstance(message, Done):
                    return message.stats
        raise ProtocolError("the daemon sent no last reply")  # pragma: no cover - replies() ends with one

    async def synthesize(self, text: str, **options: Any) -> Sound:
        """Return a text as samples, without playing it; see `Client.synthesize`."""
        hearing = Hearing()
        async with aclosing(self.replies(self._talk.fetch(text, options))) as replies:
            async for message in replies:
                hearing.note(message)
        return hearing.whole()

    async def stream(self, text: str, **options: Any) -> AsyncIterator[Sound]:
        """Yield a text as samples, piece by piece as they come; see `Client.stream`."""
        hearing = Hearing()
        async with aclosing(self.replies(self._talk.fetch(text, options))) as replies:
            async for message in replies:
                if (sound := hearing.piece(message)) is not None:
                    yield sound

    async def stop(self, *, everything: bool = True) -> int:
        """Stop all utterances, or those of this connection only; return how many there were."""
        return await self._ask(self._talk.stop(everything))

    async def voices(self) -> list[dict[str, Any]]:
        """Return the installed voices."""
        return await self._ask(self._talk.voices())

    async def status(self) -> dict[str, Any]:
        """Return how the daemon is."""
        return await self._ask(self._talk.status())

    async def disk(self) -> dict[str, Any]:
        """Return what our files take of the disk, and what eviction could remove."""
        return await self._ask(self._talk.disk())

    async def events(self, *names: str) -> AsyncIterator[Event]:
        """Yield what happens in the daemon, without end; see `Client.events`."""
        await self._ask(self._talk.subscribe(names))
        while True:
            message = await self._next(0)
            if isinstance(message, Event):
                yield message

    async def lexicon(self, action: str = "list", **values: Any) -> LexiconList:
        """Show or change the user's own words; see `wire.Lexicon` for actions and their values."""
        return await self._ask(self._talk.lexicon(action, values))

    def utter(self, text: str, **options: Any) -> AsyncGenerator[Message, None]:
        """Send a `speak` and yield its replies, see `replies`."""
        return self.replies(self._talk.utter(text, options))

    async def replies(self, request: Message) -> AsyncGenerator[Message, None]:
        """Send a request and yield its replies up to the last; see `Client.replies`."""
        await self._send(request)
        ended = False
        try:
            while not ended:
                message = await self._next(request.id)
                ended = isinstance(message, LAST)
                yield message
        except EdgeTTSError:
            ended = True
            raise
        finally:
            if not ended:
                self._writer.write(encode(self._talk.abandon(request.id)))

    async def _ask(self, question: Question[T]) -> T:
        return question.answer([message async for message in self.replies(question.request)])

    async def _send(self, message: Message) -> None:
        try:
            self._writer.write(encode(message))
            await asyncio.wait_for(self._writer.drain(), self._timeout_seconds)
        except asyncio.TimeoutError as error:
            raise hung(self.path, self._timeout_seconds or 0) from error
        except OSError as error:
            await self._reading  # the daemon may have said why before it hung up
            raise self._trouble or unavailable(self.path, error) from error

    async def _next(self, request_id: int) -> Message:
        async def wait() -> Message:
            async with self._arrived:
                while True:
                    if message := self._talk.take(request_id):
                        return message
                    if self._trouble is not None:
                        raise self._trouble
                    await self._arrived.wait()

        while True:
            try:
                return await asyncio.wait_for(wait(), self._timeout_seconds)
            except asyncio.TimeoutError:
                await self._check_alive(self._timeout_seconds or 0)

    async def _check_alive(self, seconds: float) -> None:
        """Ping a daemon that was silent for so long; raise DaemonUnavailable if the last ping had no answer."""
        if asyncio.get_running_loop().time() - self._heard < seconds:
            return
        if self._asked:
            raise hung(self.path, 2 * seconds)
        self._asked, self._heard = True, asyncio.get_running_loop().time()
        await self._send(self._talk.ping())

    async def _read(self) -> None:
        trouble: EdgeTTSError = hung_up(self.path)
        try:
            while data := await self._reader.read(_READ_BYTES):
                self._heard, self._asked = asyncio.get_running_loop().time(), False
                async with self._arrived:
                    self._talk.receive(data)
                    self._arrived.notify_all()
        except OSError as error:
            trouble = unavailable(self.path, error)
        except EdgeTTSError as error:
            trouble = error
        async with self._arrived:
            self._trouble = trouble
            self._arrived.notify_all()
