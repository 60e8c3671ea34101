"""`edge-tts serve`: the daemon in the foreground."""

from __future__ import annotations

import argparse
import logging
from dataclasses import replace

from edge_tts import config, daemon


def serve(options: argparse.Namespace) -> None:
    """Run the daemon until SIGTERM or Ctrl-C."""
    logging.basicConfig(
        level=logging.INFO if options.verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    settings = config.load()
    if options.preload:
        settings = replace(settings, speech=replace(settings.speech, preload=True))
    daemon.serve(settings)
