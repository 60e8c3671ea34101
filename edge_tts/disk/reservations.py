"""Who may write how much: room that was promised and is not used yet.

A reservation is a file, locked by its owner as long as it holds (flock(2)), so that a crash frees the room. Admission
happens under one more lock, so two writers are never promised the same room.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from edge_tts.config.settings import Config, Disk, Paths
from edge_tts.disk.accounting import Accounts, Snapshot
from edge_tts.disk.admission import Share, Situation, decide, refusal
from edge_tts.disk.categories import category_of
from edge_tts.disk.eviction import EVICTABLE, evict
from edge_tts.disk.ownership import make_private, own
from edge_tts.disk.units import Unit, models, units
from edge_tts.disk.walk import used_bytes
from edge_tts.disk.writing import existing, free_bytes, require_room, writing
from edge_tts.errors import StoreError
from edge_tts.system import locks
from edge_tts.system.tables import parse_json

_LOCK = ".lock"
_LOCK_SECONDS = 20.0  # an eviction on a slow disk is done under it
_BLOCK = 4096  # bytes; the usual one, and what a folder takes at least
_SMALL_FILES_BYTES = 1 << 20
_WRITE = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
_numbers = itertools.count()
_NAME = re.compile("[0-9]+-[0-9]{6,}")
_LONGEST = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Promise:
    """What a reservation says.

    Attributes:
        bytes: most that will be taken.
        purpose: what for.
        pid: process that owns it.
        device: number of the file system.
        category: the category of what will be written, "" for what is not ours.
        covered: files and folders whose bytes are part of it.
    """

    bytes: int
    purpose: str
    pid: int
    device: int
    category: str
    covered: tuple[str, ...] = ()

    @property
    def open_bytes(self) -> int:
        """What was promised and is not on the disk yet."""
        return max(0, self.bytes - sum(map(used_bytes, self.covered)))

    def folders(self) -> frozenset[str]:
        """Return the folders in which files may be growing under it."""
        return frozenset(folder for place in self.covered for folder, _, _ in os.walk(place))


class Reservation:
    """Room that was promised to this process; made by `reserve`."""

    def __init__(self, config: Config, folder: Path, purpose: str, accounts: Accounts | None) -> None:
        """Promise nothing yet."""
        category = category_of(folder, config.paths)
        device = existing(folder).stat().st_dev
        self.promise = Promise(0, purpose, os.getpid(), device, category.name if category else "")
        self._config = config
        self._folder = folder
        self._accounts = accounts or Accounts(config)
        self._path = config.paths.reservations / f"{os.getpid()}-{next(_numbers):06}"
        self._file = -1

    def covers(self, *places: Path) -> None:
        """Say where the promised bytes are being written, so that they do not count twice.

        Args:
            places: files or folders that only this reservation writes to; they are empty or do not exist yet. Moving
                what is in one of them to another changes nothing.
        """
        if not self.promise.category:
            return
        with writing(self._folder, 0, self.promise.purpose), _locked(self._config.paths):
            self._keep(replace(self.promise, covered=(*self.promise.covered, *map(str, places))))

    def resize(self, wanted_bytes: int) -> None:
        """Change the promise to so many bytes in all; giving back always succeeds.

        Raises:
            BudgetExceeded: more would not fit into the budget or its category's share.
            DiskFull: more would not fit on the disk.
        """
        if not self.promise.category:
            require_room(self._folder, wanted_bytes, self.promise.purpose)
            return
        with writing(self._folder, wanted_bytes, self.promise.purpose), _locked(self._config.paths):
            if wanted_bytes > self.promise.bytes:
                own(self._folder, self._config.paths)
                self._admit(wanted_bytes)
            self._keep(replace(self.promise, bytes=wanted_bytes))

    def close(self) -> None:
        """Give back what was not used."""
        if self._file >= 0:
            self._path.unlink(missing_ok=True)
            os.close(self._file)
            self._file = -1

    def _admit(self, wanted_bytes: int) -> None:
        """Evict what must go; raise if even then it does not fit."""
        still = replace(self.promise, bytes=wanted_bytes).open_bytes
        held: set[str] = set()  # somebody uses them, or they cannot be removed
        while True:
            situation = self._situation()
            verdict = decide(situation, still)
            if verdict.admitted:
                return
            candidates = [unit for unit in evictable(self._config) if unit.path not in held]
            situation = replace(situation, evictable=candidates)
            verdict = decide(situation, still)
            if not verdict.possible:
                known = models(self._config.paths)
                raise refusal(situation, verdict, still, self.promise.purpose, str(self._folder), known)
            gone = evict(verdict.evict, f"room for {self.promise.purpose}")
            held.update({unit.path for unit in verdict.evict} - {unit.path for unit in gone})

    def _situation(self) -> Situation:
        """Look at the disk; first at what others have still to write, so that growth counts twice rather than never."""
        others = [promise for path, promise in _promises(self._config.paths) if path != self._path]
        still = [(promise, promise.open_bytes) for promise in others]
        snapshot = self._accounts.follow(frozenset().union(*(promise.folders() for promise in (*others, self.promise))))
        limits, device, name = self._config.disk, self.promise.device, self.promise.category
        return Situation(
            used_bytes=snapshot.used_bytes,
            reserved_bytes=sum(size for _, size in still) + set_aside(snapshot, limits),
            free_bytes=free_bytes(self._folder),
            promised_bytes=sum(size for promise, size in still if promise.device == device),
            limits=limits,
            share=self._share(snapshot, sum(size for promise, size in still if promise.category == name)),
            now=time.time(),
        )

    def _share(self, snapshot: Snapshot, promised_bytes: int) -> Share | None:
        if self.promise.category != "audio":
            return None
        return Share("audio", self._config.disk.audio_bytes, snapshot.accounts["audio"].bytes + promised_bytes)

    def _keep(self, promise: Promise) -> None:
        """Write the promise down; the lock of all reservations is held."""
        self.promise = promise
        if self._file < 0:
            self._file = os.open(self._path, _WRITE, 0o600)
            locks.take(self._file, 0)  # nobody else knows the file: the lock of all is held
        content = json.dumps(asdict(promise)).encode()
        os.pwrite(self._file, content, 0)
        os.ftruncate(self._file, len(content))


@contextmanager
def reserve(
    config: Config, folder: Path, wanted_bytes: int, purpose: str, accounts: Accounts | None = None
) -> Iterator[Reservation]:
    """Promise room to the block, or refuse before anything is written; evicts what can be made again if need be.

    Args:
        config: limits, and where everything is. A folder outside of it has no budget: only the disk must hold it.
        folder: the folder to write to; it need not exist. Its category's share limits it too.
        wanted_bytes: most that it will take at once, in blocks allocated; see `allocated_bytes`.
        purpose: what it is, as "installing model kokoro".
        accounts: the accounts that a process keeps; without them everything is measured.

    Raises:
        BudgetExceeded: it would not fit into the budget; the message has the numbers and what could be removed.
        DiskFull: the disk has too little free.
        StoreError: the reservation cannot be written, or the folder is somebody else's; see ownership.py.
    """
    reservation = Reservation(config, folder, purpose, accounts)
    try:
        reservation.resize(wanted_bytes)
        yield reservation
    finally:
        reservation.close()


def reserved(paths: Paths) -> list[Promise]:
    """List what is promised now."""
    if not paths.reservations.is_dir():
        return []
    try:
        with _locked(paths):
            return [promise for _, promise in _promises(paths)]
    except OSError:  # where nothing can be written, nothing is promised either
        return []


def evictable(config: Config) -> list[Unit]:
    """List what could be evicted, in any order."""
    return [unit for name in EVICTABLE for unit in units(name, config.paths)]


def set_aside(snapshot: Snapshot, limits: Disk) -> int:
    """Return what is kept for files that grow unasked: logs inside their share, the lexicon, our own small ones."""
    return max(0, limits.log_bytes - snapshot.accounts["logs"].bytes) + _SMALL_FILES_BYTES


def allocated_bytes(sizes: Iterable[int]) -> int:
    """Return what files of these sizes take on a disk at most, in whole blocks, with a folder for them."""
    return sum(-(-size // _BLOCK) * _BLOCK for size in sizes) + _BLOCK


@contextmanager
def _locked(paths: Paths) -> Iterator[None]:
    """Wait for and hold the lock of all reservations.

    Raises:
        StoreError: another process holds it for too long, or the folder is a link.
    """
    with writing(paths.reservations, 0, "looking at what is promised"):
        make_private(paths.reservations, paths)
        if paths.reservations.is_symlink():
            raise StoreError(f"{paths.reservations} must be a folder, and is a link; remove it")
        descriptor = locks.open_lock(paths.reservations / _LOCK)
    try:
        if not locks.take(descriptor, _LOCK_SECONDS):
            place = paths.reservations / _LOCK
            raise StoreError(
                f"another process holds {place}, for more than {_LOCK_SECONDS:g} s; `fuser {place}` names it"
            )
        yield
    finally:
        os.close(descriptor)


def _promises(paths: Paths) -> list[tuple[Path, Promise]]:
    """Return the reservations that somebody holds, and remove the others; the lock of all is held."""
    found = []
    for path in sorted(paths.reservations.iterdir()):
        if _NAME.fullmatch(path.name) and (promise := _held(path)):
            found.append((path, promise))
    return found


def _held(path: Path) -> Promise | None:
    """Return what somebody holds; remove what nobody does, if it is a reservation."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:  # given back meanwhile, or not ours
        return None
    try:
        content = os.pread(descriptor, _LONGEST, 0) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b"-"
        if not locks.take(descriptor, 0, shared=True):
            return _read(content)
    finally:
        os.close(descriptor)
    if not content or _read(content):  # its owner has died
        path.unlink(missing_ok=True)
    return None


def _read(content: bytes) -> Promise | None:
    try:
        fields = parse_json(content)
        return Promise(**{**fields, "covered": tuple(fields["covered"])})
    except (ValueError, TypeError, KeyError):
        return None
