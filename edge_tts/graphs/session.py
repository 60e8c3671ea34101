"""ONNX Runtime sessions whose weights are memory-mapped; the only importer of onnxruntime.

ONNX Runtime copies initializers that are stored inside a .onnx file and maps those in an external data file. So an
installed graph is *prepared* once for this CPU and this ONNX Runtime: optimised, all large initializers in one data
file, kernels' packed weights saved beside them. See `session.save_external_prepacked_constant_initializers` and
`session.optimized_model_external_initializers_*` in onnxruntime_session_options_config_keys.h.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import importlib
import io
import logging
import platform
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import onnxruntime

from edge_tts import disk
from edge_tts.config.settings import Config
from edge_tts.errors import EngineError, ModelCorrupt, StoreError
from edge_tts.graphs import array_file, gpu, prepared
from edge_tts.graphs.prepared import ARRAYS, GRAPH, WEIGHTS, Derived, Graph
from edge_tts.machine import cpu_features

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from edge_tts.cancel import CancelToken

log = logging.getLogger(__name__)

Device = Literal["cpu", "cuda", "tensorrt"]
"""What computes; what a GPU has no kernels for is left to the CPU."""

_EXTERNAL_FROM_BYTES = 1024
"""Smaller initializers stay in the graph: mapping them would cost more pages than it saves."""

_ARENA_BYTES = 16 << 20
"""What sessions take at first: what they do not touch is not in memory, and in one piece less is left unused."""

_Run = Callable[[Mapping[str, Any], Any], list[Any]]
"""Computes outputs from inputs and RunOptions."""


class Session:
    """A loaded graph.

    Args:
        graph: what to load.
        folder: for what is prepared from it; made or made anew when missing, stale or damaged. When the disk is full
            or read-only, the graph is loaded as it is.
        threads: threads to compute with, 0 for one per core.
        config: the budget of the disk, where everything is, the memory of a GPU.
        device: what computes.
        shrinks: give memory back after each run; for runs that are long and of different lengths. Sessions that do not
            share what they keep.

    Raises:
        EngineError: ONNX Runtime cannot load the graph, or cannot use the device.
        ModelCorrupt: the installed file is missing, or not what a derived graph is built from.
    """

    def __init__(
        self,
        graph: Graph,
        folder: Path,
        threads: int = 0,
        *,
        config: Config,
        device: Device = "cpu",
        shrinks: bool = False,
    ) -> None:
        """Load the graph, preparing it first if need be."""
        if not prepared.source_of(graph).is_file():
            raise ModelCorrupt(f"{prepared.source_of(graph)} is missing")
        self.device = device
        self.arrays: Mapping[str, NDArray[Any]]
        self._threads, self._config = threads, config
        self._shrinks = shrinks
        if device != "cpu":
            use_gpu(device)
        try:
            session = self._open_prepared(graph, folder)
        except ModelCorrupt:  # nothing can be derived from it
            raise
        except StoreError as error:  # a full or read-only disk; speech matters more than memory
            log.warning("%s is loaded as it is, which takes more memory: %s", prepared.source_of(graph).name, error)
            session = _open(graph, self._options(optimise=True), self._providers(folder))
            self.arrays = prepared.arrays_of(graph)
        self.providers: tuple[str, ...] = tuple(session.get_providers())
        self.inputs: dict[str, list[int | str]] = {entry.name: entry.shape for entry in session.get_inputs()}
        self._run: _Run = partial(session.run, None) if device == "cpu" else Bound(session, "cuda").run
        _trim()

    def _open_prepared(self, graph: Graph, parent: Path) -> Any:
        folder = parent / _machine_key(self.device)
        optimise = partial(_optimise, graph, self.device)
        purpose = f"preparing {prepared.source_of(graph).name}"
        with disk.writing(parent, prepared.room_for(graph), purpose), prepared.exclusive(parent, self._config):
            if not prepared.is_prepared(graph, folder):
                prepared.prepare(graph, folder, optimise, self._config)
            try:
                return self._open_folder(folder)
            except (EngineError, ModelCorrupt):  # right size and date, wrong content: make it anew, once
                prepared.prepare(graph, folder, optimise, self._config)
                return self._open_folder(folder)

    def _open_folder(self, folder: Path) -> Any:
        self.arrays = array_file.read(folder / ARRAYS)
        options = self._options(optimise=self.device != "cpu")
        return _open(folder / GRAPH, options, self._providers(folder))

    def _providers(self, folder: Path) -> list[Any]:
        return _providers(self.device, folder, self._config.engines.gpu_memory_bytes)

    def _options(self, *, optimise: bool) -> Any:
        options = _options(self._threads, optimise=optimise)
        if not self._shrinks and self.device == "cpu":
            _share_arena()
            options.add_session_config_entry("session.use_env_allocators", "1")
        return options

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
        if self._shrinks:
            options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")

        def terminate() -> None:
            options.terminate = True

        with cancel.calling(terminate):
            try:
                return self._run(dict(inputs), options)
            except Exception as error:  # ONNX Runtime's own classes derive from nothing narrower
                cancel.check()
                raise EngineError(f"ONNX Runtime failed: {_first_line(error)}") from error


class Bound:
    """Runs a session with inputs that have their place on the device; outputs come back at the end of a run.

    Args:
        session: an InferenceSession.
        device: ONNX Runtime's name of where the inputs go, as "cuda".
    """

    def __init__(self, session: Any, device: str) -> None:
        """Bind nothing yet."""
        self._session = session
        self._device = device
        self._outputs = [output.name for output in session.get_outputs()]
        self._inputs: dict[str, Any] = {}

    def run(self, inputs: Mapping[str, NDArray[Any]], options: Any) -> list[Any]:
        """Return the outputs."""
        binding = self._session.io_binding()
        for name, array in inputs.items():
            binding.bind_ortvalue_input(name, self._placed(name, array))
        for name in self._outputs:
            binding.bind_output(name, "cpu")
        self._session.run_with_iobinding(binding, options)
        return binding.copy_outputs_to_cpu()  # type: ignore[no-any-return]

    def _placed(self, name: str, array: NDArray[Any]) -> Any:
        """Return an input on the device: in the place of the last one where that had the same shape."""
        value, array = self._inputs.get(name), array if array.flags.c_contiguous else array.copy()
        if value is not None and value.shape() == list(array.shape):
            value.update_inplace(array)
        else:
            value = onnxruntime.OrtValue.ortvalue_from_numpy(array, self._device, 0)
            self._inputs[name] = value
        return value


@cache
def use_gpu(device: Device) -> None:
    """Load what computing on a GPU needs.

    Raises:
        EngineError: something is missing, named in the message.
    """
    gpu.find()
    with contextlib.redirect_stdout(io.StringIO()):  # it prints what it misses; check_libraries says it once
        onnxruntime.preload_dlls()
    if device == "tensorrt":
        with contextlib.suppress(ImportError):  # the wheel loads its libraries; without it the system's are looked for
            importlib.import_module("tensorrt")
        gpu.check_libraries("tensorrt")
    gpu.check_libraries("cuda")


def _providers(device: Device, folder: Path, limit: int) -> list[Any]:
    """Return ONNX Runtime's providers with their options, the preferred one first.

    Args:
        device: what computes.
        folder: for what TensorRT builds.
        limit: most memory of the GPU that the graph may take for itself, bytes; 0 for all there is.
    """
    chosen: list[Any] = ["CPUExecutionProvider"]
    if device != "cpu":
        options = {"arena_extend_strategy": "kSameAsRequested", "cudnn_conv_algo_search": "HEURISTIC"}
        chosen.insert(0, (gpu.PROVIDERS["cuda"], options | ({"gpu_mem_limit": str(limit)} if limit else {})))
    if device == "tensorrt":  # an engine takes minutes to build, so it is kept
        kept = {"trt_engine_cache_enable": "1", "trt_engine_cache_path": str(folder), "trt_fp16_enable": "1"}
        room = {"trt_max_workspace_size": str(limit)} if limit else {}
        chosen.insert(0, (gpu.PROVIDERS["tensorrt"], kept | room))
    return chosen


def _optimise(graph: Graph, device: Device, folder: Path) -> None:
    """Write a graph's prepared form: for a GPU without the CPU's fusions, which a provider of it does not know."""
    options = _options(0, optimise=True)
    level = onnxruntime.GraphOptimizationLevel
    if device != "cpu":
        options.graph_optimization_level = level.ORT_ENABLE_BASIC
    elif isinstance(graph, Derived) and not graph.blocked:
        options.graph_optimization_level = level.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(folder / GRAPH)
    for key, value in {
        "session.optimized_model_external_initializers_file_name": WEIGHTS,
        "session.optimized_model_external_initializers_min_size_in_bytes": str(_EXTERNAL_FROM_BYTES),
        "session.save_external_prepacked_constant_initializers": "1" if device == "cpu" else "0",
    }.items():
        options.add_session_config_entry(key, value)
    _open(graph, options, _providers("cpu", folder, 0))


def _machine_key(device: Device) -> str:
    """Return a name for what a prepared graph depends on besides the model."""
    facts = [onnxruntime.__version__, platform.machine(), cpu_features(), device]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]


@cache
def _share_arena() -> None:
    """Let sessions of this process take memory from one arena, which doubles when it is full."""
    place = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    sizes = onnxruntime.OrtArenaCfg({"arena_extend_strategy": 0, "initial_chunk_size_bytes": _ARENA_BYTES})
    onnxruntime.create_and_register_allocator(place, sizes)


def _options(threads: int, *, optimise: bool) -> Any:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors only; they come as exceptions too
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # utterances differ in length; patterns of old ones would pile up
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # others want the cores too
    level = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = level.ORT_ENABLE_ALL if optimise else level.ORT_DISABLE_ALL
    return options


def _open(graph: Graph, options: Any, providers: list[Any]) -> Any:
    content = graph.build() if isinstance(graph, Derived) else str(graph)
    name = prepared.source_of(graph).name
    try:
        session = onnxruntime.InferenceSession(content, options, providers=providers, enable_fallback=0)
    except Exception as error:  # ONNX Runtime's own classes derive from nothing narrower
        raise EngineError(f"ONNX Runtime cannot load {name}: {_first_line(error)}") from error
    wanted = providers[0][0] if isinstance(providers[0], tuple) else providers[0]
    if wanted not in session.get_providers():  # it goes on without, and says so on standard error only
        raise EngineError(f"ONNX Runtime loads {name} without {wanted}")
    return session


def _trim() -> None:
    """Give memory back that loading and preparing have freed; the GNU C library keeps it otherwise."""
    with contextlib.suppress(AttributeError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
