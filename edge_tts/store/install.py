"""Install and remove models. A model appears in the store by one rename of a complete, verified folder."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from edge_tts import disk
from edge_tts.config import Paths
from edge_tts.errors import LicenseNotAccepted, ModelCorrupt, SourceUnavailable
from edge_tts.store import files
from edge_tts.store.catalog import catalog, catalog_folder, read
from edge_tts.store.installed import Installed, damages, installed, newest, prepared_folder, unknown_model
from edge_tts.store.lock import ended_by_sigterm, exclusive, scratch
from edge_tts.store.manifest import FILE_NAME, NAME, File, Manifest
from edge_tts.store.origins import FromFile
from edge_tts.store.progress import Progress, Step, silent
from edge_tts.store.sources import Sources, packages_of


@dataclass(frozen=True, slots=True)
class Installation:
    """What `install` did.

    Attributes:
        model: the installed model.
        changed: False if it was there already and every file matched its digest.
    """

    model: Installed
    changed: bool


def install(
    paths: Paths, what: str | Path, progress: Progress = silent, *, accept_license: bool = False
) -> Installation:
    """Install a model, or repair it.

    Args:
        paths: where the store is.
        what: a name in the catalog, or a folder with a manifest and its files.
        progress: is called during downloads, copying and checking.
        accept_license: whoever installs it agrees to what the manifest's `licences.accept` asks for.

    Raises:
        LicenseNotAccepted: the manifest asks for an agreement; nothing was fetched.
        UnknownModel: the catalog has no such name.
        SourceUnavailable: no source of a file answered.
        ModelCorrupt: the bytes that came are not those of the manifest.
        DiskFull: there is no room; nothing was changed.
        StoreError: the manifest is wrong, or another installation is running.
    """
    manifest, base = _chosen(what)
    purpose = f"installing model {manifest.name}"
    with ended_by_sigterm(), disk.writing(paths.state, _peak_bytes(manifest), purpose), exclusive(paths):
        model = newest(paths.models / manifest.name)
        intact = model is not None and model.manifest.text == manifest.text and not damages(model, progress)
        if model is None or not intact:
            _require_acceptance(manifest, accept_license)
            disk.require_room(paths.models, _peak_bytes(manifest), purpose)
            model = _install(paths, manifest, base, progress)
        _drop_superseded(paths, manifest)
        return Installation(model, changed=not intact)


def manifest_of(what: str | Path) -> Manifest:
    """Return the manifest of what could be installed.

    Args:
        what: as for `install`.

    Raises:
        UnknownModel: the catalog has no such name.
        StoreError: the manifest is wrong.
    """
    return _chosen(what)[0]


def _chosen(what: str | Path) -> tuple[Manifest, Path]:
    """Return a manifest and what the relative paths of its local files start from."""
    if isinstance(what, Path):
        manifest = read(what / FILE_NAME)
        beside = tuple(replace(file, sources=(FromFile(file.path), *file.sources)) for file in manifest.files)
        return replace(manifest, files=beside), what
    known = catalog()
    if what not in known:
        raise unknown_model(what, "is not in the catalog", list(known))
    return known[what], catalog_folder()


def _require_acceptance(manifest: Manifest, accepted: bool) -> None:
    if manifest.licences.accept and not accepted:
        asked = f"model {manifest.name} {manifest.version} asks for your agreement: {manifest.licences.accept}"
        raise LicenseNotAccepted(f"{asked}; agree with --accept-license")


def _peak_bytes(manifest: Manifest) -> int:
    """Return what an installation takes of the disk at most: packages and files, then files and prepared graphs."""
    download = manifest.needs.download_bytes if packages_of(manifest.files) else 0
    return manifest.needs.installed_bytes + max(download, manifest.needs.prepared_bytes)


def _install(paths: Paths, manifest: Manifest, base: Path, progress: Progress) -> Installed:
    place = paths.models / manifest.name / manifest.version
    with scratch(paths, "install-") as folder:
        tree, downloads = folder / "model", folder / "downloads"
        tree.mkdir()
        downloads.mkdir()
        with _sources(manifest, downloads, base, progress) as sources:
            done = 0
            for file in manifest.files:
                _fetch(file, tree / file.path, sources, _Meter(progress, manifest, file, done))
                done += file.size
        files.write(tree / FILE_NAME, manifest.text.encode())
        files.sync_folders(tree)
        files.put(tree, place)
    return Installed(read(place), place)


@contextmanager
def _sources(manifest: Manifest, folder: Path, base: Path, progress: Progress) -> Iterator[Sources]:
    total = manifest.needs.download_bytes

    def report(packages: str, size: int) -> None:
        progress(Step("download", packages, min(size, total), total))

    with Sources(folder, base, report) as sources:
        sources.prefetch(manifest.files)
        yield sources


@dataclass(frozen=True, slots=True)
class _Meter:
    """Turns the bytes of one file into a step of the whole.

    Attributes:
        progress: whom to tell.
        manifest: has the total.
        file: what is being fetched.
        before: bytes of the files before it.
    """

    progress: Progress
    manifest: Manifest
    file: File
    before: int

    def __call__(self, done: int) -> None:
        total = self.manifest.needs.installed_bytes
        self.progress(Step("install", self.file.path, self.before + done, total))


def _fetch(file: File, target: Path, sources: Sources, report: files.Report) -> None:
    """Take the file from the first source that gives the right bytes."""
    failures: list[SourceUnavailable | ModelCorrupt] = []
    for source in file.sources:
        try:
            with closing(sources.blocks(source)) as blocks:
                files.copy(blocks, target, file.size, file.sha256, report)
                return
        except SourceUnavailable as error:
            failures.append(error)
        except ModelCorrupt as error:
            failures.append(ModelCorrupt(f"{source}: {error}"))
    kind = ModelCorrupt if any(isinstance(error, ModelCorrupt) for error in failures) else SourceUnavailable
    reasons = "; ".join(str(error) for error in failures) or "its manifest names none"
    raise kind(f"no source has the right bytes of {file.path}: {reasons}")


def _drop_superseded(paths: Paths, manifest: Manifest) -> None:
    """Remove other versions of the model and the graphs prepared from them."""
    for folder in (paths.models / manifest.name).iterdir():
        if folder.name != manifest.version:
            _remove_folder(paths, folder)
    prepared = prepared_folder(paths.prepared, manifest)
    for folder in prepared.parent.glob("*"):
        if folder != prepared:
            shutil.rmtree(folder, ignore_errors=True)


def remove(paths: Paths, name: str) -> int:
    """Remove a model and what was prepared from it.

    Returns:
        The bytes of disk that became free.

    Raises:
        UnknownModel: it is not installed.
        StoreError: another installation or removal is running.
    """
    purpose = f"removing model {name}"
    with ended_by_sigterm(), disk.writing(paths.state, 0, purpose), exclusive(paths):
        folder, prepared = paths.models / name, paths.prepared / name
        if not re.fullmatch(NAME, name) or not folder.is_dir():
            raise unknown_model(name, "is not installed", [model.name for model in installed(paths)])
        freed = disk.used_bytes(folder) + disk.used_bytes(prepared)
        _remove_folder(paths, folder)
        shutil.rmtree(prepared, ignore_errors=True)
        return freed


def _remove_folder(paths: Paths, folder: Path) -> None:
    with scratch(paths, "remove-") as aside:
        folder.rename(aside / folder.name)
        files.sync_folder(folder.parent)
