"""Writes a manifest of the catalog: fetches every file through the installer's own sources, measures and hashes it."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_tts.store.fetch.packages import Packages
from edge_tts.store.fetch.sources import Sources
from edge_tts.store.origins import Client, FromPackages, Package

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class File:
    """A file of a model.

    Attributes:
        path: place inside the model's folder.
        role: what the engine uses it for.
        origin: members of registry packages.
        alternatives: more sources, as TOML.
    """

    path: str
    role: str
    origin: FromPackages
    alternatives: Sequence[str] = ()


def members(client: Client, parts: Iterable[tuple[str, str]]) -> FromPackages:
    """Return members of packages, each as requirement and path, as a source."""
    return FromPackages(tuple((Package(client, requirement), member) for requirement, member in parts))


def write(head: str, needs: Mapping[str, int], voices: Iterable[Mapping[str, str]], files: Sequence[File]) -> None:
    """Print a manifest.

    Args:
        head: everything before the tables of needs, voices and files.
        needs: the rows of the table of needs that are not measured here.
        voices: the keys of each voice.
        files: what the model consists of.
    """
    with tempfile.TemporaryDirectory() as folder:
        with Sources(Path(folder), ROOT, lambda names, size: None) as sources:
            tables, sizes = zip(*(_table(file, sources) for file in files), strict=True)
        measured = Path(folder) / "measured"
        measured.mkdir()
        download = _download_bytes(measured, files)
    print(head)
    print("[needs]")
    for name, value in {"download_bytes": download, "installed_bytes": sum(sizes), **needs}.items():
        print(f"{name} = {value}")
    for voice in voices:
        print("\n[[voices]]", *(f'{name} = "{value}"' for name, value in voice.items()), sep="\n")
    print("".join(tables), end="")


def _table(file: File, sources: Sources) -> tuple[str, int]:
    """Return a file's table and its size."""
    size, digest = 0, hashlib.sha256()
    for block in sources.blocks(file.origin):
        size += len(block)
        digest.update(block)
    listed = "".join(f"    {text},\n" for text in [_toml(file.origin), *file.alternatives])
    head = f'path = "{file.path}"\nrole = "{file.role}"\nsize = {size}\nsha256 = "{digest.hexdigest()}"'
    return f"\n[[files]]\n{head}\nsources = [\n{listed}]\n", size


def _toml(source: FromPackages) -> str:
    pairs = ", ".join(f'["{package.requirement}", "{member}"]' for package, member in source.parts)
    return f"{{ {source.parts[0][0].client} = [{pairs}] }}"


def _download_bytes(folder: Path, files: Iterable[File]) -> int:
    """Return the size of all packages, which is also what fetching them takes."""
    packages = Packages(folder, lambda names, size: None)
    wanted = list(dict.fromkeys(package for file in files for package, _ in file.origin.parts))
    packages.fetch(wanted)
    return sum(packages.archive(package).stat().st_size for package in wanted)
