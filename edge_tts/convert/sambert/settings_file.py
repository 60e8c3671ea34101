"""Reads the JSON and YAML files of a package."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from edge_tts.errors import ConversionError
from edge_tts.store.published.texts import decoded

_LONGEST = 4_000_000
"""Bytes of a file of settings; the largest published have some ten thousand."""


def read_json(path: Path) -> Mapping[str, Any]:
    """Return what a file of JSON holds, nothing if that has no names.

    Raises:
        ConversionError: it cannot be read, or is no JSON.
    """
    value = _parsed(path, "JSON", json.loads)
    return value if isinstance(value, Mapping) else {}


def read_yaml(path: Path) -> Mapping[str, Any]:
    """Return what a file of YAML holds.

    Raises:
        ConversionError: it cannot be read, is no YAML, or has no settings by name.
    """
    value = _parsed(path, "YAML", yaml.safe_load)
    if not isinstance(value, Mapping):
        raise ConversionError(f"{path} holds a {type(value).__name__}, expected settings by name")
    return value


def _parsed(path: Path, kind: str, parse: Callable[[str], Any]) -> Any:
    try:
        with path.open("rb") as file:
            content = file.read(_LONGEST + 1)
        if len(content) > _LONGEST:
            raise ConversionError(f"{path} is longer than {_LONGEST} bytes")
        return parse(decoded(content))
    except OSError as error:
        raise ConversionError(f"{path} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConversionError(f"{path} is no {kind}: {(str(error).splitlines() or [''])[0]}") from error


def whole(params: Mapping[str, Any], key: str, default: int) -> int:
    """Return a whole number of config.yaml; raises ConversionError if it is something else."""
    value = params.get(key, default)
    if not isinstance(value, int):
        raise ConversionError(f"config.yaml: {key} is {value!r}, expected a whole number")
    return value


def at(tree: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    """Return the settings under a path of keys, empty where there are none."""
    for key in keys:
        found = tree.get(key)
        tree = found if isinstance(found, Mapping) else {}
    return tree
