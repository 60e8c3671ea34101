"""`edge-tts models pin|pull-and-convert`: packages of other projects that become models on a workstation."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from edge_tts import store
from edge_tts.cli.convert import announce, print_quantized, require_packages, steps
from edge_tts.cli.models import listing, plan, prepare
from edge_tts.cli.models.install import agreed, describe
from edge_tts.cli.terminal import ProgressBar, print_json, size, table
from edge_tts.config.loading import load as load_config
from edge_tts.config.settings import Config
from edge_tts.disk import Lease, models, used_bytes
from edge_tts.errors import StoreError
from edge_tts.store import Manifest
from edge_tts.store.catalog import require_convertible
from edge_tts.store.published.pin import Pinned
from edge_tts.store.published.pin import pin as ask

if TYPE_CHECKING:
    from edge_tts.convert.pull import Pulled

_MOST_NAMES = 5
_COLUMNS = {"name": "NAME", "revision": "REVISION", "files": "FILES", "download": "DOWNLOAD", "license": "LICENCE"}


def pin(options: argparse.Namespace) -> None:
    """Ask the hub what packages consist of; every one that fails is named before the command fails."""
    settings = load_config()
    known = store.catalog(settings.paths)
    able = [name for name, one in known.items() if one.convert and not one.convert.refused]
    rows: list[dict[str, Any]] = []
    failed: list[StoreError] = []
    bar = ProgressBar()
    names = options.name or able
    for done, name in enumerate(names):
        bar.show("ask", name, done, len(names), f"{done} of {len(names)}")
        try:
            rows.append(_row(known.get(name), ask(settings, name, options.revision)))
        except StoreError as error:
            failed.append(error)
    bar.close()
    if options.json:
        print_json(rows)
    elif rows:
        print(table([{**row, "download": size(row["download_bytes"])} for row in rows], _COLUMNS))
    for row in rows if not options.json else []:
        if row["before"]:
            print(f"{row['name']}: the hub has other files now than were pinned before, of {row['before']}")
        if row["left_out"]:
            print(f"{row['name']}: {_left_out(row['left_out'])}")
    if failed:
        raise type(failed[0])("; ".join(map(str, failed)))


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
            prepare.make(files, settings.engines, bar, every=False)
    finally:
        bar.close()
    _tell(settings, done, options)


def exchange_vocoder(options: argparse.Namespace) -> None:
    """Install a version of a model that speaks with another model's vocoder."""
    from edge_tts.convert.exchange import exchange

    settings, bar = load_config(), ProgressBar()
    before = store.find(settings.paths, options.name)
    try:
        done = exchange(settings, options.name, plan.path_or_name(options.donor), options.voice, bar.step)
        files = done.model.files_for_engine(settings.paths.prepared)
        with Lease(files.prepared, make=True):
            prepare.make(files, settings.engines, bar, every=False)
    finally:
        bar.close()
    saved = used_bytes(before.folder) - used_bytes(done.model.folder)
    if options.json:
        print_json({**listing.row(settings.paths, done.model.manifest), "saved_bytes": saved})
        return
    change = f"{size(saved)} less" if saved >= 0 else f"{size(-saved)} more"
    print(f"{done.model.name} {done.model.version} speaks with the vocoder of {done.model.manifest.vocoder}: {change}")
    print(f"back        edge-tts models rollback {done.model.name}; or for good: edge-tts models prune")


def _pinned(settings: Config, options: argparse.Namespace) -> Manifest:
    """Return the manifest of a package; the hub is asked if nobody has done that yet."""
    manifest, _ = require_convertible(store.catalog(settings.paths), options.name)
    if manifest.files:
        return manifest
    pinned = ask(settings, options.name)
    found = pinned.manifest
    if not options.json and found.convert:
        print(f"{found.name} is pinned to {found.convert.revision} of {found.convert.repository}")
        if others := _described(pinned):
            print(_left_out(others))
    return found


def _described(pinned: Pinned) -> dict[str, int]:
    """Return the bytes of what is not needed, by file or folder at the top of the package, by file of a voice."""
    found: dict[str, int] = {}
    for one in pinned.left_out:
        first, slash, _ = one.path.partition("/")
        place = one.path if first == "voices" else first + slash
        found[place] = found.get(place, 0) + one.size
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _left_out(places: dict[str, int]) -> str:
    """Return for people what is not downloaded; names of others are shown as ASCII."""
    names = [f"{ascii(name)[1:-1]:.60} ({size(count)})" for name, count in [*places.items()][:_MOST_NAMES]]
    more = f" and {len(places) - _MOST_NAMES} more" if len(places) > _MOST_NAMES else ""
    return f"not needed, left out: {', '.join(names)}{more}; {size(sum(places.values()))} in all"


def _row(before: Manifest | None, pinned: Pinned) -> dict[str, Any]:
    found = pinned.manifest
    changed = bool(before and before.files and before.digest != found.digest)
    return {
        "name": found.name,
        "revision": found.convert.revision if found.convert else "",
        "files": len(found.files),
        "download_bytes": found.needs.download_bytes,
        "license": found.licences.weights,
        "left_out": _described(pinned),
        "before": before.convert.revision if changed and before and before.convert else "",
    }


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
