"""Folders of prepared graphs: whole, of this very graph and for this machine, or made anew.

What is in one is written by its user (session.py), under a lock and within the disk's budget.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge_tts import disk
from edge_tts.config.settings import Config
from edge_tts.errors import ModelCorrupt, StoreError
from edge_tts.graphs import array_file
from edge_tts.system import locks

if TYPE_CHECKING:
    from numpy.typing import NDArray

log = logging.getLogger(__name__)

GRAPH = "graph.onnx"
WEIGHTS = "weights.bin"
ARRAYS = "arrays.bin"
RECORD = "prepared.json"
_FILES = (GRAPH, WEIGHTS, ARRAYS)

_SCRATCH = ".new-"
"""How the names of folders begin that are being made."""

_LOCK_SECONDS = 120.0
"""How long to wait for another process that prepares the same; large graphs take half a minute."""

_RECORDS_BYTES = 65536
"""What a folder of its own and a small graph take beyond that."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A graph that is built from an installed file instead of being one.

    Attributes:
        source: installed file.
        build: returns the content of an .onnx file.
        edition: changes when `build` or `arrays` return something else for the same file.
        built_bytes: size of what `build` and `arrays` return, at most.
        arrays: returns what else is made of the file, to be mapped (`Session.arrays`).
        blocked: let ONNX Runtime rearrange images into blocks of channels. Its convolutions are faster then, but what
            it has no such kernel for, padding for one, has to be rearranged before and after.
    """

    source: Path
    build: Callable[[], bytes]
    edition: str
    built_bytes: int
    arrays: Callable[[], Mapping[str, NDArray[Any]]] = dict
    blocked: bool = True


Graph = Path | Derived
"""An installed .onnx file, or what builds one."""


def prepare(graph: Graph, folder: Path, optimise: Callable[[Path], None], config: Config) -> None:
    """Write the prepared form of a graph; `folder` appears complete or not at all.

    Args:
        graph: what to prepare.
        folder: where to; it and what was prepared for another machine beside it are replaced.
        optimise: writes GRAPH and WEIGHTS into the folder that it is given.
        config: the budget, and where everything is.

    Raises:
        BudgetExceeded: it would take more than we may.
        DiskFull: the disk has no room for it.
        EngineError: `optimise` cannot load the graph.
    """
    purpose = f"preparing {source_of(graph).name}"
    with disk.reserve(config, folder.parent, room_for(graph), purpose) as room:
        scratch = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=folder.parent))
        room.covers(scratch)
        try:
            optimise(scratch)
            array_file.write(scratch / ARRAYS, arrays_of(graph))
            _write_record(graph, scratch)
            room.resize(disk.used_bytes(scratch))  # asks again if it came out larger
            _put(scratch, folder)
        finally:
            disk.remove_graph(scratch)


def mapped(graph: Derived, parent: Path, config: Config) -> Mapping[str, NDArray[Any]]:
    """Return the arrays that are made of a file, where they are all that is wanted of it.

    Args:
        graph: the file; what `build` returns is not asked for.
        parent: folder for what is prepared from it. When the disk is full or read-only, the arrays are in memory.
        config: the budget, and where everything is.

    Raises:
        ModelCorrupt: the installed file is not what they are made from.
    """
    folder = parent / "arrays"

    def nothing(_: Path) -> None:
        """There is no graph to write."""

    try:
        with disk.writing(parent, room_for(graph), f"preparing {graph.source.name}"), exclusive(parent, config):
            if not is_prepared(graph, folder):
                prepare(graph, folder, nothing, config)
            try:
                return array_file.read(folder / ARRAYS)
            except ModelCorrupt:  # right size and date, wrong content: make it anew, once
                prepare(graph, folder, nothing, config)
                return array_file.read(folder / ARRAYS)
    except ModelCorrupt:  # nothing can be derived from it
        raise
    except StoreError as error:
        log.warning("%s is kept in memory: %s", graph.source.name, error)
        return graph.arrays()


@contextmanager
def exclusive(parent: Path, config: Config) -> Iterator[None]:
    """Let one process at a time look at, make and open what is prepared; remove what killed ones have left.

    Raises:
        StoreError: another process prepares it, and does not come to an end.
        OSError: it cannot be written there.
    """
    disk.own(parent, config.paths)
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = locks.open_lock(parent / ".lock")
    try:
        if not locks.take(lock, _LOCK_SECONDS):
            raise StoreError(f"another process prepares {parent} for more than {_LOCK_SECONDS:g} s")
        for scratch in parent.glob(f"{_SCRATCH}*"):
            disk.remove_graph(scratch)
        yield
    finally:
        os.close(lock)


def is_prepared(graph: Graph, folder: Path) -> bool:
    """Return whether `folder` holds a complete prepared form of this very graph, by sizes and dates."""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        return bool(record == _record(graph, folder))
    except (OSError, ValueError):
        return False


def source_of(graph: Graph) -> Path:
    """Return the installed file."""
    return graph.source if isinstance(graph, Derived) else graph


def arrays_of(graph: Graph) -> Mapping[str, NDArray[Any]]:
    """Return what is made of the file besides the graph."""
    return graph.arrays() if isinstance(graph, Derived) else {}


def room_for(graph: Graph) -> int:
    """Return what the prepared form takes at most: packed weights are larger (Kokoro's by a third)."""
    built = graph.built_bytes if isinstance(graph, Derived) else graph.stat().st_size
    return built * 3 // 2 + _RECORDS_BYTES


def _write_record(graph: Graph, folder: Path) -> None:
    for name in _FILES:
        path = folder / name
        path.touch()  # a graph of small initializers has no data file
        _sync(path)
    (folder / RECORD).write_text(json.dumps(_record(graph, folder)), encoding="utf-8")
    _sync(folder / RECORD)


def _record(graph: Graph, folder: Path) -> dict[str, Any]:
    """Return what tells whether a prepared form is that of this graph, and whole."""
    edition = graph.edition if isinstance(graph, Derived) else ""
    contents = {name: _stamp(folder / name) for name in _FILES}
    return {"graph": _stamp(source_of(graph)), "edition": edition, **contents}


def _stamp(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]


def _put(scratch: Path, folder: Path) -> None:
    """Give the new folder its name; the others were for another machine, or are damaged."""
    for old in folder.parent.iterdir():
        if old != scratch:
            disk.remove_graph(old)
    scratch.rename(folder)
    _sync(folder.parent)


def _sync(path: Path) -> None:
    """Put a file or folder on the disk; mapped pages of it count as clean only then."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
