"""Which clients may stay."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edge_tts.config.settings import Limits
from edge_tts.daemon.clients import Clients, Places
from edge_tts.errors import EdgeTTSError
from edge_tts.wire import Hello, Speak, Status, Stop, Voices


class One:
    """A client that keeps what it was told."""

    def __init__(self, user: int = 1000, *, silent: bool = True) -> None:
        self.user, self.silent = user, silent
        self.refused, self.hung_up = "", False
        self.crowd: Crowd

    def refuse(self, error: EdgeTTSError) -> None:
        self.refused = str(error)
        self.crowd.clients.leaves(self, gone=False)

    def abort(self) -> None:
        self.hung_up = True
        self.crowd.clients.leaves(self, gone=True)


class Crowd:
    """Clients at a clock of the test's own."""

    def __init__(self, places: Places, percent: int = 100) -> None:
        self.now = 0.0
        self.later: list[tuple[float, Callable[[], None]]] = []
        limits = Limits(user_percent=percent, silent_seconds=10.0)
        self.clients: Clients[One] = Clients(places, limits, self._call_later, lambda: self.now)

    def _call_later(self, seconds: float, callback: Callable[[], None]) -> None:
        self.later.append((self.now + seconds, callback))

    def admit(self, one: One) -> One:
        one.crowd = self
        self.clients.admit(one)
        return one

    def wait(self, seconds: float) -> None:
        self.now += seconds
        due = [callback for when, callback in self.later if when <= self.now]
        self.later = [(when, callback) for when, callback in self.later if when > self.now]
        for callback in due:
            callback()


def test_over_the_limit_one_may_still_say_stop_and_status() -> None:
    crowd = Crowd(Places(1))
    crowd.admit(One(silent=False))
    guest = crowd.admit(One())
    assert [crowd.clients.refusal(guest, asked) for asked in (Hello(), Stop(), Status())] == [None] * 3
    assert str(crowd.clients.refusal(guest, Voices())) == "1 clients are connected, limit is 1"


def test_over_the_limit_one_may_say_something_important_and_nothing_else() -> None:
    crowd = Crowd(Places(1))
    crowd.admit(One(silent=False))
    guest, other = crowd.admit(One()), crowd.admit(One())
    assert crowd.clients.refusal(guest, Speak(text="a", priority="important")) is None
    assert crowd.clients.refusal(other, Speak(text="a", priority="message")) is not None
    crowd.wait(3)
    assert (guest.refused, other.refused) == ("", "1 clients are connected, limit is 1")


def test_a_guest_goes_after_a_moment_or_when_others_come() -> None:
    crowd = Crowd(Places(1, guests=2))
    crowd.admit(One(silent=False))
    guests = [crowd.admit(One()) for _ in range(3)]
    assert [bool(guest.refused) for guest in guests] == [True, False, False]
    crowd.wait(3)
    assert all(guest.refused for guest in guests)
    assert len(crowd.clients) == 1


def test_who_takes_its_time_to_hang_up_does_not_keep_a_place() -> None:
    crowd = Crowd(Places(1, guests=1, leaving=4))
    crowd.admit(One(silent=False))
    guests = [crowd.admit(One()) for _ in range(100)]
    assert sum(guest.hung_up for guest in guests) == 100 - 1 - 4


def test_one_user_leaves_places_for_another() -> None:
    crowd = Crowd(Places(4), percent=75)
    mine = [crowd.admit(One(user=1, silent=False)) for _ in range(4)]
    assert "3 clients of this user are connected, limit is 3" in str(crowd.clients.refusal(mine[3], Voices()))
    assert crowd.clients.refusal(crowd.admit(One(user=2)), Voices()) is None


def test_a_place_that_is_left_can_be_had_by_the_next() -> None:
    crowd = Crowd(Places(1))
    for _ in range(3):
        one = crowd.admit(One(silent=False))
        assert crowd.clients.refusal(one, Voices()) is None
        crowd.clients.leaves(one, gone=True)
    assert len(crowd.clients) == 0


@pytest.mark.parametrize(("silent", "seconds", "goes"), [(True, 11, True), (True, 9, False), (False, 1000, False)])
def test_who_never_said_anything_makes_room_for_who_comes(silent: bool, seconds: float, goes: bool) -> None:
    crowd = Crowd(Places(2))
    first = crowd.admit(One(silent=silent))
    crowd.admit(One(silent=False))
    crowd.wait(seconds)
    new = crowd.admit(One())
    assert bool(first.refused) is goes
    assert (crowd.clients.refusal(new, Voices()) is None) is goes
