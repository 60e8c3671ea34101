"""Synthesized audio kept on disk: one file for each key, the least recently used ones removed first.

    audio/<first digit>/<key>    phrases          audio/pinned/<key>    phrases that are removed last

The time stamp of a file is its last use, see disk/leases.py. Nothing else is known of it, so that all of it survives
restarts, and other processes may add and remove.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edge_tts.audio_cache.entries import BLOCK, PINNED, Entry, allocated, entry_of, remove, size_of, total
from edge_tts.audio_cache.key import is_key
from edge_tts.audio_cache.recording_file import HEAD_BYTES, OpenRecording, write
from edge_tts.config.settings import Config
from edge_tts.disk import Accounts, reserve, writing
from edge_tts.disk.forms import MARK
from edge_tts.disk.leases import Lease
from edge_tts.disk.ownership import is_ours, own
from edge_tts.errors import BudgetExceeded, DiskFull, EdgeTTSError, RequestError, StoreError
from edge_tts.system import locks
from edge_tts.system.replacing import UNFINISHED

log = logging.getLogger(__name__)

_SHELVES = "0123456789abcdef"
_LOW_WATER = 0.9  # of the share; so that not every phrase of a full cache looks at all others
_LOCK_SECONDS = 20.0  # others remove what was used least recently under it
_LOT_BYTES, _LOT_SECONDS = 1 << 20, 10.0  # what is admitted at once, and for how long that holds
_PURPOSE = "keeping audio"


@dataclass(frozen=True, slots=True)
class _Folders:
    """The folders, without the files in them.

    Attributes:
        bytes: of disk that they take; those of ten thousand names are not nothing.
        stamps: change when a recording comes or goes.
    """

    bytes: int = 0
    stamps: tuple[int, ...] = ()


class Cache:
    """The folder of recordings. Methods may be called from any thread.

    Args:
        config: where it is, its share, and the limits of everything else. The folder is made when it is needed, for the
            user alone.
    """

    def __init__(self, config: Config) -> None:
        """Look at nothing yet."""
        self.folder = config.paths.audio
        self.share_bytes = config.disk.audio_bytes
        self._config = config
        self._accounts = Accounts(config)
        self._alone = threading.Lock()
        self._admitted, self._admitted_until = 0, 0.0
        self._files = 0
        self._folders = _Folders()

    @property
    def _is_ours(self) -> bool:
        """Whether something may be removed; see disk/ownership.py."""
        return is_ours("audio", self.folder, self._config.paths)

    @property
    def used_bytes(self) -> int:
        """What the cache took when this object last changed it."""
        return self._files + self._folders.bytes

    def find(self, key: str) -> OpenRecording | None:
        """Return a recording and mark it as used now, None if there is none.

        A damaged one is removed; one that somebody holds for himself alone counts as none.
        """
        for path in (self._path(key, pinned=False), self._path(key, pinned=True)):
            try:
                lease = Lease(path, seconds=0)
            except OSError:
                continue
            try:
                return OpenRecording(lease)
            except (OSError, EdgeTTSError) as error:
                lease.close()
                log.warning("cached audio %s is damaged and removed: %s", path, error)
                with contextlib.suppress(OSError):
                    path.unlink()
        return None

    def keep(self, key: str, body: bytes, *, pin: bool = False) -> None:
        """Keep a recording.

        Args:
            key: see audio_cache/key.py.
            body: see recording.py.
            pin: remove it last.

        Raises:
            BudgetExceeded: it is larger than what pinned ones leave of the share.
            DiskFull: the disk has no room.
            StoreError: it cannot be written.
        """
        path, size = self._path(key, pinned=pin), HEAD_BYTES + len(body)
        with self._exclusive():
            self._make_shelf(path.parent)
            self._make_room(allocated(size))
            self._admit(allocated(size))
            with writing(path.parent, size, _PURPOSE):
                before = size_of(path)
                write(path, body)
            self._files += size_of(path) - before
            self._folders = self._look()
        if pin:
            self._path(key, pinned=False).unlink(missing_ok=True)

    def trim(self) -> None:
        """Remove unfinished writes that nobody is at, and what is beyond the share; pinned ones last."""
        if not self.folder.is_dir() or not self._is_ours:
            return
        with self._exclusive():
            for shelf in self._shelves():
                for path in shelf.glob(f"{UNFINISHED}*"):
                    remove(path)
            self._remove_until(self.share_bytes, self._count())
            self._folders = self._look()

    def entries(self) -> list[Entry]:
        """Return all recordings, the least recently used first, pinned ones at the end.

        Raises:
            StoreError: the folder cannot be read; it is the user's alone whose daemon it belongs to.
        """
        found = []
        for shelf in self._shelves():
            try:
                with os.scandir(shelf) as files:
                    found += [entry for file in files if is_key(file.name) and (entry := entry_of(file, shelf))]
            except FileNotFoundError:
                continue
            except OSError as error:
                raise StoreError(f"cached audio cannot be listed in {shelf}: {error.strerror}") from error
        now = time.time()
        return sorted(found, key=lambda entry: (entry.pinned, min(entry.used, now)))

    def pin(self, key: str, *, pinned: bool) -> None:
        """Have a recording removed last, or no longer.

        Raises:
            RequestError: there is none of that key.
        """
        source, target = self._path(key, pinned=not pinned), self._path(key, pinned=pinned)
        with self._exclusive(), writing(target.parent, 0, _PURPOSE):
            try:
                self._make_shelf(target.parent)
                source.rename(target)
            except FileNotFoundError as error:
                if not target.exists():
                    raise RequestError(f"no cached audio has the id {key}") from error

    def remove(self, entries: list[Entry]) -> int:
        """Remove recordings, but for those that are being spoken; return how many went."""
        return sum(remove(entry.path) for entry in entries) if self._is_ours else 0

    def _make_shelf(self, shelf: Path) -> None:
        with writing(shelf, 0, _PURPOSE):
            own(shelf, self._config.paths)
            shelf.mkdir(mode=0o700, exist_ok=True)

    def _path(self, key: str, *, pinned: bool) -> Path:
        if not is_key(key):
            raise RequestError(f"an id of cached audio has 40 hexadecimal digits, is {key!r}")
        return self.folder / (PINNED if pinned else key[0]) / key

    def _shelves(self) -> list[Path]:
        shelves = (self.folder / name for name in (*_SHELVES, PINNED))
        return [shelf for shelf in shelves if not shelf.is_symlink()]

    def _look(self) -> _Folders:
        found = []
        for folder in (self.folder, *self._shelves()):
            with contextlib.suppress(FileNotFoundError):
                found.append(os.stat(folder))
        used = sum(max(BLOCK, status.st_blocks * 512) for status in found)
        used += BLOCK if os.path.lexists(self.folder / MARK) else 0
        return _Folders(used, tuple(status.st_mtime_ns for status in found))

    def _count(self) -> list[Entry]:
        """Measure everything anew; return all recordings."""
        self._folders = self._look()
        entries = self.entries()
        self._files = total(entries)
        return entries

    @contextlib.contextmanager
    def _exclusive(self) -> Iterator[None]:
        """Be the only one, of all threads and processes, that adds."""
        with writing(self.folder, 0, _PURPOSE):
            own(self.folder, self._config.paths)
            descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        with self._alone:
            try:
                if not locks.take(descriptor, _LOCK_SECONDS):
                    raise StoreError(f"another process holds {self.folder}, for more than {_LOCK_SECONDS:g} s")
                yield
            finally:
                os.close(descriptor)

    def _admit(self, wanted: int) -> None:
        """Have the disk guard admit the write; small ones in lots, for it looks at every recording to decide."""
        if wanted > self._admitted or time.monotonic() > self._admitted_until:
            lot = max(wanted, min(_LOT_BYTES, self.share_bytes - self.used_bytes))
            try:
                self._reserve(lot)
            except (BudgetExceeded, DiskFull):
                self._reserve(wanted)
        self._admitted -= wanted

    def _reserve(self, lot: int) -> None:
        with reserve(self._config, self.folder, lot, _PURPOSE, self._accounts):
            self._admitted, self._admitted_until = lot, time.monotonic() + _LOT_SECONDS

    def _make_room(self, wanted: int) -> None:
        """Remove what was used least recently until so many bytes can be added."""
        if self._folders != self._look():
            self._count()
        if self.used_bytes + wanted <= self.share_bytes:
            return
        loose = [entry for entry in self._count() if not entry.pinned]
        left = self.share_bytes - self.used_bytes + total(loose)
        if wanted > left:
            raise BudgetExceeded(
                f"{_PURPOSE} needs {wanted} bytes; the share of cached audio is {self.share_bytes} bytes, "
                f"of which pinned phrases leave {max(0, left)}"
            )
        self._remove_until(max(0, int(self.share_bytes * _LOW_WATER) - wanted), loose)
        if self.used_bytes + wanted > self.share_bytes:
            raise BudgetExceeded(f"{_PURPOSE} needs {wanted} bytes, and what could be removed for it is being spoken")

    def _remove_until(self, most: int, entries: list[Entry]) -> None:
        """Remove recordings in order until all take no more than that."""
        for entry in entries:
            if self.used_bytes <= most:
                break
            if remove(entry.path):
                self._files -= entry.bytes
