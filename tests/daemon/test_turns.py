"""Whose turn it is in the event loop."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from edge_tts.daemon.turns import TURN_SECONDS, Turns


@dataclass(eq=False)
class Loop:
    """A loop whose time passes only with steps."""

    now: float = 0.0
    waiting: deque[Callable[[], None]] = field(default_factory=deque)
    resting: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    longest: float = 0.0

    def __post_init__(self) -> None:
        self.turns = Turns(self.waiting.append, self._later, lambda: self.now)

    def _later(self, seconds: float, callback: Callable[[], None]) -> None:
        self.resting.append((self.now + seconds, callback))

    def run(self) -> None:
        """Run until nothing waits."""
        while self.waiting or self.resting:
            if not self.waiting:
                self.now = max(self.now, min(when for when, _ in self.resting))
            due = [callback for when, callback in self.resting if when <= self.now]
            self.resting = [(when, callback) for when, callback in self.resting if when > self.now]
            for callback in due:
                callback()
            if self.waiting:
                before = self.now
                self.waiting.popleft()()
                self.longest = max(self.longest, self.now - before)


@dataclass(eq=False)
class One:
    """Somebody with so many steps to do."""

    name: str
    loop: Loop
    steps: int
    seconds: float = TURN_SECONDS / 10

    def step(self) -> bool:
        self.loop.now += self.seconds
        self.loop.log.append(self.name)
        self.steps -= 1
        return self.steps > 0


def test_who_has_fifteen_thousand_frames_does_not_keep_who_has_one() -> None:
    loop = Loop()
    loop.turns.add(One("flood", loop, 15_000))
    loop.waiting.popleft()()
    loop.turns.add(One("stop", loop, 1))
    loop.waiting.popleft()()
    assert "stop" in loop.log[:30]
    loop.run()
    assert loop.log.count("flood") == 15_000


def test_everybody_gets_one_step_in_each_round() -> None:
    loop = Loop()
    for name in "abc":
        loop.turns.add(One(name, loop, 3))
    loop.run()
    assert "".join(loop.log) == "abcabcabc"


def test_who_is_added_again_keeps_its_place_and_gets_no_more_turns() -> None:
    loop = Loop()
    first, second = One("a", loop, 2), One("b", loop, 2)
    for one in (first, second, first, first):
        loop.turns.add(one)
    loop.run()
    assert "".join(loop.log) == "abab"


def test_who_is_dropped_gets_no_more_steps() -> None:
    loop = Loop()
    one = One("a", loop, 100)
    loop.turns.add(one)
    loop.waiting.popleft()()
    done = len(loop.log)
    loop.turns.drop(one)
    loop.run()
    assert len(loop.log) == done < 100


def test_who_takes_long_for_a_step_leaves_half_of_the_time_to_others() -> None:
    loop = Loop()
    loop.turns.add(One("slow", loop, 3, 0.02))
    loop.waiting.popleft()()
    loop.turns.add(One("quick", loop, 50))
    loop.run()
    assert loop.log == ["slow", *["quick"] * 50, "slow", "slow"]
    assert loop.now >= 0.0999


@given(st.lists(st.tuples(st.integers(1, 60), st.floats(0.00001, 0.01)), min_size=1, max_size=8))
def test_no_turn_is_longer_than_its_time_and_one_step_and_nothing_is_lost(given: list[tuple[int, float]]) -> None:
    loop = Loop()
    for number, (steps, seconds) in enumerate(given):
        loop.turns.add(One(str(number), loop, steps, seconds))
    loop.run()
    assert loop.longest <= TURN_SECONDS + max(seconds for _, seconds in given) + 1e-9
    assert len(loop.log) == sum(steps for steps, _ in given)
