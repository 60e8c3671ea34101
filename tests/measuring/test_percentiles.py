"""What many measurements say together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_tts.measuring.percentiles import fairness, percentile

TIMES = st.lists(st.floats(0, 1e6), min_size=1, max_size=40)


@pytest.mark.parametrize(("percent", "expected"), [(1, 1), (50, 5), (51, 6), (90, 9), (99, 10), (100, 10)])
def test_a_percentile_is_one_of_the_values(percent: float, expected: int) -> None:
    assert percentile([10, 2, 3, 4, 5, 6, 7, 8, 9, 1], percent) == expected


@given(TIMES, st.floats(0.1, 100))
def test_so_many_percent_are_not_above_it_and_with_any_smaller_value_fewer(values: list[float], percent: float) -> None:
    found = percentile(values, percent)
    assert sum(value <= found for value in values) >= len(values) * percent / 100 - 1e-9
    assert sum(value < found for value in values) < len(values) * percent / 100 + 1e-9


def test_what_is_shared_evenly_is_fair_and_what_one_takes_is_not() -> None:
    assert fairness([3.0] * 4) == pytest.approx(1)
    assert fairness([7.0, 0, 0, 0]) == pytest.approx(1 / 4)
    assert 0.25 < fairness([4.0, 2, 2, 2]) < 1
