"""Fields of messages: what each may hold, see system/values.py, and what it holds where it is not given."""

from __future__ import annotations

import math
from typing import Any

from edge_tts.system import values
from edge_tts.system.values import Kind

REQUIRED: Any = object()
"""The default of a field that has none."""


class Field:
    """A field of a message.

    Args:
        default: its value where it is not given, or REQUIRED.
        kind: what it may hold.
    """

    __slots__ = ("default", "kind")

    def __init__(self, default: Any, kind: Kind) -> None:
        """Declare it."""
        self.default, self.kind = default, kind


def integer(default: Any = REQUIRED, *, low: int = 0, high: int = 2**63 - 1) -> Any:
    """Declare an integer in [low, high]."""
    return Field(default, values.integer(low, high))


def number(default: Any = REQUIRED, *, low: float = -math.inf, high: float = math.inf) -> Any:
    """Declare a finite number in [low, high]; integers are accepted."""
    return Field(default, values.number(low, high))


def string(default: Any = REQUIRED, *, most: int | None = None) -> Any:
    """Declare a string, of at most so many characters."""
    return Field(default, values.string(most))


def choice(default: Any = REQUIRED, *, of: tuple[str, ...]) -> Any:
    """Declare one of a few words."""
    return Field(default, values.choice(of))


def flag(default: Any = REQUIRED) -> Any:
    """Declare true or false."""
    return Field(default, values.flag())


def binary(default: Any = REQUIRED) -> Any:
    """Declare bytes."""
    return Field(default, values.binary())


def mapping() -> Any:
    """Declare a map."""
    return Field(REQUIRED, values.table("a map"))


def listing(default: Any = REQUIRED) -> Any:
    """Declare a list; a default is given as a tuple."""
    return Field(default, values.listing())


def optional_number() -> Any:
    """Declare a number or nil, nil by default."""
    return Field(None, values.optional_number())
