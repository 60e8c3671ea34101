"""ONNX Runtime sessions whose weights are memory-mapped; the only importer of onnxruntime.

ONNX Runtime copies initializers that are stored inside a .onnx file and maps those in an external data file. So an
installed graph is *prepared* once for this CPU and this ONNX Runtime: optimised, all large initializers in one data
file, kernels' packed weights saved beside them. See `session.save_external_prepacked_constant_initializers` and
`session.optimized_model_external_initializers_*` in onnxruntime_session_options_config_keys.h.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import hashlib
import json
import logging
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import onnxruntime

from edge_tts import config, disk
from edge_tts.engines import array_file
from edge_tts.engines.tuning import cpu_features
from edge_tts.errors import EngineError, ModelCorrupt, StoreError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from edge_tts.engines import CancelToken

log = logging.getLogger(__name__)

GRAPH = "graph.onnx"
WEIGHTS = "weights.bin"
ARRAYS = "arrays.bin"
RECORD = "prepared.json"
_FILES = (GRAPH, WEIGHTS, ARRAYS)

_SCRATCH = ".new-"
"""How the names of folders begin that are being made."""

_RECORDS_BYTES = 65536
"""What a folder of its own and a small graph take beyond that."""

_EXTERNAL_FROM_BYTES = 1024
"""Smaller initializers stay in the graph: mapping them would cost more pages than it saves."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A graph that is built from an installed file instead of being one.

    Attributes:
        source: installed file.
        build: returns the content of an .onnx file.
        edition: changes when `build` or `arrays` return something else for the same file.
        built_bytes: size of what `build` and `arrays` return, at most.
        arrays: returns what else is made of the file, to be mapped (`Session.arrays`).
    """

    source: Path
    build: Callable[[], bytes]
    edition: str
    built_bytes: int
    arrays: Callable[[], Mapping[str, NDArray[Any]]] = dict


Graph = Path | Derived
"""An installed .onnx file, or what builds one."""


class Session:
    """A loaded graph.

    Args:
        graph: what to load.
        prepared: folder for what is prepared from it; made or made anew when missing, stale or damaged. When the disk
            is full or read-only, the graph is loaded as it is.
        threads: threads to compute with, 0 for one per core.

    Raises:
        EngineError: ONNX Runtime cannot load the graph.
        ModelCorrupt: the installed file is missing, or not what a derived graph is built from.
    """

    def __init__(self, graph: Graph, prepared: Path, threads: int = 0) -> None:
        """Load the graph, preparing it first if need be."""
        if not _source(graph).is_file():
            raise ModelCorrupt(f"{_source(graph)} is missing")
        self.providers = providers()
        self.arrays: Mapping[str, NDArray[Any]]
        try:
            self._session = self._open_prepared(graph, prepared, threads)
        except ModelCorrupt:  # nothing can be derived from it
            raise
        except StoreError as error:  # a full or read-only disk; speech matters more than memory
            log.warning("%s is loaded as it is, which takes more memory: %s", _source(graph).name, error)
            self._session = _open(graph, _options(threads, optimise=True), self.providers)
            self.arrays = _arrays(graph)
        _trim()

    def _open_prepared(self, graph: Graph, prepared: Path, threads: int) -> Any:
        folder = prepared / _machine_key(self.providers)
        options = _options(threads, optimise=False)
        with disk.writing(prepared, _prepared_bytes(graph), f"preparing {_source(graph).name}"), _exclusive(prepared):
            if not is_prepared(graph, folder):
                prepare(graph, folder, self.providers)
            try:
                return self._open_folder(folder, options)
            except (EngineError, ModelCorrupt):  # right size and date, wrong content: make it anew, once
                prepare(graph, folder, self.providers)
                return self._open_folder(folder, options)

    def _open_folder(self, folder: Path, options: Any) -> Any:
        self.arrays = array_file.read(folder / ARRAYS)
        return _open(folder / GRAPH, options, self.providers)

    def run(self, inputs: Mapping[str, NDArray[Any]], cancel: CancelToken) -> NDArray[np.float32]:
        """Return the graph's first output; see `run_all`."""
        (output, *_) = self.run_all(inputs, cancel)
        return output  # type: ignore[no-any-return]

    def run_all(self, inputs: Mapping[str, NDArray[Any]], cancel: CancelToken) -> list[Any]:
        """Return the graph's outputs.

        Args:
            inputs: arrays by input name.
            cancel: ends the computation from another thread.

        Raises:
            Interrupted: `cancel` was called.
            EngineError: ONNX Runtime refused the inputs or failed.
        """
        options = onnxruntime.RunOptions()

        def terminate() -> None:
            options.terminate = True

        with cancel.calling(terminate):
            try:
                return self._session.run(None, dict(inputs), options)  # type: ignore[no-any-return]
            except Exception as error:  # ONNX Runtime's own classes derive from nothing narrower
                cancel.check()
                raise EngineError(f"ONNX Runtime failed: {_first_line(error)}") from error


def providers() -> tuple[str, ...]:
    """Return the execution providers to use: CUDA where this ONNX Runtime offers it, and always the CPU."""
    available = onnxruntime.get_available_providers()
    wanted = ("CUDAExecutionProvider", "CPUExecutionProvider")
    return tuple(name for name in wanted if name in available)


def prepare(graph: Graph, folder: Path, execution_providers: tuple[str, ...]) -> None:
    """Write the prepared form of a graph; `folder` appears complete or not at all.

    Args:
        graph: what to prepare.
        folder: where to; it and what was prepared for another machine beside it are replaced.
        execution_providers: which the graph is optimised for.

    Raises:
        BudgetExceeded: it would take more than we may.
        DiskFull: the disk has no room for it.
        EngineError: ONNX Runtime cannot load the graph.
    """
    purpose = f"preparing {_source(graph).name}"
    with disk.reserve(config.load(), folder.parent, _prepared_bytes(graph), purpose) as room:
        scratch = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=folder.parent))
        room.covers(scratch)
        try:
            _optimise(graph, scratch, execution_providers)
            array_file.write(scratch / ARRAYS, _arrays(graph))
            _write_record(graph, scratch)
            room.resize(disk.used_bytes(scratch))  # asks again if it came out larger
            _put(scratch, folder)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def _optimise(graph: Graph, folder: Path, execution_providers: tuple[str, ...]) -> None:
    options = _options(0, optimise=True)
    options.optimized_model_filepath = str(folder / GRAPH)
    for key, value in {
        "session.optimized_model_external_initializers_file_name": WEIGHTS,
        "session.optimized_model_external_initializers_min_size_in_bytes": str(_EXTERNAL_FROM_BYTES),
        "session.save_external_prepacked_constant_initializers": "1",
    }.items():
        options.add_session_config_entry(key, value)
    _open(graph, options, execution_providers)


@contextmanager
def _exclusive(parent: Path) -> Iterator[None]:
    """Let one process at a time look at, make and open what is prepared; remove what killed ones have left."""
    parent.mkdir(parents=True, exist_ok=True)
    with open(parent / ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for scratch in parent.glob(f"{_SCRATCH}*"):
            shutil.rmtree(scratch, ignore_errors=True)
        yield


def is_prepared(graph: Graph, folder: Path) -> bool:
    """Return whether `folder` holds a complete prepared form of this very graph, by sizes and dates."""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        return bool(record == _record(graph, folder))
    except (OSError, ValueError):
        return False


def _source(graph: Graph) -> Path:
    return graph.source if isinstance(graph, Derived) else graph


def _arrays(graph: Graph) -> Mapping[str, NDArray[Any]]:
    return graph.arrays() if isinstance(graph, Derived) else {}


def _prepared_bytes(graph: Graph) -> int:
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
    return {"graph": _stamp(_source(graph)), "edition": edition, **contents}


def _stamp(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]


def _put(scratch: Path, folder: Path) -> None:
    """Give the new folder its name; the others were for another machine, or are damaged."""
    for old in folder.parent.iterdir():
        if old.is_dir() and old != scratch:
            shutil.rmtree(old)
    scratch.rename(folder)
    _sync(folder.parent)


def _sync(path: Path) -> None:
    """Put a file or folder on the disk; mapped pages of it count as clean only then."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _machine_key(execution_providers: tuple[str, ...]) -> str:
    """Return a name for what a prepared graph depends on besides the model."""
    facts = [onnxruntime.__version__, platform.machine(), cpu_features(), *execution_providers]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]


def _options(threads: int, *, optimise: bool) -> Any:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors only; they come as exceptions too
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # utterances differ in length; patterns of old ones would pile up
    options.enable_cpu_mem_arena = False  # it would keep what the longest utterance took
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # others want the cores too
    level = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = level.ORT_ENABLE_ALL if optimise else level.ORT_DISABLE_ALL
    return options


def _open(graph: Graph, options: Any, execution_providers: tuple[str, ...]) -> Any:
    content = graph.build() if isinstance(graph, Derived) else str(graph)
    try:
        return onnxruntime.InferenceSession(content, options, providers=list(execution_providers))
    except Exception as error:  # ONNX Runtime's own classes derive from nothing narrower
        raise EngineError(f"ONNX Runtime cannot load {_source(graph).name}: {_first_line(error)}") from error


def _trim() -> None:
    """Give memory back that loading and preparing have freed; the GNU C library keeps it otherwise."""
    with contextlib.suppress(AttributeError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
