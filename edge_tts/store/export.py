"""Writes a model into one file, for a device without a network; `install` takes that file."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from edge_tts import disk
from edge_tts.config.settings import Paths
from edge_tts.errors import StoreError
from edge_tts.store.integrity import verify
from edge_tts.store.manifest import FILE_NAME, Manifest
from edge_tts.store.progress import Progress, Step, silent
from edge_tts.system.replacing import replacing
from edge_tts.system.whole_files import open_regular

_Add = Callable[[str, int, IO[bytes]], None]
_BLOCK = 1 << 20


def export(paths: Paths, name: str, target: Path, progress: Progress = silent, version: str = "") -> int:
    """Write a model with its manifest into an archive, after reading and checking all of it.

    Args:
        paths: where the store is.
        name: the model's name.
        target: the archive; its name ends in .tar, .tar.gz, .tar.zst or .zip; replaced once it is complete.
        progress: is called while checking and writing.
        version: the version to export; "" for the default.

    Returns:
        The size of the archive in bytes.

    Raises:
        UnknownModel: it is not installed.
        ModelCorrupt: it is damaged.
        DiskFull: the disk of the target has no room.
        StoreError: another ending, or the target cannot be written.
    """
    opener = _opener(target)
    model = verify(paths, name, progress, version)
    wanted, purpose = model.manifest.needs.installed_bytes, f"exporting model {name}"
    with disk.writing(target.parent, wanted, purpose):
        disk.require_room(target.parent, wanted, purpose)
        with replacing(target) as scratch, scratch.open("wb") as stream, opener(stream) as add:
            _add_all(add, model.manifest, model.folder, progress)
        return target.stat().st_size


def _add_all(add: _Add, manifest: Manifest, folder: Path, progress: Progress) -> None:
    text = manifest.text.encode()
    add(FILE_NAME, len(text), io.BytesIO(text))
    done = 0
    for file in manifest.files:
        with open_regular(folder / file.path) as stream:
            add(file.path, file.size, stream)
        done += file.size
        progress(Step("export", file.path, done, manifest.needs.installed_bytes))


def _opener(target: Path) -> Callable[[IO[bytes]], Any]:
    """Return what makes an archive of the kind that a name tells."""
    for ending, opener in _OPENERS.items():
        if target.name.endswith(ending):
            return opener
    raise StoreError(f"{target} must end in {', '.join(_OPENERS)}")


@contextmanager
def _tar(stream: IO[bytes]) -> Iterator[_Add]:
    import tarfile  # here, as what else makes archives: whoever only looks at the store need not load it

    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:

        def add(name: str, size: int, content: IO[bytes]) -> None:
            entry = tarfile.TarInfo(name)
            entry.size = size
            archive.addfile(entry, content)

        yield add


@contextmanager
def _tar_gz(stream: IO[bytes]) -> Iterator[_Add]:
    import gzip

    with gzip.GzipFile("", "wb", 6, stream, mtime=0) as packed, _tar(packed) as add:  # type: ignore[arg-type]
        yield add


@contextmanager
def _tar_zst(stream: IO[bytes]) -> Iterator[_Add]:
    from edge_tts.store.archives import zstandard

    with zstandard().ZstdFile(stream, "w") as packed, _tar(packed) as add:
        yield add


@contextmanager
def _zip(stream: IO[bytes]) -> Iterator[_Add]:
    import zipfile

    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:

        def add(name: str, size: int, content: IO[bytes]) -> None:
            with archive.open(zipfile.ZipInfo(name), "w", force_zip64=size >= 1 << 31) as member:
                while block := content.read(_BLOCK):
                    member.write(block)

        yield add


_OPENERS = {".tar": _tar, ".tar.gz": _tar_gz, ".tar.zst": _tar_zst, ".zip": _zip}
