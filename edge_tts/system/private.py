"""Makes our root folders for this user alone, and checks whom a socket belongs to."""

from __future__ import annotations

import errno
import os
import socket
import stat
import struct
from pathlib import Path

from edge_tts.errors import DaemonUnavailable, StoreError

SERVICE_USER = "edge-tts"
"""Whom the system service runs as."""

_UNCHANGEABLE = frozenset({errno.EROFS, errno.EPERM, errno.EOPNOTSUPP})  # read-only, or a file system without modes


def make_root(path: Path) -> None:
    """Make a folder of mode 0700 whatever the umask, or take the rights of others from one of ours; a link stays one.

    Raises:
        StoreError: it is somebody else's, others can write to it and that cannot be changed, or it is no folder.
        OSError: it cannot be made.
    """
    try:
        status = path.stat()
    except FileNotFoundError as error:
        if path.is_symlink():
            raise StoreError(f"{path} is a link to {os.readlink(path)}, which is not there") from error
        _make(path)
        status = path.stat()
    _require_own_folder(path, status)
    if status.st_mode & 0o077 and not (path.is_symlink() and os.listdir(path)):  # that may be somebody else's
        _narrow(path, status)


def require_own(path: Path) -> None:
    """Check that a folder is this user's, and that only this user can write to it.

    Raises:
        StoreError: it is somebody else's, others can write to it, or it is no folder.
        OSError: it cannot be looked at.
    """
    status = path.stat()
    _require_own_folder(path, status)
    if status.st_mode & 0o022:
        raise StoreError(f"{path} can be written by others (mode {stat.filemode(status.st_mode)}): chmod 0700 {path}")


def require_parent(path: Path, name: str) -> None:
    """Check that nobody else can put another folder in the place of ours, which is in this one.

    Args:
        path: the folder; need not be there.
        name: what it is, for people.

    Raises:
        StoreError: it is another user's, or others can rename what is in it.
        OSError: it cannot be looked at.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        return
    if status.st_uid not in (os.geteuid(), 0):
        owner, wanted = user_name(status.st_uid), user_name(os.geteuid())
        raise StoreError(f"{name} is {path} of user {owner}, expected a folder of {wanted}: unset {name}")
    if status.st_mode & 0o002 and not status.st_mode & stat.S_ISVTX:
        raise StoreError(f"{name} is {path}, in which everybody can rename everything: chmod 0700 {path}")


def require_trusted(connection: socket.socket, path: Path) -> None:
    """Check who listens at the other end of a connected socket, before anything is sent.

    Trusted are this user, root (systemd listens for its services) and the user of the system service.

    Raises:
        DaemonUnavailable: it is somebody else.
    """
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, uid, _ = struct.unpack("3i", credentials)
    if uid in (os.geteuid(), 0) or user_name(uid) == SERVICE_USER:
        return
    raise DaemonUnavailable(
        f"{path} is served by user {user_name(uid)}, expected {user_name(os.geteuid())}, root or {SERVICE_USER}; "
        "nothing was sent"
    )


def user_name(uid: int) -> str:
    """Return the name of a user, its number if it has none."""
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _make(path: Path) -> None:
    """Make a folder and its parents; what did not exist is this user's alone (XDG Base Directory Specification)."""
    if not path.parent.exists():
        _make(path.parent)
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:  # somebody was faster
        return
    path.chmod(0o700)  # a umask may have taken even our own rights


def _require_own_folder(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISDIR(status.st_mode):
        raise StoreError(f"{path} must be a folder, and is none; remove it")
    if status.st_uid != os.geteuid():
        owner, wanted = user_name(status.st_uid), user_name(os.geteuid())
        raise StoreError(
            f"{path} belongs to user {owner}, expected {wanted}: work as that user, or choose another place"
        )


def _narrow(path: Path, status: os.stat_result) -> None:
    try:
        path.chmod(0o700)
    except OSError as error:
        if error.errno not in _UNCHANGEABLE:
            raise
        if status.st_mode & 0o022 and error.errno != errno.EROFS:
            raise StoreError(
                f"{path} can be written by others, and that cannot be changed: {error.strerror}"
            ) from error
