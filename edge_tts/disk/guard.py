"""The daemon's guard: follows what we own, in a thread of its own, and keeps it inside the budget."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from edge_tts.config.settings import Config
from edge_tts.disk.accounting import Accounts, Snapshot
from edge_tts.disk.categories import CATEGORIES
from edge_tts.disk.eviction import evict, expired, make_room
from edge_tts.disk.ownership import make_private, strangers
from edge_tts.disk.report import level
from edge_tts.disk.reservations import evictable
from edge_tts.disk.units import Unit, units
from edge_tts.sizes import size
from edge_tts.system.busy import Busy

log = logging.getLogger(__name__)

_GATHER_SECONDS = 0.2  # one look for all that changes so shortly after each other
_FIRST_SECONDS, _LAST_SECONDS = 1.0, 16.0  # when a folder that has changed is looked at again: a file in it may grow
_RECENT_SECONDS = 60.0
_UNTOLD_SECONDS = 10.0  # a look in any case: the kernel may tell nothing, as of a network file system

Report = Callable[[str, dict[str, Any]], None]
"""Is told the name of an event and its data, in the guard's thread; see docs/protocol/replies.md."""


@dataclass(slots=True)
class _Growing:
    """A folder in which something has changed.

    Attributes:
        bytes: the size of the files directly in it.
        wait_seconds: the time until the next look; it doubles as long as nothing changes.
        due: the time of the next look, by time.monotonic.
    """

    bytes: int
    wait_seconds: float
    due: float


class Guard:
    """Measures, evicts and tells.

    Args:
        config: the whole configuration.
        report: is told when a threshold is crossed, up or down, and what was evicted.
    """

    def __init__(self, config: Config, report: Report = lambda event, data: None) -> None:
        """Start nothing yet."""
        self.accounts = Accounts(config)
        self.busy = Busy("the disk guard", config.limits.stalled_seconds)
        self._config = config
        self._report = report
        self._roots = (str(config.paths.state), str(config.paths.cache))
        self._level = "normal"
        self._seen: Snapshot | None = None
        self._changed: set[str] = set()
        self._growing: dict[str, _Growing] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="disk guard", daemon=True)

    @property
    def used_bytes(self) -> int:
        """What counts towards the budget, as of the last look."""
        return (self._seen or self.accounts.follow()).used_bytes

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def close(self) -> None:
        """Stop following."""
        self._closed.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def changed(self, folder: str) -> None:
        """Say that something has changed in a folder; from any thread."""
        with self._lock:
            self._changed.add(folder)
        self._wake.set()

    def _run(self) -> None:
        self.busy.begin()
        from edge_tts.disk.watch import Watcher  # here: what is not needed before the daemon is ready

        for root in (self._config.paths.state, self._config.paths.cache):
            with contextlib.suppress(OSError):
                make_private(root, self._config.paths)
        for stranger in strangers(self._config.paths):
            log.warning("%s; %s", stranger, stranger.remedy)
        ours = [category for category in CATEGORIES.values() if category.name != "environment"]
        places = [place for category in ours for place in category.places(self._config.paths)]
        watcher = Watcher(map(str, places), self.changed)
        sweep_at = 0.0
        try:
            while not self._closed.is_set():
                self.busy.begin()
                sweep, changed = time.monotonic() >= sweep_at, self._take()
                if sweep or not changed.isdisjoint(self._roots):  # a link to another disk may have come
                    watcher.renew()
                if sweep:
                    sweep_at = time.monotonic() + self._config.disk.sweep_seconds
                self._look(changed, sweep=sweep)
                self._expect_growth(changed, sweep=sweep)
                self.busy.end()
                due = [folder.due for folder in self._growing.values()]
                self._wait(min([sweep_at, time.monotonic() + _UNTOLD_SECONDS, *due]))
        finally:
            watcher.close()

    def _take(self) -> frozenset[str]:
        """Return the folders to look at: where something has changed, and where a file may have grown."""
        with self._lock:
            self._wake.clear()
            changed, self._changed = self._changed, set()
        now = time.monotonic()
        return frozenset(changed) | {path for path, folder in self._growing.items() if folder.due <= now}

    def _wait(self, until: float) -> None:
        if self._wake.wait(max(0.0, until - time.monotonic())):
            self._closed.wait(_GATHER_SECONDS)

    def _expect_growth(self, looked_at: frozenset[str], *, sweep: bool) -> None:
        """Plan when to look again: a file that grows is not told by the kernel before it is closed."""
        if sweep:
            looked_at |= self.accounts.written_since(time.time() - _RECENT_SECONDS)
        for path in looked_at:
            size_now, known = self.accounts.directly_in(path), self._growing.get(path)
            if known is None or known.bytes != size_now:
                wait = _FIRST_SECONDS
            elif known.wait_seconds >= _LAST_SECONDS:
                del self._growing[path]
                continue
            else:
                wait = known.wait_seconds * 2
            self._growing[path] = _Growing(size_now, wait, time.monotonic() + wait)

    def _look(self, changed: frozenset[str], *, sweep: bool) -> None:
        """Measure, evict and tell; what goes wrong must not end the guard."""
        try:
            snapshot = self.accounts.measure() if sweep else self.accounts.follow(changed)
            if self._evict_expired(sweep) | self._keep_share(snapshot):
                snapshot = self.accounts.follow()
            if self._keep_budget(snapshot):
                snapshot = self.accounts.follow()
            self._seen = snapshot
            self._tell(snapshot)
        except Exception:
            log.exception("the disk guard could not look")

    def _evict_expired(self, sweep: bool) -> bool:
        if not sweep:
            return False
        config, now = self._config, time.time()
        aging = ("temporary", "downloads", *(["audio"] if config.disk.audio_max_age else []))
        candidates = [unit for name in aging for unit in units(name, config.paths)]
        chosen, reason = expired(candidates, now, config.disk), "nobody has asked for it for long"
        return self._told(evict(chosen, reason), reason)

    def _keep_share(self, snapshot: Snapshot) -> bool:
        limits, used = self._config.disk, snapshot.accounts["audio"].bytes
        if used <= limits.audio_bytes:
            return False
        wanted = used - limits.audio_bytes * limits.low_water_percent // 100
        return self._make_room(units("audio", self._config.paths), wanted, "cached audio is above its share")

    def _keep_budget(self, snapshot: Snapshot) -> bool:
        limits, used = self._config.disk, snapshot.used_bytes
        if level(used, limits) == "normal":
            return False
        wanted = used - limits.budget_bytes * limits.low_water_percent // 100
        reason = f"{size(used)} are above the high water mark of the budget"
        return self._make_room(evictable(self._config), wanted, reason)

    def _make_room(self, candidates: list[Unit], wanted_bytes: int, reason: str) -> bool:
        return self._told(make_room(candidates, wanted_bytes, self._config.disk, reason, time.time()), reason)

    def _told(self, gone: Sequence[Unit], reason: str) -> bool:
        if gone:
            data = {"bytes": sum(unit.bytes for unit in gone), "count": len(gone), "reason": reason}
            self._report("disk_evicted", data)
        return bool(gone)

    def _tell(self, snapshot: Snapshot) -> None:
        limits, used = self._config.disk, snapshot.used_bytes
        now = level(used, limits)
        if now != self._level:
            self._level = now
            log.warning("disk: %s; %s of the budget of %s are used", now, size(used), size(limits.budget_bytes))
            self._report("disk_level", {"level": now, "used_bytes": used, "budget_bytes": limits.budget_bytes})
