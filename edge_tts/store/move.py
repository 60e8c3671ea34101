"""Move all models to another disk and back: copy, verify, switch, remove.

`<state>/models` becomes a link to the new place by one rename. Until the old place is cleared, a record says which two
places there are; whoever next holds the store's lock clears the one that is not in use.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from edge_tts import disk
from edge_tts.config import Config, Paths
from edge_tts.errors import ModelCorrupt, StoreError
from edge_tts.store import files
from edge_tts.store.installed import Installed, folders, require_reachable, versions
from edge_tts.store.integrity import damages
from edge_tts.store.lock import MOVE, clear_after_move, ended_by_sigterm, exclusive, scratch
from edge_tts.store.progress import Progress, Step, silent

FOLDER = "edge-tts-models"
"""Name of the folder with the models on another disk."""

_LEFT_HERE = (".tmp", ".downloads")
_BLOCK = 1 << 20


def move(config: Config, target: Path | None, progress: Progress = silent) -> Path:
    """Move all models.

    Args:
        config: where the store is.
        target: a folder on another disk, where a folder `edge-tts-models` is made; None for back to the state folder.
        progress: is called while copying and verifying.

    Returns:
        The folder where the models are now.

    Raises:
        ModelCorrupt: a copy differs from its digest; nothing was changed.
        DiskFull: the other disk has no room.
        BudgetExceeded: on the way back both copies would not fit into the budget.
        StoreError: the models are there already, the target is not usable, or another installation is running.
    """
    paths = config.paths
    with ended_by_sigterm(), disk.writing(target or paths.state, 0, "moving the models"), exclusive(paths):
        require_reachable(paths)
        place = _place(paths, target)
        before = paths.models.resolve()
        files.replace(paths.state / MOVE, json.dumps([str(before), str(place)]).encode())
        try:
            _move(config, before, place, progress)
        finally:
            clear_after_move(paths)
        return paths.models.resolve()


def _place(paths: Paths, target: Path | None) -> Path:
    """Return the new place of the models, which is checked."""
    place = target.resolve() / FOLDER if target else paths.models
    if place == paths.models.resolve() or (target is None and not paths.models.is_symlink()):
        raise StoreError(f"the models are in {paths.models.resolve()} already")
    if target is None:
        return place
    if not target.is_dir():
        raise StoreError(f"{target} is not a folder: is its disk connected?")
    if place.is_relative_to(paths.state.resolve()):
        raise StoreError(f"{place} is inside of {paths.state}, where the models are moved from")
    if place.exists() and any(place.iterdir()):
        raise StoreError(f"{place} is not empty")
    return place


def _move(config: Config, before: Path, place: Path, progress: Progress) -> None:
    paths, wanted = config.paths, disk.used_bytes(before)
    with (
        disk.reserve(config, place.parent, wanted, "moving the models") as room,
        scratch(paths, "move-", paths.temporary) as folder,
    ):
        new = folder / "models"
        goal = new if place == paths.models else place
        room.covers(folder)
        _copy(before, goal, progress)
        _verify(paths, goal, progress)
        files.sync_folders(goal)
        if goal is not new:
            new.symlink_to(place)
        files.put(new, paths.models)


def _copy(source: Path, target: Path, progress: Progress) -> None:
    listed = list(_walk(source))
    total = sum(path.lstat().st_size for path in listed)
    done = 0
    target.mkdir(parents=True, exist_ok=True)
    for path in listed:
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink():
            copy.symlink_to(os.readlink(path))
            continue
        with path.open("rb") as stream, copy.open("xb") as written:
            while block := stream.read(_BLOCK):
                written.write(block)
                done += len(block)
                progress(Step("copy", path.name, done, total))
            written.flush()
            os.fsync(written.fileno())
        shutil.copystat(path, copy)


def _walk(root: Path) -> Iterator[Path]:
    """Yield all files and links below a folder that are worth moving."""
    for folder, names, found in os.walk(root):
        if Path(folder) == root:
            names[:] = [name for name in names if name not in _LEFT_HERE]
        yield from (Path(folder) / name for name in found)


def _verify(paths: Paths, copy: Path, progress: Progress) -> None:
    for folder in folders(paths):
        for model in versions(paths, folder.name):
            if not model.linked:
                copied = Installed(model.manifest, copy / model.folder.relative_to(paths.models))
                for damage in damages(copied, progress):
                    raise ModelCorrupt(f"the copy of model {model.name} is damaged: {damage.path}: {damage.reason}")
