"""What many measurements of one thing say together."""

from __future__ import annotations

import math
from collections.abc import Sequence

PERCENTS = (50, 90, 99)
"""What is shown of a distribution."""


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that at least so many percent of them do not exceed.

    Args:
        values: the measurements, at least one, in any order.
        percent: how many percent, over 0 and up to 100.
    """
    return sorted(values)[math.ceil(len(values) * percent / 100) - 1]


def fairness(rates: Sequence[float]) -> float:
    """Return Jain's index of what each one gets: 1 if all get the same, 1 / n if one gets everything.

    R. Jain, D. Chiu, W. Hawe: A Quantitative Measure of Fairness, DEC-TR-301, 1984.
    """
    return sum(rates) ** 2 / (len(rates) * sum(rate**2 for rate in rates))
