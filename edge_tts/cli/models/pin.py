"""`edge-tts models pin`: which files of which revision a published package consists of."""

from __future__ import annotations

import argparse
from typing import Any

from edge_tts import store
from edge_tts.cli.terminal import ProgressBar, print_json, size, table
from edge_tts.config.loading import load as load_config
from edge_tts.errors import StoreError
from edge_tts.store import Manifest
from edge_tts.store.published.pin import Pinned
from edge_tts.store.published.pin import pin as ask

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
            print(f"{row['name']}: {left_out(row['left_out'])}")
    if failed:
        raise type(failed[0])("; ".join(map(str, failed)))


def unneeded(pinned: Pinned) -> dict[str, int]:
    """Return the bytes of what is not needed, by file or folder at the top of the package, by file of a voice."""
    found: dict[str, int] = {}
    for one in pinned.left_out:
        first, slash, _ = one.path.partition("/")
        place = one.path if first == "voices" else first + slash
        found[place] = found.get(place, 0) + one.size
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def left_out(places: dict[str, int]) -> str:
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
        "left_out": unneeded(pinned),
        "before": before.convert.revision if changed and before and before.convert else "",
    }
