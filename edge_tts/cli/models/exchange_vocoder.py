"""`edge-tts models exchange-vocoder`: a version of a model that speaks with another model's vocoder."""

from __future__ import annotations

import argparse

from edge_tts import store
from edge_tts.cli.models import listing, plan, prepare
from edge_tts.cli.terminal import ProgressBar, print_json, size
from edge_tts.config.loading import load as load_config
from edge_tts.disk import Lease, used_bytes


def exchange_vocoder(options: argparse.Namespace) -> None:
    """Install a version of a model that speaks with another model's vocoder."""
    from edge_tts.convert.exchange import exchange

    settings, bar = load_config(), ProgressBar()
    before = store.find(settings.paths, options.name)
    try:
        done = exchange(settings, options.name, plan.path_or_name(options.donor), options.voice, bar.step)
        files = done.model.files_for_engine(settings.paths.prepared)
        with Lease(files.prepared, make=True):
            prepare.make(files, settings, bar, every=False)
    finally:
        bar.close()
    saved = used_bytes(before.folder) - used_bytes(done.model.folder)
    if options.json:
        print_json({**listing.row(settings.paths, done.model.manifest), "saved_bytes": saved})
        return
    change = f"{size(saved)} less" if saved >= 0 else f"{size(-saved)} more"
    print(f"{done.model.name} {done.model.version} speaks with the vocoder of {done.model.manifest.vocoder}: {change}")
    print(f"back        edge-tts models rollback {done.model.name}; or for good: edge-tts models prune")
