"""The models that can be installed by name."""

from __future__ import annotations

from pathlib import Path

from edge_tts.errors import StoreError
from edge_tts.store.manifest import FILE_NAME, Manifest, parse

_PACKAGE = Path(__file__).parent.parent


def catalog_folder() -> Path:
    """Return where the manifests are: inside an installed package, or beside it in a checkout."""
    packaged = _PACKAGE / "catalog"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "models"


def catalog() -> dict[str, Manifest]:
    """Read the manifests of all models that can be installed by name.

    Raises:
        StoreError: one of them is wrong.
    """
    manifests = [read(path) for path in sorted(catalog_folder().glob("*.toml"))]
    return {manifest.name: manifest for manifest in manifests}


def read(path: Path) -> Manifest:
    """Read a manifest from a file, or from the folder that it is in.

    Raises:
        StoreError: it cannot be read or is wrong.
    """
    path = path / FILE_NAME if path.is_dir() else path
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"manifest {path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    return parse(text, str(path))
