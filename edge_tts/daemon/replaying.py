"""A recording on its way to who hears it: read piece by piece as there is room, in a thread, for its disk may hang."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Protocol

from edge_tts.daemon.errands import Errands
from edge_tts.wire import Message, Speak, worker_messages


class Source(Protocol):
    """What is replayed, see recording_file.Kept."""

    def replay(self, speak: Speak, number: int) -> Iterator[Message]:
        """Yield what a worker would say."""

    def close(self) -> None:
        """Let go of the file."""


class Replay:
    """What was found of an utterance in the cache.

    Args:
        kept: the recording.
        reading: the thread that reads.
    """

    def __init__(self, kept: Source, reading: Errands) -> None:
        """Read nothing yet."""
        self._kept, self._errands = kept, reading
        self._messages: Iterator[Message] = iter(())
        self._reading = False

    def begin(self, speak: Speak, number: int) -> None:
        """Begin what `read` goes on with, for an utterance of that number."""
        self._messages = self._kept.replay(speak, number)

    def read(self, then: Callable[[Future[list[Message]]], None]) -> None:
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

        self._errands.run(self._piece, told)

    def close(self) -> None:
        """Let go of the recording, after what is read just now."""
        self._errands.later(self._kept.close)

    def _piece(self) -> list[Message]:
        found: list[Message] = []
        for message in self._messages:
            found.append(message)
            if isinstance(message, worker_messages.Sound | worker_messages.Encoded) or (
                isinstance(message, worker_messages.SentenceDone) and message.last
            ):
                break
        return found
