"""Whether installed files are what their manifest says: quickly by size and date, or wholly by digest.

A damaged model is moved aside into `<models>/.quarantine/<name>/<version>`, where a note says why. Installing it again
takes what is intact from there.
"""

from __future__ import annotations

import json
import os
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from edge_tts import disk
from edge_tts.config.settings import Paths
from edge_tts.errors import ModelCorrupt, ModelUnreachable, StoreError
from edge_tts.machine import processors
from edge_tts.store import ours
from edge_tts.store.catalog import read
from edge_tts.store.installed import Installed, find
from edge_tts.store.lock import exclusive
from edge_tts.store.manifest import FILE_NAME, File, Manifest
from edge_tts.store.ours import NOTE, QUARANTINE, STAMPS
from edge_tts.store.progress import Progress, Step, silent
from edge_tts.system import whole_files
from edge_tts.system.replacing import write_whole
from edge_tts.system.tables import parse_json, read_bounded

_TICK_SECONDS = 0.1  # how often progress is reported
_TOLERANCE_NS = 2_000_000_000  # of dates: FAT keeps them to two seconds


@dataclass(frozen=True, slots=True)
class Damage:
    """What is wrong with a file.

    Attributes:
        path: place inside the model's folder.
        reason: what was expected and what is there.
    """

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A damaged model that was moved aside.

    Attributes:
        manifest: the manifest that it was installed with.
        folder: where it is now.
        reason: what is wrong with it.
    """

    manifest: Manifest
    folder: Path
    reason: str


def write_stamps(folder: Path, manifest: Manifest) -> None:
    """Record sizes and dates of a model's files, which have just been compared with their digests."""
    stamps = {file.path: _stamp(folder / file.path) for file in manifest.files}
    write_whole(folder / STAMPS, json.dumps(stamps).encode())


def check(model: Installed) -> None:
    """Compare sizes and dates with those at the installation; takes microseconds for each file.

    Raises:
        ModelCorrupt: a file is missing or was changed.
        ModelUnreachable: the disk that holds it is not there.
    """
    stamps, folder = _read_stamps(model.folder), str(model.folder)  # no Path for each file: every request comes here
    for file in model.manifest.files:
        try:
            size, date = _stamp(f"{folder}/{file.path}")
        except OSError as error:
            raise _unreadable(model, model.folder / file.path, error) from error
        expected = stamps.get(file.path, [file.size, date])
        if size != file.size or abs(date - expected[1]) > _TOLERANCE_NS:
            raise ModelCorrupt(
                f"{file.path} of model {model.name} was changed after it was installed: "
                f"edge-tts models verify {model.name}"
            )


def is_usable(model: Installed) -> bool:
    """Return whether `check` finds nothing wrong."""
    try:
        check(model)
    except StoreError:
        return False
    return True


def damages(model: Installed, progress: Progress = silent) -> list[Damage]:
    """Read every file of a model, on all cores, and return what is wrong; nothing if it is intact.

    Raises:
        ModelUnreachable: the disk that holds it is not there.
    """
    done = {file.path: 0 for file in model.manifest.files}
    total = model.manifest.needs.installed_bytes

    def examine(file: File) -> Damage | None:
        def report(count: int) -> None:
            done[file.path] = count

        try:
            whole_files.check(model.folder / file.path, file.size, file.sha256, report)
        except ModelCorrupt as error:
            return Damage(file.path, str(error))
        return None

    with ThreadPoolExecutor(processors()) as pool:
        pending = {pool.submit(examine, file) for file in model.manifest.files}
        results = set(pending)
        try:
            while pending:
                _, pending = wait(pending, _TICK_SECONDS, FIRST_COMPLETED)
                current = next((path for path, count in done.items() if count), "")
                progress(Step("verify", current, sum(done.values()), total))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    found = [damage for future in results if (damage := future.result())]
    for damage in found:
        if not (model.folder / damage.path).exists():
            _require_reachable(model, model.folder / damage.path)
    return sorted(found, key=lambda damage: damage.path)


def verify(paths: Paths, name: str, progress: Progress = silent, version: str = "") -> Installed:
    """Read every file of an installed model and compare it with its digest; move it aside if it is damaged.

    Raises:
        UnknownModel: it is not installed.
        ModelCorrupt: files differ; the message names each with what was expected and what is there.
        ModelUnreachable: the disk that holds it is not there.
    """
    model = find(paths, name, version)
    found = damages(model, progress)
    if not found:
        _renew_stamps(model)
        return model
    reason = "; ".join(f"{damage.path}: {damage.reason}" for damage in found)
    try:
        with disk.writing(paths.models, 0, f"moving model {name} aside"), exclusive(paths):
            quarantine(paths, model, reason)
    except StoreError as error:
        raise ModelCorrupt(f"model {name} is damaged, install it again: {reason} ({error})") from error
    raise ModelCorrupt(f"model {name} is damaged and was moved aside, install it again: {reason}")


def quarantine(paths: Paths, model: Installed, reason: str) -> None:
    """Move a damaged model aside; the store's lock is held. At every instant it is here or there.

    Raises:
        StoreError: something that is not ours is in its folder, or where it would go.
    """
    place = quarantine_folder(paths, model.name) / model.version
    for folder in (model.folder, place):
        ours.require_ours(folder)
    write_whole(model.folder / NOTE, reason.encode())
    ours.remove_version(place)
    disk.own(place.parent, paths)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    whole_files.rename(model.folder, place)


def quarantine_folder(paths: Paths, name: str) -> Path:
    """Return where the versions of a model are moved that are damaged."""
    return paths.models / QUARANTINE / name


def quarantined(paths: Paths) -> list[Quarantined]:
    """List the models that were moved aside, by name."""
    found = []
    for path in sorted((paths.models / QUARANTINE).glob(f"*/*/{FILE_NAME}")):
        if not ours.is_version(path.parent):
            continue
        try:
            reason = (path.parent / NOTE).read_text(encoding="utf-8", errors="replace")
            found.append(Quarantined(read(path), path.parent, reason))
        except (OSError, StoreError):  # removed meanwhile, or not ours
            continue
    return found


def _renew_stamps(model: Installed) -> None:
    try:
        check(model)
    except ModelCorrupt:  # touched, but its content is right
        try:
            write_stamps(model.folder, model.manifest)
        except OSError:  # somebody else's store; they can verify it themselves
            pass


def _read_stamps(folder: Path) -> dict[str, list[int]]:
    try:
        stamps = parse_json(read_bounded(folder / STAMPS))
        return {str(path): [int(size), int(date)] for path, (size, date) in stamps.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _stamp(path: str | Path) -> list[int]:
    status = os.stat(path)
    return [status.st_size, status.st_mtime_ns]


def _unreadable(model: Installed, path: Path, error: OSError) -> StoreError:
    try:
        _require_reachable(model, path)
    except ModelUnreachable as unreachable:
        return unreachable
    reason = f"{path.name} of model {model.name} cannot be read: {error.strerror}"
    return ModelCorrupt(f"{reason}: edge-tts models verify {model.name}")


def _require_reachable(model: Installed, path: Path) -> None:
    """Raise ModelUnreachable if a missing file is on a disk that is not there."""
    if model.linked and not model.linked.is_dir():
        raise ModelUnreachable(f"model {model.name} is in {model.linked}, which is not there: is its disk connected?")
    if not model.folder.is_dir():
        raise ModelUnreachable(f"model {model.name} is no longer in {model.folder}: is its disk connected?")
