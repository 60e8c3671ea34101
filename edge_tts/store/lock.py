"""One change of the store at a time, and no leftovers of those that were killed."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from edge_tts.config.settings import Paths
from edge_tts.disk import Lease, remove_scratch, units, writing
from edge_tts.disk.ownership import make_private, mark_folder, own
from edge_tts.errors import StoreError
from edge_tts.store import ours
from edge_tts.store.manifest import NAME
from edge_tts.system import locks
from edge_tts.system.tables import parse_json, read_bounded

MOVE = "move.json"
"""Name of the record of a move that is going on."""

_ENDING = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def exclusive(paths: Paths) -> Iterator[None]:
    """Hold the store's lock; what a killed holder has left is removed first.

    Raises:
        StoreError: another process holds it, or a folder of the store is somebody else's; see disk/ownership.py.
        ModelUnreachable: the disk that holds the models is not there.
        OSError: a folder cannot be made.
    """
    with writing(paths.state, 0, "changing the store"):
        make_private(paths.state, paths)
        for place in (paths.models, paths.temporary, paths.prepared, paths.downloads):
            if os.path.lexists(place):
                own(place, paths)
        descriptor = locks.open_lock(paths.state / "store.lock")
    try:
        if not locks.take(descriptor, 0):
            raise StoreError(f"another installation or removal is running in {paths.state}; wait for it")
        _sweep(paths)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def scratch(paths: Paths, prefix: str, parent: Path | None = None) -> Iterator[Path]:
    """Make a temporary folder on the file system of the models; it is gone after the block.

    Args:
        paths: where the store is.
        prefix: `install-`, `remove-`, `move-` or `convert-`; the lock must be held when it is made.
        parent: where to make it instead.
    """
    parent = parent or _staging(paths)
    own(parent, paths)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    try:
        with Lease(folder):
            mark_folder(folder)
            yield folder
    finally:
        remove_scratch(folder)


def kept_downloads(paths: Paths) -> Path:
    """Return where downloads are kept, on the file system of the models so that no copy is needed."""
    return paths.downloads if _staging(paths) == paths.temporary else paths.models / ".downloads"


def _staging(paths: Paths) -> Path:
    """Return `temporary`, or a folder among the models where they are a symlink to another disk."""
    for folder in (paths.temporary, paths.models):
        own(folder, paths)
    same = paths.temporary.stat().st_dev == paths.models.stat().st_dev
    return paths.temporary if same else paths.models / ".tmp"


def clear_after_move(paths: Paths) -> None:
    """Remove the models from the place where they no longer are, or are not yet; the lock must be held."""
    record = paths.state / MOVE
    try:
        places = [Path(place) for place in parse_json(read_bounded(record))]
    except (OSError, ValueError, TypeError):
        places = []
    for place in places:
        if place.is_dir() and place.resolve() != paths.models.resolve():
            _clear(place)
    record.unlink(missing_ok=True)


def _clear(place: Path) -> None:
    """Remove what is ours from a folder of models, and the folder if it is empty then."""
    ours.remove_models(place)
    with contextlib.suppress(OSError):
        place.rmdir()


def _sweep(paths: Paths) -> None:
    clear_after_move(paths)
    ours.finish_removals(paths.models)
    for folder in paths.models.glob("*"):
        if re.fullmatch(NAME, folder.name) and folder.is_dir() and not folder.is_symlink():
            ours.settle(folder)
    for unit in units("temporary", paths):
        if not unit.leased:  # a conversion goes on without the lock
            remove_scratch(Path(unit.path))


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """Have SIGTERM and SIGHUP leave the block by SystemExit, so that it cleans up; a program's own handlers stay."""
    main = threading.current_thread() is threading.main_thread()
    ours = [one for one in _ENDING if main and signal.getsignal(one) == signal.SIG_DFL]
    for one in ours:
        signal.signal(one, _leave)
    try:
        yield
    finally:
        for one in ours:
            signal.signal(one, signal.SIG_DFL)


def _leave(number: int, frame: FrameType | None) -> None:
    for one in _ENDING:
        signal.signal(one, signal.SIG_IGN)  # a second one must not cut the cleaning short
    raise SystemExit(128 + number)
