"""Decides what is removed first when room is wanted, and removes it; what somebody uses stays.

Models, logs, lexicons and what is not ours are never evicted.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from edge_tts.config.settings import Disk
from edge_tts.disk import forms, ownership, removing
from edge_tts.disk.leases import claim
from edge_tts.disk.units import Unit
from edge_tts.printable import printable

log = logging.getLogger(__name__)

EVICTABLE = ("temporary", "downloads", "audio", "prepared", "voice_states")
"""Categories in the order of eviction; pinned audio comes after all of them."""

_DAY_SECONDS = 86_400.0


def plan(candidates: Iterable[Unit], wanted_bytes: int, now: float, limits: Disk) -> list[Unit]:
    """Choose what to evict; pure.

    Args:
        candidates: what could be evicted, in any order.
        wanted_bytes: the bytes that shall become free.
        now: seconds since the epoch.
        limits: say for how long unfinished writes are kept.

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
    """Return those that may be evicted, the least missed first."""
    return sorted((unit for unit in candidates if may_go(unit, now, limits)), key=lambda unit: _rank(unit, now))


def may_go(unit: Unit, now: float, limits: Disk) -> bool:
    """Return whether a unit may be evicted when room is wanted."""
    if unit.leased or unit.category not in EVICTABLE:
        return False
    return unit.category not in ("temporary", "downloads") or _age(unit, now) > limits.temporary_seconds


def expired(candidates: Iterable[Unit], now: float, limits: Disk) -> list[Unit]:
    """Return what nobody will ask for again, which goes even if there is room."""
    kept_seconds = {"temporary": limits.temporary_seconds, "downloads": limits.download_seconds}
    if limits.audio_max_age:
        kept_seconds["audio"] = limits.audio_max_age * _DAY_SECONDS
    return [
        unit
        for unit in in_order(candidates, now, limits)
        if unit.category in kept_seconds and not unit.pinned and _age(unit, now) > kept_seconds[unit.category]
    ]


def _age(unit: Unit, now: float) -> float:
    """Return seconds since the last use; a time stamp far in the future is as wrong as one far in the past."""
    return abs(now - unit.used)


def _rank(unit: Unit, now: float) -> tuple[bool, int, float, str]:
    """Return the place in the order; a clock that was put back makes nothing immortal, only recent."""
    return unit.pinned, EVICTABLE.index(unit.category), min(unit.used, now), unit.path


def make_room(candidates: Iterable[Unit], wanted_bytes: int, limits: Disk, reason: str, now: float) -> list[Unit]:
    """Evict in order until so much is free; what cannot be removed is passed over.

    Returns:
        What was removed.
    """
    left, gone = list(candidates), []
    while wanted_bytes > 0 and (chosen := plan(left, wanted_bytes, now, limits)):
        removed = evict(chosen, reason)
        gone += removed
        wanted_bytes -= sum(unit.bytes for unit in removed)
        tried = {unit.path for unit in chosen}
        left = [unit for unit in left if unit.path not in tried]
    return gone


def evict(chosen: Sequence[Unit], reason: str) -> list[Unit]:
    """Remove units, but for those that somebody uses now, and what is not ours; each is logged.

    Returns:
        The units that were removed.
    """
    return [unit for unit in chosen if _evict(unit, reason)]


def _evict(unit: Unit, reason: str) -> bool:
    with claim(unit.path) as free:
        if not free:
            return False
        try:
            gone = remove(unit)
        except OSError as error:
            log.warning("%s cannot be evicted: %s", printable(unit.path), error.strerror or error)
            return False
    if gone:
        log.warning("evicted %s (%s, %d bytes): %s", printable(unit.path), unit.category, unit.bytes, reason)
    return gone


def remove(unit: Unit) -> bool:
    """Remove a unit, used or not; at no instant is a part of it found under its name.

    Returns:
        Whether nothing is left; False also for what is not ours.

    Raises:
        OSError: something cannot be removed.
    """
    *folders, name = os.path.relpath(unit.path, unit.place).split(os.sep)
    with ownership.for_removal(unit.place) as place:
        if place < 0:
            return False
        with removing.below(place, tuple(folders)) as folder:
            if unit.category == "temporary":
                return _remove_scratch(folder, name)
            if unit.category == "prepared":
                return removing.discard(folder, name, lambda _: forms.is_of_a_graph)
            if unit.category == "audio" and not is_recording(name, folder):
                log.info("%s is no recording and stays", printable(unit.path))
                return False
            os.unlink(name, dir_fd=folder)
            return True


def remove_scratch(folder: Path) -> None:
    """Remove a folder in which something was being made, as far as that is possible."""
    with ownership.for_removal(folder.parent) as place:
        if place >= 0:
            with contextlib.suppress(OSError):
                _remove_scratch(place, folder.name)


def remove_graph(folder: Path) -> None:
    """Remove one prepared graph, or what is half of one, as far as it is ours and that is possible."""
    if forms.is_of_a_graph(folder.name, True):
        remove_graphs(folder)


def remove_graphs(folder: Path) -> None:
    """Remove all prepared graphs in a folder, as far as they are ours and that is possible."""
    with contextlib.suppress(OSError):
        parent = os.open(folder.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            removing.discard(parent, folder.name, lambda _: forms.is_of_a_graph)
        finally:
            os.close(parent)


def _remove_scratch(place: int, name: str) -> bool:
    """Remove a folder in which something was being made; an unmarked one only if it is empty."""
    with removing.below(place, (name,)) as scratch:
        marked = ownership.is_marked(scratch)
    return removing.clear(place, name, removing.everything if marked else removing.nothing)


def is_recording(name: str, folder: int) -> bool:
    """Return whether a file begins as recordings do, or was cut before its beginning was on the disk."""
    descriptor = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    try:
        head = os.read(descriptor, len(forms.RECORDING))
        return forms.RECORDING.startswith(head) or not any(head)  # a power failure leaves it cut, or zeros
    finally:
        os.close(descriptor)
