"""Where the audio of an utterance comes from: a worker makes it sentence by sentence, or it is read from the cache."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Protocol

from edge_tts.daemon.background import BackgroundThread
from edge_tts.daemon.pool import Worker
from edge_tts.wire import Message, Speak, worker_messages

_PIECE_BYTES = 131_072
"""So much audio is read at once after the first piece, which nobody should wait for longer than necessary."""


class FromWorker:
    """A worker makes it.

    Args:
        opening: what opens it in a worker, but for its number.

    Attributes:
        worker: where it is opened, None before.
    """

    def __init__(self, opening: worker_messages.Open) -> None:
        """Open it nowhere yet."""
        self._opening = opening
        self.worker: Worker | None = None

    def next(self, worker: Worker, number: int) -> None:
        """Have a worker make the next sentence of the utterance of that number; what it says is heard by the pool."""
        if self.worker is worker:
            worker.send(worker_messages.Next(id=number))
        else:
            self.worker = worker
            worker.send(self._opening.changed(id=number))

    def close(self, number: int, *, complete: bool) -> None:
        """Have the worker forget it, if it is not made already."""
        if self.worker is not None and not complete:
            self.worker.send(worker_messages.Cancel(id=number))


class Recording(Protocol):
    """What is read, see recording_file.OpenRecording."""

    def replay(self, speak: Speak) -> Iterator[Message]:
        """Yield what a worker would say."""

    def close(self) -> None:
        """Let go of the file."""


class FromCache:
    """A recording has it. It is read piece by piece as there is room, in a thread, for its disk may hang.

    Args:
        recording: what was found.
        speak: what is asked for.
        reading: the thread that reads all but the first piece.

    Raises:
        StoreError: it cannot be read.
    """

    def __init__(self, recording: Recording, speak: Speak, reading: BackgroundThread) -> None:
        """Read the first piece, in the thread that calls."""
        self._recording, self._thread = recording, reading
        self._messages = recording.replay(speak)
        self._first: list[Message] | None = self._piece(1)
        self._reading = False
        self.worker: Worker | None = None

    def next(self, then: Callable[[Future[list[Message]]], None]) -> None:
        """Have the next piece of audio read, with what comes before it; nothing is done while another one is read.

        Args:
            then: is called in the loop with what a worker would say, or a StoreError.
        """
        if self._reading:
            return
        self._reading = True

        def told(read: Future[list[Message]]) -> None:
            self._reading = False
            then(read)

        if self._first is None:
            self._thread.run(lambda: self._piece(_PIECE_BYTES), told)
        else:
            self._thread.answer(self._first, told)
            self._first = None

    def close(self, number: int = 0, *, complete: bool = True) -> None:
        """Let go of the recording, after what is read just now."""
        self._thread.later(self._recording.close)

    def _piece(self, least_bytes: int) -> list[Message]:
        found: list[Message] = []
        size = 0
        for message in self._messages:
            found.append(message)
            if isinstance(message, worker_messages.Sound | worker_messages.Encoded):
                size += len(message.data)
            if size >= least_bytes or (isinstance(message, worker_messages.SentenceDone) and message.last):
                break
        return found


Source = FromWorker | FromCache
