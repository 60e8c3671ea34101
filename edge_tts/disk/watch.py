"""Tells which of our folders change: inotify(7), through watchdog."""

from __future__ import annotations

import contextlib
import logging
import os
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers.inotify import InotifyObserver

log = logging.getLogger(__name__)

# Not each write into a file: a long copy would be thousands. It is looked at again until it grows no more.
_EVENTS: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    FileClosedEvent,
    FileMovedEvent,
    FileDeletedEvent,
    DirCreatedEvent,
    DirMovedEvent,
    DirDeletedEvent,
]


@dataclass(frozen=True, slots=True)
class _Root:
    """What is watched.

    Attributes:
        path: the path by which we know it, perhaps a link.
        real: the path without links.
        identity: device and inode; another one needs another watch.
    """

    path: str
    real: str
    identity: tuple[int, int]


class Watcher:
    """Reports the folders below some roots in which something has changed.

    Args:
        roots: folders; those below another one are watched with it, unless they are a link to elsewhere.
        changed: called with the path of a folder, from a thread of the watcher's own.
    """

    def __init__(self, roots: Iterable[str], changed: Callable[[str], None]) -> None:
        """Watch nothing before `renew`."""
        self._paths = list(roots)
        self._changed = changed
        self._watches: dict[_Root, Any] = {}
        self._observer = InotifyObserver()

    def renew(self) -> None:
        """Watch roots that have appeared or were replaced."""
        if not self._observer.is_alive():
            self._observer.start()
        now = list(_distinct(self._paths))
        for root in self._watches.keys() - set(now):
            with contextlib.suppress(Exception):  # it is gone, in whatever way
                self._observer.unschedule(self._watches.pop(root))
        for root in set(now) - self._watches.keys():
            self._watch(root)

    def close(self) -> None:
        """Watch no longer."""
        if self._observer.is_alive():
            self._observer.stop()
            self._observer.join()

    def _watch(self, root: _Root) -> None:
        handler = _Handler(root, self._changed)
        try:
            watch = self._observer.schedule(handler, root.real, recursive=True, event_filter=_EVENTS)
            self._watches[root] = watch
        except OSError as error:
            log.warning("changes in %s are noticed late: %s", root.path, error.strerror or error)


def _distinct(paths: Iterable[str]) -> Iterable[_Root]:
    """Yield the roots that exist and are not below another one."""
    seen: list[str] = []
    for path in sorted(paths, key=os.path.realpath):
        real = os.path.realpath(path)
        if any(real == other or real.startswith(other + os.sep) for other in seen):
            continue
        with contextlib.suppress(OSError):
            status = os.stat(real)
            if stat.S_ISDIR(status.st_mode):
                seen.append(real)
                yield _Root(path, real, (status.st_dev, status.st_ino))


class _Handler(FileSystemEventHandler):
    def __init__(self, root: _Root, changed: Callable[[str], None]) -> None:
        self._root = root
        self._changed = changed

    def on_any_event(self, event: FileSystemEvent) -> None:
        for path in (event.src_path, event.dest_path):
            if path:
                folder = os.path.dirname(os.fsdecode(path))
                self._changed(self._root.path + folder[len(self._root.real) :])
