"""Installs models. A model appears in the store by one rename of a complete, verified folder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from edge_tts import disk
from edge_tts.config.settings import Config, Paths
from edge_tts.errors import LicenseNotAccepted, ModelCorrupt, StoreError
from edge_tts.store import ours, removal
from edge_tts.store.catalog import read, require_installable
from edge_tts.store.installed import Installed, installed_version, require_reachable
from edge_tts.store.integrity import damages, quarantine_folder, write_stamps
from edge_tts.store.lock import ended_by_sigterm, exclusive, kept_downloads, scratch
from edge_tts.store.manifest import FILE_NAME, File, Manifest
from edge_tts.store.offers import Offer, find_offer
from edge_tts.store.origins import FromFile
from edge_tts.store.plan import allocated_peak_bytes
from edge_tts.store.progress import Progress, silent
from edge_tts.store.versions import make_default
from edge_tts.system import whole_files


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
    config: Config,
    what: str | Path,
    progress: Progress = silent,
    *,
    accept_license: bool = False,
    link: bool = False,
) -> Installation:
    """Install a model, or repair it, and make that version the default; other versions stay.

    Args:
        config: where the store is, the budget, and how to download.
        what: a name in the catalog, or a path: see `find_offer`.
        progress: is called during downloads, copying and checking.
        accept_license: whoever installs it agrees to what the manifest's `licences.accept` asks for.
        link: leave the files in the folder that was named, on another disk, and have links to them in the store.

    Raises:
        LicenseNotAccepted: the manifest asks for an agreement; nothing was fetched.
        UnknownModel: the catalog has no such name.
        NeedsConversion: it is a package that a workstation has to convert first.
        SourceUnavailable: no source of a file answered.
        ModelCorrupt: the bytes that came are not those of the manifest.
        ModelUnreachable: the disk that holds the models is not there.
        BudgetExceeded: it would not fit into the budget; nothing was fetched.
        DiskFull: there is no room; nothing was changed.
        StoreError: the manifest is wrong, or another installation is running.
    """
    offer = find_offer(what, config.paths)
    manifest, paths = offer.manifest, config.paths
    require_installable(manifest)
    purpose = f"installing model {manifest.name}"
    with ended_by_sigterm(), disk.writing(paths.state, 0, purpose), exclusive(paths):
        require_reachable(paths)
        model = installed_version(paths, manifest.name, manifest.version)
        intact = model is not None and model.manifest.text == manifest.text and not damages(model, progress)
        if model is None or not intact:
            require_acceptance(manifest, accept_license)
            model = _linked(config, offer, purpose, progress) if link else _fetched(config, offer, purpose, progress)
        make_default(paths, model)
        removal.drop_replaced(paths, model)
        return Installation(model, changed=not intact)


def require_acceptance(manifest: Manifest, accepted: bool) -> None:
    """Raise LicenseNotAccepted if the licence asks for an agreement that is not given."""
    if manifest.licences.accept and not accepted:
        asked = f"model {manifest.name} {manifest.version} asks for your agreement: {manifest.licences.accept}"
        raise LicenseNotAccepted(f"{asked}; agree with --accept-license")


def _fetched(config: Config, offer: Offer, purpose: str, progress: Progress) -> Installed:
    from edge_tts.store.gather import gather, opened  # here: a daemon installs nothing, and needs no network

    paths, manifest = config.paths, _with_what_is_here(config.paths, offer.manifest)
    wanted = allocated_peak_bytes(manifest, config.downloads.parallel)
    with (
        disk.reserve(config, paths.models, wanted, purpose) as room,
        scratch(paths, "install-") as folder,
    ):
        tree, downloads = folder / "model", folder / "downloads"
        room.covers(folder, kept_downloads(paths))
        tree.mkdir()
        downloads.mkdir()
        with opened(config, offer, downloads, progress) as sources:
            gather(manifest, tree, sources, progress)
            model = _put(paths, manifest, tree)
            sources.discard()
    return model


def _linked(config: Config, offer: Offer, purpose: str, progress: Progress) -> Installed:
    """Make a model of links to the files of a folder."""
    paths = config.paths
    there = offer.path.resolve() if offer.path else None
    if there is None or not there.is_dir():
        raise StoreError("a model can be linked from a folder with a manifest.toml and all its files")
    if there.is_relative_to(paths.models.resolve()):
        raise StoreError(f"{there} is in the store already")
    wanted = disk.allocated_bytes([len(offer.manifest.text), *(1 for _ in offer.manifest.files)])
    with disk.reserve(config, paths.models, wanted, purpose) as room, scratch(paths, "install-") as folder:
        room.covers(folder)
        tree = folder / "model"
        tree.mkdir()
        for file in offer.manifest.files:
            target = tree / file.path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(there / file.path)
        if found := damages(Installed(offer.manifest, tree), progress):
            raise ModelCorrupt(f"{there} is damaged: " + "; ".join(f"{one.path}: {one.reason}" for one in found))
        return _put(paths, offer.manifest, tree)


def _put(paths: Paths, manifest: Manifest, tree: Path) -> Installed:
    """Have a complete folder appear in the store."""
    place = paths.models / manifest.name / manifest.version
    disk.own(place.parent, paths)
    ours.require_ours(place)
    whole_files.write(tree / FILE_NAME, manifest.text.encode())
    write_stamps(tree, manifest)
    whole_files.sync_folders(tree)
    whole_files.put(tree, place)
    return Installed(read(place), place)


def _with_what_is_here(paths: Paths, manifest: Manifest) -> Manifest:
    """Let files that were moved aside or belong to another version be their own first source."""
    aside = quarantine_folder(paths, manifest.name) / manifest.version
    folders = [aside, *sorted((paths.models / manifest.name).glob("*"), reverse=True)]

    def here(file: File) -> list[FromFile]:
        places = (folder / file.path for folder in folders)
        return [
            FromFile(str(path), known=True) for path in places if path.is_file() and path.stat().st_size == file.size
        ][:2]

    return replace(manifest, files=tuple(replace(f, sources=(*here(f), *f.sources)) for f in manifest.files))
