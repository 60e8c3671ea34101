"""Tells which folders are ours to write to and remove from.

A real folder in its usual place is ours. One that a link leads to may be anybody's: it is ours if it bears our mark,
which it gets when it is empty, when `models move` makes it, or from whoever knows better (`edge-tts disk adopt`). Until
then nothing is written or removed there; what is in it can be read.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from edge_tts.config.settings import Paths
from edge_tts.disk.categories import CATEGORIES, category_of
from edge_tts.disk.forms import MARK
from edge_tts.errors import ModelUnreachable, StoreError
from edge_tts.printable import printable
from edge_tts.system.private import make_root

MOVED = "edge-tts-models"
"""Name of the folder that `models move` makes on another disk."""

_SIGNATURE = b"Signature: edge-tts-daemon 8f1c6a52\n"
_TEXT = _SIGNATURE + b"# edge-tts keeps files here, and removes those that have names of its own form.\n"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_UNMARKED = frozenset({"other", "environment", "lexicons", "logs"})  # nothing is removed from these


class Stranger(NamedTuple):
    """A folder in one of our places that is not ours.

    Attributes:
        category: the category that the place belongs to.
        place: the path by which we know it.
        target: the folder that it is.
    """

    category: str
    place: str
    target: str

    def __str__(self) -> str:
        """Say what is the matter."""
        place, target = printable(self.place), printable(self.target)
        return f"{place} leads to {target}, which is not marked as ours: nothing is kept or removed there"

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return (
            "have the link lead to an empty folder; or, if that folder is for edge-tts alone: "
            f"edge-tts disk adopt {self.category}"
        )


def is_ours(category: str, place: str | Path, paths: Paths) -> bool:
    """Return whether a category's place is marked, or would be as soon as it is needed."""
    if category in _UNMARKED:
        return True
    try:
        descriptor = os.open(place, _FOLDER)
    except OSError:  # not there, or nothing that anybody can remove from
        return not os.path.lexists(place)
    try:
        return is_marked(descriptor) or not _leads_elsewhere(place, paths) or _is_free(descriptor, place)
    finally:
        os.close(descriptor)


def own(folder: Path, paths: Paths) -> None:
    """Make sure that a folder in one of our places is ours, before something is written there; its place is made.

    Raises:
        StoreError: it is somebody else's.
        ModelUnreachable: it is on a disk that is not there.
        OSError: it cannot be made.
    """
    category = category_of(folder, paths)
    if category is None or category.name in _UNMARKED:
        return
    place = next(place for place in category.places(paths) if folder.absolute().is_relative_to(place.absolute()))
    if place.is_symlink() and not place.is_dir():
        raise ModelUnreachable(f"{place} leads to {os.readlink(place)}, which is not there: is its disk connected?")
    make_private(place, paths)
    between = folder.absolute().relative_to(place.absolute()).parts
    inner = next((link for link in _below(place, between) if link.is_symlink()), None)
    if inner is not None:
        raise StoreError(f"{inner} is a link to {os.path.realpath(inner)}: nothing is kept there; remove the link")
    with opened(place, paths) as descriptor:
        if descriptor < 0 and is_ours(category.name, place, paths):
            mark_folder(place)  # cannot be done; says why
        if descriptor < 0:
            stranger = Stranger(category.name, str(place), os.path.realpath(place))
            raise StoreError(f"{stranger}; {stranger.remedy}")


def make_private(folder: Path, paths: Paths) -> None:
    """Make one of our folders, and our root above it, for the user alone; see private.py."""
    for root in (paths.state, paths.cache):
        if folder.is_relative_to(root):
            make_root(root)
            for made in (*reversed([part for part in folder.parents if part.is_relative_to(root)]), folder):
                if not made.is_dir():
                    made.mkdir(mode=0o700, exist_ok=True)


@contextmanager
def opened(place: str | Path, paths: Paths) -> Iterator[int]:
    """Open one of our places; it is marked if it may be.

    Yields:
        A descriptor; -1 if the folder is not ours, or is not there.
    """
    linked = _leads_elsewhere(place, paths)
    try:
        descriptor = os.open(place, _FOLDER | (0 if linked else os.O_NOFOLLOW))
    except OSError:
        yield -1
        return
    try:
        if linked and not is_marked(descriptor) and _is_free(descriptor, place):
            with contextlib.suppress(OSError):
                mark(descriptor)
        yield descriptor if not linked or is_marked(descriptor) else -1
    finally:
        os.close(descriptor)


@contextmanager
def for_removal(place: str | Path) -> Iterator[int]:
    """Open a folder that was found to be ours for removing from it.

    Yields:
        A descriptor; -1 if it is not there, or a link now to a folder that does not bear our mark.
    """
    try:
        descriptor = os.open(place, _FOLDER)
    except OSError:
        yield -1
        return
    try:
        yield descriptor if is_marked(descriptor) or _is_real(descriptor, place) else -1
    finally:
        os.close(descriptor)


def is_marked(folder: int) -> bool:
    """Return whether an open folder bears our mark."""
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(MARK, flags, dir_fd=folder)
    except OSError:
        return False
    try:
        regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
        # One that was cut by a kill is a mark too: nobody else has a file of that name.
        return regular and _SIGNATURE.startswith(os.read(descriptor, len(_SIGNATURE)))
    except OSError:
        return False
    finally:
        os.close(descriptor)


def mark(folder: int) -> None:
    """Mark an open folder.

    Raises:
        OSError: it cannot be written, or something else has the name of the mark.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(MARK, flags, 0o600, dir_fd=folder)
    try:
        if os.fstat(descriptor).st_size > len(_TEXT):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), MARK)
        os.write(descriptor, _TEXT)
    finally:
        os.close(descriptor)


def adopt(stranger: Stranger) -> None:
    """Mark a folder because somebody says that it is ours.

    Raises:
        OSError: it cannot be written.
    """
    mark_folder(Path(stranger.place))


def mark_folder(folder: Path) -> None:
    """Mark a folder that is ours.

    Raises:
        OSError: it cannot be written.
    """
    descriptor = os.open(folder, _FOLDER)
    try:
        if not is_marked(descriptor):
            mark(descriptor)
    finally:
        os.close(descriptor)


def strangers(paths: Paths, *names: str) -> list[Stranger]:
    """List the folders in our places, of all categories or of some, that are not ours."""
    return [
        Stranger(category.name, str(place), os.path.realpath(place))
        for category in CATEGORIES.values()
        if category.name not in _UNMARKED and (not names or category.name in names)
        for place in category.places(paths)
        if place.is_dir() and not is_ours(category.name, place, paths)
    ]


def _leads_elsewhere(place: str | Path, paths: Paths) -> bool:
    """Return whether a link is on the way from our root, itself included, or from another marked place, to a place."""
    path = Path(place)
    if path.parent == paths.models and not path.is_symlink():
        with for_removal(path.parent) as descriptor:
            if descriptor >= 0:
                return False
    return any(
        part.is_symlink()
        for root in (paths.state, paths.cache)
        if path.is_relative_to(root)
        for part in (path, *path.parents)
        if part.is_relative_to(root)
    )


def _is_real(descriptor: int, place: str | Path) -> bool:
    """Return whether an open folder is in its place itself, not behind a link."""
    return os.path.samestat(os.fstat(descriptor), os.lstat(place))


def _is_free(descriptor: int, place: str | Path) -> bool:
    """Return whether an unmarked folder that a link leads to may become ours."""
    if os.path.basename(os.path.realpath(place)) == MOVED:  # made before there were marks
        return True
    return not [name for name in os.listdir(descriptor) if name != "lost+found"]


def _below(place: Path, parts: tuple[str, ...]) -> Iterator[Path]:
    for part in parts:
        place /= part
        yield place
