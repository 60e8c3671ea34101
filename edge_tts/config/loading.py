"""How the configuration is read, once; what can be configured is in settings.py, where everything lives in places.py.

Order: built-in defaults, then a TOML file, then the environment. Nothing else reads that.

The file is the first that exists of `$EDGE_TTS_CONFIG` (which must exist), `~/.config/edge-tts/config.toml` and
`/etc/edge-tts/config.toml`. A key `budget_bytes` in its table `[disk]` is also `EDGE_TTS_DISK_BUDGET_BYTES`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import Field, fields, replace
from pathlib import Path
from typing import Any

from edge_tts.config import places
from edge_tts.config.settings import PROVIDERS, Config, Disk, Downloads, Engines, Limits, Paths, Sound, Speech, kind_of
from edge_tts.errors import ConfigError
from edge_tts.sizes import parse_size
from edge_tts.system.tables import parse_toml, read_bounded
from edge_tts.system.values import shown

__all__ = [
    "PROVIDERS",
    "Config",
    "Disk",
    "Downloads",
    "Engines",
    "Limits",
    "Paths",
    "Sound",
    "Speech",
    "load",
]

_TABLES: dict[str, type[Any]] = {
    "limits": Limits,
    "speech": Speech,
    "engines": Engines,
    "sound": Sound,
    "disk": Disk,
    "downloads": Downloads,
}

_ESTABLISHED = {("downloads", "hub"): "HF_ENDPOINT"}
"""Variables that other programs read too."""


def load(environ: Mapping[str, str] | None = None) -> Config:
    """Read the configuration.

    Args:
        environ: the environment, by default that of this process.

    Raises:
        ConfigError: a file that was named is missing or not TOML, or a key is unknown or of a wrong type.
    """
    environ = os.environ if environ is None else environ
    origin, document = _read_file(environ)
    unknown = document.keys() - _TABLES.keys()
    if unknown:
        raise ConfigError(f"{origin}: unknown table {shown(sorted(unknown)[0])}, expected one of {', '.join(_TABLES)}")
    paths = Paths(places.state(environ), places.cache(environ), places.socket(environ))
    config = Config(paths=paths)
    tables = {name: _table(kind, name, document.get(name, {}), environ, origin) for name, kind in _TABLES.items()}
    config = replace(config, **tables)
    _check_water(config.disk)
    return config


def _check_water(disk: Disk) -> None:
    if not disk.low_water_percent <= disk.high_water_percent <= 100:
        given = f"{disk.low_water_percent} and {disk.high_water_percent}"
        raise ConfigError(f"disk.low_water_percent and high_water_percent must rise and end at 100, are {given}")


_COMPUTING = {
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(64 << 20),
}


def computing(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a process that computes; what somebody has set in it stays.

    numpy multiplies matrices with OpenBLAS, whose threads, once used, spin for a while on the cores that the engines
    compute on: Kokoro takes 1.4 times as long. Our own products in numpy are small, so one thread does. The GNU C
    library gives the memory of each large signal back to the kernel, which clears it again for the next one; to keep
    64 MB makes Kokoro a tenth faster (mallopt(3)).

    Args:
        environ: the environment, by default that of this process.
    """
    return {**_COMPUTING, **(os.environ if environ is None else environ)}


def _read_file(environ: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    named = environ.get("EDGE_TTS_CONFIG")
    candidates = [Path(named)] if named else [places.configuration(environ), Path("/etc/edge-tts/config.toml")]
    for path in candidates:
        try:
            return str(path), parse_toml(read_bounded(path))
        except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
            if named:
                raise ConfigError(f"EDGE_TTS_CONFIG names {path}, which cannot be read: {error.strerror}") from error
        except (ValueError, OSError) as error:  # no TOML, no UTF-8, a pipe, a damaged disk
            raise ConfigError(f"{path}: {error}") from error
    return "environment", {}


def _table(kind: type[Any], name: str, values: Any, environ: Mapping[str, str], origin: str) -> Any:
    if not isinstance(values, dict):
        raise ConfigError(f"{origin}: {name} must be a table, is {shown(values)}")
    known: dict[str, Field[Any]] = {entry.name: entry for entry in fields(kind)}
    for key in values:
        if key not in known:
            raise ConfigError(f"{origin}: unknown key {name}.{key}, expected one of {', '.join(known)}")
    chosen = {key: _value(f"{origin}: {name}.{key}", known[key], value) for key, value in values.items()}
    for key, entry in known.items():
        variable = _variable(name, key, environ)
        if variable in environ:
            text = environ[variable]
            chosen[key] = _value(variable, entry, text if isinstance(entry.default, str) else _parse(text))
    return kind(**chosen)


def _variable(table: str, key: str, environ: Mapping[str, str]) -> str:
    """Return the name of the environment variable of a key, an established one where only that is set."""
    own = f"EDGE_TTS_{table}_{key}".upper()
    return own if own in environ else _ESTABLISHED.get((table, key), own)


def _parse(text: str) -> Any:
    """Read an environment variable as the TOML value it looks like, else as a string."""
    try:
        return parse_toml(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return text


def _value(where: str, entry: Field[Any], value: Any) -> Any:
    if entry.name.endswith("_bytes"):
        value = _size(where, value)
    if refusal := kind_of(entry).refusal(where, value):
        raise ConfigError(refusal)
    return float(value) if isinstance(entry.default, float) else value


def _size(where: str, value: Any) -> Any:
    """Return the bytes that a text means; what is no text stays as it is."""
    if not isinstance(value, str):
        return value
    size = parse_size(value)
    if size is None:
        raise ConfigError(f"{where} must be an integer or a size such as '10GB' or '9.5 GiB', is {shown(value)}")
    return size
