"""`edge-tts models …`: what can be installed, what is, and changing that. Works on the store, not the daemon."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from edge_tts import store
from edge_tts.cli.models import listing, plan, prepare
from edge_tts.cli.terminal import ProgressBar, print_json, size, table
from edge_tts.config.loading import load as load_config
from edge_tts.config.settings import Paths
from edge_tts.disk import Lease, models, used_bytes
from edge_tts.engines import tuning
from edge_tts.errors import ModelCorrupt, StoreError, UnknownModel
from edge_tts.printable import printable
from edge_tts.store import Manifest

_COLUMNS = ("name", "version", "state", "size", "languages", "voices", "license", "description")


def show_all(options: argparse.Namespace) -> None:
    """List the catalog and what is installed."""
    paths = load_config().paths
    rows = listing.rows(paths)
    if options.json:
        print_json(rows)
        return
    shown = [{**row, "size": size(row["installed_bytes"]), "languages": " ".join(row["languages"])} for row in rows]
    print(table(shown, {name: name.upper() for name in _COLUMNS}))
    for line in listing.remarks(paths, rows):
        print(printable(line))


def show_one(options: argparse.Namespace) -> None:
    """Show everything that is known of a model."""
    paths = load_config().paths
    model = next((model for model in store.installed(paths) if model.name == options.name), None)
    manifest = model.manifest if model else _from_catalog(paths, options.name)
    files = model.files_for_engine(paths.prepared) if model else None
    measured = tuning.read(files.prepared) if files else None
    row = listing.row(paths, manifest)
    if options.json:
        names = [voice.name for voice in manifest.voices]
        print_json({**row, "voice_names": names, "measured": prepare.rows(measured)})
        return
    describe(manifest)
    print(
        f"installed   {model.folder if model else 'no'}{f', links to {model.linked}' if model and model.linked else ''}"
    )
    if len(row["versions"]) > 1:
        print(f"versions    {', '.join(row['versions'])}; the first one is used")
    if files:
        print(f"prepared    {size(used_bytes(files.prepared))} in {files.prepared}")
        print(f"computed    {prepare.computed(files, load_config().engines)}")
    prepare.show(measured)
    _tell_namesakes(paths, manifest.name)


def install(options: argparse.Namespace) -> None:
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
        _tell_namesakes(settings.paths, done.model.name)
    return row


def _tell_namesakes(paths: Paths, name: str) -> None:
    if line := listing.namesakes(paths).get(name):
        print(line)


def remove(options: argparse.Namespace) -> None:
    """Remove an installed model."""
    freed = store.remove(load_config().paths, options.name, options.version)
    if options.json:
        print_json({"name": options.name, "freed_bytes": freed})
    else:
        print(f"{f'{options.name} {options.version}'.strip()} is removed, {size(freed)} are free again")


def verify(options: argparse.Namespace) -> None:
    """Compare installed files with their digests; every damaged model is named before the command fails."""
    paths = load_config().paths
    names = [options.name] if options.name else [model.name for model in store.installed(paths)]
    chosen = [(name, model.version) for name in names for model in store.versions(paths, name)]
    rows: list[dict[str, Any]] = []
    failed: list[StoreError] = []
    bar = ProgressBar()
    for name, version in chosen or [(name, "") for name in names]:
        try:
            store.verify(paths, name, bar.step, version)
            rows.append({"name": name, "version": version, "intact": True, "problem": ""})
        except StoreError as error:
            failed.append(error)
            rows.append({"name": name, "version": version, "intact": False, "problem": str(error)})
    bar.close()
    if options.json:
        print_json(rows)
    else:
        for row in rows:
            print(printable(f"{row['name']} {row['version']}: {row['problem'] or 'intact'}"))
    if failed:
        raise min(failed, key=lambda failure: not isinstance(failure, ModelCorrupt))


def _from_catalog(paths: Paths, name: str) -> Manifest:
    known = store.catalog(paths)
    if name not in known:
        raise UnknownModel(f"no model is called {name!r}; there are: {', '.join(known)}")
    return known[name]


def agreed(manifest: Manifest, *, asking: bool) -> bool:
    """Ask for the agreement that the licence wants, where somebody can answer."""
    if not (manifest.licences.accept and asking and sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    print("do you agree? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def describe(manifest: Manifest, *, planned: bool = False) -> None:
    """Print what a model is; a plan that follows has its sizes."""
    needs, licences = manifest.needs, manifest.licences
    print(f"{manifest.name} {manifest.version}: {manifest.description}")
    print(f"licence     code {licences.code}; weights {licences.weights}; training data {licences.data}")
    if licences.accept:
        print(f"agreement   {licences.accept}")
    if package := manifest.convert:
        state = package.refused or f"revision {package.revision or 'not pinned yet, sizes are estimates'}"
        print(f"from        modelscope {package.repository}: {state}")
    if not planned:
        sizes = needs.download_bytes, needs.installed_bytes, needs.prepared_bytes
        print("size        {} to download, {} installed, {} prepared".format(*map(size, sizes)))
    print(f"memory      {size(needs.memory_bytes)} at most while speaking")
    print(f"voices      {', '.join(voice.name for voice in manifest.voices)}")
