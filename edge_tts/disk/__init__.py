"""The disk guard: what we own never takes more than the budget.

forms        what has a name of our own form; pure
categories   what we own, by category, and where it is
ownership    which folders are ours to remove from: those that bear our mark
removing     removing what is ours of a folder, and nothing else
walk         how much the files below a folder take
accounting   how much each category takes, followed as it changes
leases       who uses a file or folder now, and when it was last used
units        what is used and removed as a whole
admission    whether a write may begin; pure
reservations who was promised room and has not used it yet: `reserve` is what every large writer asks
eviction     what is removed first when room is wanted, and removing it
writing      what the operating system says: free, full
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
