"""`edge-tts models export`: a model in one file, for a device without a network."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge_tts import store
from edge_tts.cli.terminal import ProgressBar, print_json, size
from edge_tts.config.loading import load as load_config


def export(options: argparse.Namespace) -> None:
    """Write a model into one file."""
    bar = ProgressBar()
    try:
        taken = store.export(load_config().paths, options.name, Path(options.file), bar.step)
    finally:
        bar.close()
    if options.json:
        print_json({"name": options.name, "file": options.file, "bytes": taken})
    else:
        print(f"{options.file}: {size(taken)}, to be installed with: edge-tts models import {options.file}")
