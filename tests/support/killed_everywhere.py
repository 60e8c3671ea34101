"""Run an operation on the store again and again, each time killed one step later. A program for test_store_killed.py.

A step is what changes something on the disk: Python's audit events for opening a file to write, mkdir, rename, link,
symlink, remove, rmdir, truncate, utime and chmod, the call of renameat2(2) through ctypes, and fsync(2), for which an
event is raised here. The process is killed by SIGKILL right before the step; it prints the name of the step and the
state that the kill has left, as JSON.

Arguments: root of the store, operation, folder with the models to install from, folder with the state at the start.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edge_tts import disk, store
from edge_tts.disk.reservations import evictable
from edge_tts.errors import ModelCorrupt
from tests.support.store_model import configured, install, paths_under

CHANGES = {
    "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.utime", "os.chmod",
    "os.fsync", "ctypes.dlsym",
}  # fmt: skip
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

root, operation, models, start = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4])
paths = paths_under(root)
elsewhere = root / "elsewhere"


def damaged() -> None:
    try:
        store.verify(paths, "tiny")
    except ModelCorrupt:
        pass


OPERATIONS: dict[str, Callable[[], object]] = {
    "install": lambda: install(paths, models / "2"),
    "import": lambda: install(paths, models / "2.tar"),
    "link": lambda: install(paths, models / "2", link=True),
    "download": lambda: install(paths, models / "download"),
    "remove": lambda: store.remove(paths, "tiny"),
    "use": lambda: store.use(paths, "tiny", "1"),
    "prune": lambda: store.prune(paths),
    "quarantine": damaged,
    "move": lambda: store.move(configured(paths), elsewhere),
    "move back": lambda: store.move(configured(paths), None),
    "evict": lambda: disk.evict(evictable(configured(paths)), "a test"),
}


def is_change(event: str, arguments: tuple[Any, ...]) -> bool:
    return event in CHANGES or (event == "open" and isinstance(arguments[2], int) and bool(arguments[2] & WRITES))


def run(step: int, told: int) -> None:
    """Do the operation in this process, up to a step."""
    seen = itertools.count(1)

    def kill(event: str, arguments: tuple[Any, ...]) -> None:
        if is_change(event, arguments) and next(seen) == step:
            os.write(told, event.encode())
            os.kill(os.getpid(), signal.SIGKILL)

    sync = os.fsync

    def audited_sync(descriptor: int) -> None:
        sys.audit("os.fsync", descriptor)
        sync(descriptor)

    os.fsync = audited_sync
    sys.addaudithook(kill)
    OPERATIONS[operation]()
    os._exit(0)


def state() -> str:
    """Return which versions there are, the default first, where, and whether one was moved aside; check all of them."""
    for place in paths.models.glob("[a-z]*/[!.]*/"):
        assert (place / "manifest.toml").is_file(), f"{place} is half a model"
    found = store.versions(paths, "tiny")
    for model in found:
        if operation != "quarantine":
            store.verify(paths, "tiny", version=model.version)
    there = " elsewhere" if paths.models.is_symlink() else ""
    aside = [f"({model.manifest.version})" for model in store.quarantined(paths)]
    return " ".join([*(model.version for model in found), *aside]) + there or "none"


def recover() -> None:
    """Make sure that the next operation works and that nothing of the killed one stays."""
    install(paths, models / "2")
    assert store.find(paths, "tiny").version == "2"
    store.verify(paths, "tiny")
    assert list(paths.temporary.iterdir()) == []
    assert store.quarantined(paths) == [] or operation == "prune"
    used = [place for place in (paths.models, elsewhere / "edge-tts-models") if place.is_dir()]
    assert len({place.resolve() for place in used}) == 1, "models are in two places"


for step in itertools.count(1):
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(start, root, symlinks=True)
    if paths.models.is_symlink():  # the copy of a store that was moved has its own other disk
        paths.models.unlink()
        paths.models.symlink_to(elsewhere / "edge-tts-models")
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        run(step, theirs)
    os.close(theirs)
    _, status = os.waitpid(child, 0)
    with open(ours, encoding="ascii") as stream:
        event = stream.read()
    left = state()
    recover()
    print(json.dumps([event, left]), flush=True)
    if status == 0:
        break
    assert os.WIFSIGNALED(status), "the operation failed by itself"
