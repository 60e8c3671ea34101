"""The models that are installed: list, find, verify."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from pathlib import Path

from edge_tts.config import Paths
from edge_tts.engines import ModelFiles, Voice, tuning
from edge_tts.errors import ModelCorrupt, StoreError, UnknownModel, UnknownVoice
from edge_tts.store import files
from edge_tts.store.catalog import catalog, read
from edge_tts.store.manifest import FILE_NAME, NAME, File, Manifest
from edge_tts.store.progress import Progress, Step, silent


@dataclass(frozen=True, slots=True)
class Installed:
    """A model in the store.

    Attributes:
        manifest: as it was installed.
        folder: where its files are.
    """

    manifest: Manifest
    folder: Path

    @property
    def name(self) -> str:
        """Name of the model."""
        return self.manifest.name

    @property
    def voices(self) -> tuple[Voice, ...]:
        """What it can speak with, the default voice first."""
        default = self.manifest.default_voice
        return tuple(sorted(self.manifest.voices, key=lambda voice: voice.name != default))

    def files_for_engine(self, prepared_root: Path) -> ModelFiles:
        """Return what an engine needs to load it.

        Args:
            prepared_root: folder of all prepared graphs.
        """
        roles: dict[str, tuple[Path, ...]] = {}
        for file in self.manifest.files:
            roles[file.role] = (*roles.get(file.role, ()), self.folder / file.path)
        return ModelFiles(
            name=self.manifest.name,
            engine=self.manifest.engine,
            digest=self.manifest.digest,
            sample_rate=self.manifest.sample_rate,
            voices=self.voices,
            tones=self.manifest.tones,
            folder=self.folder,
            files=roles,
            prepared=prepared_folder(prepared_root, self.manifest),
        )


@dataclass(frozen=True, slots=True)
class Damage:
    """What is wrong with a file.

    Attributes:
        path: place inside the model's folder.
        reason: what was expected and what is there.
    """

    path: str
    reason: str


def prepared_folder(prepared_root: Path, manifest: Manifest) -> Path:
    """Return the folder for graphs prepared from exactly these files."""
    return prepared_root / manifest.name / manifest.digest[:16]


def installed(paths: Paths) -> list[Installed]:
    """List the installed models by name, from their manifests; one whose manifest is damaged is left out."""
    models = []
    for folder in sorted(paths.models.glob("[a-z0-9]*")):
        if model := newest(folder):
            models.append(model)
    return models


def newest(folder: Path) -> Installed | None:
    """Return the version of a model that was installed last; older ones await their removal."""
    found = [(_modified(path), path) for path in folder.glob(f"*/{FILE_NAME}")]
    for _, path in sorted(found, reverse=True):
        try:
            return Installed(read(path), path.parent)
        except StoreError:
            continue
    return None


def _modified(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:  # removed meanwhile; reading it will tell
        return 0


def find(paths: Paths, name: str) -> Installed:
    """Return the installed model of that name.

    Raises:
        UnknownModel: there is none; the message has the nearest names.
        ModelCorrupt: it is there but its manifest cannot be read.
    """
    if model := re.fullmatch(NAME, name) and newest(paths.models / name):
        return model
    if re.fullmatch(NAME, name) and (paths.models / name).is_dir():
        raise ModelCorrupt(f"model {name} in {paths.models / name} has no readable manifest; install it again")
    raise unknown_model(name, "is not installed", [model.name for model in installed(paths)])


def unknown_model(name: str, why: str, known: list[str]) -> UnknownModel:
    """Return the error for a name that none of the known models has."""
    return UnknownModel(f"model {name!r} {why}; {_nearest(name, known)}")


AUTOMATIC = frozenset({"", "auto"})
"""What stands for the voice that sounds best of those that are fast enough here."""


def find_voice(paths: Paths, voice: str, rtf_limit: float) -> tuple[Installed, Voice]:
    """Return the voice of that name and its model; for one of AUTOMATIC a model's default voice, see `automatic`.

    Args:
        paths: where the store is.
        voice: its name.
        rtf_limit: what `automatic` calls fast enough.

    Raises:
        UnknownVoice: there is none; the message has the nearest names, or the model to install.
    """
    models = installed(paths)
    voices = {entry.name: (model, entry) for model in reversed(models) for entry in model.voices}
    if voice in AUTOMATIC and models:
        model = automatic(models, paths.prepared, rtf_limit)
        return model, model.voices[0]
    if voice in voices:
        return voices[voice]
    raise UnknownVoice(_unknown_voice(voice, list(voices)))


def automatic(models: list[Installed], prepared_root: Path, rtf_limit: float) -> Installed:
    """Return the model that sounds best of those that were measured to be fast enough.

    A model that was not measured counts as fast enough. Where none is, the fastest one is returned.

    Args:
        models: at least one.
        prepared_root: folder of all prepared graphs, and of what was measured.
        rtf_limit: the most synthesis seconds for a second of audio.
    """
    measured = {model.name: tuning.read(prepared_folder(prepared_root, model.manifest)) for model in models}
    factors = {name: record.chosen.rtf if record else 0.0 for name, record in measured.items()}
    able = [model for model in models if factors[model.name] <= rtf_limit]
    if not able:
        return min(models, key=lambda model: factors[model.name])
    return max(able, key=lambda model: model.manifest.preference)


def _unknown_voice(voice: str, known: list[str]) -> str:
    offers = {entry.name: manifest.name for manifest in catalog().values() for entry in manifest.voices}
    if voice in offers:
        model = offers[voice]
        return f"voice {voice!r} is in model {model}, which is not installed: edge-tts models install {model}"
    if not known:
        return f"no voice is installed: edge-tts models install {next(iter(catalog()), 'MODEL')}"
    return f"no voice is called {voice!r}; {_nearest(voice, known)}"


def _nearest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name.lower(), known, n=3)
    if near:
        return f"the nearest: {', '.join(near)}"
    return f"there are: {', '.join(sorted(known)) or 'none'}"


def damages(model: Installed, progress: Progress = silent) -> list[Damage]:
    """Read every file of a model and return what is wrong, nothing if it is intact."""
    found, done, total = [], 0, model.manifest.needs.installed_bytes
    for file in model.manifest.files:
        try:
            files.check(model.folder / file.path, file.size, file.sha256, _meter(progress, file, done, total))
        except ModelCorrupt as error:
            found.append(Damage(file.path, str(error)))
        done += file.size
    return found


def _meter(progress: Progress, file: File, before: int, total: int) -> files.Report:
    return lambda done: progress(Step("verify", file.path, before + done, total))


def verify(paths: Paths, name: str, progress: Progress = silent) -> Installed:
    """Read every file of an installed model and compare it with its digest.

    Raises:
        UnknownModel: it is not installed.
        ModelCorrupt: files differ; the message names each with what was expected and what is there.
    """
    model = find(paths, name)
    if found := damages(model, progress):
        listed = "; ".join(f"{damage.path}: {damage.reason}" for damage in found)
        raise ModelCorrupt(f"model {name} is damaged, install it again: {listed}")
    return model
