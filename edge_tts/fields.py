"""Fields of messages that know what values they accept.

A message is a frozen dataclass whose fields are made here; `check(kind, values)` builds one from untrusted values.
"""

from __future__ import annotations

import dataclasses
import math
import reprlib
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from edge_tts.errors import RequestError

T = TypeVar("T")

_REQUIRED = dataclasses.MISSING

_REPR = reprlib.Repr()  # unlike repr() it does not recurse as deep as the peer likes
_REPR.maxlevel = 3
_REPR.maxstring, _REPR.maxother = 58, 60


def integer(default: Any = _REQUIRED, *, low: int = 0, high: int = 2**63 - 1) -> Any:
    """Declare an integer in [low, high]."""

    def accept(value: Any) -> bool:
        return type(value) is int and low <= value <= high

    return _declare(default, accept, f"an integer from {low} to {high}")


def number(default: Any = _REQUIRED, *, low: float = -math.inf, high: float = math.inf) -> Any:
    """Declare a finite number in [low, high]; integers are accepted."""

    def accept(value: Any) -> bool:
        return _is_number(value) and math.isfinite(value) and low <= value <= high

    bounds = f" from {low:g} to {high:g}" if math.isfinite(low) else ""
    return _declare(default, accept, f"a number{bounds}")


def string(default: Any = _REQUIRED) -> Any:
    """Declare a string."""
    return _declare(default, lambda value: type(value) is str, "a string")


def choice(default: Any = _REQUIRED, *, of: tuple[str, ...]) -> Any:
    """Declare one of a few words."""
    return _declare(default, lambda value: value in of, f"one of {', '.join(of)}")


def flag(default: Any = _REQUIRED) -> Any:
    """Declare true or false."""
    return _declare(default, lambda value: type(value) is bool, "true or false")


def binary(default: Any = _REQUIRED) -> Any:
    """Declare bytes."""
    return _declare(default, lambda value: isinstance(value, bytes | bytearray | memoryview), "binary data")


def mapping() -> Any:
    """Declare a map with string keys."""
    return _declare(_REQUIRED, lambda value: isinstance(value, dict), "a map")


def listing(default: Any = _REQUIRED) -> Any:
    """Declare a list; a default is given as a tuple."""
    return _declare(default, lambda value: isinstance(value, list | tuple), "a list")


def optional_number() -> Any:
    """Declare a number or nil, nil by default."""
    return _declare(None, lambda value: value is None or _is_number(value), "a number or nil")


def check(kind: type[T], values: Mapping[str, Any]) -> T:
    """Build a message of `kind` from untrusted values; unknown ones are ignored.

    Raises:
        RequestError: a field is missing or out of range; the message says what was expected and what came.
    """
    chosen = {}
    for entry in dataclasses.fields(kind):  # type: ignore[arg-type]
        if entry.name in values:
            if not entry.metadata["accept"](values[entry.name]):
                raise RequestError(f"{entry.name} must be {entry.metadata['expected']}, is {shown(values[entry.name])}")
            chosen[entry.name] = values[entry.name]
        elif entry.default is _REQUIRED:
            raise RequestError(f"{entry.name} is missing, expected {entry.metadata['expected']}")
    return kind(**chosen)


def shown(value: Any) -> str:
    """Return an untrusted value as a message for people shows it, shortened."""
    text = _REPR.repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _declare(default: Any, accept: Callable[[Any], bool], expected: str) -> Any:
    return dataclasses.field(default=default, metadata={"accept": accept, "expected": expected})


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
