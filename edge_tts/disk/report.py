"""What people and programs are told of the disk: one map of plain values."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Literal

from edge_tts.config.settings import Config, Disk
from edge_tts.disk.accounting import Account, Accounts, Place
from edge_tts.disk.eviction import may_go
from edge_tts.disk.ownership import strangers
from edge_tts.disk.reservations import reserved
from edge_tts.disk.units import Unit, models, units
from edge_tts.disk.writing import free_bytes

Level = Literal["normal", "high", "over"]

_USED_AS_A_WHOLE = ("temporary", "downloads", "models", "prepared")
"""Categories whose folders are used and removed as a whole."""


def level(used_bytes: int, limits: Disk) -> Level:
    """Return where we are: over the budget, above the high water mark, or below both."""
    if used_bytes > limits.budget_bytes:
        return "over"
    return "high" if used_bytes * 100 > limits.budget_bytes * limits.high_water_percent else "normal"


def report(config: Config, accounts: Accounts, now: float) -> dict[str, Any]:
    """Return what we take, of what, and what could go; fields as in docs/protocol/replies.md, `disk_report`.

    Args:
        config: limits and places.
        accounts: measured, or measured now.
        now: seconds since the epoch.
    """
    limits, snapshot, paths = config.disk, accounts.follow(), config.paths
    things = {name: units(name, paths) for name in _USED_AS_A_WHOLE}
    rows = {
        name: _category(account, _evictable(name, account, things.get(name, []), limits, now), things.get(name, []))
        for name, account in {**snapshot.accounts, "environment": accounts.environment()}.items()
    }
    rows["environment"]["counted"] = limits.count_environment
    return {
        "budget_bytes": limits.budget_bytes,
        "used_bytes": snapshot.used_bytes,
        "evictable_bytes": sum(row["evictable_bytes"] for row in rows.values()),
        "reserved_bytes": sum(promise.open_bytes for promise in reserved(paths)),
        "free_bytes": free_bytes(paths.models),
        "keep_free_bytes": limits.reserve_bytes,
        "level": level(snapshot.used_bytes, limits),
        "categories": rows,
        "disks": _disks([place for account in snapshot.accounts.values() for place in account.places]),
        "models": [_model(unit) for unit in models(paths)],
        "unmarked": [stranger._asdict() for stranger in strangers(paths)],
    }


def _evictable(name: str, account: Account, things: Sequence[Unit], limits: Disk, now: float) -> int:
    if name in ("audio", "voice_states"):  # tens of thousands; in use for moments only
        return account.bytes if account.files else 0
    return sum(unit.bytes for unit in things if may_go(unit, now, limits))


def _category(account: Account, evictable_bytes: int, things: Sequence[Unit]) -> dict[str, Any]:
    """Return a row; where things are used as a whole, their last use counts, not that of each file."""
    moments = [unit.used for unit in things] or [
        moment for moment in (account.oldest, account.newest) if moment is not None
    ]
    return {
        "bytes": account.bytes,
        "files": account.files,
        "evictable_bytes": min(evictable_bytes, account.bytes),
        "counted": True,
        "last_used": max(moments, default=None),
        "oldest_used": min(moments, default=None),
        "mounts": sorted({place.mount for place in account.places}),
        "unreadable": list(account.unreadable),
    }


def _disks(places: list[Place]) -> list[dict[str, Any]]:
    found = {}
    for place in places:
        try:
            status = os.statvfs(place.folder)
        except OSError:  # gone meanwhile
            continue
        total, free = status.f_blocks * status.f_frsize, status.f_bavail * status.f_frsize
        found[place.mount] = {"mount": place.mount, "total_bytes": total, "free_bytes": free}
    return [found[mount] for mount in sorted(found)]


def _model(unit: Unit) -> dict[str, Any]:
    name, version = unit.path.rsplit(os.sep, 2)[1:]
    fields = {"name": name, "version": version, "bytes": unit.bytes, "last_used": unit.used}
    return {**fields, "in_use": unit.leased}
