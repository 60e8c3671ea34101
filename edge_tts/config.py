"""How the configuration is read, once, and where everything lives; what can be configured is in settings.py.

Order: built-in defaults, then a TOML file, then the environment. This is the only reader of the environment.

The file is the first that exists of `$EDGE_TTS_CONFIG` (which must exist), `~/.config/edge-tts/config.toml` and
`/etc/edge-tts/config.toml`. A key `budget_bytes` in its table `[disk]` is also `EDGE_TTS_DISK_BUDGET_BYTES`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields, replace
from pathlib import Path
from typing import Any

from edge_tts.errors import ConfigError
from edge_tts.settings import Config, Disk, Downloads, Engines, Limits, Paths, Sound, Speech
from edge_tts.sizes import parse_size

__all__ = [
    "PROVIDERS",
    "SYSTEM_SOCKET",
    "Config",
    "Disk",
    "Downloads",
    "Engines",
    "Limits",
    "Paths",
    "Sound",
    "Speech",
    "client_socket",
    "load",
]

SYSTEM_SOCKET = Path("/run/edge-tts/edge-tts.sock")
"""Where the system service listens."""


PROVIDERS = ("auto", "cpu", "cuda", "tensorrt")
"""What `engines.provider` may be."""

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

_KINDS = {bool: "true or false", int: "an integer", float: "a number", str: "a string"}


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
        raise ConfigError(f"{origin}: unknown table {sorted(unknown)[0]!r}, expected one of {', '.join(_TABLES)}")
    config = Config(paths=_paths(environ))
    tables = {name: _table(kind, name, document.get(name, {}), environ, origin) for name, kind in _TABLES.items()}
    config = replace(config, **tables)
    _check_water(config.disk)
    if config.engines.provider not in PROVIDERS:
        raise ConfigError(f"engines.provider must be {_listed(PROVIDERS)}, is {config.engines.provider!r}")
    return config


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _check_water(disk: Disk) -> None:
    if not disk.low_water_percent <= disk.high_water_percent <= 100:
        given = f"{disk.low_water_percent} and {disk.high_water_percent}"
        raise ConfigError(f"disk.low_water_percent and high_water_percent must rise and end at 100, are {given}")


def client_socket(environ: Mapping[str, str] | None = None) -> Path:
    """Return where a client finds the daemon: where it is told, the user's socket, the system's if only that exists.

    Raises:
        ConfigError: as for `load`.
    """
    environ = os.environ if environ is None else environ
    own = load(environ).paths.socket
    told = environ.get("EDGE_TTS_SOCKET") or environ.get("EDGE_TTS_HOME")
    return own if told or os.path.exists(own) or not os.path.exists(SYSTEM_SOCKET) else SYSTEM_SOCKET


def _read_file(environ: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    named = environ.get("EDGE_TTS_CONFIG")
    candidates = [Path(named)] if named else [_config_home(environ) / "config.toml", Path("/etc/edge-tts/config.toml")]
    for path in candidates:
        try:
            return str(path), _parsed(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
            if named:
                raise ConfigError(f"EDGE_TTS_CONFIG names {path}, which cannot be read: {error.strerror}") from error
        except (ValueError, OSError) as error:  # no TOML, no UTF-8, a damaged disk
            raise ConfigError(f"{path}: {error}") from error
    return "environment", {}


def _parsed(written: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):  # imported only where there is a file: it takes a client a tenth of its start
        import tomllib
    else:
        import tomli as tomllib
    document: dict[str, Any] = tomllib.loads(written)
    return document


def _table(kind: type[Any], name: str, values: Any, environ: Mapping[str, str], origin: str) -> Any:
    if not isinstance(values, dict):
        raise ConfigError(f"{origin}: {name} must be a table, is {values!r}")
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
        return _parsed(f"value = {text}")["value"]
    except ValueError:
        return text


def _value(where: str, entry: Field[Any], value: Any) -> Any:
    default = entry.default
    if default is MISSING:  # pragma: no cover - every configurable field has one
        raise ConfigError(f"{where} has no default")
    if isinstance(default, float) and type(value) is int:
        value = float(value)
    if entry.name.endswith("_bytes"):
        value = _size(where, value)
    if type(value) is not type(default):
        raise ConfigError(f"{where} must be {_KINDS[type(default)]}, is {value!r}")
    if isinstance(value, int | float) and not value >= 0:
        raise ConfigError(f"{where} must not be negative, is {value!r}")
    return value


def _size(where: str, value: Any) -> Any:
    """Return the bytes that a text means; what is no text stays as it is."""
    if not isinstance(value, str):
        return value
    size = parse_size(value)
    if size is None:
        raise ConfigError(f"{where} must be an integer or a size such as '10GB' or '9.5 GiB', is {value!r}")
    return size


def _config_home(environ: Mapping[str, str]) -> Path:
    if root := environ.get("EDGE_TTS_HOME"):
        return Path(root).expanduser()
    return _xdg(environ, "XDG_CONFIG_HOME", ".config")


def _paths(environ: Mapping[str, str]) -> Paths:
    if root := environ.get("EDGE_TTS_HOME"):
        home = Path(root).expanduser().absolute()
        state, cache, runtime = home / "state", home / "cache", home / "run"
    else:
        state = _service(environ, "STATE_DIRECTORY") or _xdg(environ, "XDG_STATE_HOME", ".local/state")
        cache = _service(environ, "CACHE_DIRECTORY") or _xdg(environ, "XDG_CACHE_HOME", ".cache")
        runtime = _service(environ, "RUNTIME_DIRECTORY") or _runtime(environ, state)
    socket = Path(environ["EDGE_TTS_SOCKET"]).absolute() if environ.get("EDGE_TTS_SOCKET") else None
    socket = socket or runtime / "edge-tts.sock"
    if len(os.fsencode(socket)) > 107:  # sizeof(sun_path) - 1, unix(7)
        raise ConfigError(f"socket path {socket} has {len(os.fsencode(socket))} bytes, the system allows 107")
    return Paths(state=state, cache=cache, socket=socket)


def _runtime(environ: Mapping[str, str], state: Path) -> Path:
    base = environ.get("XDG_RUNTIME_DIR")
    return Path(base) / "edge-tts" if base else state / "run"


def _service(environ: Mapping[str, str], variable: str) -> Path | None:
    """Return the first directory that systemd made for the service."""
    value = environ.get(variable, "").split(":")[0]
    return Path(value) if value else None


def _xdg(environ: Mapping[str, str], variable: str, fallback: str) -> Path:
    base = environ.get(variable)
    home = environ.get("HOME") or str(Path.home())
    return (Path(base) if base and Path(base).is_absolute() else Path(home) / fallback) / "edge-tts"
