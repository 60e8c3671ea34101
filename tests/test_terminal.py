"""What people see of long operations."""

from __future__ import annotations

import pytest

from edge_tts.cli.terminal import Pace


def test_the_pace_is_that_of_the_last_seconds_and_tells_what_is_left() -> None:
    pace = Pace()
    assert pace.words(10.0, 0, 90_000_000) == ""
    assert pace.words(11.0, 2_000_000, 90_000_000) == "2.0 MB/s, 0:44 left"
    for second in range(12, 20):
        shown = pace.words(float(second), (second - 11) * 10_000_000, 90_000_000)
    assert shown == "10.0 MB/s, 0:01 left"


@pytest.mark.parametrize("done", [0, 5])
def test_nothing_is_promised_while_nothing_comes(done: int) -> None:
    pace = Pace()
    pace.words(0.0, done, 100)
    assert pace.words(30.0, done, 100) == ""
    assert pace.words(31.0, 100, 100).endswith("0:00 left")
