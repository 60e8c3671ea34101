"""Where things are, as the environment says; a client reads no more of the configuration than this."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from edge_tts.errors import ConfigError, StoreError
from edge_tts.system import private

SYSTEM_SOCKET = Path("/run/edge-tts/edge-tts.sock")
"""Where the system service listens."""


def client_socket(environ: Mapping[str, str] | None = None) -> Path:
    """Return where a client finds the daemon: where it is told, the user's socket, the system's if only that exists.

    Args:
        environ: the environment, by default that of this process.

    Raises:
        ConfigError: the path is too long for a socket, or others could put one of theirs there.
    """
    environ = os.environ if environ is None else environ
    own = socket(environ)
    told = environ.get("EDGE_TTS_SOCKET") or environ.get("EDGE_TTS_HOME")
    if not told and not os.path.exists(own) and os.path.exists(SYSTEM_SOCKET):
        return SYSTEM_SOCKET
    require_private(own, environ)
    return own


def require_private(path: Path, environ: Mapping[str, str] | None = None) -> None:
    """Check that nobody else can put a socket where ours is expected; one that EDGE_TTS_SOCKET names may be anywhere.

    Raises:
        ConfigError: the folder, or XDG_RUNTIME_DIR, is somebody else's, or others can write to it.
    """
    environ = os.environ if environ is None else environ
    if environ.get("EDGE_TTS_SOCKET"):
        return
    base = environ.get("XDG_RUNTIME_DIR", "")
    try:
        if base and path.parent.parent == Path(base):
            private.require_parent(Path(base), "XDG_RUNTIME_DIR")
        if os.path.exists(path.parent):
            private.require_own(path.parent)
    except StoreError as error:
        raise ConfigError(f"{error}; or name a socket with EDGE_TTS_SOCKET") from error
    except OSError:  # connecting says why it cannot be reached
        pass


def socket(environ: Mapping[str, str]) -> Path:
    """Return where a daemon listens.

    Raises:
        ConfigError: the path is too long for a socket.
    """
    told = environ.get("EDGE_TTS_SOCKET")
    path = Path(told).absolute() if told else _runtime(environ) / "edge-tts.sock"
    if len(os.fsencode(path)) > 107:  # sizeof(sun_path) - 1, unix(7)
        raise ConfigError(f"socket path {path} has {len(os.fsencode(path))} bytes, the system allows 107")
    return path


def state(environ: Mapping[str, str]) -> Path:
    """Return the folder of what must survive."""
    own = _home(environ, "state") or _service(environ, "STATE_DIRECTORY")
    return own or _xdg(environ, "XDG_STATE_HOME", ".local/state")


def cache(environ: Mapping[str, str]) -> Path:
    """Return the folder of what can be made again."""
    return _home(environ, "cache") or _service(environ, "CACHE_DIRECTORY") or _xdg(environ, "XDG_CACHE_HOME", ".cache")


def configuration(environ: Mapping[str, str]) -> Path:
    """Return the user's configuration file."""
    root = environ.get("EDGE_TTS_HOME")
    return (Path(root).expanduser() if root else _xdg(environ, "XDG_CONFIG_HOME", ".config")) / "config.toml"


def _runtime(environ: Mapping[str, str]) -> Path:
    if own := _home(environ, "run") or _service(environ, "RUNTIME_DIRECTORY"):
        return own
    base = environ.get("XDG_RUNTIME_DIR")
    return Path(base) / "edge-tts" if base else state(environ) / "run"


def _home(environ: Mapping[str, str], name: str) -> Path | None:
    root = environ.get("EDGE_TTS_HOME")
    return Path(root).expanduser().absolute() / name if root else None


def _service(environ: Mapping[str, str], variable: str) -> Path | None:
    """Return the first directory that systemd made for the service."""
    value = environ.get(variable, "").split(":")[0]
    return Path(value) if value else None


def _xdg(environ: Mapping[str, str], variable: str, fallback: str) -> Path:
    base = environ.get(variable)
    home = environ.get("HOME") or str(Path.home())
    return (Path(base) if base and Path(base).is_absolute() else Path(home) / fallback) / "edge-tts"
