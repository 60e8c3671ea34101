"""What people and programs are told of the disk: one map of plain values."""

from __future__ import annotations

import os
from typing import Any, Literal

from edge_tts.config import Config, Disk
from edge_tts.disk.accounting import Account, Accounts, Place
from edge_tts.disk.eviction import EVICTABLE, may_go
from edge_tts.disk.reservations import reserved
from edge_tts.disk.units import Unit, models, units
from edge_tts.disk.writing import free_bytes

Level = Literal["normal", "high", "over"]


def level(used_bytes: int, limits: Disk) -> Level:
    """Return where we are: over the budget, above the high water mark, or below both."""
    if used_bytes > limits.budget_bytes:
        return "over"
    return "high" if used_bytes * 100 > limits.budget_bytes * limits.high_water_percent else "normal"


def report(config: Config, accounts: Accounts, now: float) -> dict[str, Any]:
    """Return what we take, of what, and what could go; fields as in docs/PROTOCOL.md, `disk_report`.

    Args:
        config: limits and places.
        accounts: measured, or measured now.
        now: seconds since the epoch.
    """
    limits, snapshot = config.disk, accounts.follow()
    could_go = {name: _evictable(name, account, config, now) for name, account in snapshot.accounts.items()}
    return {
        "budget_bytes": limits.budget_bytes,
        "used_bytes": snapshot.used_bytes,
        "evictable_bytes": sum(could_go.values()),
        "reserved_bytes": sum(promise.open_bytes for promise in reserved(config.paths)),
        "free_bytes": free_bytes(config.paths.models),
        "keep_free_bytes": limits.reserve_bytes,
        "level": level(snapshot.used_bytes, limits),
        "categories": {
            name: _category(account, could_go[name], name != "environment" or snapshot.counted)
            for name, account in snapshot.accounts.items()
        },
        "disks": _disks([place for account in snapshot.accounts.values() for place in account.places]),
        "models": [_model(unit) for unit in models(config.paths)],
    }


def _evictable(name: str, account: Account, config: Config, now: float) -> int:
    if name not in EVICTABLE:
        return 0
    if name in ("audio", "voice_states"):  # tens of thousands; in use for moments only
        return account.bytes if account.files else 0
    return sum(unit.bytes for unit in units(name, config.paths) if may_go(unit, now, config.disk))


def _category(account: Account, evictable_bytes: int, counted: bool) -> dict[str, Any]:
    return {
        "bytes": account.bytes,
        "files": account.files,
        "evictable_bytes": min(evictable_bytes, account.bytes),
        "counted": counted,
        "last_used": account.newest,
        "oldest_used": account.oldest,
        "mounts": sorted({place.mount for place in account.places}),
        "unreadable": list(account.unreadable),
    }


def _disks(places: list[Place]) -> list[dict[str, Any]]:
    found = {}
    for place in places:
        status = os.statvfs(place.folder)
        total, free = status.f_blocks * status.f_frsize, status.f_bavail * status.f_frsize
        found[place.mount] = {"mount": place.mount, "total_bytes": total, "free_bytes": free}
    return [found[mount] for mount in sorted(found)]


def _model(unit: Unit) -> dict[str, Any]:
    name, version = unit.path.rsplit(os.sep, 2)[1:]
    fields = {"name": name, "version": version, "bytes": unit.bytes, "last_used": unit.used}
    return {**fields, "in_use": unit.leased}
