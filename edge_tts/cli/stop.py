"""`edge-tts stop`: end all speech."""

from __future__ import annotations

import argparse

from edge_tts.cli.terminal import print_json
from edge_tts.client.blocking import Client


def stop(options: argparse.Namespace) -> None:
    """Stop all speech."""
    with Client() as client:
        stopped = client.stop()
    if options.json:
        print_json({"stopped": stopped})
    else:
        print(f"stopped: {stopped} utterance{'' if stopped == 1 else 's'}" if stopped else "there was nothing to stop")
