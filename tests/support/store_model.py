"""A tiny model in a folder, and a place to install it; for the tests of the store."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from edge_tts import store
from edge_tts.config.settings import Config, Disk, Downloads, Paths
from edge_tts.disk.forms import MARK
from edge_tts.disk.ownership import mark_folder

FILES: Mapping[str, bytes] = {
    "graph.bin": b"graph" * 700_000,  # a few blocks
    "voices/one.bin": b"\x00\x01" * 600,
    "voices/two.bin": b"",
}
ROLES = {"graph.bin": "graph", "voices/one.bin": "voice", "voices/two.bin": "voice"}


def paths_under(root: Path) -> Paths:
    return Paths(state=root / "state", cache=root / "cache", socket=root / "socket")


def configured(paths: Paths, **downloads: Any) -> Config:
    """Return a configuration that does not wait long; `downloads` has keys of that table."""
    patience = {"connect_seconds": 5.0, "stall_seconds": 5.0, "wait_seconds": 0.01}
    return Config(paths=paths, downloads=Downloads(**{**patience, **downloads}), disk=Disk(reserve_bytes=0))


def install(paths: Paths, what: str | Path, *arguments: Any, **options: Any) -> store.Installation:
    return store.install(configured(paths), what, *arguments, **options)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def manifest(
    files: Mapping[str, bytes] = FILES,
    version: str = "1",
    sources: Mapping[str, list[str]] | None = None,
    name: str = "tiny",
    needs: str = "",
    accept: str = "",
) -> str:
    """Return the TOML of a manifest for these files; `sources` has TOML tables by path."""
    total = sum(map(len, files.values()))
    needs = needs or f"download_bytes = 0\ninstalled_bytes = {total}\nprepared_bytes = 0\nmemory_bytes = 0"
    tables = []
    for path, content in files.items():
        listed = (sources or {}).get(path)
        line = f"sources = [{', '.join(listed)}]\n" if listed else ""
        tables.append(
            f'[[files]]\npath = "{path}"\nrole = "{ROLES.get(path, "graph")}"\n'
            f'size = {len(content)}\nsha256 = "{sha256(content)}"\n{line}'
        )
    return f"""
name = "{name}"
version = "{version}"
description = "for tests"
engine = "tone"
sample_rate = 24000
languages = ["zh", "en"]
tones = "lexical"
default_voice = "two"
[licences]
code = "Apache-2.0"
weights = "Apache-2.0"
data = "none"
{f'accept = "{accept}"' if accept else ""}
[needs]
{needs}
[[voices]]
name = "one"
language = "zh"
gender = "female"
[[voices]]
name = "two"
language = "en"
""" + "".join(tables)


def make_folder(folder: Path, text: str | None = None, files: Mapping[str, bytes] = FILES, version: str = "1") -> Path:
    """Write a model that can be installed from its folder."""
    folder.mkdir(exist_ok=True)
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    (folder / "manifest.toml").write_text(text or manifest(files, version), encoding="utf-8")
    return folder


def phrase(paths: Paths, number: int, size: int = 100_000, *, pinned: bool = False) -> Path:
    """Write what has name and beginning of a cached recording."""
    key = f"{number:040x}"
    path = paths.audio / ("pinned" if pinned else key[0]) / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"ettsrec1".ljust(size, b"\0"))
    return path


def graphs(paths: Paths, name: str = "tiny", size: int = 100_000) -> Path:
    """Write what looks like a prepared graph of a model; return the folder of the model's."""
    folder = paths.prepared / name / "0123456789abcdef"
    (folder / "onnx" / "89abcdef01234567").mkdir(parents=True, exist_ok=True)
    (folder / "onnx" / "89abcdef01234567" / "graph.onnx").write_bytes(bytes(size))
    return folder


def scratch(paths: Paths, name: str, size: int = 100_000) -> Path:
    """Write what somebody has left who was making something."""
    folder = paths.temporary / f"install-{name.ljust(8, '_')}"
    folder.mkdir(parents=True)
    mark_folder(folder)
    (folder / "file").write_bytes(bytes(size))
    return folder


def leftovers(paths: Paths) -> list[Path]:
    """Return what an operation should have removed."""
    found = [*paths.temporary.glob("*"), *paths.models.glob(".*/*")]
    return [path for path in found if path.name != MARK]


def damage_flip(path: Path) -> None:
    """Change one bit of a file."""
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def model_from(folder: Path, *urls: str) -> Path:
    """Write a model whose graph is not beside its manifest but at these addresses."""
    make_folder(folder, manifest(sources={"graph.bin": [f'{{ url = "{url}" }}' for url in urls]}))
    (folder / "graph.bin").unlink()
    return folder


def graph(paths: Paths) -> bytes:
    """Return the graph of the installed model."""
    return (paths.models / "tiny" / "1" / "graph.bin").read_bytes()


@contextmanager
def connected(source: Path, place: Path) -> Iterator[None]:
    """Have a folder appear in another place as a disk does; the same files whenever that happens."""
    place.mkdir(exist_ok=True)
    if subprocess.run(["mount", "--bind", str(source), str(place)], capture_output=True).returncode != 0:
        pytest.skip("mounting a file system is not permitted")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@contextmanager
def mounted(place: Path, size_bytes: int = 8 << 20) -> Iterator[Path]:
    """Make a small file system."""
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", str(place)]
    done = subprocess.run(command, capture_output=True)
    if done.returncode != 0:
        pytest.skip("mounting a file system is not permitted")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)
