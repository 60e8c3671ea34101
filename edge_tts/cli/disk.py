"""`edge-tts disk …`: how much disk space is used, and making room."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from edge_tts import store
from edge_tts.cli.terminal import bar, bold, print_json, red, size, table
from edge_tts.client.blocking import Client
from edge_tts.config.loading import load as load_config
from edge_tts.config.settings import Config
from edge_tts.disk import Accounts, Unit, evict, models, writing
from edge_tts.disk.eviction import in_order
from edge_tts.disk.eviction import make_room as evict_for
from edge_tts.disk.ownership import Stranger, strangers
from edge_tts.disk.ownership import adopt as mark_as_ours
from edge_tts.disk.report import report
from edge_tts.disk.reservations import evictable
from edge_tts.errors import BudgetExceeded, ConfigError, DaemonUnavailable
from edge_tts.printable import printable
from edge_tts.sizes import parse_size


def show(options: argparse.Namespace) -> None:
    """Show the disk space that is used, by category; without a daemon, measure it here."""
    try:
        with Client() as client:
            found = client.disk()
    except DaemonUnavailable:
        settings = load_config()
        found = report(settings, Accounts(settings), time.time())
    if options.json:
        print_json(found)
    else:
        _print(found)


def make_room(options: argparse.Namespace) -> None:
    """Evict what can be made again, and with --evict-models installed models, the least recently used first."""
    settings = load_config()
    wanted = _wanted_bytes(options.size, settings)
    candidates, now = evictable(settings), time.time()
    limits, reason = settings.disk, "asked for by the administrator"
    if wanted is None:
        gone = evict(in_order(candidates, now, limits), reason)
    else:
        gone = evict_for(candidates, wanted, limits, reason, now)
    rest = (wanted or 0) - sum(unit.bytes for unit in gone)
    if options.evict_models:
        gone += _remove_models(settings, rest)
    freed = sum(unit.bytes for unit in gone)
    if options.json:
        rows = [{"category": unit.category, "path": unit.path, "bytes": unit.bytes} for unit in gone]
        print_json({"wanted_bytes": wanted, "freed_bytes": freed, "evicted": rows})
    else:
        print(f"{len(gone)} evicted, {size(freed)} are free again")
    if wanted is not None and freed < wanted:
        raise BudgetExceeded(
            f"{size(wanted)} were to become free, only {size(freed)} could; {_hint(settings, options)}"
        )


def adopt(options: argparse.Namespace) -> None:
    """Mark folders that links lead to as ours, so that edge-tts keeps and removes files there."""
    paths = load_config().paths
    found = strangers(paths, *([options.category] if options.category else []))
    for stranger in found:
        with writing(Path(stranger.place), 0, "marking a folder"):
            mark_as_ours(stranger)
    if options.json:
        print_json([stranger._asdict() for stranger in found])
    else:
        for stranger in found:
            print(f"{printable(stranger.target)} is marked: edge-tts keeps and removes files of its own form there")
        if not found:
            print("every folder of edge-tts bears its mark, or is marked when it is used")


def _wanted_bytes(written: str | None, settings: Config) -> int | None:
    """Return how much shall become free, None for all; by default what is used above the low water mark."""
    if written == "all":
        return None
    if written is None:
        limits = settings.disk
        used = Accounts(settings).measure().used_bytes
        return max(0, used - limits.budget_bytes * limits.low_water_percent // 100)
    wanted = parse_size(written)
    if wanted is None:
        raise ConfigError(f"expected a size such as '500 MB' or 'all', got {written!r}")
    return wanted


def _remove_models(settings: Config, wanted_bytes: int) -> list[Unit]:
    """Remove whole models that nobody uses until so much is free."""
    gone: list[Unit] = []
    for unit in models(settings.paths):
        if wanted_bytes <= 0:
            break
        if not unit.leased:
            place = Path(unit.path)
            wanted_bytes -= store.remove(settings.paths, place.parent.name, place.name)
            gone.append(unit)
    return gone


def _hint(settings: Config, options: argparse.Namespace) -> str:
    left = models(settings.paths)
    if options.evict_models and left:
        return "the models that are left are in use"
    return "--evict-models removes models too" if left else "nothing is left that could go"


_COLUMNS = {
    "name": "CATEGORY",
    "bytes": "SIZE",
    "bar": "SHARE OF THE BUDGET",
    "files": "FILES",
    "last_used": "LAST USE",
    "evictable": "EVICTABLE",
    "disk": "DISK",
}


def _print(found: dict[str, Any]) -> None:
    budget = found["budget_bytes"]
    rows = [_row(name, category, budget) for name, category in found["categories"].items()]
    print(table(sorted(rows, key=lambda row: (not row["counted"], -row["size"])), _COLUMNS))
    print()
    share = found["used_bytes"] / budget if budget else 1.0
    total = f"{bar(min(share, 1.0))} {share:4.0%}  {size(found['used_bytes'])} of {size(budget)}"
    print(f"{bold('used')}       {red(total) if found['level'] != 'normal' else total}")
    print(f"evictable  {size(found['evictable_bytes'])} can be made again or is left over")
    if found["reserved_bytes"]:
        print(f"promised   {size(found['reserved_bytes'])} to what is being written")
    for stranger in found.get("unmarked", []):
        print(red(f"not ours   {Stranger(**stranger)}"))
        print(f"           → {Stranger(**stranger).remedy}")
    for disk in found["disks"]:
        keep = f", {size(found['keep_free_bytes'])} must stay so"
        print(f"free       {size(disk['free_bytes'])} of {size(disk['total_bytes'])} on {disk['mount']}{keep}")
    if found["models"]:
        print()
        shown = [_model_row(model) for model in found["models"]]
        print(table(shown, {"name": "MODEL", "version": "VERSION", "bytes": "SIZE", "last_used": "LAST USE"}))


def _row(name: str, category: dict[str, Any], budget: int) -> dict[str, Any]:
    share = category["bytes"] / budget if budget else 1.0
    unreadable = f", {len(category['unreadable'])} unreadable" if category["unreadable"] else ""
    return {
        "name": name if category["counted"] else f"({name})",
        "counted": category["counted"],
        "size": category["bytes"],
        "bytes": size(category["bytes"]),
        "bar": f"{bar(min(share, 1.0))} {share:4.0%}" if category["counted"] else "not counted",
        "files": category["files"],
        "last_used": _day(category["last_used"]),
        "evictable": size(category["evictable_bytes"]) if category["evictable_bytes"] else "no",
        "disk": ", ".join(category["mounts"]) + unreadable or None,
    }


def _model_row(model: dict[str, Any]) -> dict[str, Any]:
    last_used = "in use" if model["in_use"] else _day(model["last_used"])
    return {**model, "bytes": size(model["bytes"]), "last_used": last_used}


def _day(moment: float | None) -> str | None:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(moment)) if moment is not None else None
