"""Preparing: what a model's files become on this machine, once, so that opening them only maps.

ONNX Runtime copies initializers that are stored inside a .onnx file and maps those in an external data file. So a
graph is written anew for this CPU and this ONNX Runtime: optimised, all large initializers in one data file, kernels'
packed weights saved beside them (`session.optimized_model_external_initializers_*` and
`session.save_external_prepacked_constant_initializers` in onnxruntime_session_options_config_keys.h). What native code
computes with is kept as arrays.

A folder of what is prepared is there whole or not at all; one that is stale or damaged is made anew.
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
from typing import TYPE_CHECKING, Any, TypeVar

from edge_tts import disk
from edge_tts.config.settings import Config
from edge_tts.errors import EngineError, ModelCorrupt, StoreError
from edge_tts.graphs import array_file, runtime
from edge_tts.graphs.parts import Derived, Graph, Part, arrays_of, content_of, is_graph, most_bytes, source_of
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

_Opened = TypeVar("_Opened")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A part that is ready to be mapped.

    Attributes:
        part: what was prepared.
        config: of this process: the budget, where everything is, the memory of a GPU.
        folder: what was prepared is there; None where the disk is full or read-only: it is made in memory then.
        inode: of the folder, tells it from one that is made anew in its place.
    """

    part: Part
    config: Config
    folder: Path | None
    inode: int = 0

    def opened(self, read: Callable[[Path], _Opened], make: Callable[[], _Opened]) -> _Opened:
        """Return what a function reads from the folder; one that turns out to be damaged is made anew, once.

        Args:
            read: is given the folder; raises EngineError or ModelCorrupt when that is damaged.
            make: makes the same in memory.
        """
        prepared = self
        if prepared.folder is not None:
            try:
                return read(prepared.folder)
            except (EngineError, ModelCorrupt):  # right sizes and dates, wrong content
                prepared = _kept(self.part, self.config, damaged=self.inode)
        return make() if prepared.folder is None else read(prepared.folder)

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """Map the arrays of the part.

        Raises:
            ModelCorrupt: they are damaged, and the installed file is not what they can be made from again.
        """
        return self.opened(lambda folder: array_file.read(folder / ARRAYS), lambda: arrays_of(self.part.graph))


def prepare(part: Part, config: Config) -> Prepared:
    """Return a part in its prepared form, which is made now if it is not there.

    When the disk is full or read-only, nothing is written: speech matters more than memory.

    Args:
        part: what to prepare.
        config: the budget, and where everything is.

    Raises:
        EngineError: ONNX Runtime cannot load the graph, or the device cannot be used here.
        ModelCorrupt: the installed file is missing, or not what is built from it, and there is nothing else instead.
    """
    try:
        return _kept(part, config)
    except ModelCorrupt as error:
        if part.otherwise is None:
            raise
        log.warning("%s is computed in another way: %s", source_of(part.graph).name, error)
    return prepare(part.otherwise, config)


def _kept(part: Part, config: Config, damaged: int = 0) -> Prepared:
    """Return a part in its prepared form; `damaged` is the inode of a folder that is not to be used."""
    source = source_of(part.graph)
    if not source.is_file():
        raise ModelCorrupt(f"{source} is missing")
    if part.device != "cpu":
        runtime.use_gpu(part.device)
    folder = part.folder / (runtime.machine_key(part.device) if is_graph(part.graph) else "arrays")
    purpose = f"preparing {source.name}"
    try:
        with disk.writing(part.folder, most_bytes(part.graph), purpose), _exclusive(part.folder, config):
            if not is_prepared(part.graph, folder) or folder.stat().st_ino == damaged:
                _make(part, folder, config, purpose)
            return Prepared(part, config, folder, folder.stat().st_ino)
    except ModelCorrupt:  # nothing can be derived from it
        raise
    except StoreError as error:
        log.warning("%s is loaded as it is, which takes more memory: %s", source.name, error)
        return Prepared(part, config, None)


def _make(part: Part, folder: Path, config: Config, purpose: str) -> None:
    """Write what is prepared from a part; what was prepared for another machine beside it is removed.

    Raises:
        BudgetExceeded: it would take more than we may.
        DiskFull: the disk has no room for it.
        EngineError: ONNX Runtime cannot load the graph.
    """
    with disk.reserve(config, folder.parent, most_bytes(part.graph), purpose) as room:
        scratch = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=folder.parent))
        room.covers(scratch)
        try:
            _write(part, scratch)
            room.resize(disk.used_bytes(scratch))  # asks again if it came out larger
            _put(scratch, folder)
        finally:
            disk.remove_graph(scratch)
    if part.device == "tensorrt":  # it builds its engines, which it keeps in the folder, when a graph is opened
        providers = runtime.providers(part.device, folder, config.engines.gpu_memory_bytes)
        name, options = source_of(part.graph).name, runtime.options(0, optimise=True)
        runtime.open_graph(str(folder / GRAPH), name, options, providers)


def _write(part: Part, folder: Path) -> None:
    """Write the files of what is prepared from a part into an empty folder."""
    graph = part.graph
    if is_graph(graph):
        blocked = graph.blocked if isinstance(graph, Derived) else True
        name = source_of(graph).name
        runtime.optimise(content_of(graph), name, folder / GRAPH, WEIGHTS, part.device, blocked=blocked)
    array_file.write(folder / ARRAYS, arrays_of(graph))
    for name in _FILES:
        (folder / name).touch()  # a graph of small initializers has no data file
        _sync(folder / name)
    (folder / RECORD).write_text(json.dumps(_record(graph, folder)), encoding="utf-8")
    _sync(folder / RECORD)


@contextmanager
def _exclusive(parent: Path, config: Config) -> Iterator[None]:
    """Let one process at a time look at and make what is prepared; remove what killed ones have left.

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
