"""`edge-tts serve`: the daemon in the foreground."""

from __future__ import annotations

import argparse
import gc
import os
from pathlib import Path

from edge_tts.errors import ConfigError


def serve(options: argparse.Namespace) -> None:
    """Run the daemon until SIGTERM or Ctrl-C."""
    gc.disable()  # until the daemon runs: to look again and again at what modules make takes a tenth of its start
    import faulthandler
    import logging
    from dataclasses import replace

    from edge_tts.config.loading import load as load_config
    from edge_tts.daemon import logs, service

    os.umask(0o077)  # what a daemon writes is its user's alone
    settings = load_config()
    level = logging.INFO if options.verbose else logging.WARNING
    try:
        logs.start(level, Path(options.log) if options.log else None, settings.disk.log_bytes)
    except OSError as error:
        raise ConfigError(f"no log can be written to {options.log}: {error.strerror}") from error
    faulthandler.enable()
    if options.preload:
        settings = replace(settings, speech=replace(settings.speech, preload=True))
    service.serve(settings, options.lock)
