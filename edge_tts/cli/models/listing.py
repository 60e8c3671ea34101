"""The models as `edge-tts models list` shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from edge_tts import store
from edge_tts.config.settings import Paths
from edge_tts.errors import StoreError
from edge_tts.store import Installed, Manifest

CONVERT = "needs conversion"
"""State of a model that is published as a package of another project."""
PULL = "edge-tts models pull-and-convert"
"""The command that makes a model of such a package."""


def rows(paths: Paths) -> list[dict[str, Any]]:
    """Return a row for each model that is in the catalog, installed or moved aside, by name."""
    aside = {model.manifest.name: model.manifest for model in store.quarantined(paths)}
    installed = {model.name: model.manifest for model in store.installed(paths)}
    offered = store.catalog(paths)
    known = {**aside, **offered, **installed}
    return [row(paths, manifest, offered) for _, manifest in sorted(known.items())]


def row(paths: Paths, manifest: Manifest, catalog: Mapping[str, Manifest] | None = None) -> dict[str, Any]:
    """Return what programs are told of a model; the catalog is read where it is not given."""
    versions = store.versions(paths, manifest.name)
    state, problem = _state(paths, manifest, versions)
    offered = (store.catalog(paths) if catalog is None else catalog).get(manifest.name)
    installed = versions[0].manifest if versions else None
    return {
        "name": manifest.name,
        "version": manifest.version,
        "installed": bool(versions),
        "state": state,
        "problem": problem,
        "versions": [model.version for model in versions],
        "update": _update(offered, installed),
        "convert": bool(offered and offered.convert),
        "linked": str(versions[0].linked or "") if versions else "",
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


def remarks(paths: Paths, found: Sequence[dict[str, Any]]) -> list[str]:
    """Return remarks that people need beside the table of models."""
    lines = []
    try:
        store.require_reachable(paths)
    except StoreError as error:
        lines.append(str(error))
    lines += store.unreadable(paths)
    for one in found:
        if one["problem"]:
            lines.append(f"{one['name']}: {one['problem']}")
        if one["update"]:
            lines.append(f"{one['name']}: version {one['update']} can be had: edge-tts models update {one['name']}")
    lines += namesakes(paths).values()
    if any(one["state"] == CONVERT for one in found):
        lines.append(f"what {CONVERT} is published for other software; on a workstation: {PULL} NAME")
    return lines


def namesakes(paths: Paths) -> dict[str, str]:
    """Return for each model, some of whose voices have the name of another model's, what has to be said of them."""
    shadowed: dict[str, list[str]] = {}
    for name, (model, voice) in store.called(store.installed(paths)).items():
        if name != voice.name:
            shadowed.setdefault(model.name, []).append(name)
    return {
        name: f"{name}: another model has voices of the same names; these are called {', '.join(called)}"
        for name, called in shadowed.items()
    }


def is_installed(paths: Paths, manifest: Manifest) -> bool:
    """Return whether that version is installed."""
    return manifest.version in [model.version for model in store.versions(paths, manifest.name)]


def _update(offered: Manifest | None, installed: Manifest | None) -> str:
    """Return the version that could be installed instead, "" if there is none."""
    if not offered or not installed or offered.convert or offered.text == installed.text:
        return ""
    return offered.version


def _state(paths: Paths, manifest: Manifest, versions: list[Installed]) -> tuple[str, str]:
    """Return the state of a model, "" for one that could be installed, and what is wrong with it."""
    for model in versions[:1]:
        try:
            store.check(model)
            return "linked" if model.linked else "installed", ""
        except StoreError as error:
            return "unreachable" if error.code == "model_unreachable" else "damaged", str(error)
    for aside in store.quarantined(paths):
        if aside.manifest.name == manifest.name:
            return "damaged", f"was moved aside, edge-tts models install {manifest.name} repairs it: {aside.reason}"
    if manifest.convert:
        return "cannot be had" if manifest.convert.refused else CONVERT, ""
    return "", ""


def tell_namesakes(paths: Paths, name: str) -> None:
    """Print that other models have the same voices as a model, where that is so."""
    if line := namesakes(paths).get(name):
        print(line)
