"""`edge-tts voices`: the installed voices."""

from __future__ import annotations

import argparse

from edge_tts.cli.terminal import print_json, table
from edge_tts.client.blocking import Client
from edge_tts.config.loading import load as load_config
from edge_tts.daemon.voices import Voices
from edge_tts.errors import DaemonUnavailable


def voices(options: argparse.Namespace) -> None:
    """List the installed voices; without a daemon, read the store."""
    try:
        with Client() as client:
            rows = client.voices()
    except DaemonUnavailable:
        rows = Voices(load_config()).describe()
    if options.json:
        print_json(rows)
    elif rows:
        columns = ("name", "language", "gender", "engine", "model", "license", "default")
        print(table(rows, {name: name.upper() for name in columns}))
    else:
        print("no voice is installed; see: edge-tts models list")
