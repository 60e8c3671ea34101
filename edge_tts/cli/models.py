"""`edge-tts models …`: what can be installed, what is, and changing that. Works on the store, not the daemon."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from edge_tts import config, store
from edge_tts.cli import prepare
from edge_tts.cli.terminal import ProgressBar, print_json, size, table
from edge_tts.disk import Lease, used_bytes
from edge_tts.engines import tuning
from edge_tts.errors import ModelCorrupt, UnknownModel
from edge_tts.store import Installed, Manifest, Step


def show_all(options: argparse.Namespace) -> None:
    """List the catalog and what is installed."""
    installed = {model.name: model for model in store.installed(config.load().paths)}
    known = {**store.catalog(), **{name: model.manifest for name, model in installed.items()}}
    rows = [_row(manifest, installed.get(name)) for name, manifest in sorted(known.items())]
    if options.json:
        print_json(rows)
        return
    shown = [{**row, "size": size(row["installed_bytes"]), "languages": " ".join(row["languages"])} for row in rows]
    columns = ("name", "version", "installed", "size", "languages", "voices", "license", "description")
    print(table(shown, {name: name.upper() for name in columns}))


def show_one(options: argparse.Namespace) -> None:
    """Show everything that is known of a model."""
    paths = config.load().paths
    model = next((model for model in store.installed(paths) if model.name == options.name), None)
    manifest = model.manifest if model else _from_catalog(options.name)
    files = model.files_for_engine(paths.prepared) if model else None
    measured = tuning.read(files.prepared) if files else None
    if options.json:
        names = [voice.name for voice in manifest.voices]
        print_json({**_row(manifest, model), "voice_names": names, "measured": prepare.rows(measured)})
        return
    _describe(manifest)
    print(f"installed   {model.folder if model else 'no'}")
    if files:
        print(f"prepared    {size(used_bytes(files.prepared))} in {files.prepared}")
    prepare.show(measured)


def install(options: argparse.Namespace) -> None:
    """Install a model, then prepare it for this machine."""
    settings = config.load()
    what = Path(options.name) if "/" in options.name else options.name
    manifest = store.manifest_of(what)
    if not options.json:
        _describe(manifest)
    accepted = options.accept_license or _agreed(manifest, asking=not options.json)
    bar = ProgressBar()
    try:
        done = store.install(settings, what, lambda step: _draw(bar, step), accept_license=accepted)
        files = done.model.files_for_engine(settings.paths.prepared)
        with Lease(files.prepared, make=True):
            prepare.make(files, settings.engines.threads, bar)
    finally:
        bar.close()
    row = {**_row(done.model.manifest, done.model), "changed": done.changed}
    row["prepared_bytes"] = used_bytes(files.prepared)
    if options.json:
        print_json(row)
    else:
        took = f"{size(used_bytes(done.model.folder))} and {size(row['prepared_bytes'])} prepared"
        print(f"{done.model.name} {'is installed' if done.changed else 'was installed already'}: {took}")


def remove(options: argparse.Namespace) -> None:
    """Remove an installed model."""
    freed = store.remove(config.load().paths, options.name)
    if options.json:
        print_json({"name": options.name, "freed_bytes": freed})
    else:
        print(f"{options.name} is removed, {size(freed)} are free again")


def verify(options: argparse.Namespace) -> None:
    """Compare installed files with their digests; every damaged model is named before the command fails."""
    paths = config.load().paths
    names = [options.name] if options.name else [model.name for model in store.installed(paths)]
    rows, damaged = [], []
    bar = ProgressBar()
    for name in names:
        try:
            store.verify(paths, name, lambda step: _draw(bar, step))
            rows.append({"name": name, "intact": True, "problem": ""})
        except ModelCorrupt as error:
            damaged.append(error)
            rows.append({"name": name, "intact": False, "problem": str(error)})
    bar.close()
    if options.json:
        print_json(rows)
    else:
        for row in rows:
            print(f"{row['name']}: {row['problem'] or 'intact'}")
    if damaged:
        raise damaged[0]


def _draw(bar: ProgressBar, step: Step) -> None:
    bar.show(step.phase, step.file, step.bytes_done, step.bytes_total)


def _from_catalog(name: str) -> Manifest:
    known = store.catalog()
    if name not in known:
        raise UnknownModel(f"no model is called {name!r}; there are: {', '.join(known)}")
    return known[name]


def _row(manifest: Manifest, model: Installed | None) -> dict[str, Any]:
    return {
        "name": manifest.name,
        "version": manifest.version,
        "installed": model is not None,
        "engine": manifest.engine,
        "languages": list(manifest.languages),
        "voices": len(manifest.voices),
        "sample_rate": manifest.sample_rate,
        "download_bytes": manifest.needs.download_bytes,
        "installed_bytes": manifest.needs.installed_bytes,
        "license": manifest.licences.weights,
        "licenses": {
            "code": manifest.licences.code,
            "weights": manifest.licences.weights,
            "data": manifest.licences.data,
            "accept": manifest.licences.accept,
        },
        "description": manifest.description,
    }


def _agreed(manifest: Manifest, *, asking: bool) -> bool:
    """Ask for the agreement that the licence wants, where somebody can answer."""
    if not (manifest.licences.accept and asking and sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    print("do you agree? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _describe(manifest: Manifest) -> None:
    needs, licences = manifest.needs, manifest.licences
    print(f"{manifest.name} {manifest.version}: {manifest.description}")
    print(f"licence     code {licences.code}; weights {licences.weights}; training data {licences.data}")
    if licences.accept:
        print(f"agreement   {licences.accept}")
    print(
        f"size        {size(needs.download_bytes)} to download, {size(needs.installed_bytes)} installed, "
        f"{size(needs.prepared_bytes)} prepared, {size(needs.memory_bytes)} of memory while speaking"
    )
    print(f"voices      {', '.join(voice.name for voice in manifest.voices)}")
