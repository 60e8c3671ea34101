"""The hidden folder in which a model is made, beside where it will be: gone after the block, whatever ends that.

What a kill leaves is removed by the next conversion into the same folder: only what has our form of name and our
marker, and only if no conversion uses it.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from edge_tts.disk import Lease
from edge_tts.disk.leases import claim
from edge_tts.store.lock import ended_by_sigterm

_PREFIX = ".convert-"
_NAME = re.compile(rf"{re.escape(_PREFIX)}[a-z0-9_]{{8}}", re.ASCII)
_MARKER = ".edge-tts-convert"
_MARK = b"A model that edge-tts is converting. What is left of it after a kill may be removed.\n"


@contextmanager
def unfinished(parent: Path) -> Iterator[Path]:
    """Make such a folder for the block; the parent folder is made if it is not there.

    Raises:
        OSError: it cannot be made.
    """
    with ended_by_sigterm():
        parent.mkdir(parents=True, exist_ok=True)
        _sweep(parent)
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        try:
            with Lease(folder):
                (folder / _MARKER).write_bytes(_MARK)
                yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _sweep(parent: Path) -> None:
    for folder in parent.glob(f"{_PREFIX}*"):
        if _is_ours(folder):
            with claim(folder) as unused:
                if unused and _is_ours(folder):
                    shutil.rmtree(folder, ignore_errors=True)


def _is_ours(folder: Path) -> bool:
    marker = folder / _MARKER
    with suppress(OSError):
        real = _NAME.fullmatch(folder.name) and folder.is_dir() and not folder.is_symlink() and not marker.is_symlink()
        return bool(real) and marker.read_bytes() == _MARK
    return False
