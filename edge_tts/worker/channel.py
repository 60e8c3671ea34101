"""The socket between a worker and its daemon: a thread reads, so that a cancel arrives while an engine computes."""

from __future__ import annotations

import os
import queue
import socket
import threading

from edge_tts.cancel import CancelToken
from edge_tts.wire import Message, frames, worker_messages
from edge_tts.wire.frames import Decoder


class Channel:
    """What comes from the daemon and what goes to it. When the daemon is gone, the process ends.

    Args:
        connection: connected socket to the daemon.

    Attributes:
        cancels: a token for each utterance that was opened, until somebody removes it.
    """

    def __init__(self, connection: socket.socket) -> None:
        """Begin to read."""
        self._connection = connection
        self._inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._sending = threading.Lock()
        self._unsent: list[bytes] = []
        self.cancels: dict[int, CancelToken] = {}
        threading.Thread(target=self._read, name="messages of the daemon", daemon=True).start()

    def receive(self) -> Message:
        """Wait for the next message, and return it."""
        return self._inbox.get()

    def send(self, message: Message, *, waits: bool = False) -> None:
        """Send a message after all that wait, from any thread; with `waits` it may wait for the next one itself."""
        with self._sending:
            self._unsent += frames.parts(message)
            if not waits:
                self._connection.sendall(b"".join(self._unsent))
                self._unsent.clear()

    def _read(self) -> None:
        decoder = Decoder(worker_messages.TO_WORKER, worker_messages.FRAME_BYTES)
        try:
            while data := self._connection.recv(65536):
                for message in decoder.feed(data):
                    self._note(message)
                    self._inbox.put(message)
        finally:  # the daemon is gone, perhaps with a reset; a computation that runs must not outlive it
            os._exit(0)

    def _note(self, message: Message) -> None:
        """Let a cancel reach an utterance at once, whatever it is at."""
        if isinstance(message, worker_messages.Open):
            self.cancels[message.id] = CancelToken()
        elif isinstance(message, worker_messages.Cancel) and (cancel := self.cancels.get(message.id)):
            cancel.cancel()
