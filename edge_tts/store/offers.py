"""What could be installed: a name in the catalog, a folder, a manifest, or an archive that holds a model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from edge_tts.config.settings import Paths
from edge_tts.errors import StoreError
from edge_tts.store.catalog import catalog, catalog_folder, read
from edge_tts.store.installed import unknown_model
from edge_tts.store.manifest import FILE_NAME, File, Manifest, parse
from edge_tts.store.origins import FromArchive, FromFile, Source
from edge_tts.system.tables import LONGEST_BYTES

if TYPE_CHECKING:
    from edge_tts.store.archives import Archive


@dataclass(frozen=True, slots=True)
class Offer:
    """A model that could be installed.

    Attributes:
        manifest: the model's manifest, with all sources of its files.
        base: what relative paths of local files start from.
        path: the manifest, folder or archive that was named, None for a model of the catalog.
    """

    manifest: Manifest
    base: Path
    path: Path | None = None


def find_offer(what: str | Path, paths: Paths | None = None) -> Offer:
    """Return what is meant by a name or a path.

    Args:
        what: a name in the catalog, or the path of a manifest, of a folder that holds one with or without its files, or
            of an archive of such a folder.
        paths: where this machine's own manifests are; see `catalog`.

    Raises:
        UnknownModel: the catalog has no such name.
        SourceUnavailable: the archive is damaged or unsafe.
        StoreError: the manifest is missing or wrong.
    """
    if isinstance(what, Path):
        return _on_disk(what)
    known = catalog(paths)
    if what not in known:
        raise unknown_model(what, "is not in the catalog", list(known))
    return Offer(known[what], catalog_folder())


def manifest_of(what: str | Path, paths: Paths | None = None) -> Manifest:
    """Return the manifest of what could be installed; see `find_offer`."""
    return find_offer(what, paths).manifest


def _on_disk(path: Path) -> Offer:
    if path.suffix == ".toml":
        return Offer(read(path), path.absolute().parent, path)
    if path.is_dir() or not path.exists():
        manifest = read(path / FILE_NAME)
        return Offer(_with_sources(manifest, {name: FromFile(name) for name in _paths(manifest)}), path, path)
    from edge_tts.store.archives import Archive  # here: few models come so

    archive = Archive(path, str(path))
    try:
        manifest = parse(_text(archive, path), f"in {path}")
        _require_only(archive, path, {FILE_NAME, *_paths(manifest)})
    finally:
        archive.close()
    here = FromFile(str(path.absolute()), known=True)
    return Offer(_with_sources(manifest, {name: FromArchive(here, name) for name in archive.members}), path, path)


def _with_sources(manifest: Manifest, first: dict[str, Source]) -> Manifest:
    def extended(file: File) -> File:
        return replace(file, sources=(first[file.path], *file.sources)) if file.path in first else file

    return replace(manifest, files=tuple(map(extended, manifest.files)))


def _paths(manifest: Manifest) -> list[str]:
    return [file.path for file in manifest.files]


def _text(archive: Archive, path: Path) -> str:
    if archive.members.get(FILE_NAME, 0) > LONGEST_BYTES:
        raise StoreError(f"{path}: {FILE_NAME} has more than {LONGEST_BYTES} bytes")
    try:
        return b"".join(archive.blocks(FILE_NAME)).decode()
    except UnicodeDecodeError as error:
        raise StoreError(f"{path}: {FILE_NAME} is not UTF-8") from error


def _require_only(archive: Archive, path: Path, expected: set[str]) -> None:
    """Refuse an archive that holds anything that its manifest does not name."""
    for name, reason in archive.refused.items():
        raise StoreError(f"{path}: {name!r} {reason}")
    for name in archive.members:
        if name not in expected:
            raise StoreError(f"{path}: {name!r} is not in its manifest")
