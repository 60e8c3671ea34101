"""What a value that somebody else wrote must be: of the wire, of a manifest, of the configuration."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable
from typing import Any

_REPR = reprlib.Repr()  # unlike repr() it does not recurse as deep as the peer likes
_REPR.maxlevel = 3
_REPR.maxstring, _REPR.maxother = 58, 60


class Kind:
    """A kind of value.

    Args:
        accept: returns whether a value is of it.
        expected: what is accepted, for people.
    """

    __slots__ = ("accept", "expected")

    def __init__(self, accept: Callable[[Any], bool], expected: str) -> None:
        """Declare it."""
        self.accept, self.expected = accept, expected

    def refusal(self, name: str, value: Any) -> str:
        """Return what is wrong with the value of that name, "" if nothing is."""
        return "" if self.accept(value) else f"{name} must be {self.expected}, is {shown(value)}"


def integer(low: int = 0, high: int = 2**63 - 1) -> Kind:
    """Return the kind of integers in [low, high]."""
    return Kind(lambda value: type(value) is int and low <= value <= high, f"an integer from {low} to {high}")


def number(low: float = -math.inf, high: float = math.inf) -> Kind:
    """Return the kind of finite numbers in [low, high], integers among them."""
    bounds = f" from {low:.10g} to {high:.10g}" if math.isfinite(low) else ""
    return Kind(lambda value: _is_finite(value) and low <= value <= high, f"a number{bounds}")


def string(most: int | None = None) -> Kind:
    """Return the kind of strings of at most so many characters, or of any length."""
    if most is None:
        return Kind(lambda value: type(value) is str, "a string")
    return Kind(lambda value: type(value) is str and len(value) <= most, f"a string of at most {most} characters")


def matching(pattern: str) -> Kind:
    """Return the kind of strings that match a regular expression as a whole."""
    import re  # here: a client needs none, and does not start later for it

    return Kind(
        lambda value: type(value) is str and re.fullmatch(pattern, value) is not None,
        f"a string that matches {pattern}",
    )


def choice(of: tuple[str, ...]) -> Kind:
    """Return the kind of these few words."""
    return Kind(lambda value: value in of, f"one of {', '.join(of)}")


def flag() -> Kind:
    """Return the kind of true and false."""
    return Kind(lambda value: type(value) is bool, "true or false")


def binary() -> Kind:
    """Return the kind of bytes."""
    return Kind(lambda value: isinstance(value, bytes | bytearray | memoryview), "binary data")


def table(name: str = "a table") -> Kind:
    """Return the kind of maps; `name` is what messages call one."""
    return Kind(lambda value: isinstance(value, dict), name)


def listing(least: int = 0) -> Kind:
    """Return the kind of lists of at least so many entries."""
    entries = f" with at least {least} entr{'y' if least == 1 else 'ies'}" if least else ""
    return Kind(lambda value: isinstance(value, list | tuple) and len(value) >= least, f"a list{entries}")


def optional_number() -> Kind:
    """Return the kind of numbers and nil."""
    return Kind(lambda value: value is None or _is_number(value), "a number or nil")


def shown(value: Any) -> str:
    """Return an untrusted value as a message for people shows it, shortened."""
    try:
        text = _REPR.repr(value)
    except ValueError:  # an integer of more digits than Python writes
        return "a number of thousands of digits"
    return text if len(text) <= 60 else f"{text[:57]}…"


def _is_finite(value: Any) -> bool:
    """Return whether it is a finite number; an integer may be larger than any float."""
    return _is_number(value) and (isinstance(value, int) or math.isfinite(value))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
