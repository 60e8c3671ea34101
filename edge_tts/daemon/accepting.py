"""How clients are let in: a few in each turn of the loop, and none that has gone before it was its turn."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import select
import socket
from collections.abc import Callable

log = logging.getLogger(__name__)

ACCEPTED = 4
"""How many are let in in one turn: what those want who are in already must not wait for more."""

GONE = 64
"""How many that have gone again are taken off the queue in one turn; each costs next to nothing."""

_PAUSE_SECONDS = 0.5
"""After so long it is tried again, when the system had no descriptor left."""


class Acceptor:
    """Lets clients in.

    Args:
        listener: the listening socket.
        connected: makes what serves a client.
        loop: the event loop.
    """

    def __init__(
        self,
        listener: socket.socket,
        connected: Callable[[], asyncio.BaseProtocol],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        """Begin to accept."""
        self._listener, self._connected, self._loop = listener, connected, loop
        self._tasks: set[asyncio.Task[object]] = set()
        self._open = True
        listener.setblocking(False)
        loop.add_reader(listener.fileno(), self._accept)

    def close(self) -> None:
        """Accept no more; who waits to be let in is told by the end of the socket."""
        self._open = False
        self._loop.remove_reader(self._listener.fileno())
        self._listener.close()

    def _accept(self) -> None:
        accepted = gone = 0
        while accepted < ACCEPTED and gone < GONE:
            try:
                client, _ = self._listener.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError as error:
                self._pause(error)
                return
            if _has_gone(client):
                client.close()
                gone += 1
                continue
            accepted += 1
            client.setblocking(False)
            task = self._loop.create_task(self._let_in(client))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _let_in(self, client: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._connected, client)
        except OSError:  # it has gone meanwhile
            client.close()

    def _pause(self, error: OSError) -> None:
        log.error("no client can be let in for a moment: %s", error)
        self._loop.remove_reader(self._listener.fileno())
        self._loop.call_later(_PAUSE_SECONDS, self._resume)

    def _resume(self) -> None:
        if self._open:
            self._loop.add_reader(self._listener.fileno(), self._accept)


def _has_gone(client: socket.socket) -> bool:
    """Return whether a client has hung up and left nothing to be read."""
    poll = select.poll()
    poll.register(client, select.POLLIN)
    if not any(events & select.POLLHUP for _, events in poll.poll(0)):
        return False
    with contextlib.suppress(OSError):
        return not client.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    return True
