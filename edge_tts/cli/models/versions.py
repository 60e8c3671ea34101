"""`edge-tts models update|use|rollback|prune`: versions of a model side by side, and what is left over."""

from __future__ import annotations

import argparse

from edge_tts import store
from edge_tts.cli.models.install import install_one
from edge_tts.cli.terminal import print_json, size, table
from edge_tts.config.loading import load as load_config
from edge_tts.errors import UnknownModel
from edge_tts.store import Installed


def update(options: argparse.Namespace) -> None:
    """Install what the catalog has in another version than is installed."""
    paths = load_config().paths
    known = {name: manifest for name, manifest in store.catalog(paths).items() if not manifest.convert}
    models = [store.find(paths, options.name)] if options.name else store.installed(paths)
    if options.name and options.name not in known:
        raise UnknownModel(f"model {options.name} is not in the catalog, so there is nothing to update it from")
    old = [model for model in models if model.name in known and known[model.name].text != model.manifest.text]
    rows = [install_one(options, model.name) for model in old]
    if options.json:
        print_json(rows)
    elif not old:
        print("everything is up to date")
    else:
        print("the old versions stay: edge-tts models rollback NAME, or edge-tts models prune")


def use(options: argparse.Namespace) -> None:
    """Choose a version."""
    _tell(store.use(load_config().paths, options.name, options.version), options)


def roll_back(options: argparse.Namespace) -> None:
    """Go back to the version before."""
    _tell(store.roll_back(load_config().paths, options.name), options)


def prune(options: argparse.Namespace) -> None:
    """Remove what nobody needs."""
    paths = load_config().paths
    found = store.superfluous(paths) if options.dry_run else store.prune(paths)
    if options.json:
        print_json([{"kind": item.kind, "name": item.name, "bytes": item.bytes} for item in found])
        return
    if found:
        rows = [{"kind": item.kind, "name": item.name, "size": size(item.bytes)} for item in found]
        print(table(rows, {"kind": "KIND", "name": "NAME", "size": "SIZE"}))
    total = size(sum(item.bytes for item in found))
    print(f"{total} could become free" if options.dry_run else f"{total} are free again")


def _tell(model: Installed, options: argparse.Namespace) -> None:
    if options.json:
        print_json({"name": model.name, "version": model.version})
    else:
        print(f"{model.name} {model.version} is used from now on")
