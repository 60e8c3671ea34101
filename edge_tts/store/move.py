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
from edge_tts.config.settings import Config, Paths
from edge_tts.disk.forms import DOWNLOADS, MARK, MODELS, TEMPORARY
from edge_tts.disk.ownership import MOVED, mark_folder
from edge_tts.disk.units import units_in
from edge_tts.errors import ModelCorrupt, StoreError
from edge_tts.store import ours
from edge_tts.store.installed import Installed, folders, require_reachable, versions
from edge_tts.store.integrity import damages
from edge_tts.store.lock import MOVE, clear_after_move, ended_by_sigterm, exclusive, scratch
from edge_tts.store.progress import Progress, Step, silent
from edge_tts.system import whole_files
from edge_tts.system.replacing import sync_folder, write_whole

FOLDER = MOVED
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
        write_whole(paths.state / MOVE, json.dumps([str(before), str(place)]).encode())
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
    if place.exists() and any(entry.name != MARK for entry in place.iterdir()):
        raise StoreError(f"{place} is not empty")
    return place


def _move(config: Config, before: Path, place: Path, progress: Progress) -> None:
    paths, wanted = config.paths, disk.used_bytes(before)
    with disk.reserve(config, place.parent, wanted, "moving the models") as room:
        if place == paths.models:
            _move_back(paths, before, room, progress)
        else:
            _move_away(paths, before, place, room, progress)


def _move_back(paths: Paths, before: Path, room: disk.Reservation, progress: Progress) -> None:
    with scratch(paths, "move-", paths.temporary) as folder:
        room.covers(folder)
        _copy(paths, before, folder / "models", progress)
        whole_files.put(folder / "models", paths.models)


def _move_away(paths: Paths, before: Path, place: Path, room: disk.Reservation, progress: Progress) -> None:
    if not paths.models.is_symlink():
        _require_only_ours(before)
    place.mkdir(mode=0o700, exist_ok=True)
    mark_folder(place)
    (place / ".tmp").mkdir(mode=0o700, exist_ok=True)
    with scratch(paths, "move-", place / ".tmp") as folder:
        room.covers(folder)
        _copy(paths, before, folder / "models", progress)
        for entry in (folder / "models").iterdir():
            if entry.name != MARK:
                entry.rename(place / entry.name)
        sync_folder(place)
    with scratch(paths, "move-", paths.temporary) as folder:
        new = folder / "models"
        new.symlink_to(place)
        whole_files.put(new, paths.models)
        if not new.is_symlink():  # the folder that was there
            ours.remove_models(new)


def _require_only_ours(models: Path) -> None:
    """Raise StoreError if a folder that a link is to replace holds files of others, which they would not find again."""
    kept = set(_walk(models))
    for place, inner, names in os.walk(models):
        here = Path(place)
        paths = [*(here / name for name in names), *(here / name for name in inner if (here / name).is_symlink())]
        empty = [] if names or inner or here.parent == models or here == models else [here]
        for path in [*paths, *empty]:
            if path not in kept and path.name != MARK and not _stays(path.relative_to(models)):
                raise StoreError(f"{path} is not ours; move it somewhere else first")


def _stays(path: Path) -> bool:
    """Return whether something is ours, but of no use elsewhere: an unfinished write, or a download."""
    forms = {".tmp": TEMPORARY, ".downloads": DOWNLOADS}
    first, *rest = path.parts
    return first in forms and bool(rest) and forms[first].of(rest[0], folder=first == ".tmp").unit


def _copy(paths: Paths, source: Path, target: Path, progress: Progress) -> None:
    """Copy all models into a new folder, and make sure that they are whole and on the disk."""
    listed = list(_walk(source))
    total = sum(path.lstat().st_size for path in listed)
    done = 0
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in listed:
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink():
            copy.symlink_to(os.readlink(path))
            continue
        with whole_files.open_regular(path) as stream, copy.open("xb") as written:
            while block := stream.read(_BLOCK):
                written.write(block)
                done += len(block)
                progress(Step("copy", path.name, done, total))
            written.flush()
            os.fsync(written.fileno())
        shutil.copystat(path, copy)
    _verify(paths, target, progress)
    whole_files.sync_folders(target)


def _walk(root: Path) -> Iterator[Path]:
    """Yield all files and links of ours below a folder that are worth moving."""
    for unit in units_in(str(root), MODELS):
        if not os.path.isdir(unit.path):
            if ours.has_versions(Path(unit.path).parent):
                yield Path(unit.path)
            continue
        foreign = set(ours.foreign_in(Path(unit.path))) if ours.is_version(Path(unit.path)) else None
        if foreign is None:
            continue
        for folder, _, found in os.walk(unit.path):
            for path in (Path(folder) / name for name in found):
                if str(path.relative_to(unit.path)) not in foreign:
                    yield path


def _verify(paths: Paths, copy: Path, progress: Progress) -> None:
    for folder in folders(paths):
        for model in versions(paths, folder.name):
            if not model.linked:
                copied = Installed(model.manifest, copy / model.folder.relative_to(paths.models))
                for damage in damages(copied, progress):
                    raise ModelCorrupt(f"the copy of model {model.name} is damaged: {damage.path}: {damage.reason}")
