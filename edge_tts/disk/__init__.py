"""The disk guard: what we own never takes more than the budget.

forms        tells by their names which files are ours; pure
categories   names the kinds of what we own, and their folders
ownership    tells which folders are ours to remove from: those that bear our mark
removing     removes what is ours of a folder, and nothing else
walk         measures the files below a folder
accounting   measures each category, and follows its changes
leases       tell who uses a file or folder now, and when it was last used
units        lists what is used and removed as a whole
admission    decides whether a write may begin; pure
reservations keep room for writers that have not used it yet: every large writer asks `reserve`
eviction     decides what is removed first when room is wanted, and removes it
writing      asks the operating system what is free, and explains a full disk
"""

from __future__ import annotations

from edge_tts.disk.accounting import Account, Accounts, Place, Snapshot
from edge_tts.disk.eviction import evict, remove_graph, remove_graphs, remove_scratch
from edge_tts.disk.leases import Lease, in_use
from edge_tts.disk.ownership import own
from edge_tts.disk.reservations import Promise, Reservation, allocated_bytes, reserve, reserved
from edge_tts.disk.units import Unit, models, units
from edge_tts.disk.walk import used_bytes
from edge_tts.disk.writing import free_bytes, full, require_room, writing

__all__ = [
    "Account",
    "Accounts",
    "Lease",
    "Place",
    "Promise",
    "Reservation",
    "Snapshot",
    "Unit",
    "allocated_bytes",
    "evict",
    "free_bytes",
    "full",
    "in_use",
    "models",
    "own",
    "remove_graph",
    "remove_graphs",
    "remove_scratch",
    "require_room",
    "reserve",
    "reserved",
    "units",
    "used_bytes",
    "writing",
]
