"""Which clients may stay: a share for each user, and places kept for those who have something urgent to say."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from edge_tts.config.settings import Limits
from edge_tts.daemon.accepting import ACCEPTED
from edge_tts.errors import EdgeTTSError, QueueFull
from edge_tts.wire import PRIORITIES, Hello, Message, Speak, Status, Stop

_URGENT = 8
"""Of the guests, how many may stay until something important is spoken."""

_GUEST_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Places:
    """How many clients may be connected.

    Attributes:
        clients: that may stay as long as they like.
        guests: over that, for a moment; the one that came first makes room for the next.
        leaving: were refused, and may take their time to hang up.
        waiting: for their turn to be let in.
    """

    clients: int
    guests: int = 32
    leaving: int = 64
    waiting: int = 64

    @property
    def all(self) -> int:
        """Sockets that may be open at once."""
        return self.clients + _URGENT + self.guests + self.leaving + self.waiting + ACCEPTED


class Client(Protocol):
    """What is looked at of a connection.

    Attributes:
        user: its user id.
        silent: whether it has never sent a whole frame.
    """

    user: int
    silent: bool

    def refuse(self, error: EdgeTTSError) -> None:
        """Say why, and hear no more of this client."""

    def abort(self) -> None:
        """Hang up at once."""


C = TypeVar("C", bound=Client)


class Clients(Generic[C]):
    """All clients that are connected.

    Args:
        places: how many there may be.
        limits: what part of them one user may have, and how long a silent one keeps its place when others want it.
        later: calls back after seconds, as `call_later` does.
        now: seconds of a clock.
    """

    def __init__(
        self,
        places: Places,
        limits: Limits,
        later: Callable[[float, Callable[[], None]], object],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start without any."""
        self._most, self._silent_seconds, self._later, self._now = places, limits.silent_seconds, later, now
        self._share = share(places.clients, limits.user_percent)
        self._places: dict[C, float] = {}  # and when each came
        self._users: Counter[int] = Counter()
        self._guests: dict[C, QueueFull] = {}
        self._urgent: set[C] = set()
        self._leaving: dict[C, None] = {}

    def __iter__(self) -> Iterator[C]:
        """Iterate over all that may stay."""
        return iter([*self._places, *self._urgent, *self._guests])

    def __len__(self) -> int:
        """How many there are."""
        return len(self._places) + len(self._urgent) + len(self._guests)

    def admit(self, client: C) -> None:
        """Take one in, as a guest if there is no place for it."""
        full = self._full(client.user)
        if full and self._dismiss_silent(client.user):
            full = self._full(client.user)
        if full is None:
            self._places[client] = self._now()
            self._users[client.user] += 1
            return
        self._guests[client] = full
        self._later(_GUEST_SECONDS, lambda: self._end_visit(client))
        if len(self._guests) > self._most.guests:
            self._end_visit(next(iter(self._guests)))

    def refusal(self, client: C, message: Message) -> QueueFull | None:
        """Return why a client may not ask for this, None if it may."""
        if client not in self._guests or isinstance(message, Hello | Stop | Status):
            return None
        if isinstance(message, Speak) and message.priority == PRIORITIES[0] and len(self._urgent) < _URGENT:
            del self._guests[client]
            self._urgent.add(client)
            return None
        return self._guests[client]

    def leaves(self, client: C, *, gone: bool) -> None:
        """Give a place away; one that is not gone may take its time, unless too many do."""
        if self._places.pop(client, None) is not None:
            self._users[client.user] -= 1
            if not self._users[client.user]:
                del self._users[client.user]
        self._guests.pop(client, None)
        self._urgent.discard(client)
        self._leaving.pop(client, None)
        if gone:
            return
        self._leaving[client] = None
        if len(self._leaving) > self._most.leaving:
            next(iter(self._leaving)).abort()

    def _full(self, user: int) -> QueueFull | None:
        most = self._most.clients
        if len(self._places) >= most:
            return QueueFull(f"{most} clients are connected, limit is {most}", retry_after=1.0)
        if self._users[user] >= self._share:
            return QueueFull(
                f"{self._users[user]} clients of this user are connected, limit is {self._share}", retry_after=1.0
            )
        return None

    def _dismiss_silent(self, user: int) -> bool:
        """Refuse who came long ago and never said anything, of the same user first; return whether there was one."""
        seconds = self._silent_seconds
        since = self._now() - seconds
        silent = [client for client, came in self._places.items() if client.silent and came <= since]
        silent.sort(key=lambda client: client.user != user)
        for client in silent[:1]:
            client.refuse(QueueFull(f"nothing came for {seconds:g} s, and others want to connect", retry_after=1.0))
        return bool(silent)

    def _end_visit(self, client: C) -> None:
        if client in self._guests:
            client.refuse(self._guests[client])


def share(most: int, percent: int) -> int:
    """Return how many of some places one user may have, at least one."""
    return max(1, math.ceil(most * percent / 100))
