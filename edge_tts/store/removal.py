"""Removes models, and what no installed model needs any more."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edge_tts import disk
from edge_tts.config.settings import Paths
from edge_tts.disk.eviction import remove as remove_unit
from edge_tts.disk.units import Unit, units
from edge_tts.errors import UnknownModel
from edge_tts.store import ours
from edge_tts.store.installed import Installed, find, folders, installed, prepared_folder, unknown_model, versions
from edge_tts.store.integrity import quarantine_folder, quarantined
from edge_tts.store.lock import ended_by_sigterm, exclusive
from edge_tts.store.manifest import NAME


@dataclass(frozen=True, slots=True)
class Superfluous:
    """Something that `prune` removes.

    Attributes:
        kind: "version", "prepared", "quarantine" or "download".
        name: the model and its version, or the file's name.
        folder: where it is.
        bytes: what it takes of the disk.
        unit: what the disk guard knows it as, None for a model.
    """

    kind: str
    name: str
    folder: Path
    bytes: int
    unit: Unit | None = None


def remove(paths: Paths, name: str, version: str = "") -> int:
    """Remove a model and what was prepared from it.

    Args:
        paths: where the store is.
        name: the model's name.
        version: the version to remove; "" for all of them.

    Returns:
        The bytes of disk that became free.

    Raises:
        UnknownModel: it is not installed.
        StoreError: another installation or removal is running.
    """
    with ended_by_sigterm(), disk.writing(paths.state, 0, f"removing model {name}"), exclusive(paths):
        if version and len(versions(paths, name)) > 1:
            return _remove_version(paths, find(paths, name, version))
        places = [place for place in (paths.models / name, quarantine_folder(paths, name)) if ours.has_versions(place)]
        if not re.fullmatch(NAME, name) or not places:
            raise unknown_model(name, "is not installed", [model.name for model in installed(paths)])
        if version and version not in [model.version for model in versions(paths, name)]:
            raise UnknownModel(f"model {name} is not installed in version {version!r}")
        freed = sum(map(disk.used_bytes, places))
        for place in places:
            ours.remove_model(place)
        return freed - sum(map(disk.used_bytes, places)) + sum(_drop(unit) for unit in _prepared(paths, name))


def superfluous(paths: Paths) -> list[Superfluous]:
    """List what `prune` would remove."""
    return list(_superfluous(paths))


def prune(paths: Paths) -> list[Superfluous]:
    """Remove versions that are not the default, graphs prepared from what is gone, damaged models and old downloads.

    Returns:
        What was removed.

    Raises:
        StoreError: another installation or removal is running.
    """
    with ended_by_sigterm(), disk.writing(paths.state, 0, "pruning"), exclusive(paths):
        found = list(_superfluous(paths))
        for item in found:
            if item.unit:
                _drop(item.unit)
            else:
                ours.remove_version(item.folder)
        return found


def drop_replaced(paths: Paths, model: Installed) -> None:
    """Remove what an installation has replaced: the same version moved aside, graphs prepared from other bytes."""
    aside = quarantine_folder(paths, model.name) / model.version
    if aside.is_dir():
        ours.remove_version(aside)
        with contextlib.suppress(OSError):  # other versions are there
            aside.parent.rmdir()
    for unit in _orphans(paths, model.name, versions(paths, model.name)):
        _drop(unit)


def _superfluous(paths: Paths) -> Iterator[Superfluous]:
    for folder in folders(paths):
        for model in versions(paths, folder.name)[1:]:
            if ours.is_version(model.folder):
                yield _item("version", f"{model.name} {model.version}", model.folder)
    for name in sorted({_model_of(unit) for unit in units("prepared", paths)}):
        for unit in _orphans(paths, name, versions(paths, name)[:1]):
            yield _item("prepared", f"{name} {Path(unit.path).name}", Path(unit.path), unit)
    for damaged in quarantined(paths):
        yield _item("quarantine", f"{damaged.manifest.name} {damaged.manifest.version}", damaged.folder)
    for unit in units("downloads", paths):
        if not unit.leased:
            yield _item("download", Path(unit.path).name, Path(unit.path), unit)


def _item(kind: str, name: str, folder: Path, unit: Unit | None = None) -> Superfluous:
    return Superfluous(kind, name, folder, unit.bytes if unit else disk.used_bytes(folder), unit)


def _prepared(paths: Paths, name: str) -> list[Unit]:
    """List the prepared graphs of a model."""
    return [unit for unit in units("prepared", paths) if _model_of(unit) == name]


def _orphans(paths: Paths, name: str, models: list[Installed]) -> list[Unit]:
    """List the prepared graphs that belong to none of these versions of a model."""
    kept = {str(prepared_folder(paths.prepared, model.manifest)) for model in models}
    return [unit for unit in _prepared(paths, name) if unit.path not in kept]


def _model_of(unit: Unit) -> str:
    return Path(unit.path).parent.name


def _remove_version(paths: Paths, model: Installed) -> int:
    freed = disk.used_bytes(model.folder)
    ours.remove_version(model.folder)
    freed -= disk.used_bytes(model.folder)
    return freed + sum(_drop(unit) for unit in _orphans(paths, model.name, versions(paths, model.name)))


def _drop(unit: Unit) -> int:
    """Remove something that can be made again, as far as that is possible; return the bytes that became free."""
    with contextlib.suppress(OSError):
        if remove_unit(unit):
            with contextlib.suppress(OSError):  # others are there
                Path(unit.path).parent.rmdir()
            return unit.bytes
    return 0
