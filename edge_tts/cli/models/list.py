"""`edge-tts models list`: what can be installed, and what is."""

from __future__ import annotations

import argparse

from edge_tts.cli.models import listing
from edge_tts.cli.terminal import print_json, size, table
from edge_tts.config.loading import load as load_config
from edge_tts.printable import printable

_COLUMNS = ("name", "version", "state", "size", "languages", "voices", "license", "description")


def run(options: argparse.Namespace) -> None:
    """List the catalog and what is installed."""
    paths = load_config().paths
    rows = listing.rows(paths)
    if options.json:
        print_json(rows)
        return
    shown = [{**row, "size": size(row["installed_bytes"]), "languages": " ".join(row["languages"])} for row in rows]
    print(table(shown, {name: name.upper() for name in _COLUMNS}))
    for line in listing.remarks(paths, rows):
        print(printable(line))
