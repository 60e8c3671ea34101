"""`edge-tts models move`: all models on another disk."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge_tts import store
from edge_tts.cli.terminal import ProgressBar, print_json
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
