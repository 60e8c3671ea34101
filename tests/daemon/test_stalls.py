"""What stands still ends; what goes on, however slowly, does not."""

from __future__ import annotations

import pytest

from edge_tts.daemon.stalls import Stalls
from tests.support.fakes import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.mark.parametrize("seconds", [0.5, 10.0, 3600.0])
def test_what_stands_still_ends_in_bounded_time(clock: Clock, seconds: float) -> None:
    signs: dict[str, object] = {"one": 1}
    ended: list[float] = []

    def end(one: str) -> None:
        ended.append(clock.now)
        del signs[one]

    watch = Stalls(clock, seconds, lambda: dict(signs), end)  # type: ignore[arg-type]
    watch.watch()
    watch.watch()
    clock.run(seconds * 10)
    assert len(ended) == 1
    assert seconds <= ended[0] <= 1.5 * seconds
    assert not clock.waiting


def test_what_goes_on_does_not_end(clock: Clock) -> None:
    ended: list[str] = []
    watch = Stalls(clock, 10.0, lambda: {"slow": clock.now // 7, "still": 0}, ended.append)  # type: ignore[arg-type]
    watch.watch()
    clock.run(100.0)
    assert set(ended) == {"still"}


def test_nothing_is_looked_at_while_nothing_must_go_on(clock: Clock) -> None:
    Stalls(clock, 10.0, dict, pytest.fail).watch()  # type: ignore[arg-type]
    assert not clock.waiting
