"""Typed access to the tables of a manifest: every key is asked for by type and pattern, none may be left."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from edge_tts.errors import StoreError
from edge_tts.printable import printable
from edge_tts.wire.fields import shown


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
        return printable(self._matching(key, self._take(key), pattern or r"\S.*"))

    def texts(self, key: str, pattern: str) -> tuple[str, ...]:
        """Take a list of at least one string."""
        return tuple(self._matching(key, item, pattern) for item in self._list(key))

    def whole(self, key: str, least: int, most: int = 1 << 50, default: int | None = None) -> int:
        """Take an integer of that range."""
        if default is not None and key not in self._values:
            return default
        value = self._take(key)
        if type(value) is not int or not least <= value <= most:
            raise fail(self._where, f"{key} must be a whole number from {least} to {most}, is {shown(value)}")
        return value

    def has(self, key: str) -> bool:
        """Return whether the table has a key that was not taken yet."""
        return key in self._values

    def table(self, key: str) -> Fields:
        """Take a table."""
        value = self._take(key)
        if not isinstance(value, dict):
            raise fail(self._where, f"{key} must be a table, is {shown(value)}")
        return Fields(value, f"{self._where}: {key}")

    def tables(self, key: str, *, optional: bool = False) -> list[Fields]:
        """Take a list of tables; empty when it is optional and absent."""
        if optional and key not in self._values:
            return []
        items = self._list(key)
        for item in items:
            if not isinstance(item, dict):
                raise fail(self._where, f"{key} must be a list of tables, has {shown(item)}")
        return [Fields(item, f"{self._where}: {key}[{index}]") for index, item in enumerate(items)]

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
            rows.append(tuple(self._matching(key, one, pattern) for one, pattern in zip(item, patterns, strict=True)))
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

    def _take(self, key: str) -> Any:
        if key not in self._values:
            raise fail(self._where, f"{key} is missing")
        return self._values.pop(key)

    def _list(self, key: str) -> list[Any]:
        value = self._take(key)
        if not isinstance(value, list) or not value:
            raise fail(self._where, f"{key} must be a list with at least one entry, is {shown(value)}")
        return value

    def _matching(self, key: str, value: Any, pattern: str) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise fail(self._where, f"{key} must be a string that matches {pattern}, is {shown(value)}")
        return value
