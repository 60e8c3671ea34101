"""The voices that the daemon can speak with right now."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from edge_tts.config.settings import Config
from edge_tts.engines import tuning
from edge_tts.engines.model import ModelFiles
from edge_tts.errors import StoreError, UnknownVoice
from edge_tts.store.installed import Installed, installed, prepared_folder
from edge_tts.store.integrity import check, is_usable
from edge_tts.store.voices import called, find_voice


def describe(models: Iterable[Installed], default: tuple[str, str]) -> list[dict[str, Any]]:
    """Return a row for each voice: name, language, gender, model, engine, license, default.

    Args:
        models: the installed models, by name.
        default: model and voice that an empty name stands for, empty if there is none.
    """
    return [
        {
            "name": name,
            "language": voice.language,
            "gender": voice.gender,
            "model": model.name,
            "engine": model.manifest.engine,
            "license": model.manifest.licences.weights,
            "default": (model.name, voice.name) == default,
        }
        for name, (model, voice) in called(models).items()
    ]


class Voices:
    """The installed voices, read again when the store has changed. Any thread may ask; it may wait for a disk.

    Args:
        config: where the store is, and the default voice.
    """

    def __init__(self, config: Config) -> None:
        """Read nothing yet."""
        self._config = config
        self._alone = threading.RLock()
        self._folders: dict[str, int] = {}  # of models, and when each was changed
        self._measured: dict[str, int] = {}  # records of measurements, likewise; their folders change with every use
        self._models: list[Installed] = []
        self._found: dict[str, tuple[Installed, ModelFiles, str]] = {}

    def models(self) -> list[Installed]:
        """Return the installed models."""
        with self._alone:
            paths = self._config.paths
            folders = _dates([str(paths.models), *_folders(paths.models)])
            if folders != self._folders or _dates(self._measured) != self._measured:
                self._models, self._found, self._folders = installed(paths), {}, folders
                prepared = [prepared_folder(paths.prepared, model.manifest) for model in self._models]
                self._measured = _dates(f"{folder}/{tuning.FILE_NAME}" for folder in prepared)
            return self._models

    def find(self, name: str) -> tuple[ModelFiles, str]:
        """Return the model of a voice, NAME or MODEL/NAME, and its name; "" stands for the default voice.

        Raises:
            UnknownVoice: no installed model has it.
            ModelCorrupt: files of its model were changed or are missing.
            ModelUnreachable: the disk that holds its model is not there.
        """
        with self._alone:
            self.models()
            model, files, voice = self._look_up(name)
            if not is_usable(model):
                self._found.pop(name, None)  # for the automatic voice there may be another model
                model, files, voice = self._look_up(name)
                check(model)
            return files, voice

    def _look_up(self, name: str) -> tuple[Installed, ModelFiles, str]:
        if name in self._found:
            return self._found[name]
        speech = self._config.speech
        model, voice = find_voice(self._config.paths, name or speech.voice, speech.rtf_limit, self._models)
        found = model, model.files_for_engine(self._config.paths.prepared), voice.name
        if all(map(is_usable, self._models)):  # what is missing now may come back
            self._found[name] = found
        return found

    def describe(self) -> list[dict[str, Any]]:
        """Return a row for each voice, see `describe`."""
        with self._alone:
            models = self.models()
            try:
                model, _, voice = self._look_up("")
                return describe(models, (model.name, voice))
            except (UnknownVoice, StoreError):  # there is none, or its model is damaged
                return describe(models, ("", ""))


def _folders(place: Path) -> list[str]:
    with contextlib.suppress(OSError), os.scandir(place) as entries:
        return [entry.path for entry in entries if entry.is_dir()]
    return []


def _dates(places: Iterable[str]) -> dict[str, int]:
    """Return when each was changed, 0 for what is not there."""
    return {place: _date(place) for place in places}


def _date(place: str) -> int:
    try:
        return os.stat(place).st_mtime_ns
    except OSError:
        return 0
