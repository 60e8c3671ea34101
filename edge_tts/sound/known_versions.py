"""The message for a version of sounddevice or soundfile without a private attribute: neither promises to keep one."""

from __future__ import annotations

from types import ModuleType


def unknown(library: ModuleType, error: AttributeError) -> str:
    """Return a message that names the version, what it lacks and the versions that have it."""
    from importlib import metadata

    name, wanted = library.__name__, library.__name__
    try:
        wanted = next(one for one in metadata.requires("edge-tts-daemon") or () if one.startswith(name))
    except (metadata.PackageNotFoundError, StopIteration):
        pass  # not installed as a package
    return f"{name} {library.__version__} cannot be used: {error}; install one of its known versions: {wanted}"
