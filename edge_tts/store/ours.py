"""What of the folders of models is ours: what a manifest of ours lists, in the folder of that model and version.

Everything else that lies there stays where it is, whatever is removed around it.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from edge_tts.disk.eviction import remove_scratch
from edge_tts.disk.forms import ASIDE, DOWNLOADS, MARK, SCRATCH
from edge_tts.disk.removing import Own, Rule, below, discard
from edge_tts.errors import StoreError
from edge_tts.store.manifest import FILE_NAME, NAME, VERSION, parse
from edge_tts.store.origins import SAFE_PATH
from edge_tts.system.replacing import finished
from edge_tts.system.tables import parse_json, read_bounded

DEFAULT = "default"
"""Name of the file that says which version is the default."""

STAMPS = ".stamps.json"
"""Name of the record of sizes and dates; no file of a model begins with a dot."""

NOTE = ".damage"
"""Name of the file that says why a model was moved aside."""

QUARANTINE = ".quarantine"
"""Name of the folder of damaged models."""

_RECORDS = frozenset({FILE_NAME, STAMPS, NOTE, f"{STAMPS}.new", f"{NOTE}.new"})
_OLD = ".old"


def is_version(folder: Path) -> bool:
    """Return whether a folder is a version of a model of ours; links are none."""
    with contextlib.suppress(OSError), _opened(folder) as descriptor:
        return _listed(descriptor, folder.parent.name, _plain(folder.name)) is not None
    return False


def foreign_in(folder: Path) -> list[str]:
    """List what is in a version of a model and not ours."""
    with _opened(folder) as descriptor:
        own = _version(folder.parent.name, folder.name)(descriptor)
    found = []
    for place, folders, names in os.walk(folder):
        inside = os.path.relpath(place, folder)
        paths = [(os.path.normpath(f"{inside}/{name}"), name in folders) for name in (*names, *folders)]
        found += [path for path, is_folder in paths if not own(path, is_folder)]
    return sorted(found)


def require_ours(folder: Path) -> None:
    """Raise StoreError if a folder, which need not exist, is no version of a model of ours, or holds something else."""
    if not os.path.lexists(folder):
        return
    if folder.is_symlink() or not folder.is_dir():
        raise StoreError(f"{folder} is not ours; move it somewhere else")
    if not is_version(folder) and _entries(folder):
        raise StoreError(f"{folder} is not ours; move it somewhere else")
    if foreign := foreign_in(folder):
        raise StoreError(f"{folder} holds {foreign[0]!r}, which is not ours; move that somewhere else")


def remove_version(folder: Path) -> bool:
    """Remove a version of a model by its folder; return whether nothing else was in it."""
    if not is_version(folder):
        return False
    with _opened(folder.parent) as parent:
        return discard(parent, folder.name, _version(folder.parent.name, _plain(folder.name)))


def remove_model(folder: Path) -> bool:
    """Remove all versions of a model, at one instant; return whether nothing else was in its folder."""
    with _opened(folder.parent) as place:
        return discard(place, folder.name, _model(folder.name))


def has_versions(folder: Path) -> bool:
    """Return whether there is a version of ours in the folder of a model."""
    return not folder.is_symlink() and any(map(is_version, _entries(folder)))


def remove_models(place: Path) -> None:
    """Remove all models from a folder, and our mark if nothing else is there."""
    finish_removals(place)
    for parent in (place, place / QUARANTINE):
        for folder in _entries(parent):
            if re.fullmatch(NAME, folder.name) and has_versions(folder):
                remove_model(folder)
    _remove_unfinished(place)
    if os.listdir(place) == [MARK]:
        (place / MARK).unlink()


def _remove_unfinished(place: Path) -> None:
    """Remove what is being made or downloaded for a folder of models, and damaged models, with their folders."""
    for entry in _entries(place / ".tmp"):
        if SCRATCH.fullmatch(entry.name):
            remove_scratch(entry)
    for entry in _entries(place / ".downloads"):
        if DOWNLOADS.of(entry.name, folder=False).unit and entry.is_file() and not entry.is_symlink():
            entry.unlink()
    for hidden in (QUARANTINE, ".tmp", ".downloads"):
        with contextlib.suppress(OSError):
            (place / hidden).rmdir()


def finish_removals(place: Path) -> None:
    """Finish what a killed process has begun to remove from a folder of models."""
    for parent in (place, place / QUARANTINE):
        for folder in _entries(parent):
            if folder.is_symlink() or not folder.is_dir():
                continue
            if folder.name.startswith(ASIDE) and re.fullmatch(NAME, _plain(folder.name)):
                with _opened(parent) as descriptor:
                    discard(descriptor, folder.name, _model(_plain(folder.name)))
            elif re.fullmatch(NAME, folder.name):
                for inner in _entries(folder):
                    if inner.name.startswith(ASIDE) and is_version(inner) and re.fullmatch(VERSION, _plain(inner.name)):
                        with _opened(folder) as descriptor:
                            discard(descriptor, inner.name, _version(folder.name, _plain(inner.name)))


def settle(parent: Path) -> None:
    """Undo what a killed `whole_files.put` has left half done in the folder of a model."""
    for aside in _entries(parent):
        if not (aside.name.startswith(".") and aside.name.endswith(_OLD) and is_version(aside)):
            continue
        place = parent / _plain(aside.name)
        if place.exists():
            with _opened(parent) as descriptor:
                discard(descriptor, aside.name, _version(parent.name, place.name))
        else:
            aside.rename(place)


def _version(name: str, version: str) -> Rule:
    def rule(folder: int) -> Own:
        files = _listed(folder, name, version) or frozenset()
        folders = {str(parent) for path in files for parent in PurePosixPath(path).parents}
        return lambda path, is_folder: path in folders if is_folder else finished(path) in files

    return rule


def _model(name: str) -> Rule:
    def rule(folder: int) -> Own:
        found = {inner: _inner(folder, name, inner) for inner in os.listdir(folder)}
        versions = {inner: own for inner, own in found.items() if own}
        records = (DEFAULT, f".{DEFAULT}.new")

        def is_own(path: str, is_folder: bool) -> bool:
            first, _, rest = path.partition("/")
            if not rest:
                return first in versions if is_folder else finished(first) in records
            return first in versions and versions[first](rest, is_folder)

        return is_own

    return rule


def _inner(folder: int, name: str, inner: str) -> Own | None:
    version = _plain(inner)
    if not re.fullmatch(VERSION, version):
        return None
    try:
        with below(folder, (inner,)) as descriptor:
            if not os.listdir(descriptor):  # its removal was killed at the last step
                return lambda path, is_folder: False
            known = _listed(descriptor, name, version) is not None
            return _version(name, version)(descriptor) if known else None
    except OSError:  # a link, or a file
        return None


def _listed(folder: int, name: str, version: str) -> frozenset[str] | None:
    """Return the files of a version of a model; None if it is none of ours."""
    try:
        manifest = parse(read_bounded(FILE_NAME, folder), FILE_NAME)
        if (manifest.name, manifest.version) != (name, version):
            return None
        return _RECORDS | {file.path for file in manifest.files}
    except (OSError, StoreError, ValueError):
        pass
    try:  # what was installed, by another record of ours
        stamps = parse_json(read_bounded(STAMPS, folder))
        return _RECORDS | {path for path in stamps if SAFE_PATH.fullmatch(path)}
    except (OSError, ValueError, TypeError):
        return None


def _plain(name: str) -> str:
    """Return the name that something had before its removal or replacement began; any other name as it is."""
    if name.startswith(ASIDE):
        name = name.removeprefix(ASIDE)
    if name.startswith(".") and name.endswith(_OLD):
        name = name[1:].removesuffix(_OLD)
    return name


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


@contextlib.contextmanager
def _opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
