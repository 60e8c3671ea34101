"""`edge-tts models verify`: compares installed files with their digests."""

from __future__ import annotations

import argparse
from typing import Any

from edge_tts import store
from edge_tts.cli.terminal import ProgressBar, print_json
from edge_tts.config.loading import load as load_config
from edge_tts.errors import ModelCorrupt, StoreError
from edge_tts.printable import printable


def run(options: argparse.Namespace) -> None:
    """Compare installed files with their digests; every damaged model is named before the command fails."""
    paths = load_config().paths
    names = [options.name] if options.name else [model.name for model in store.installed(paths)]
    chosen = [(name, model.version) for name in names for model in store.versions(paths, name)]
    rows: list[dict[str, Any]] = []
    failed: list[StoreError] = []
    bar = ProgressBar()
    for name, version in chosen or [(name, "") for name in names]:
        try:
            store.verify(paths, name, bar.step, version)
            rows.append({"name": name, "version": version, "intact": True, "problem": ""})
        except StoreError as error:
            failed.append(error)
            rows.append({"name": name, "version": version, "intact": False, "problem": str(error)})
    bar.close()
    if options.json:
        print_json(rows)
    else:
        for row in rows:
            print(printable(f"{row['name']} {row['version']}: {row['problem'] or 'intact'}"))
    if failed:
        raise min(failed, key=lambda failure: not isinstance(failure, ModelCorrupt))
