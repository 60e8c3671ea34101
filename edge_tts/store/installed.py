"""Lists and finds the installed models; voices.py says which of them a voice belongs to.

A model may be installed in several versions. A request gets the default one: the version that the first line of a file
`default` beside them names, without that file the newest. The second line names the default before.
"""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from edge_tts.config.settings import Paths
from edge_tts.engines.model import ModelFiles, Voice
from edge_tts.errors import ModelCorrupt, ModelUnreachable, StoreError, UnknownModel
from edge_tts.store.catalog import read
from edge_tts.store.catalog import unreadable as unreadable_manifests
from edge_tts.store.manifest import FILE_NAME, NAME, VERSION, Manifest
from edge_tts.store.ours import DEFAULT


@dataclass(frozen=True, slots=True)
class Installed:
    """A model in the store.

    Attributes:
        manifest: the manifest that it was installed with.
        folder: where its files are, or links to them.
    """

    manifest: Manifest
    folder: Path

    @property
    def name(self) -> str:
        """Name of the model."""
        return self.manifest.name

    @property
    def version(self) -> str:
        """Version of the model."""
        return self.manifest.version

    @property
    def voices(self) -> tuple[Voice, ...]:
        """What it can speak with, the default voice first."""
        default = self.manifest.default_voice
        return tuple(sorted(self.manifest.voices, key=lambda voice: voice.name != default))

    @property
    def linked(self) -> Path | None:
        """The folder elsewhere that its files are links to, None for one whose files are in the store."""
        for file in self.manifest.files:
            path = self.folder / file.path
            if path.is_symlink():
                return Path(str(Path(os.readlink(path))).removesuffix(f"/{file.path}"))
        return None

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
            memory_bytes=self.manifest.needs.memory_bytes,
        )


def prepared_folder(prepared_root: Path, manifest: Manifest) -> Path:
    """Return the folder for graphs prepared from exactly these files."""
    return prepared_root / manifest.name / manifest.digest[:16]


def installed(paths: Paths) -> list[Installed]:
    """List the models by name in their default version; one whose manifest is damaged is left out."""
    found = (_default_version(folder) for folder in folders(paths))
    return [model for model in found if model is not None]


def versions(paths: Paths, name: str) -> list[Installed]:
    """List the installed versions of a model, the default one first, then the newest."""
    found = [_read(folder) for folder in _by_preference(paths.models / name)]
    return [model for model in found if model is not None]


def installed_version(paths: Paths, name: str, version: str) -> Installed | None:
    """Return that version of a model, None if it is not there or its manifest cannot be read."""
    return _read(paths.models / name / version)


def folders(paths: Paths) -> list[Path]:
    """List the folders of models, each with its versions; none if the disk that holds them is not there."""
    try:
        return sorted(path for path in paths.models.iterdir() if re.fullmatch(NAME, path.name))
    except OSError:
        return []


def unreadable(paths: Paths) -> list[str]:
    """Return why, for each manifest of an installed model or of this machine's catalog that cannot be used."""
    found = [problem for folder in folders(paths) for problem in unreadable_manifests(folder, f"*/{FILE_NAME}")]
    return [*found, *unreadable_manifests(paths.catalog, "*.toml")]


def require_reachable(paths: Paths) -> None:
    """Raise ModelUnreachable if the models are a link to a disk that is not there."""
    if paths.models.is_symlink() and not paths.models.is_dir():
        target = os.readlink(paths.models)
        raise ModelUnreachable(f"the models are in {target}, which is not there: is its disk connected?")


def default_record(folder: Path) -> list[str]:
    """Return the default version of a model and the one before, as far as they are recorded.

    Args:
        folder: the folder of the model, with all its versions.
    """
    try:
        lines = (folder / DEFAULT).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    return [line for line in lines if re.fullmatch(VERSION, line)]


def _default_version(folder: Path) -> Installed | None:
    return next((model for place in _by_preference(folder) if (model := _read(place))), None)


def _by_preference(folder: Path) -> list[Path]:
    """Return the folders of a model's versions, the default one first, then the newest."""
    default = default_record(folder)[:1]
    try:
        found = [path for path in folder.iterdir() if re.fullmatch(VERSION, path.name) and path.name != DEFAULT]
    except OSError:
        return []
    return sorted(found, key=lambda path: ([path.name] == default, _modified(path / FILE_NAME)), reverse=True)


def _read(folder: Path) -> Installed | None:
    try:
        return Installed(read(folder / FILE_NAME), folder)
    except StoreError:
        return None


def _modified(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:  # removed meanwhile; reading it will tell
        return 0


def find(paths: Paths, name: str, version: str = "") -> Installed:
    """Return the installed model of that name.

    Args:
        paths: where the store is.
        name: the model's name.
        version: the version to find; "" for the default.

    Raises:
        UnknownModel: there is none; the message has the nearest names.
        ModelCorrupt: it is there but its manifest cannot be read.
        ModelUnreachable: the disk that holds the models is not there.
    """
    require_reachable(paths)
    if not re.fullmatch(NAME, name) or not (paths.models / name).is_dir():
        raise unknown_model(name, "is not installed", [model.name for model in installed(paths)])
    found = versions(paths, name)
    for model in found:
        if version in ("", model.version):
            return model
    if not found:
        raise ModelCorrupt(f"model {name} in {paths.models / name} has no readable manifest; install it again")
    there = ", ".join(model.version for model in found)
    raise UnknownModel(f"model {name} is not installed in version {version!r}; there are: {there}")


def unknown_model(name: str, why: str, known: list[str]) -> UnknownModel:
    """Return the error for a name that none of the known models has."""
    return UnknownModel(f"model {name!r} {why}; {nearest(name, known)}")


def nearest(name: str, known: list[str]) -> str:
    """Return for a message which of the known names are like this one, or which there are."""
    near = difflib.get_close_matches(name.lower(), known, n=3)
    if near:
        return f"the nearest: {', '.join(near)}"
    return f"there are: {', '.join(sorted(known)) or 'none'}"
