"""`edge-tts models show`: everything that is known of a model."""

from __future__ import annotations

import argparse

from edge_tts import store
from edge_tts.cli.models import listing, prepare
from edge_tts.cli.terminal import print_json, size
from edge_tts.config.loading import load as load_config
from edge_tts.config.settings import Paths
from edge_tts.disk import used_bytes
from edge_tts.engines import tuning
from edge_tts.errors import UnknownModel
from edge_tts.store import Manifest


def run(options: argparse.Namespace) -> None:
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
    listing.tell_namesakes(paths, manifest.name)


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


def _from_catalog(paths: Paths, name: str) -> Manifest:
    known = store.catalog(paths)
    if name not in known:
        raise UnknownModel(f"no model is called {name!r}; there are: {', '.join(known)}")
    return known[name]
