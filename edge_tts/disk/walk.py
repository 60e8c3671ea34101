"""Measures the files below a folder; later changes are found without reading everything again.

Counted are blocks really allocated: a sparse file counts what it occupies, a file with several names once. Links are
not followed, only the root itself may be one.
"""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass, field

from edge_tts.disk.forms import EVERYTHING, NOTHING, Form

BLOCK = 512
"""Bytes, unit of st_blocks whatever the file system's own block is, stat(2)."""

_COARSE_NS = 2_100_000_000  # FAT keeps times in steps of 2 s: a change so short before a look may have left no trace


@dataclass(slots=True)
class Sums:
    """How much disk space some files take.

    Attributes:
        bytes: the bytes that are allocated on the disk.
        files: the number of files, without folders.
        oldest: the earliest time that one was last used, seconds since the epoch; infinite for none.
        newest: the latest time that one was last used; minus infinity for none.
        shared: the bytes of files that have several names, by device and inode; not in `bytes`.
    """

    bytes: int = 0
    files: int = 0
    oldest: float = float("inf")
    newest: float = float("-inf")
    shared: dict[tuple[int, int], int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All bytes, each file once."""
        return self.bytes + sum(self.shared.values())

    def count(self, status: os.stat_result) -> None:
        """Count a file."""
        self.files += 1
        moment = status.st_mtime
        if moment < self.oldest:
            self.oldest = moment
        if moment > self.newest:
            self.newest = moment
        if status.st_nlink > 1:
            self.shared[status.st_dev, status.st_ino] = status.st_blocks * BLOCK
        else:
            self.bytes += status.st_blocks * BLOCK

    def add(self, other: Sums) -> None:
        """Count other files too."""
        self.bytes += other.bytes
        self.files += other.files
        self.oldest = min(self.oldest, other.oldest)
        self.newest = max(self.newest, other.newest)
        self.shared.update(other.shared)


@dataclass(slots=True)
class _Folder:
    """One folder as it was seen.

    Attributes:
        form: the form that it was read with.
        sums: what the folder itself and our files directly in it take.
        foreign: what is directly in it and not ours takes.
        folders: the paths and forms of the folders in it.
        changed_ns: the time stamp of its list of names.
        settled: whether a later change of the list changes the time stamp too.
    """

    form: Form
    sums: Sums
    foreign: Sums
    folders: list[tuple[str, Form]]
    changed_ns: int
    settled: bool


class Tree:
    """The files below one root.

    Args:
        root: folder or file; need not exist.
        leave_out: paths below it that are not counted.
        form: what in the root is ours.

    Attributes:
        foreign: what is not ours, as of the last look.
    """

    def __init__(self, root: str, leave_out: frozenset[str] = frozenset(), form: Form = EVERYTHING) -> None:
        """Look at nothing yet."""
        self.root = root
        self.form = form
        self.foreign = Sums()
        self.unreadable: set[str] = set()
        self._leave_out = leave_out
        self._folders: dict[str, _Folder] = {}

    def scan(self) -> Sums:
        """Look at everything."""
        self.forget()
        return self.follow()

    def forget(self) -> None:
        """Look at everything the next time."""
        self._folders.clear()

    def follow(self, changed: frozenset[str] = frozenset()) -> Sums:
        """Look again only where a name came or went.

        Args:
            changed: folders to read in any case; a file that grows does not change its folder.
        """
        self.unreadable.clear()
        before, self._folders = self._folders, {}
        sums, self.foreign, waiting = Sums(), Sums(), [(self.root, self.form)]
        while waiting:
            path, form = waiting.pop()
            folder = self._look(path, form, None if path in changed else before.get(path))
            if folder is not None:
                self._folders[path] = folder
                sums.add(folder.sums)
                self.foreign.add(folder.foreign)
                waiting.extend(folder.folders)
        return sums

    def directly_in(self, path: str) -> Sums | None:
        """Return what a folder and the files directly in it took at the last look, None if it was not seen."""
        folder = self._folders.get(path)
        if folder is None:
            return None
        sums = Sums()
        sums.add(folder.sums)
        sums.add(folder.foreign)
        return sums

    def written_since(self, moment: float) -> list[str]:
        """Return the folders with files that were written after a moment, as of the last look."""
        seen = self._folders.items()
        return [path for path, folder in seen if max(folder.sums.newest, folder.foreign.newest) > moment]

    def _look(self, path: str, form: Form, known: _Folder | None) -> _Folder | None:
        try:
            status = os.stat(path, follow_symlinks=path == self.root)
            unchanged = known is not None and known.settled and known.changed_ns == status.st_mtime_ns
            if known is not None and unchanged and known.form is form:
                return known
            if not stat.S_ISDIR(status.st_mode):
                sums, foreign = (_alone(status), Sums()) if form is not NOTHING else (Sums(), _alone(status))
                return _Folder(form, sums, foreign, [], status.st_mtime_ns, settled=False)
            settled = time.time_ns() - status.st_mtime_ns > _COARSE_NS
            sums, foreign, folders = self._read(path, form)
            (foreign if form is NOTHING else sums).bytes += status.st_blocks * BLOCK
            return _Folder(form, sums, foreign, folders, status.st_mtime_ns, settled)
        except (FileNotFoundError, NotADirectoryError):  # gone meanwhile
            return None
        except OSError:
            self.unreadable.add(path)
            return None

    def _read(self, path: str, form: Form) -> tuple[Sums, Sums, list[tuple[str, Form]]]:
        """Return what is directly in a folder: ours, what is not, and the folders."""
        ours, foreign, folders = Sums(), Sums(), []
        with os.scandir(path) as found:
            entries = list(found)
        if form.witness and form.witness not in {entry.name for entry in entries}:
            form = NOTHING
        plain = form is NOTHING or form is EVERYTHING
        for entry in entries:
            if self._leave_out and entry.path in self._leave_out:
                continue
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            folder = stat.S_ISDIR(status.st_mode)
            inner = form if plain else form.of(entry.name, folder=folder)
            if folder:
                folders.append((entry.path, inner))
            else:
                (foreign if inner is NOTHING else ours).count(status)
        return ours, foreign, folders


def _alone(status: os.stat_result) -> Sums:
    return Sums(status.st_blocks * BLOCK, 1, status.st_mtime, status.st_mtime)


def used_bytes(place: str | os.PathLike[str]) -> int:
    """Return the bytes of disk that a file or all below a folder take; what does not exist takes none."""
    return Tree(os.fspath(place)).scan().total
