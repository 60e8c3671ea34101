"""`edge-tts models use|rollback`: which installed version of a model is the default."""

from __future__ import annotations

import argparse

from edge_tts import store
from edge_tts.cli.terminal import print_json
from edge_tts.config.loading import load as load_config
from edge_tts.store import Installed


def use(options: argparse.Namespace) -> None:
    """Choose a version."""
    _tell(store.use(load_config().paths, options.name, options.version), options)


def rollback(options: argparse.Namespace) -> None:
    """Go back to the version before."""
    _tell(store.roll_back(load_config().paths, options.name), options)


def _tell(model: Installed, options: argparse.Namespace) -> None:
    if options.json:
        print_json({"name": model.name, "version": model.version})
    else:
        print(f"{model.name} {model.version} is used from now on")
