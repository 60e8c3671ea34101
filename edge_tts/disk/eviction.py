"""What is removed first when room is wanted, and removing it; what somebody uses stays.

Never here: models, logs, lexicons, and what is not ours.
"""

from __future__ import annotations

import logging
import os
import shutil
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path

from edge_tts.config import Disk
from edge_tts.disk.leases import claim
from edge_tts.disk.units import Unit

log = logging.getLogger(__name__)

EVICTABLE = ("temporary", "downloads", "audio", "prepared", "voice_states")
"""Categories in the order of eviction; pinned audio comes after all of them."""

_ASIDE = ".evicted-"


def plan(candidates: Iterable[Unit], wanted_bytes: int, now: float, limits: Disk) -> list[Unit]:
    """Choose what to evict; pure.

    Args:
        candidates: in any order.
        wanted_bytes: that shall become free.
        now: seconds since the epoch.
        limits: for how long unfinished writes are kept.

    Returns:
        The units in the order of eviction; all that may go if they are not enough.
    """
    chosen, freed = [], 0
    for unit in in_order(candidates, now, limits):
        if freed >= wanted_bytes:
            break
        chosen.append(unit)
        freed += unit.bytes
    return chosen


def in_order(candidates: Iterable[Unit], now: float, limits: Disk) -> list[Unit]:
    """Return those that may be evicted, first what is missed least."""
    return sorted((unit for unit in candidates if may_go(unit, now, limits)), key=lambda unit: _rank(unit, now))


def may_go(unit: Unit, now: float, limits: Disk) -> bool:
    """Return whether a unit may be evicted when room is wanted."""
    if unit.leased or unit.category not in EVICTABLE:
        return False
    return unit.category not in ("temporary", "downloads") or _age(unit, now) > limits.temporary_seconds


def expired(candidates: Iterable[Unit], now: float, limits: Disk) -> list[Unit]:
    """Return what nobody will ask for again, which goes even if there is room."""
    kept_seconds = {"temporary": limits.temporary_seconds, "downloads": limits.download_seconds}
    return [
        unit
        for unit in in_order(candidates, now, limits)
        if unit.category in kept_seconds and _age(unit, now) > kept_seconds[unit.category]
    ]


def _age(unit: Unit, now: float) -> float:
    """Return seconds since the last use; a time stamp far in the future is as wrong as one far in the past."""
    return abs(now - unit.used)


def _rank(unit: Unit, now: float) -> tuple[bool, int, float, str]:
    """Return the place in the order; a clock that was put back makes nothing immortal, only recent."""
    return unit.pinned, EVICTABLE.index(unit.category), min(unit.used, now), unit.path


def evict(chosen: Sequence[Unit], reason: str) -> list[Unit]:
    """Remove units, but for those that somebody uses now; each is logged.

    Returns:
        Those that were removed.
    """
    return [unit for unit in chosen if _evict(unit, reason)]


def _evict(unit: Unit, reason: str) -> bool:
    with claim(unit.path) as free:
        if not free:
            return False
        try:
            _remove(Path(unit.path))
        except OSError as error:
            log.warning("%s cannot be evicted: %s", unit.path, error.strerror or error)
            return False
    log.warning("evicted %s (%s, %d bytes): %s", unit.path, unit.category, unit.bytes, reason)
    return True


def _remove(path: Path) -> None:
    """Remove a file, or a folder so that at no instant a part of it is found under its name."""
    if not stat.S_ISDIR(path.lstat().st_mode):
        path.unlink()
        return
    aside = path if path.name.startswith(_ASIDE) else path.with_name(_ASIDE + path.name)
    if aside != path:
        shutil.rmtree(aside, ignore_errors=True)
        os.rename(path, aside)
    shutil.rmtree(aside)
