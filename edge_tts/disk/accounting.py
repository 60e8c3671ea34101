"""Measures how much disk space we take, by category and disk."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from edge_tts.config.settings import Config
from edge_tts.disk.categories import CATEGORIES, Category, nested
from edge_tts.disk.forms import NOTHING
from edge_tts.disk.ownership import is_ours
from edge_tts.disk.walk import Sums, Tree
from edge_tts.disk.writing import existing

_ENVIRONMENT = "environment"
_GROWING = ("temporary", "downloads")


@dataclass(frozen=True, slots=True)
class Place:
    """A folder of ours.

    Attributes:
        folder: its path.
        mount: the mount point of the disk that it is on.
        device: the number of that file system.
    """

    folder: str
    mount: str
    device: int


@dataclass(frozen=True, slots=True)
class Account:
    """How much disk space a category takes.

    Attributes:
        bytes: the bytes that are allocated on disks.
        files: the number of files, without folders.
        oldest: the earliest time a file was last used, seconds since the epoch; None for no file.
        newest: the latest time a file was last used.
        places: the folders that it is in.
        unreadable: folders that cannot be read, which count nothing.
    """

    bytes: int
    files: int
    oldest: float | None
    newest: float | None
    places: tuple[Place, ...]
    unreadable: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How much disk space everything of ours takes.

    Attributes:
        accounts: what each category takes that counts towards the budget, by its name.
    """

    accounts: Mapping[str, Account]

    @property
    def used_bytes(self) -> int:
        """What counts towards the budget."""
        return sum(account.bytes for account in self.accounts.values())


class Accounts:
    """Measures what we own, first everything, then what has changed. Any thread may ask.

    Args:
        config: names the folders.
    """

    def __init__(self, config: Config) -> None:
        """Look at nothing yet."""
        self._counted = config.disk.count_environment
        self._paths = config.paths
        self._trees = {name: self._plant(one) for name, one in CATEGORIES.items() if name != _ENVIRONMENT}
        self._environment: Account | None = None
        self._sweep_seconds, self._swept = config.disk.sweep_seconds, time.monotonic()
        self._lock = threading.Lock()

    def _plant(self, category: Category) -> list[Tree]:
        leave_out = nested(category, self._paths)
        return [Tree(str(place), leave_out, category.form) for place in category.places(self._paths)]

    def measure(self) -> Snapshot:
        """Look at everything."""
        with self._lock:
            self._forget()
            return self._follow(frozenset())

    def follow(self, changed: frozenset[str] = frozenset()) -> Snapshot:
        """Look only at folders whose list of names has changed, and at those named.

        Unfinished writes are looked at in any case, the environment is not, and everything after `disk.sweep_seconds`.

        Args:
            changed: other folders with files that may have grown.
        """
        with self._lock:
            if time.monotonic() - self._swept >= self._sweep_seconds:
                self._forget()
            return self._follow(changed)

    def environment(self) -> Account:
        """Return what the Python environment takes, which is looked at only where it counts or somebody asks for it.

        It has ten times as many files as all else together, and changes only when packages are installed.
        """
        with self._lock:
            return self._measured_environment()

    def _measured_environment(self) -> Account:
        if self._environment is None:
            self._environment = self._account(_ENVIRONMENT, self._plant(CATEGORIES[_ENVIRONMENT]))
        return self._environment

    def _forget(self) -> None:
        self._swept = time.monotonic()
        self._environment = None
        for trees in self._trees.values():
            for tree in trees:
                tree.forget()

    def directly_in(self, folder: str) -> int:
        """Return the bytes of a folder and the files directly in it at the last look, 0 if it was not seen."""
        with self._lock:
            seen = [
                sums.total for trees in self._trees.values() for tree in trees if (sums := tree.directly_in(folder))
            ]
        return max(seen, default=0)

    def written_since(self, moment: float) -> frozenset[str]:
        """Return the folders with files that were written after a moment, as of the last look."""
        with self._lock:
            return frozenset(
                folder for trees in self._trees.values() for tree in trees for folder in tree.written_since(moment)
            )

    def _follow(self, changed: frozenset[str]) -> Snapshot:
        accounts = {name: self._account(name, trees, changed) for name, trees in self._trees.items()}
        # What was removed from a category meanwhile may be in `temporary` now, where it had not been.
        accounts["temporary"] = _larger(accounts["temporary"], self._account("temporary", self._trees["temporary"]))
        accounts["other"] = self._with_foreign(accounts["other"])
        if self._counted:
            accounts[_ENVIRONMENT] = self._measured_environment()
        return Snapshot(accounts)

    def _with_foreign(self, account: Account) -> Account:
        """Count what is not ours, wherever in our folders it is."""
        sums = Sums()
        for trees in self._trees.values():
            for tree in trees:
                sums.add(tree.foreign)
        moments = [one for one in (account.oldest, account.newest) if one is not None]
        moments += [sums.oldest, sums.newest] if sums.files else []
        return replace(
            account,
            bytes=account.bytes + sums.total,
            files=account.files + sums.files,
            oldest=min(moments, default=None),
            newest=max(moments, default=None),
        )

    def _account(self, name: str, trees: list[Tree], changed: frozenset[str] = frozenset()) -> Account:
        sums = Sums()
        for tree in trees:
            tree.form = CATEGORIES[name].form if is_ours(name, tree.root, self._paths) else NOTHING
            sums.add(tree.scan() if name in _GROWING else tree.follow(changed))
        places = tuple(place for tree in trees if (place := _place(tree.root)))
        unreadable = tuple(sorted(path for tree in trees for path in tree.unreadable))
        oldest, newest = (sums.oldest, sums.newest) if sums.files else (None, None)
        return Account(sums.total, sums.files, oldest, newest, places, unreadable)


def _larger(one: Account, other: Account) -> Account:
    return one if one.bytes > other.bytes else other


def _place(root: str) -> Place | None:
    try:
        device = os.stat(root).st_dev
    except OSError:
        return None
    return Place(root, mount_point(Path(root)), device)


def mount_point(path: Path) -> str:
    """Return where the disk of a path is mounted; of one that does not exist, that of its nearest parent."""
    place = existing(path).resolve()
    while not os.path.ismount(place):
        place = place.parent
    return str(place)
