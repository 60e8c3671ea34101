"""`edge-tts models prune`: remove what no model needs any more."""

from __future__ import annotations

import argparse

from edge_tts import store
from edge_tts.cli.terminal import print_json, size, table
from edge_tts.config.loading import load as load_config


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
