"""Removes what is ours of a folder, and nothing else, whatever others put there or in its way meanwhile.

Folders are opened one below the other, never through a link or into another mount, so that what is removed is what was
looked at. What is not ours stays where it is, with the folders that it is in.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from edge_tts.disk.forms import ASIDE, MANIFEST, MARK

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_DEPTH = 64  # folders in each other; nothing of ours is deeper

Own = Callable[[str, bool], bool]
"""Whether a path inside of what is removed is ours; the second argument says that it is a folder. One in which
something was removed, and nothing is left, goes in any case."""

Rule = Callable[[int], Own]
"""Says of an open folder what in it is ours."""


def everything(folder: int) -> Own:
    """Say that all is ours."""
    return lambda path, is_folder: True


def nothing(folder: int) -> Own:
    """Say that nothing is ours but the folder itself."""
    return lambda path, is_folder: False


@contextmanager
def below(folder: int, names: tuple[str, ...]) -> Iterator[int]:
    """Open a folder below an open one.

    Raises:
        OSError: it is not there, or one on the way is a link.
    """
    descriptor = os.dup(folder)
    try:
        for name in names:
            inner = os.open(name, _FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


def discard(folder: int, name: str, rule: Rule) -> bool:
    """Remove a folder so that at no instant a part of it is found under its name.

    Args:
        folder: open, where it is.
        name: the name of what is removed; what a killed removal left of it is removed too.
        rule: what of it is ours.

    Returns:
        Whether it is gone; False if something that is not ours is left of it, under its old name.

    Raises:
        OSError: it is a link or no folder, or something cannot be removed.
    """
    aside = name if name.startswith(ASIDE) else ASIDE + name
    if aside != name and _there(folder, aside):
        clear(folder, aside, rule)
    if aside != name:
        with below(folder, (name,)):  # no link, and a folder
            pass
        try:
            os.rename(name, aside, src_dir_fd=folder, dst_dir_fd=folder)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.EBUSY):
                raise
            return clear(folder, name, rule)  # what is not ours is in the way
    os.fsync(folder)
    gone, removed = _cleared(folder, aside, rule)
    original = aside.removeprefix(ASIDE)
    if not gone and (removed or aside != name) and not _there(folder, original):
        os.rename(aside, original, src_dir_fd=folder, dst_dir_fd=folder)
    return gone


def clear(folder: int, name: str, rule: Rule) -> bool:
    """Remove what is ours of a folder, and it if nothing is left; return whether it is gone."""
    return _cleared(folder, name, rule)[0]


def _cleared(folder: int, name: str, rule: Rule) -> tuple[bool, bool]:
    """Clear; return whether it is gone, and whether something was removed."""
    with below(folder, (name,)) as descriptor:
        left, removed = _clear(descriptor, "", rule(descriptor), _mount(folder), _DEPTH)
    if not left:
        os.rmdir(name, dir_fd=folder)
    return not left, removed


def _clear(folder: int, inside: str, own: Own, mount: str, depth: int) -> tuple[bool, bool]:
    """Return whether something is left, and whether something was removed."""
    left = removed = False
    if _mount(folder) != mount or not depth:
        return True, False
    # What tells whose all of it is goes last, so that after a kill somebody else can go on.
    for name in sorted(os.listdir(folder), key=lambda name: (name in (MARK, MANIFEST), name)):
        path = f"{inside}{name}"
        try:
            descriptor = os.open(name, _FOLDER, dir_fd=folder)
        except OSError as error:
            if error.errno not in (errno.ENOTDIR, errno.ELOOP):
                raise
            if own(path, False):
                os.unlink(name, dir_fd=folder)
                removed = True
            else:
                left = True
            continue
        try:
            left_there, removed_there = _clear(descriptor, f"{path}/", own, mount, depth - 1)
        finally:
            os.close(descriptor)
        if not left_there and (removed_there or own(path, True)):
            os.rmdir(name, dir_fd=folder)
            removed = True
        else:
            left = True
    return left, removed


def _there(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _mount(descriptor: int) -> str:
    """Return which mount an open folder is on; a bind mount has the device of where it comes from."""
    try:
        with open(f"/proc/self/fdinfo/{descriptor}", encoding="ascii") as lines:
            return next(line for line in lines if line.startswith("mnt_id:"))
    except (OSError, StopIteration):
        return str(os.fstat(descriptor).st_dev)
