"""Typed access to the tables of a manifest: every key is asked for by type and pattern, none may be left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edge_tts.errors import StoreError
from edge_tts.printable import printable
from edge_tts.system import values
from edge_tts.system.values import Kind, shown


def fail(where: str, what: str) -> StoreError:
    """Return the error of a manifest that cannot be used."""
    return StoreError(f"manifest {where}: {what}")


class Fields:
    """One table: takes its keys out one by one, then `end` refuses what nobody asked for."""

    def __init__(self, values: Mapping[str, Any], where: str) -> None:
        """Keep a copy of the table; `where` names it in messages."""
        self._values = dict(values)
        self._where = where

    def text(self, key: str, pattern: str = "", default: str | None = None) -> str:
        """Take a string that matches `pattern` as a whole; without one, a line for people, as it can be shown."""
        if default is not None and key not in self._values:
            return default
        return printable(self._take(key, values.matching(pattern or r"\S.*")))

    def texts(self, key: str, pattern: str) -> tuple[str, ...]:
        """Take a list of at least one string."""
        return tuple(self._checked(key, item, values.matching(pattern)) for item in self._list(key))

    def whole(self, key: str, least: int, most: int = 1 << 50, default: int | None = None) -> int:
        """Take an integer of that range."""
        if default is not None and key not in self._values:
            return default
        return int(self._take(key, values.integer(least, most)))

    def has(self, key: str) -> bool:
        """Return whether the table has a key that was not taken yet."""
        return key in self._values

    def table(self, key: str) -> Fields:
        """Take a table."""
        return Fields(self._take(key, values.table()), f"{self._where}: {key}")

    def tables(self, key: str, *, optional: bool = False) -> list[Fields]:
        """Take a list of tables; empty when it is optional and absent."""
        if optional and key not in self._values:
            return []
        named = [(f"{key}[{index}]", item) for index, item in enumerate(self._list(key))]
        return [Fields(self._checked(name, item, values.table()), f"{self._where}: {name}") for name, item in named]

    def pairs(self, key: str, first: str, second: str) -> list[tuple[str, str]]:
        """Take a list of at least one pair of strings, each matching its pattern."""
        return [(one, other) for one, other in self.rows(key, (first, second))]

    def rows(self, key: str, patterns: tuple[str, ...], *, optional: bool = False) -> list[tuple[str, ...]]:
        """Take a list of at least one list of strings, each matching the pattern in its place."""
        if optional and key not in self._values:
            return []
        rows = []
        for item in self._list(key):
            if not isinstance(item, list) or len(item) != len(patterns):
                kind = "pairs" if len(patterns) == 2 else f"lists of {len(patterns)} strings"
                raise fail(self._where, f"{key} must be a list of {kind}, has {shown(item)}")
            rows.append(
                tuple(
                    self._checked(key, one, values.matching(pattern))
                    for one, pattern in zip(item, patterns, strict=True)
                )
            )
        return rows

    def first(self, *keys: str) -> str:
        """Return which of the keys the table has, without taking it."""
        for key in keys:
            if key in self._values:
                return key
        has = printable(", ".join(self._values))[:200] or "nothing"
        raise fail(self._where, f"expected one of {', '.join(keys)}, has {has}")

    def end(self) -> None:
        """Raise StoreError if a key is left."""
        if self._values:
            raise fail(self._where, f"unknown key {shown(sorted(self._values)[0])}")

    def _take(self, key: str, kind: Kind) -> Any:
        if key not in self._values:
            raise fail(self._where, f"{key} is missing, expected {kind.expected}")
        return self._checked(key, self._values.pop(key), kind)

    def _list(self, key: str) -> Any:
        return self._take(key, values.listing(least=1))

    def _checked(self, name: str, value: Any, kind: Kind) -> Any:
        if refusal := kind.refusal(name, value):
            raise fail(self._where, refusal)
        return value
