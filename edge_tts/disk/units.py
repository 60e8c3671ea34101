"""Lists what is used and removed as a whole: a model, a model's prepared graphs, a cached phrase."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from edge_tts.config.settings import Paths
from edge_tts.disk.categories import CATEGORIES
from edge_tts.disk.forms import NOTHING, Form
from edge_tts.disk.leases import in_use
from edge_tts.disk.ownership import opened
from edge_tts.disk.walk import BLOCK, Tree

PINNED = "pinned"
"""Name of the folder in the audio cache whose phrases are evicted last."""


class Unit(NamedTuple):
    """A file or folder that is used and removed as a whole; there may be tens of thousands.

    Attributes:
        category: the name of its category.
        path: the file or folder.
        bytes: the disk space that it takes.
        used: the time of its last use, seconds since the epoch.
        leased: whether somebody uses it now; for cached audio not known before it is claimed.
        pinned: whether people asked to keep it.
        place: the folder of its category that it is below.
    """

    category: str
    path: str
    bytes: int
    used: float
    leased: bool = False
    pinned: bool = False
    place: str = ""


def units(name: str, paths: Paths) -> list[Unit]:
    """List the units of a category: what has a name of our own form, in a folder that is ours."""
    category = CATEGORIES[name]
    found = []
    for place in map(str, category.places(paths)):
        with opened(place, paths) as descriptor:
            listed = units_in(place, category.form, follow=True) if descriptor >= 0 else []
            make = _file if category.many else _folder
            found += [unit for entry in listed if (unit := make(name, place, entry))]
    return found


def models(paths: Paths) -> list[Unit]:
    """List the installed models with size and last use, each version for itself, the least recently used first."""
    found = (unit for unit in units("models", paths) if not _is_aside(unit))
    return sorted(found, key=lambda unit: unit.used)


def _is_aside(unit: Unit) -> bool:
    return unit.path.removeprefix(unit.place).startswith(f"{os.sep}.")


def units_in(folder: str, form: Form, *, follow: bool = False) -> Iterator[os.DirEntry[str]]:
    """Yield what is a unit below a folder, which may be a link only if it is a place."""
    if not follow and os.path.islink(folder):
        return
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:  # gone meanwhile, or not ours to read
        return
    for entry in entries:
        is_folder = entry.is_dir(follow_symlinks=False)
        inner = form.of(entry.name, folder=is_folder)
        if inner.unit and (is_folder or entry.is_file(follow_symlinks=False)):
            if not inner.witness or os.path.isfile(os.path.join(entry.path, inner.witness)):
                yield entry
        elif inner is not NOTHING and is_folder:
            yield from units_in(entry.path, inner)


def _folder(name: str, place: str, entry: os.DirEntry[str]) -> Unit | None:
    try:
        used = entry.stat(follow_symlinks=False).st_mtime
    except OSError:  # gone meanwhile
        return None
    sums = Tree(entry.path).scan()
    if name in ("temporary", "downloads"):  # somebody who writes need not touch the folder
        used = max(used, sums.newest)
    elif name == "models" and not entry.is_dir(follow_symlinks=False):  # which version is the default
        return None
    return Unit(name, entry.path, sums.total, used, leased=in_use(entry.path), place=place)


def _file(name: str, place: str, entry: os.DirEntry[str]) -> Unit | None:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return None
    size = status.st_blocks * BLOCK if status.st_nlink == 1 else 0  # one name less frees nothing
    pinned = os.path.basename(os.path.dirname(entry.path)) == PINNED
    return Unit(name, entry.path, size, status.st_mtime, pinned=pinned, place=place)
