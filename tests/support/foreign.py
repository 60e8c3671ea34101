"""Files of somebody else's in and around our folders, and a look at whether they are as they were."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from edge_tts.config.settings import Paths

NAMES = (
    "photo.jpg",
    "2019/1.jpg",
    ".2019.old/2.jpg",
    "install-holidays/3.jpg",
    "tmp/remove-us/4.jpg",
    ".evicted-5.jpg",
    ".evicted-album/5.jpg",
    f"{'ab' * 32}/6.jpg",
    f"{'ab' * 20}",
    f"f/{'f' * 40}",
    ".new-holidays",
    "tone/1/manifest.toml",
    "album/0123456789abcdef/7.jpg",
    "default",
)


def plant(folder: Path, outside: Path | None = None) -> Path:
    """Make a tree that is not ours, as full of names like ours as it can be, with links and an empty folder."""
    for name in NAMES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(f"{folder}/{name}".encode())
        os.chmod(folder / name, 0o640)
        os.utime(folder / name, (1_000_000_000, 1_000_000_000))
    (folder / "empty").mkdir()
    (folder / "loop").symlink_to(folder)
    (folder / "dangling").symlink_to("nowhere")
    if outside is not None:
        (folder / "outside").symlink_to(outside)
    for place, _, _ in os.walk(folder, topdown=False):
        os.utime(place, (1_000_000_000, 1_000_000_000))
    return folder


def photo(path: Path) -> Path:
    """Write one file that is not ours."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"a photo")
    os.chmod(path, 0o640)
    os.utime(path, (1_000_000_000, 1_000_000_000))
    return path


def seen(*roots: Path) -> dict[str, Any]:
    """Return everything at and below some paths: kind, mode, time, and content or target."""
    found = {}
    for root in roots:
        for path in [root, *root.rglob("*")] if not root.is_symlink() else [root]:
            status = path.lstat()
            if path.is_symlink():
                content: object = os.readlink(path)
            else:
                content = path.read_bytes() if path.is_file() else None
            found[str(path)] = (status.st_mode, status.st_mtime_ns, content)
    return found


def places(paths: Paths) -> list[Path]:
    """Return our folders, outer ones first."""
    digest = "0123456789abcdef"
    return [
        *(paths.state, paths.cache, paths.models, paths.prepared, paths.temporary, paths.downloads),
        *(paths.audio, paths.voice_states, paths.log.parent, paths.reservations, paths.catalog),
        *(paths.models / "tiny", paths.models / "tiny" / "1", paths.models / "photos", paths.models / ".quarantine"),
        *(paths.models / ".tmp", paths.models / ".downloads", paths.models / ".quarantine" / "tiny"),
        *(paths.prepared / "tiny", paths.prepared / "tiny" / digest, paths.prepared / "tiny" / digest / "onnx"),
        *(paths.audio / "0", paths.audio / "pinned", paths.prepared / "photos"),
    ]
