"""`edge-tts cache list | stats | clear | pin | unpin`: the audio cache, in its folder; a running daemon notices."""

from __future__ import annotations

import argparse
import time
from typing import Any

from edge_tts.audio_cache.cache import Cache
from edge_tts.audio_cache.entries import Entry
from edge_tts.audio_cache.recording_file import heading
from edge_tts.cli.terminal import print_json, size, table
from edge_tts.client.blocking import Client
from edge_tts.config.loading import load as load_config
from edge_tts.errors import DaemonUnavailable, RequestError

_ID_DIGITS = 12  # of 40; enough to tell a million phrases apart
_SHORTEST_ID = 4
_TEXT_CHARACTERS = 30


def show(options: argparse.Namespace) -> None:
    """List the cached phrases, the last used one first."""
    rows = [_row(entry) for entry in reversed(_cache().entries())]
    if options.json:
        print_json(rows)
    elif rows:
        print(table([_shown(row) for row in rows], {name: name.upper().replace("_", " ") for name in _SHOWN}))
    else:
        print("no audio is in the cache")


def stats(options: argparse.Namespace) -> None:
    """Show how full the cache is, and how often audio came from it."""
    cache = _cache()
    entries = cache.entries()
    pinned = [entry for entry in entries if entry.pinned]
    facts = {
        "phrases": len(entries),
        "bytes": sum(entry.bytes for entry in entries),
        "share_bytes": cache.share_bytes,
        "pinned": len(pinned),
        "pinned_bytes": sum(entry.bytes for entry in pinned),
        "oldest_use": min((entry.used for entry in entries), default=None),
        **_use(),
    }
    if options.json:
        print_json(facts)
        return
    print(f"phrases  {facts['phrases']}, {size(facts['bytes'])} of {size(facts['share_bytes'])}")
    print(f"pinned   {facts['pinned']}, {size(facts['pinned_bytes'])}")
    if facts["hits"] is not None:
        print(f"use      {facts['hits']} hits, {facts['misses']} misses since the daemon started")


def clear(options: argparse.Namespace) -> None:
    """Remove all phrases that are not pinned, or all of them; what is being spoken stays."""
    cache = _cache()
    entries = [entry for entry in cache.entries() if options.pinned or not entry.pinned]
    removed = cache.remove(entries)
    if options.json:
        print_json({"removed": removed})
    else:
        print(f"{removed} phrases are removed")


def pin(options: argparse.Namespace) -> None:
    """Pin phrases: they are removed last."""
    _pin(options, pinned=True)


def unpin(options: argparse.Namespace) -> None:
    """Unpin phrases: they are removed like others."""
    _pin(options, pinned=False)


def _pin(options: argparse.Namespace, *, pinned: bool) -> None:
    cache = _cache()
    entries = cache.entries()
    keys = [_find(entries, written) for written in options.id]
    for key in keys:
        cache.pin(key, pinned=pinned)
    if options.json:
        print_json({"pinned" if pinned else "unpinned": keys})


def _cache() -> Cache:
    return Cache(load_config())


def _find(entries: list[Entry], written: str) -> str:
    found = {entry.key for entry in entries if entry.key.startswith(written)}
    if len(written) < _SHORTEST_ID or len(found) > 1:
        raise RequestError(f"id {written!r} is not enough to tell a phrase from others; {len(found)} begin with it")
    if not found:
        raise RequestError(f"no cached audio has the id {written!r}; see: edge-tts cache list")
    return found.pop()


def _use() -> dict[str, Any]:
    try:
        with Client() as client:
            status = client.status()["cache"]
    except DaemonUnavailable:
        return {"hits": None, "misses": None}
    return {name: status[name] for name in ("hits", "misses")}


_SHOWN = ("id", "text", "voice", "settings", "format", "seconds", "size", "last_used", "pinned")


def _row(entry: Entry) -> dict[str, Any]:
    """Return a phrase as JSON shows it."""
    said = heading(entry.path)
    told = {name: getattr(said, name) if said else None for name in ("text", "voice", "model", "format", "seconds")}
    settings = list(said.settings) if said else []
    return {
        "id": entry.key,
        **told,
        "settings": settings,
        "bytes": entry.bytes,
        "used": entry.used,
        "pinned": entry.pinned,
    }


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """Return a phrase as the table shows it."""
    text = " ".join((row["text"] or "damaged").split())
    return {
        **row,
        "id": row["id"][:_ID_DIGITS],
        "text": text if len(text) <= _TEXT_CHARACTERS else f"{text[:_TEXT_CHARACTERS]}…",
        "settings": ", ".join(row["settings"]),
        "size": size(row["bytes"]),
        "last_used": time.strftime("%Y-%m-%d %H:%M", time.localtime(row["used"])),
    }
