"""The model store: which models are there, which can be had, and how one becomes the other.

<state>/models/<name>/<version>/       a complete, verified model with its manifest and a record of sizes and dates
<state>/models/<name>/default          which version is used; see installed.py
<state>/models/.quarantine/<name>/…    damaged models; see integrity.py
<state>/catalog/<name>.toml            manifests that this machine has in place of shipped ones; see pin.py
<state>/prepared/<name>/<digest>/      graphs prepared from a model on this machine
<state>/downloads/                     downloads that were cut, for the next attempt
<state>/tmp/install-…                  an installation in progress, or one that was killed
<state>/store.lock                     held by whoever changes the store

`models` may be a link to a folder on another disk; its `.tmp` and `.downloads` are then there too.
"""

from __future__ import annotations

from edge_tts.store.catalog import catalog, require_installable
from edge_tts.store.export import export
from edge_tts.store.install import Installation, install
from edge_tts.store.installed import Installed, find, installed, require_reachable, unreadable, versions
from edge_tts.store.integrity import Quarantined, check, quarantined, verify
from edge_tts.store.manifest import Manifest
from edge_tts.store.move import move
from edge_tts.store.offers import Offer, find_offer, manifest_of
from edge_tts.store.plan import Change, Part, Plan, Room, Wanted
from edge_tts.store.planning import plan_for, plan_of
from edge_tts.store.progress import Progress, Step
from edge_tts.store.removal import Superfluous, prune, remove, superfluous
from edge_tts.store.versions import roll_back, use
from edge_tts.store.voices import called, find_voice

__all__ = [
    "Change",
    "Installation",
    "Installed",
    "Manifest",
    "Offer",
    "Part",
    "Plan",
    "Progress",
    "Quarantined",
    "Room",
    "Step",
    "Superfluous",
    "Wanted",
    "called",
    "catalog",
    "check",
    "export",
    "find",
    "find_offer",
    "find_voice",
    "install",
    "installed",
    "manifest_of",
    "move",
    "plan_for",
    "plan_of",
    "prune",
    "quarantined",
    "remove",
    "require_installable",
    "require_reachable",
    "roll_back",
    "superfluous",
    "unreadable",
    "use",
    "verify",
    "versions",
]
