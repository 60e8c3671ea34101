"""`edge-tts models remove`: removes an installed model."""

from __future__ import annotations

import argparse

from edge_tts import store
from edge_tts.cli.terminal import print_json, size
from edge_tts.config.loading import load as load_config


def run(options: argparse.Namespace) -> None:
    """Remove an installed model."""
    freed = store.remove(load_config().paths, options.name, options.version)
    if options.json:
        print_json({"name": options.name, "freed_bytes": freed})
    else:
        print(f"{f'{options.name} {options.version}'.strip()} is removed, {size(freed)} are free again")
