"""Which of the installed versions of a model is the default; the last default stays known, to go back to it."""

from __future__ import annotations

from edge_tts import disk
from edge_tts.config.settings import Paths
from edge_tts.errors import StoreError
from edge_tts.store.installed import Installed, default_record, find, versions
from edge_tts.store.lock import exclusive
from edge_tts.store.ours import DEFAULT
from edge_tts.system.replacing import write_whole


def use(paths: Paths, name: str, version: str) -> Installed:
    """Make an installed version of a model the default.

    Raises:
        UnknownModel: it is not installed.
        StoreError: another installation or removal is running.
    """
    with disk.writing(paths.models, 0, f"choosing a version of model {name}"), exclusive(paths):
        model = find(paths, name, version)
        make_default(paths, model)
        return model


def roll_back(paths: Paths, name: str) -> Installed:
    """Make the version the default that was it before.

    Raises:
        UnknownModel: the model, or that version of it, is not installed.
        StoreError: there was no other version, or another installation or removal is running.
    """
    find(paths, name)
    before = default_record(paths.models / name)[1:]
    if not before:
        raise StoreError(f"model {name} had no other version before; see: edge-tts models show {name}")
    return use(paths, name, before[0])


def make_default(paths: Paths, model: Installed) -> None:
    """Record a version as the default, and the one that was it as the one before; the store's lock is held."""
    folder = paths.models / model.name
    record = default_record(folder) or [other.version for other in versions(paths, model.name)[1:]]
    if record[:1] == [model.version]:
        return
    kept = [version for version in record if version != model.version and (folder / version).is_dir()]
    write_whole(folder / DEFAULT, "".join(f"{line}\n" for line in [model.version, *kept[:1]]).encode())
