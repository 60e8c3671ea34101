"""What installations take of the disk, whether that fits, and what would have to change so that it does. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from edge_tts import disk
from edge_tts.store.fetch.partial import SPAN_BYTES
from edge_tts.store.manifest import File, Licences, Manifest
from edge_tts.store.origins import FromArchive, FromFile, FromHub, FromPackages, FromUrl

VOCODER_OF = "vocoder of "
"""Begins the form of a vocoder that is another model's; the name or the folder of that follows."""

_VOCODER = "vocoder"  # role of the files that can be exchanged


@dataclass(frozen=True, slots=True)
class Part:
    """Files of a model that are used for the same thing.

    Attributes:
        name: role or path.
        bytes: installed.
        smaller: other forms of it that take less, as `float16`, with their bytes.
    """

    name: str
    bytes: int
    smaller: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A model that is to be installed.

    Attributes:
        name: the model's name.
        version: the model's version, "" for one that is only thought of.
        parts: what it consists of.
        download_bytes: what is transferred.
        beside_bytes: what lies beside its files while it is installed.
        prepared_bytes: graphs prepared from it.
        licences: None if they are not known.
        install: what to install first to have it, a name or a path; "" if that is not needed.
        installed: whether it is there already, so that nothing comes and nothing is added.
    """

    name: str
    version: str
    parts: tuple[Part, ...]
    download_bytes: int
    beside_bytes: int
    prepared_bytes: int
    licences: Licences | None = None
    install: str = ""
    installed: bool = False

    @property
    def installed_bytes(self) -> int:
        """Its files."""
        return sum(part.bytes for part in self.parts)

    @property
    def final_bytes(self) -> int:
        """What it adds in the end: files and prepared graphs."""
        return 0 if self.installed else self.installed_bytes + self.prepared_bytes

    @property
    def peak_bytes(self) -> int:
        """What it adds at most while it is installed: downloads and files, then files and prepared graphs."""
        return 0 if self.installed else self.installed_bytes + max(self.beside_bytes, self.prepared_bytes)


@dataclass(frozen=True, slots=True)
class Room:
    """What there is of the disk.

    Attributes:
        budget_bytes: the most that all our files together may take.
        used_bytes: what all our files take now, with what is promised to others.
        evictable_bytes: the part of that which eviction would remove.
        free_bytes: how much is free on the disk that holds the models.
        keep_free_bytes: how much of that must stay free.
    """

    budget_bytes: int
    used_bytes: int
    evictable_bytes: int
    free_bytes: int
    keep_free_bytes: int


@dataclass(frozen=True, slots=True)
class Change:
    """Something that would make a plan smaller.

    Attributes:
        model: the model that would change.
        part: the part of it that would change; "" if the whole model is left out.
        form: the form that the part would have; "" if it is left out.
        saved_bytes: how much less the plan would take.
    """

    model: str
    part: str
    form: str
    saved_bytes: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Models to install, one after the other.

    Attributes:
        models: the models in the order of installation.
        room: what there is of the disk.
    """

    models: tuple[Wanted, ...]
    room: Room

    @property
    def final_bytes(self) -> int:
        """What the models add in the end."""
        return sum(model.final_bytes for model in self.models)

    @property
    def peak_bytes(self) -> int:
        """What they add at most on the way."""
        before = peak = 0
        for model in self.models:
            peak = max(peak, before + model.peak_bytes)
            before += model.final_bytes
        return peak

    @property
    def over_budget_bytes(self) -> int:
        """By how much the budget would be exceeded on the way, after all evictions; 0 if it fits."""
        return max(0, self.room.used_bytes - self.room.evictable_bytes + self.peak_bytes - self.room.budget_bytes)

    @property
    def lacking_bytes(self) -> int:
        """By how much the disk has too little free; 0 if it has enough."""
        return max(0, self.peak_bytes + self.room.keep_free_bytes - self.room.free_bytes)

    def changes(self) -> list[Change]:
        """Return the fewest changes with which it fits: smaller forms first, then models left out.

        The result may be too little, if even the smallest forms of one model do not fit.
        """
        chosen: list[Change] = []
        plan = self
        for change in [*_shrinkings(self.models), *_omissions(self.models)]:
            if not plan.over_budget_bytes:
                break
            smaller = replace(self, models=_changed(self.models, [*chosen, change]))
            if smaller.over_budget_bytes < plan.over_budget_bytes:
                chosen, plan = [*chosen, change], smaller
        return [change for change in chosen if _is_needed(self, chosen, change)]


def wanted(manifest: Manifest, parallel: int, others: Mapping[str, Manifest] = MappingProxyType({})) -> Wanted:
    """Return what a model takes, or a package and what is converted from it.

    Args:
        manifest: the model's manifest.
        parallel: downloads at once.
        others: models whose vocoders it could have instead of its own, by what `exchange-vocoder` takes for them.
    """
    if manifest.convert:
        return _converted(manifest)
    roles: dict[str, list[File]] = {}
    for file in manifest.files:
        roles.setdefault(file.role, []).append(file)
    parts = (
        Part(
            found[0].path if len(found) == 1 else f"{role} ({len(found)} files)",
            sum(file.size for file in found),
            tuple(_vocoders(manifest, len(found), others)) if role == _VOCODER else (),
        )
        for role, found in roles.items()
    )
    return Wanted(
        manifest.name,
        manifest.version,
        tuple(parts),
        _download_bytes(manifest.files, manifest.needs.download_bytes),
        _beside_bytes(manifest.files, manifest.needs.download_bytes, parallel),
        manifest.needs.prepared_bytes,
        manifest.licences,
    )


def _vocoders(manifest: Manifest, count: int, others: Mapping[str, Manifest]) -> Iterator[tuple[str, int]]:
    """Yield the smaller vocoders of other models that take the same mels, and what `count` of one take."""
    own = sum(file.size for file in manifest.files if file.role == _VOCODER)
    for called, other in others.items():
        size = _vocoder_bytes(other) * count
        if other.name != manifest.name and manifest.mel and other.mel == manifest.mel and 0 < size < own:
            yield f"{VOCODER_OF}{called}", size


def _vocoder_bytes(manifest: Manifest) -> int:
    """Return the size of the vocoder of a model's default voice, 0 if there is none."""
    found = (file for file in manifest.files if file.role == _VOCODER)
    return next((file.size for file in found if file.path.startswith(f"{manifest.default_voice}/")), 0)


def _converted(manifest: Manifest) -> Wanted:
    """Return what a package takes on a workstation: itself, its graphs in float, and the converted model twice."""
    needs = manifest.needs
    return Wanted(
        manifest.name,
        manifest.version,
        (Part("converted model, about", needs.installed_bytes),),
        needs.download_bytes,
        2 * needs.download_bytes + needs.installed_bytes + needs.prepared_bytes,
        needs.prepared_bytes,
        manifest.licences,
    )


def allocated_peak_bytes(manifest: Manifest, parallel: int) -> int:
    """Return what has to be reserved for an installation, in blocks."""
    model = wanted(manifest, parallel)
    return disk.allocated_bytes([*(file.size for file in manifest.files), len(manifest.text)]) + max(
        model.beside_bytes, model.prepared_bytes
    )


def _download_bytes(files: Sequence[File], declared: int) -> int:
    """Return what the preferred sources transfer."""
    return declared if any(map(_is_packed, files)) else sum(file.size for file in files if _is_fetched(file))


def _beside_bytes(files: Sequence[File], declared: int, parallel: int) -> int:
    beside = declared if any(map(_is_packed, files)) else 0
    large = [file.size for file in files if _is_fetched(file) and file.size >= 2 * SPAN_BYTES]
    if large:  # a span is appended to the others before it is removed
        beside = max(beside, max(large) // max(1, parallel) + SPAN_BYTES)
    return beside


def _is_packed(file: File) -> bool:
    """Return whether a file comes in something larger that is downloaded."""
    match file.sources[:1]:
        case (FromPackages(),):
            return True
        case (FromArchive(archive=archive),):
            return not isinstance(archive, FromFile)
        case _:
            return False


def _is_fetched(file: File) -> bool:
    """Return whether a file is downloaded as it is."""
    return isinstance(file.sources[0] if file.sources else None, FromUrl | FromHub)


def _shrinkings(models: Iterable[Wanted]) -> list[Change]:
    """Return what parts could become, those that save most first."""
    found = [
        Change(model.name, part.name, form, part.bytes - size)
        for model in models
        for part in model.parts
        for form, size in part.smaller
    ]
    return sorted(found, key=lambda change: -change.saved_bytes)


def _omissions(models: Iterable[Wanted]) -> list[Change]:
    found = [Change(model.name, "", "", model.final_bytes) for model in models]
    return sorted(found, key=lambda change: -change.saved_bytes) if len(found) > 1 else []


def _changed(models: Iterable[Wanted], changes: Sequence[Change]) -> tuple[Wanted, ...]:
    omitted = {change.model for change in changes if not change.part}
    return tuple(_shrunk(model, changes) for model in models if model.name not in omitted)


def _shrunk(model: Wanted, changes: Sequence[Change]) -> Wanted:
    def shrunk(part: Part) -> Part:
        saved = [change.saved_bytes for change in changes if (change.model, change.part) == (model.name, part.name)]
        return replace(part, bytes=part.bytes - max(saved, default=0))

    return replace(model, parts=tuple(map(shrunk, model.parts)))


def _is_needed(plan: Plan, changes: Sequence[Change], change: Change) -> bool:
    """Return whether it does not fit without this change."""
    others = [other for other in changes if other is not change]
    if any((other.model, other.part) == (change.model, change.part) for other in others):
        return change is max(
            (other for other in changes if (other.model, other.part) == (change.model, change.part)),
            key=lambda other: other.saved_bytes,
        )
    return replace(plan, models=_changed(plan.models, others)).over_budget_bytes > 0
