"""Small models of several sizes for disk.py; real voices of the real engine, with padding."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from tests.support import tiny_voice

PADDING_MB = {"ada": 10, "ben": 25, "cui": 40, "dan": 60, "eva": 80, "fen": 120}


def make(root: Path) -> dict[str, Path]:
    """Write the models; return their folders by name."""
    root.mkdir(parents=True)
    return {name: _make(root / name, name, megabytes) for name, megabytes in PADDING_MB.items()}


def _make(folder: Path, name: str, megabytes: int) -> Path:
    tiny_voice.VOICES = (f"{name}1", f"{name}2")
    tiny_voice.make(folder)
    padding = hashlib.sha256(name.encode()).digest() * (megabytes * 1_000_000 // 32)
    (folder / "padding.bin").write_bytes(padding)
    manifest = (folder / "manifest.toml").read_text(encoding="utf-8").replace('name = "tiny"', f'name = "{name}"', 1)
    manifest = re.sub(
        r"installed_bytes = (\d+)", lambda found: f"installed_bytes = {int(found[1]) + len(padding)}", manifest
    )
    digest = hashlib.sha256(padding).hexdigest()
    manifest += f'[[files]]\npath = "padding.bin"\nrole = "padding"\nsize = {len(padding)}\nsha256 = "{digest}"\n'
    (folder / "manifest.toml").write_text(manifest, encoding="utf-8")
    return folder
