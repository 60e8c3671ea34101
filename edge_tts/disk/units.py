"""The things that are used and removed as a whole: a model, a model's prepared graphs, a cached phrase."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import NamedTuple

from edge_tts.config import Paths
from edge_tts.disk.categories import CATEGORIES, FILES, Category
from edge_tts.disk.leases import in_use
from edge_tts.disk.walk import BLOCK, Tree

PINNED = "pinned"
"""Name of the folder in the audio cache whose phrases are evicted last."""

_MANIFEST = "manifest.toml"


class Unit(NamedTuple):
    """One thing; there may be tens of thousands.

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


def _files(category: Category, place: Path) -> list[Unit]:
    found, waiting, name = [], [str(place)], category.name
    pinned = os.path.join(place, PINNED)
    while waiting:
        folder = waiting.pop()
        is_pinned = folder == pinned or folder.startswith(pinned + os.sep)
        try:
            entries = list(os.scandir(folder))
        except OSError:  # gone meanwhile, or not ours to read
            continue
        for entry in entries:
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            if stat.S_ISDIR(status.st_mode):
                waiting.append(entry.path)
                continue
            size = status.st_blocks * BLOCK if status.st_nlink == 1 else 0  # one name less frees nothing
            found.append(Unit(name, entry.path, size, status.st_mtime, False, is_pinned))
    return found
