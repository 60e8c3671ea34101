"""Remove models, and what nobody needs any more."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edge_tts import disk
from edge_tts.config import Paths
from edge_tts.errors import UnknownModel
from edge_tts.store import files
from edge_tts.store.installed import Installed, find, folders, installed, prepared_folder, unknown_model, versions
from edge_tts.store.integrity import quarantine_folder, quarantined
from edge_tts.store.lock import ended_by_sigterm, exclusive, kept_downloads, scratch
from edge_tts.store.manifest import NAME


@dataclass(frozen=True, slots=True)
class Superfluous:
    """Something that `prune` removes.

    Attributes:
        kind: "version", "prepared", "quarantine" or "download".
        name: of the model and its version, or of the file.
        folder: where it is.
        bytes: what it takes of the disk.
    """

    kind: str
    name: str
    folder: Path
    bytes: int


def remove(paths: Paths, name: str, version: str = "") -> int:
    """Remove a model and what was prepared from it.

    Args:
        paths: where the store is.
        name: of the model.
        version: which one; "" for all of them.

    Returns:
        The bytes of disk that became free.

    Raises:
        UnknownModel: it is not installed.
        StoreError: another installation or removal is running.
    """
    with ended_by_sigterm(), disk.writing(paths.state, 0, f"removing model {name}"), exclusive(paths):
        if version and len(versions(paths, name)) > 1:
            return _remove_version(paths, find(paths, name, version))
        folder, prepared = paths.models / name, paths.prepared / name
        aside = quarantine_folder(paths, name)
        if not re.fullmatch(NAME, name) or not (folder.is_dir() or aside.is_dir()):
            raise unknown_model(name, "is not installed", [model.name for model in installed(paths)])
        if version and version not in [model.version for model in versions(paths, name)]:
            raise UnknownModel(f"model {name} is not installed in version {version!r}")
        freed = sum(disk.used_bytes(place) for place in (folder, prepared, aside))
        for place in (folder, aside):
            if place.is_dir():
                _remove_folder(paths, place)
        shutil.rmtree(prepared, ignore_errors=True)
        return freed


def superfluous(paths: Paths) -> list[Superfluous]:
    """List what `prune` would remove."""
    return [Superfluous(kind, name, path, disk.used_bytes(path)) for kind, name, path in _superfluous(paths)]


def prune(paths: Paths) -> list[Superfluous]:
    """Remove versions that are not the default, graphs prepared from what is gone, damaged models and old downloads.

    Returns:
        What was removed.

    Raises:
        StoreError: another installation or removal is running.
    """
    with ended_by_sigterm(), disk.writing(paths.state, 0, "pruning"), exclusive(paths):
        found = superfluous(paths)
        for item in found:
            _remove_folder(paths, item.folder)
        return found


def drop_replaced(paths: Paths, model: Installed) -> None:
    """Remove what an installation has replaced: the same version moved aside, graphs prepared from other bytes."""
    aside = quarantine_folder(paths, model.name) / model.version
    if aside.is_dir():
        _remove_folder(paths, aside)
        with contextlib.suppress(OSError):  # other versions are there
            aside.parent.rmdir()
    for folder in _orphans(paths, paths.prepared / model.name, versions(paths, model.name)):
        shutil.rmtree(folder, ignore_errors=True)


def _superfluous(paths: Paths) -> Iterator[tuple[str, str, Path]]:
    for folder in folders(paths):
        for model in versions(paths, folder.name)[1:]:
            yield "version", f"{model.name} {model.version}", model.folder
    for folder in paths.prepared.glob("*"):
        for orphan in _orphans(paths, folder, versions(paths, folder.name)[:1]):
            yield "prepared", f"{folder.name} {orphan.name}", orphan
    for damaged in quarantined(paths):
        yield "quarantine", f"{damaged.manifest.name} {damaged.manifest.version}", damaged.folder
    for path in sorted(kept_downloads(paths).glob("*")):
        yield "download", path.name, path


def _orphans(paths: Paths, folder: Path, models: list[Installed]) -> list[Path]:
    """Return the prepared graphs that belong to none of these versions of a model."""
    kept = {prepared_folder(paths.prepared, model.manifest) for model in models}
    return [path for path in folder.glob("*") if path not in kept]


def _remove_version(paths: Paths, model: Installed) -> int:
    freed = disk.used_bytes(model.folder)
    _remove_folder(paths, model.folder)
    for orphan in _orphans(paths, paths.prepared / model.name, versions(paths, model.name)):
        freed += disk.used_bytes(orphan)
        shutil.rmtree(orphan, ignore_errors=True)
    return freed


def _remove_folder(paths: Paths, folder: Path) -> None:
    """Take a folder or file out of the store by one rename, then remove it."""
    with scratch(paths, "remove-") as aside:
        if folder.stat().st_dev == aside.stat().st_dev:
            files.rename(folder, aside / folder.name)
        elif folder.is_dir():
            shutil.rmtree(folder)
        else:
            folder.unlink()
