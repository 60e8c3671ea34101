"""Exchanges the vocoder of an installed Sambert model for one of another model that takes the same mels.

What comes out is another version of the model, so that `edge-tts models rollback` undoes it. Nothing is converted: the
other vocoder is taken as it is, with its precision.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from edge_tts import store
from edge_tts.config.settings import Config, Paths
from edge_tts.convert.manifest_text import with_files
from edge_tts.engines.sambert.voice import FILE_NAME, read
from edge_tts.errors import ConversionError, UnknownModel
from edge_tts.store import Installed, Progress
from edge_tts.store.build_folder import build_folder
from edge_tts.store.manifest import FILE_NAME as MANIFEST
from edge_tts.store.progress import silent

_ENGINE = "sambert"


def exchange(
    config: Config, name: str, donor: str | Path, voice: str = "", progress: Progress = silent
) -> store.Installation:
    """Install a version of a model that speaks with the vocoder of another one.

    Args:
        config: names the store and the budget.
        name: the installed model that gets another vocoder.
        donor: name of an installed model, or a folder with one, which has the vocoder.
        voice: the voice of the donor whose vocoder is taken; "" for its default voice.
        progress: is told of the installation.

    Raises:
        ConversionError: a model has no such vocoder, or the vocoder takes other mels.
        UnknownModel: one of them is not installed.
        StoreError: see `store.install`.
    """
    model, other = _sambert(store.find(config.paths, name)), _sambert(_donor(config.paths, donor))
    giving = voice or other.manifest.default_voice
    if not (other.folder / giving / FILE_NAME).is_file():
        raise ConversionError(f"model {other.name} has no voice {giving!r} with a vocoder of its own")
    with build_folder(config, 2 * model.manifest.needs.installed_bytes, f"exchanging the vocoder of {name}") as build:
        folder = build.folder / "model"
        _copy(model, folder)
        for place in folder.glob(f"*/{FILE_NAME}"):
            _exchange(place, other.folder / giving, other.name)
        whose = f"{other.name}/{giving}"
        version = f"{model.version.partition('+')[0][:31]}+{whose.replace('/', '.')[:31]}"
        manifest = replace(model.manifest, version=version, vocoder=whose)
        (folder / MANIFEST).write_text(with_files(manifest, folder), encoding="utf-8")
        build.unlock()
        build.room.resize(0)  # the installation has room of its own
        return store.install(config, folder, progress)


def _donor(paths: Paths, donor: str | Path) -> Installed:
    if isinstance(donor, str):
        return store.find(paths, donor)
    if not donor.is_dir():
        raise UnknownModel(f"{donor} is no folder with a model")
    return Installed(store.manifest_of(donor), donor)


def _sambert(model: Installed) -> Installed:
    if model.manifest.engine != _ENGINE:
        engine = model.manifest.engine
        raise ConversionError(f"the vocoder of model {model.name} cannot be exchanged, its engine is {engine}")
    return model


def _copy(model: Installed, folder: Path) -> None:
    """Copy all files of a model into a new folder."""
    for file in model.manifest.files:
        target = folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(model.folder / file.path, target)


def _exchange(place: Path, giving: Path, donor: str) -> None:
    """Put a vocoder where a voice has its own."""
    mine, other = read(place), read(giving / FILE_NAME)
    if why := mine.unfit(other.vocoder):
        raise ConversionError(f"the vocoder of {donor} cannot speak {mine.name}: {why}")
    for path in (place, place.parent / mine.vocoder.graph):
        path.unlink()
    shutil.copyfile(giving / other.vocoder.graph, place.parent / mine.vocoder.graph)
    vocoder = replace(other.vocoder, graph=mine.vocoder.graph)
    place.write_text(replace(mine, vocoder=vocoder).as_json(), encoding="utf-8")
