"""`edge-tts models install`, `add` and `import`: puts a model into the store and prepares it for this machine."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from edge_tts import store
from edge_tts.cli.models import listing, plan, prepare
from edge_tts.cli.models.show import describe
from edge_tts.cli.terminal import ProgressBar, agrees, print_json, size
from edge_tts.config.loading import load as load_config
from edge_tts.disk import Lease, models, used_bytes
from edge_tts.store import Manifest


def run(options: argparse.Namespace) -> None:
    """Install a model, then prepare it for this machine."""
    row = install_one(options, plan.path_or_name(options.name))
    if options.json:
        print_json(row)


def add(options: argparse.Namespace) -> None:
    """Install a model that is on this machine."""
    row = install_one(options, Path(options.path), link=getattr(options, "link", False))
    if options.json:
        print_json(row)


def install_one(options: argparse.Namespace, what: str | Path, *, link: bool = False) -> dict[str, Any]:
    """Show the plan, install a model, prepare it, and say what it takes; return that for programs."""
    settings = load_config()
    if options.offline:
        settings = replace(settings, downloads=replace(settings.downloads, offline=True))
    manifest = store.manifest_of(what, settings.paths)
    store.require_installable(manifest)
    if not options.json:
        planned = not link and not listing.is_installed(settings.paths, manifest)
        describe(manifest, planned=planned)
        if planned:
            plan.print_plan(store.plan_of(settings, manifest), models(settings.paths))
    accepted = options.accept_license or agreed(manifest, asking=not options.json)
    bar = ProgressBar()
    try:
        done = store.install(settings, what, bar.step, accept_license=accepted, link=link)
        files = done.model.files_for_engine(settings.paths.prepared)
        with Lease(files.prepared, make=True):
            prepare.make(files, settings, bar)
    finally:
        bar.close()
    row = {**listing.row(settings.paths, manifest), "changed": done.changed}
    row["prepared_bytes"] = used_bytes(files.prepared)
    if not options.json:
        took = f"{size(used_bytes(done.model.folder))} and {size(row['prepared_bytes'])} prepared"
        print(f"{done.model.name} {'is installed' if done.changed else 'was installed already'}: {took}")
        listing.tell_namesakes(settings.paths, done.model.name)
    return row


def agreed(manifest: Manifest, *, asking: bool) -> bool:
    """Ask for the agreement that the licence wants, where somebody can answer."""
    return bool(manifest.licences.accept) and asking and agrees("do you agree?")
