"""`edge-tts models update`: the catalog's version of installed models."""

from __future__ import annotations

import argparse

from edge_tts import store
from edge_tts.cli.models.install import install_one
from edge_tts.cli.terminal import print_json
from edge_tts.config.loading import load as load_config
from edge_tts.errors import UnknownModel


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
