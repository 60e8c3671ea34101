"""Plans of installations: what is asked for by name or file, and what there is of the disk now."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from edge_tts import disk
from edge_tts.config.settings import Config, Paths
from edge_tts.disk.eviction import in_order
from edge_tts.disk.reservations import evictable, set_aside
from edge_tts.errors import StoreError
from edge_tts.sizes import parse_size
from edge_tts.store.catalog import catalog
from edge_tts.store.fields import Fields, fail
from edge_tts.store.installed import installed
from edge_tts.store.manifest import NAME, Manifest
from edge_tts.store.offers import manifest_of
from edge_tts.store.plan import Part, Plan, Room, Wanted, wanted
from edge_tts.system.tables import parse_toml, read_bounded

_SIZE = r"[0-9.]+ ?[A-Za-z]*"
_FORM = r"[\w.-]+"


def plan_for(config: Config, names: Iterable[str | Path]) -> Plan:
    """Plan to install models.

    Args:
        config: the budget, and where the store is.
        names: see `offers.find_offer`; or the path of a TOML file with models that are only thought of:

            [[models]]
            name = "NAME"
            prepared = "1 GB"                                  # may be left out
            parts = [["graph.onnx", "7.5 GB"], …]
            smaller = [["graph.onnx", "float16", "3.8 GB"], …]  # may be left out

    Raises:
        UnknownModel: the catalog has no such name.
        StoreError: a file is missing or wrong.
    """
    names = list(names)
    here = {model.name: model.manifest for model in installed(config.paths)}
    versions = {(one.name, one.version) for one in here.values()}
    asked = [_asked(name, config.paths) for name in names]
    folders = {written(one): found for one, found in zip(names, asked, strict=True)
               if isinstance(one, Path) and one.is_dir() and isinstance(found, Manifest)}  # fmt: skip
    models: list[Wanted] = []
    for name, one in zip(names, asked, strict=True):
        if isinstance(one, Manifest):
            found = wanted(one, config.downloads.parallel, {**folders, **here})
            if (one.name, one.version) in versions:
                models.append(replace(found, installed=True, download_bytes=0))
            else:
                models.append(replace(found, install=written(name)))
        else:
            models += one
    return Plan(tuple(models), room(config))


def written(what: str | Path) -> str:
    """Return a name as it is, and a path so that `find_offer` does not take it for a name."""
    return f"./{what}" if isinstance(what, Path) and not what.is_absolute() else str(what)


def plan_of(config: Config, manifest: Manifest) -> Plan:
    """Plan to install one model."""
    others = {model.name: model.manifest for model in installed(config.paths)}
    return Plan((wanted(manifest, config.downloads.parallel, others),), room(config))


def room(config: Config) -> Room:
    """Return what there is of the disk now."""
    snapshot = disk.Accounts(config).measure()
    promised = sum(promise.open_bytes for promise in disk.reserved(config.paths))
    evicted = in_order(evictable(config), time.time(), config.disk)
    return Room(
        budget_bytes=config.disk.budget_bytes,
        used_bytes=snapshot.used_bytes + promised + set_aside(snapshot, config.disk),
        evictable_bytes=sum(unit.bytes for unit in evicted),
        free_bytes=disk.free_bytes(config.paths.models),
        keep_free_bytes=config.disk.reserve_bytes,
    )


def _asked(name: str | Path, paths: Paths) -> Manifest | list[Wanted]:
    """Return the manifest that is meant, an installed one where the catalog has none; or models thought of."""
    if isinstance(name, Path) and name.suffix == ".toml":
        document = _read(name)
        if "models" in document:
            top = Fields(document, str(name))
            models = [_thought_of(entry, str(name)) for entry in top.tables("models")]
            top.end()
            return models
    if isinstance(name, str):
        offered = catalog(paths).get(name)
        here = [model.manifest for model in installed(paths) if model.name == name]
        if here and (offered is None or offered.convert):
            return here[0]
    return manifest_of(name, paths)


def _read(path: Path) -> dict[str, object]:
    try:
        return dict(parse_toml(read_bounded(path)))
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _thought_of(entry: Fields, where: str) -> Wanted:
    name = entry.text("name", NAME)
    prepared = _bytes(entry.text("prepared", _SIZE, default="0"), where)
    smaller: dict[str, list[tuple[str, int]]] = {}
    for part, form, size in entry.rows("smaller", (r"\S.*", _FORM, _SIZE), optional=True):
        smaller.setdefault(part, []).append((form, _bytes(size, where)))
    parts = tuple(
        Part(part, _bytes(size, where), tuple(smaller.pop(part, ())))
        for part, size in entry.rows("parts", (r"\S.*", _SIZE))
    )
    entry.end()
    for part in smaller:
        raise fail(where, f"smaller names {part!r}, which is none of the parts of {name}")
    total = sum(part.bytes for part in parts)
    return Wanted(name, "", parts, total, 0, prepared)


def _bytes(written: str, where: str) -> int:
    size = parse_size(written)
    if size is None:
        raise fail(where, f"expected a size such as '3.5 GB', got {written!r}")
    return size
