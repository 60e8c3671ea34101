"""Who speaks next. Pure: it holds the queue and decides, others act.

Two things are scarce: the loudspeaker, which one utterance has until its end, and each engine, which serves one
sentence at a time. So a short announcement never waits for the end of a long text, only for the end of a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from edge_tts.errors import QueueFull
from edge_tts.wire import PRIORITIES


class Utterance(Protocol):
    """What the scheduler looks at."""

    @property
    def priority(self) -> str:
        """One of wire.PRIORITIES."""

    @property
    def plays(self) -> bool:
        """Whether it needs the loudspeaker."""

    @property
    def heard(self) -> bool:
        """Whether anybody hears it; else it waits for all that are heard."""

    @property
    def unmade(self) -> bool:
        """Whether an engine has yet to make some of it."""

    @property
    def model_name(self) -> str:
        """The model that speaks it."""

    @property
    def client(self) -> object:
        """Who asked for it."""

    @property
    def user(self) -> int:
        """Whose program that is, a user id."""

    @property
    def announced(self) -> bool:
        """Whether some of its audio exists."""


U = TypeVar("U", bound=Utterance)

_MOST_IN_A_ROW = 2
"""So many sentences of one client are made while another one waits, however urgent they are."""


@dataclass(slots=True)
class _Place:
    """Where an utterance stands.

    Attributes:
        rank: of its priority, 0 the most urgent.
        arrival: a running number.
        served: when it last got the engine, as a running number; a newcomer stands just before whoever got it last.
    """

    rank: int
    arrival: int
    served: int


@dataclass(frozen=True, slots=True)
class Shares:
    """How many utterances may be waiting or speaking at once.

    Attributes:
        all: everybody's.
        user: of one user.
        client: of one client.
    """

    all: int
    user: int
    client: int


class Scheduler(Generic[U]):
    """The queue of utterances.

    Args:
        shares: how many there may be.
    """

    def __init__(self, shares: Shares) -> None:
        """Start empty."""
        self._shares = shares
        self._places: dict[U, _Place] = {}
        self._latest: dict[str, int] = {}  # by model, when its engine was given to somebody last
        self._served: dict[tuple[str, object], int] = {}  # likewise, by model and client
        self._streaks: dict[str, tuple[object, int]] = {}  # by model, who was served last and how often in a row
        self._count = 0
        self.audible: U | None = None

    def __iter__(self) -> Iterator[U]:
        """Iterate over all utterances, most urgent first, else as they came."""
        return iter(sorted(self._places, key=lambda utterance: self._order(utterance)))

    def __len__(self) -> int:
        """How many are waiting or speaking."""
        return len(self._places)

    def __contains__(self, utterance: U) -> bool:
        """Whether the utterance is waiting or speaking."""
        return utterance in self._places

    def displaced(self, utterance: U) -> U | None:
        """Return whose place an utterance takes, None if there is a free one.

        Only an important one takes a place: of the least urgent that only waits.

        Raises:
            QueueFull: there is none for it.
        """
        for kind, most, theirs in self._full(utterance):
            if utterance.priority == PRIORITIES[0] and (loser := self._least_urgent(theirs)):
                return loser
            raise QueueFull(f"{len(theirs)} utterances{kind} are waiting, limit is {most}", retry_after=1.0)
        return None

    def submit(self, utterance: U) -> int:
        """Take an utterance in; return how many will be spoken before it.

        Raises:
            QueueFull: too many are waiting.
        """
        for kind, most, theirs in self._full(utterance):
            raise QueueFull(f"{len(theirs)} utterances{kind} are waiting, limit is {most}", retry_after=1.0)
        rank = PRIORITIES.index(utterance.priority)
        served = self._latest.get(utterance.model_name, 0) - 1
        self._served.setdefault((utterance.model_name, utterance.client), served)
        self._places[utterance] = _Place(rank, self._tick(), served)
        return list(self).index(utterance)

    def remove(self, utterance: U) -> None:
        """Let an utterance go, whatever its state; nothing happens if it is not here."""
        self._places.pop(utterance, None)
        name, client = utterance.model_name, utterance.client
        if not any(other.client is client and other.model_name == name for other in self._places):
            self._served.pop((name, client), None)
        if self.audible is utterance:
            self.audible = None

    def next_audible(self) -> U | None:
        """Return who gets the loudspeaker next, None when nobody wants it."""
        return next((utterance for utterance in self if utterance.plays and utterance is not self.audible), None)

    def next_served(self, model_name: str, wants_more: Callable[[U], bool]) -> U | None:
        """Return whose next sentence the engine of a model makes, None when nobody needs one.

        What is being heard comes first, for a gap in it would be heard too; then by priority, and among equals the
        client that waited longest for the engine, however much it asked for. Who is served again and again because it
        is urgent lets the others have one sentence in three. What nobody hears gets it when all else is made.
        """
        unmade = [u for u in self if u.model_name == model_name and u.unmade]
        urgent = [u for u in unmade if u.heard] or unmade
        candidates = [u for u in urgent if wants_more(u)]
        if not candidates:
            return None
        chosen = min(candidates, key=self._waited)
        self._places[chosen].served = self._latest[model_name] = self._tick()
        self._served[model_name, chosen.client] = self._latest[model_name]
        client, count = self._streaks.get(model_name, (None, 0))
        self._streaks[model_name] = chosen.client, count + 1 if client is chosen.client else 1
        return chosen

    def _full(self, utterance: U) -> Iterator[tuple[str, int, list[U]]]:
        """Yield the shares that are used up: whose, how many, and by whom, from the smallest."""
        client = [other for other in self._places if other.client is utterance.client]
        user = [other for other in self._places if other.user == utterance.user]
        shares = self._shares
        for kind, most, theirs in (
            (" of this connection", min(shares.client, shares.all), client),
            (" of this user", shares.user, user),
            ("", shares.all, list(self._places)),
        ):
            if len(theirs) >= most:
                yield kind if most < shares.all else "", most, theirs

    def _least_urgent(self, utterances: list[U]) -> U | None:
        waiting = [u for u in utterances if u is not self.audible and not u.announced and self._places[u].rank]
        return max(waiting, key=self._order, default=None)

    def _waited(self, utterance: U) -> tuple[bool, bool, int, int, int]:
        name, client, place = utterance.model_name, utterance.client, self._places[utterance]
        last, count = self._streaks.get(name, (None, 0))
        had_enough = last is client and count >= _MOST_IN_A_ROW
        return (utterance is not self.audible, had_enough, place.rank, self._served[name, client], place.served)

    def _order(self, utterance: U) -> tuple[bool, int, int]:
        place = self._places[utterance]
        return (utterance is not self.audible, place.rank, place.arrival)

    def _tick(self) -> int:
        self._count += 1
        return self._count
