"""The models that can be had by name: those that are shipped, and in their place those pinned on this machine."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

from edge_tts.config.settings import Paths
from edge_tts.errors import NeedsConversion, StoreError, UnknownModel
from edge_tts.store.manifest import FILE_NAME, Conversion, Manifest, parse
from edge_tts.system.tables import read_bounded

_PACKAGE = Path(__file__).parent.parent


def catalog_folder() -> Path:
    """Return where the manifests are: inside an installed package, or beside it in a checkout."""
    packaged = _PACKAGE / "catalog"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "models"


def catalog(paths: Paths | None = None) -> dict[str, Manifest]:
    """Read the manifests of all models that can be had by name.

    Args:
        paths: where this machine's own manifests are, which take the place of shipped ones; None for shipped ones only.

    One of this machine's own that cannot be read is left out; see `unreadable`.

    Raises:
        StoreError: a shipped one is wrong.
    """
    manifests = [read(path) for path in sorted(catalog_folder().glob("*.toml"))]
    for path in sorted(paths.catalog.glob("*.toml")) if paths else []:
        with contextlib.suppress(StoreError):
            manifests.append(read(path))
    return {manifest.name: manifest for manifest in sorted(manifests, key=lambda manifest: manifest.name)}


def unreadable(folder: Path, pattern: str) -> list[str]:
    """Return why, for each manifest in a folder that cannot be used; `pattern` matches their paths in the folder."""
    problems = []
    for path in sorted(folder.glob(pattern)):
        try:
            read(path)
        except StoreError as error:
            problems.append(str(error))
    return problems


def require_installable(manifest: Manifest) -> None:
    """Raise NeedsConversion for a package that becomes a model only on a workstation."""
    if manifest.convert is None:
        return
    if manifest.convert.refused:
        raise NeedsConversion(f"model {manifest.name} cannot be had: {manifest.convert.refused}")
    raise NeedsConversion(
        f"model {manifest.name} is published as a package that has to be converted, on a workstation: "
        f"edge-tts models pull-and-convert {manifest.name}; a device then takes the file that "
        f"edge-tts models export {manifest.name} FILE writes there"
    )


def read(path: Path) -> Manifest:
    """Read a manifest from a file, or from the folder that it is in.

    Raises:
        StoreError: it cannot be read or is wrong.
    """
    path = path / FILE_NAME if path.is_dir() else path
    try:
        text = read_bounded(path)
    except (OSError, ValueError) as error:
        raise StoreError(f"manifest {path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    return parse(text, str(path))


def require_convertible(known: Mapping[str, Manifest], name: str) -> tuple[Manifest, Conversion]:
    """Return the manifest of a package and how it becomes a model.

    Raises:
        UnknownModel: there is no such name.
        StoreError: it needs no conversion.
        NeedsConversion: it cannot be converted.
    """
    packages = [other for other, manifest in known.items() if manifest.convert]
    if name not in known:
        raise UnknownModel(f"no package is called {name!r}; there are: {', '.join(packages)}")
    manifest = known[name]
    if manifest.convert is None:
        raise StoreError(f"model {name} needs no conversion: edge-tts models install {name}")
    if manifest.convert.refused:
        require_installable(manifest)
    return manifest, manifest.convert
