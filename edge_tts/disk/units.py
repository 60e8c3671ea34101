"""The things that are used and removed as a whole: a model, a model's prepared graphs, a cached phrase."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edge_tts.config import Paths
from edge_tts.disk.categories import CATEGORIES, FILES, Category
from edge_tts.disk.leases import in_use
from edge_tts.disk.walk import Tree

PINNED = "pinned"
"""Name of the folder in the audio cache whose phrases are evicted last."""

_MANIFEST = "manifest.toml"


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing.

    Attributes:
        category: name of its category.
        path: file or folder.
        bytes: of disk that it takes.
        used: when it was last used, seconds since the epoch.
        leased: whether somebody uses it now; for cached audio not known before it is claimed.
        pinned: whether people asked to keep it.
    """

    category: str
    path: str
    bytes: int
    used: float
    leased: bool = False
    pinned: bool = False


def units(name: str, paths: Paths) -> list[Unit]:
    """List the units of a category; among the models only what is one."""
    category = CATEGORIES[name]
    found: list[Unit] = []
    for place in category.places(paths):
        if category.depth == FILES:
            found += _files(category, place)
        else:
            found += [unit for path in _below(place, category.depth) if (unit := _unit(category, path))]
    return found


def models(paths: Paths) -> list[Unit]:
    """List the installed models with size and last use, each version for itself, the least recently used first."""
    return sorted(units("models", paths), key=lambda unit: unit.used)


def _below(place: Path, depth: int) -> list[str]:
    """Return the paths that many levels below a folder; of names that begin with a dot only the last level's."""
    level = [str(place)]
    for left in range(depth, 0, -1):
        level = [path for folder in level for path in _list(folder) if left == 1 or not _is_hidden(path)]
    return level


def _list(folder: str) -> list[str]:
    try:
        return sorted(os.path.join(folder, name) for name in os.listdir(folder))
    except OSError:
        return []


def _is_hidden(path: str) -> bool:
    return os.path.basename(path).startswith(".")


def _unit(category: Category, path: str) -> Unit | None:
    if category.name == "models" and (os.path.islink(path) or not os.path.isfile(os.path.join(path, _MANIFEST))):
        return None
    try:
        used = os.lstat(path).st_mtime
    except OSError:  # gone meanwhile
        return None
    sums = Tree(path).scan()
    if category.name in ("temporary", "downloads"):  # somebody who writes need not touch the folder
        used = max(used, sums.newest)
    return Unit(category.name, path, sums.total, used, leased=in_use(path))


def _files(category: Category, place: Path) -> Iterator[Unit]:
    pinned = os.path.join(place, PINNED) + os.sep
    for folder, _, names in os.walk(place):
        for name in names:
            path = os.path.join(folder, name)
            try:
                status = os.lstat(path)
            except OSError:
                continue
            size = status.st_blocks * 512 if status.st_nlink == 1 else 0  # one name less frees nothing
            yield Unit(category.name, path, size, status.st_mtime, pinned=path.startswith(pinned))
