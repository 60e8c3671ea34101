"""Fields of messages that know what values they accept.

`messages.check` builds a message from untrusted values.
"""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable
from typing import Any

REQUIRED: Any = object()
"""The default of a field that has none."""

_REPR = reprlib.Repr()  # unlike repr() it does not recurse as deep as the peer likes
_REPR.maxlevel = 3
_REPR.maxstring, _REPR.maxother = 58, 60


class Field:
    """What is known of a field.

    Args:
        default: its value where it is not given, or REQUIRED.
        accept: whether a value may be its.
        expected: what may be, for people.
    """

    __slots__ = ("accept", "default", "expected")

    def __init__(self, default: Any, accept: Callable[[Any], bool], expected: str) -> None:
        """Take what is known."""
        self.default, self.accept, self.expected = default, accept, expected


def integer(default: Any = REQUIRED, *, low: int = 0, high: int = 2**63 - 1) -> Any:
    """Declare an integer in [low, high]."""

    def accept(value: Any) -> bool:
        return type(value) is int and low <= value <= high

    return Field(default, accept, f"an integer from {low} to {high}")


def number(default: Any = REQUIRED, *, low: float = -math.inf, high: float = math.inf) -> Any:
    """Declare a finite number in [low, high]; integers are accepted."""

    def accept(value: Any) -> bool:
        return _is_number(value) and math.isfinite(value) and low <= value <= high

    bounds = f" from {low:g} to {high:g}" if math.isfinite(low) else ""
    return Field(default, accept, f"a number{bounds}")


def string(default: Any = REQUIRED, *, most: int | None = None) -> Any:
    """Declare a string, of at most so many characters."""
    if most is None:
        return Field(default, lambda value: type(value) is str, "a string")
    return Field(
        default, lambda value: type(value) is str and len(value) <= most, f"a string of at most {most} characters"
    )


def choice(default: Any = REQUIRED, *, of: tuple[str, ...]) -> Any:
    """Declare one of a few words."""
    return Field(default, lambda value: value in of, f"one of {', '.join(of)}")


def flag(default: Any = REQUIRED) -> Any:
    """Declare true or false."""
    return Field(default, lambda value: type(value) is bool, "true or false")


def binary(default: Any = REQUIRED) -> Any:
    """Declare bytes."""
    return Field(default, lambda value: isinstance(value, bytes | bytearray | memoryview), "binary data")


def mapping() -> Any:
    """Declare a map with string keys."""
    return Field(REQUIRED, lambda value: isinstance(value, dict), "a map")


def listing(default: Any = REQUIRED) -> Any:
    """Declare a list; a default is given as a tuple."""
    return Field(default, lambda value: isinstance(value, list | tuple), "a list")


def optional_number() -> Any:
    """Declare a number or nil, nil by default."""
    return Field(None, lambda value: value is None or _is_number(value), "a number or nil")


def shown(value: Any) -> str:
    """Return an untrusted value as a message for people shows it, shortened."""
    try:
        text = _REPR.repr(value)
    except ValueError:  # an integer of more digits than Python writes
        return "a number of thousands of digits"
    return text if len(text) <= 60 else f"{text[:57]}…"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
