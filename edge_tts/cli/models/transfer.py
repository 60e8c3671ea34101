"""`edge-tts models move|export`: models on another disk, and in a file."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge_tts import store
from edge_tts.cli.terminal import ProgressBar, print_json, size
from edge_tts.config.loading import load as load_config


def move(options: argparse.Namespace) -> None:
    """Move all models."""
    bar = ProgressBar()
    try:
        place = store.move(load_config(), Path(options.folder) if options.folder else None, bar.step)
    finally:
        bar.close()
    if options.json:
        print_json({"folder": str(place)})
    else:
        print(f"the models are in {place} now")


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
