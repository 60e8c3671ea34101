"""What a model consists of and where its files come from: the manifest, a TOML file.

    name version engine sample_rate languages tones default_voice preference description vocoder mel
    [licences]  code weights data accept
    [needs]     download_bytes installed_bytes prepared_bytes memory_bytes
    [[voices]]  name language gender
    [[files]]   path role size sha256 sources
    [convert]   from modelscope revision refused

`licences.accept` says what whoever installs the model must agree to, as "no commercial use: trained on recordings for
research only"; it is left out where there is nothing to agree to. The installer takes the first of a file's sources
(see origins.py) that gives the right bytes.

With a table `convert` it is no model yet: its files are a package of another project, which a workstation turns into
the model that the rest describes. `needs.download_bytes` is then the size of the package, `installed_bytes` that of the
model. Where no files are named the package is not pinned: nobody has asked the hub yet what it consists of, sizes are
estimates, and `pin.py` fills them in. `refused` is the reason why it cannot be converted.

Where a model has an exchangeable vocoder, `vocoder` says whose it is, MODEL or MODEL/VOICE, and `mel` on which spectra
it and the acoustic model agree; two models with the same `mel` can exchange vocoders.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal, cast

from edge_tts.engines.model import Voice
from edge_tts.store.fields import Fields, fail
from edge_tts.store.origins import DIGEST, PATH, REPOSITORY, Source, read_source
from edge_tts.system.tables import parse_toml

FILE_NAME = "manifest.toml"
"""Name of a manifest beside its files."""

NAME = r"[a-z0-9][a-z0-9._-]{0,63}"
"""Pattern of the names of models, voices, engines and roles."""

VERSION = r"(?!default$)[A-Za-z0-9][A-Za-z0-9._+-]{0,63}"
"""Pattern of versions."""

_LANGUAGE = r"[a-z]{2,3}"

Tones = Literal["lexical", "surface"]


@dataclass(frozen=True, slots=True)
class File:
    """One file of a model.

    Attributes:
        path: place inside the model's folder, with slashes.
        role: what the engine uses it for, as `graph`.
        size: bytes.
        sha256: 64 hexadecimal digits.
        sources: where to get it, in the order of preference.
    """

    path: str
    role: str
    size: int
    sha256: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Licences:
    """What the parts of a model may be used for.

    Attributes:
        code: the licence of the program that defines the model.
        weights: the licence of the trained parameters.
        data: the licence of what it was trained on, as far as known.
        accept: what somebody must agree to before it is installed, with the reason; "" for nothing.
    """

    code: str
    weights: str
    data: str
    accept: str = ""


@dataclass(frozen=True, slots=True)
class Needs:
    """What a model takes of the machine.

    Attributes:
        download_bytes: what the preferred sources transfer, kept on disk while installing.
        installed_bytes: sum of the files.
        prepared_bytes: graphs prepared from it.
        memory_bytes: peak of a loaded engine on the longest input, mapped files included.
    """

    download_bytes: int
    installed_bytes: int
    prepared_bytes: int
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class Conversion:
    """A package that becomes a model on a workstation.

    Attributes:
        kind: the kind of package, the format that `edge-tts convert` is told.
        repository: owner and name of the repository at the hub ModelScope.
        revision: the tag, commit or branch that was pinned, for people: each file has its own commit; "" for none.
        refused: why it cannot be converted; "" if it can.
    """

    kind: Literal["sambert"]
    repository: str
    revision: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A model, as published.

    Attributes:
        name: unique in the catalog and the store.
        version: changes when any file changes.
        description: one line for people.
        engine: which engine reads it.
        sample_rate: the rate of its audio, Hz.
        languages: codes of what it can speak.
        tones: which tones of a syllable it was trained on.
        default_voice: name of one of `voices`.
        preference: a number from 0 to 100, higher for a model that sounds better; voice "auto" goes by it.
        licences: what code, weights and data may be used for.
        needs: disk and memory.
        voices: what it can speak with.
        files: what it consists of; none if its engine computes everything.
        text: the TOML it was read from.
        convert: what has to be converted first; None for a model that can be installed.
        vocoder: the model or voice whose vocoder it speaks with, "" where it cannot be exchanged.
        mel: the format of the spectra that the vocoder takes, "" where it cannot be exchanged.
    """

    name: str
    version: str
    description: str
    engine: str
    sample_rate: int
    languages: tuple[str, ...]
    tones: Tones
    default_voice: str
    preference: int
    licences: Licences
    needs: Needs
    voices: tuple[Voice, ...]
    files: tuple[File, ...]
    text: str = field(repr=False, compare=False)
    convert: Conversion | None = None
    vocoder: str = ""
    mel: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 over the roles, paths and digests of all files: names the exact bytes of the model."""
        lines = [f"{file.role} {file.path} {file.sha256}\n" for file in self.files]
        return hashlib.sha256("".join([f"{self.engine}\n", *lines]).encode()).hexdigest()


def parse(text: str, origin: str) -> Manifest:
    """Read a manifest and check all of it.

    Args:
        text: TOML.
        origin: what to call it in messages, a path.

    Raises:
        StoreError: it is not TOML, or something is missing, unknown, of a wrong type or not allowed.
    """
    try:
        top = Fields(parse_toml(text), origin)
    except ValueError as error:
        raise fail(origin, f"not TOML: {error}") from error
    manifest = Manifest(
        name=top.text("name", NAME),
        version=top.text("version", VERSION),
        description=top.text("description"),
        engine=top.text("engine", NAME),
        sample_rate=top.whole("sample_rate", 8000, 192_000),
        languages=top.texts("languages", _LANGUAGE),
        tones=cast(Tones, top.text("tones", "lexical|surface")),
        default_voice=top.text("default_voice", NAME),
        preference=top.whole("preference", 0, 100, default=0),
        licences=_licences(top.table("licences")),
        needs=_needs(top.table("needs")),
        voices=tuple(_voice(entry) for entry in top.tables("voices")),
        files=tuple(_file(entry) for entry in top.tables("files", optional=True)),
        text=text,
        convert=_conversion(top),
        vocoder=top.text("vocoder", rf"{NAME}(/{NAME})?", default=""),
        mel=top.text("mel", default=""),
    )
    top.end()
    _check_voices(manifest, origin)
    _check_files(manifest, origin)
    return manifest


def _licences(entry: Fields) -> Licences:
    code, weights, data = (entry.text(name) for name in ("code", "weights", "data"))
    licences = Licences(code, weights, data, accept=entry.text("accept", default=""))
    entry.end()
    return licences


def _conversion(top: Fields) -> Conversion | None:
    if not top.has("convert"):
        return None
    entry = top.table("convert")
    found = Conversion(
        kind=cast(Literal["sambert"], entry.text("from", "sambert")),
        repository=entry.text("modelscope", REPOSITORY),
        revision=entry.text("revision", r"\w[\w.-]*", default=""),
        refused=entry.text("refused", default=""),
    )
    entry.end()
    return found


def _needs(entry: Fields) -> Needs:
    names = ("download_bytes", "installed_bytes", "prepared_bytes", "memory_bytes")
    needs = Needs(**{name: entry.whole(name, 0) for name in names})
    entry.end()
    return needs


def _voice(entry: Fields) -> Voice:
    voice = Voice(
        name=entry.text("name", NAME),
        language=entry.text("language", _LANGUAGE),
        gender=entry.text("gender", "female|male", default=""),
    )
    entry.end()
    return voice


def _file(entry: Fields) -> File:
    file = File(
        path=entry.text("path", PATH),
        role=entry.text("role", NAME),
        size=entry.whole("size", 0),
        sha256=entry.text("sha256", DIGEST),
        sources=tuple(read_source(source) for source in entry.tables("sources", optional=True)),
    )
    entry.end()
    return file


def _check_voices(manifest: Manifest, origin: str) -> None:
    names = [voice.name for voice in manifest.voices]
    _check_unique(names, origin, "voice")
    if manifest.default_voice not in names:
        raise fail(origin, f"default_voice {manifest.default_voice!r} is none of its voices")
    for voice in manifest.voices:
        if voice.language not in manifest.languages:
            raise fail(origin, f"voice {voice.name} speaks {voice.language!r}, which is none of its languages")


def _check_files(manifest: Manifest, origin: str) -> None:
    paths = [file.path for file in manifest.files]
    _check_unique([*paths, FILE_NAME], origin, "file")
    folders = {str(parent) for path in paths for parent in PurePosixPath(path).parents}
    for path in paths:
        if path in folders:
            raise fail(origin, f"{path} is a file and a folder")
    size = sum(file.size for file in manifest.files)
    if manifest.convert:
        name, declared = "download_bytes", manifest.needs.download_bytes if paths else size
    else:
        name, declared = "installed_bytes", manifest.needs.installed_bytes
    if declared != size:
        raise fail(origin, f"needs.{name} is {declared}, its files have {size}")


def _check_unique(names: list[str], origin: str, kind: str) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise fail(origin, f"{kind} {name} is there {count} times")
