"""The model store: which models are there, which can be had, and how one becomes the other.

<state>/models/<name>/<version>/   a complete, verified model with its manifest
<state>/prepared/<name>/<digest>/  graphs prepared from it on this machine
<state>/tmp/install-…              an installation in progress, or one that was killed
<state>/store.lock                 held by whoever changes the store
"""

from __future__ import annotations

from edge_tts.store.catalog import catalog
from edge_tts.store.install import Installation, install, manifest_of, remove
from edge_tts.store.installed import Installed, find, find_voice, installed, verify
from edge_tts.store.manifest import Manifest
from edge_tts.store.progress import Progress, Step

__all__ = [
    "Installation",
    "Installed",
    "Manifest",
    "Progress",
    "Step",
    "catalog",
    "find",
    "find_voice",
    "install",
    "installed",
    "manifest_of",
    "remove",
    "verify",
]
