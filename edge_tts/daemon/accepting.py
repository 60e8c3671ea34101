"""How clients are let in: each process in its turn, and none that has gone and left nothing to do."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import select
import socket
import struct
from collections import deque
from collections.abc import Callable

from edge_tts.errors import QueueFull
from edge_tts.wire import LASTING
from edge_tts.wire.frames import encode, failed, may_hold

log = logging.getLogger(__name__)

ACCEPTED = 4
"""How many are let in in one turn of the loop: what those want who are in already must not wait for more."""

_TAKEN = 6
"""How many are taken off the system's queue in one turn; each costs little, but others have their turns too."""

_PEEKED_BYTES = 65_536
"""So much is looked at of what a client has left that has gone; one that left more is let in."""

_PAUSE_SECONDS = 0.5
"""After so long it is tried again, when the system had no descriptor left."""

_TOO_MANY = encode(failed(0, QueueFull("too many clients of this process wait to be let in", retry_after=1.0)))
_CREDENTIALS = struct.Struct("3i")


class Acceptor:
    """Lets clients in, in each turn of the loop one of each process.

    The system's queue is emptied as fast as the loop turns: in it nobody can pass by a process that connects again and
    again.

    Args:
        listener: the listening socket.
        connected: makes what serves a client.
        loop: the event loop.
        waiting: how many may wait for their turn; of the process that has most, the last are refused.
    """

    def __init__(
        self,
        listener: socket.socket,
        connected: Callable[[], asyncio.BaseProtocol],
        loop: asyncio.AbstractEventLoop,
        waiting: int,
    ) -> None:
        """Begin to accept."""
        self._listener, self._connected, self._loop, self._most = listener, connected, loop, waiting
        self._queues: dict[int, deque[socket.socket]] = {}  # by process id, the next one first
        self._tasks: set[asyncio.Task[object]] = set()
        self._open, self._planned = True, False
        listener.setblocking(False)
        loop.add_reader(listener.fileno(), self._accept)

    def close(self) -> None:
        """Accept no more; who waits to be let in is told by the end of the socket."""
        self._open = False
        self._loop.remove_reader(self._listener.fileno())
        self._listener.close()
        for queue in self._queues.values():
            for client in queue:
                client.close()
        self._queues.clear()

    def _accept(self) -> None:
        for _ in range(_TAKEN):
            try:
                client, _ = self._listener.accept()
            except (BlockingIOError, ConnectionAbortedError):
                break
            except OSError as error:
                self._pause(error)
                break
            if left_nothing(client):
                client.close()
            else:
                client.setblocking(False)
                self._queue(client)
        self._plan()

    def _queue(self, client: socket.socket) -> None:
        process, _, _ = credentials(client)
        self._queues.setdefault(process, deque()).append(client)
        if sum(map(len, self._queues.values())) > self._most:
            process, queue = max(self._queues.items(), key=lambda item: len(item[1]))
            _refuse(queue.pop())
            if not queue:
                del self._queues[process]

    def _plan(self) -> None:
        if self._queues and not self._planned:
            self._planned = True
            self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        self._planned = False
        for process in list(self._queues)[:ACCEPTED]:
            queue = self._queues.pop(process)
            task = self._loop.create_task(self._let_in(queue.popleft()))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            if queue:
                self._queues[process] = queue
        self._plan()

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


def credentials(client: socket.socket) -> tuple[int, int, int]:
    """Return the process id, user id and group id of who connected."""
    return _CREDENTIALS.unpack(client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))


def has_hung_up(client: socket.socket) -> bool:
    """Return whether a client reads no more, rather than having only said all."""
    poll = select.poll()
    poll.register(client, select.POLLIN)
    return any(events & select.POLLHUP for _, events in poll.poll(0))


def left_nothing(client: socket.socket) -> bool:
    """Return whether a client has hung up and left nothing to be done that matters though it hears of it no more."""
    if not has_hung_up(client):
        return False
    try:
        data = client.recv(_PEEKED_BYTES, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except OSError:
        return True
    return len(data) < _PEEKED_BYTES and not may_hold(data, LASTING)


def _refuse(client: socket.socket) -> None:
    with client, contextlib.suppress(OSError):
        client.send(_TOO_MANY)
