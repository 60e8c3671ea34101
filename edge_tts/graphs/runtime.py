"""ONNX Runtime: its options, providers and memory, and how a graph is opened or written in its optimised form.

Only this module and session.py import onnxruntime.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import importlib
import io
import platform
from functools import cache
from pathlib import Path
from typing import Any

import onnxruntime

from edge_tts.errors import EngineError
from edge_tts.graphs import gpu
from edge_tts.graphs.gpu import Device
from edge_tts.machine import cpu_features

_EXTERNAL_FROM_BYTES = 1024
"""Smaller initializers stay in the graph: mapping them would cost more pages than it saves."""

_ARENA_BYTES = 16 << 20
"""What sessions take at first: what they do not touch is not in memory, and in one piece less is left unused."""


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


def machine_key(device: Device) -> str:
    """Return a name for what an optimised graph depends on besides the model."""
    facts = [onnxruntime.__version__, platform.machine(), cpu_features(), device]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]


def providers(device: Device, folder: Path, limit_bytes: int) -> list[Any]:
    """Return ONNX Runtime's providers with their options, the preferred one first.

    Args:
        device: what computes.
        folder: for what TensorRT builds.
        limit_bytes: most memory of the GPU that the graph may take for itself; 0 for all there is.
    """
    chosen: list[Any] = ["CPUExecutionProvider"]
    if device != "cpu":
        options = {"arena_extend_strategy": "kSameAsRequested", "cudnn_conv_algo_search": "HEURISTIC"}
        limit = {"gpu_mem_limit": str(limit_bytes)} if limit_bytes else {}
        chosen.insert(0, (gpu.PROVIDERS["cuda"], options | limit))
    if device == "tensorrt":  # an engine takes minutes to build, so it is kept
        kept = {"trt_engine_cache_enable": "1", "trt_engine_cache_path": str(folder), "trt_fp16_enable": "1"}
        workspace = {"trt_max_workspace_size": str(limit_bytes)} if limit_bytes else {}
        chosen.insert(0, (gpu.PROVIDERS["tensorrt"], kept | workspace))
    return chosen


def options(threads: int, *, optimise: bool) -> Any:
    """Return ONNX Runtime's options of a session.

    Args:
        threads: threads to compute with, 0 for one per core.
        optimise: let ONNX Runtime rewrite the graph; one that was optimised before is taken as it is.
    """
    chosen = onnxruntime.SessionOptions()
    chosen.log_severity_level = 3  # errors only; they come as exceptions too
    chosen.intra_op_num_threads = threads
    chosen.inter_op_num_threads = 1
    chosen.enable_mem_pattern = False  # utterances differ in length; patterns of old ones would pile up
    chosen.add_session_config_entry("session.intra_op.allow_spinning", "0")  # others want the cores too
    level = onnxruntime.GraphOptimizationLevel
    chosen.graph_optimization_level = level.ORT_ENABLE_ALL if optimise else level.ORT_DISABLE_ALL
    return chosen


def open_graph(content: bytes | str, name: str, chosen: Any, on: list[Any]) -> Any:
    """Return an InferenceSession.

    Args:
        content: of an .onnx file, or its path.
        name: of the installed file, for messages.
        chosen: what `options` returned.
        on: what `providers` returned.

    Raises:
        EngineError: ONNX Runtime cannot load the graph, or only without the preferred provider.
    """
    try:
        session = onnxruntime.InferenceSession(content, chosen, providers=on, enable_fallback=0)
    except Exception as error:  # ONNX Runtime's own classes derive from nothing narrower
        raise EngineError(f"ONNX Runtime cannot load {name}: {first_line(error)}") from error
    wanted = on[0][0] if isinstance(on[0], tuple) else on[0]
    if wanted not in session.get_providers():  # it goes on without, and says so on standard error only
        raise EngineError(f"ONNX Runtime loads {name} without {wanted}")
    return session


def optimise(content: bytes | str, name: str, graph: Path, weights: str, device: Device, *, blocked: bool) -> None:
    """Write a graph as ONNX Runtime has optimised it; for a GPU without the CPU's fusions, which it has no kernels for.

    Args:
        content: of an .onnx file, or its path.
        name: of the installed file, for messages.
        graph: where the optimised graph goes.
        weights: name of the file beside it that its large initializers go to, with the CPU's packed ones.
        device: what is going to compute.
        blocked: see `prepared.Derived`.

    Raises:
        EngineError: ONNX Runtime cannot load the graph.
    """
    chosen = options(0, optimise=True)
    level = onnxruntime.GraphOptimizationLevel
    if device != "cpu":
        chosen.graph_optimization_level = level.ORT_ENABLE_BASIC
    elif not blocked:
        chosen.graph_optimization_level = level.ORT_ENABLE_EXTENDED
    chosen.optimized_model_filepath = str(graph)
    for key, value in {
        "session.optimized_model_external_initializers_file_name": weights,
        "session.optimized_model_external_initializers_min_size_in_bytes": str(_EXTERNAL_FROM_BYTES),
        "session.save_external_prepacked_constant_initializers": "1" if device == "cpu" else "0",
    }.items():
        chosen.add_session_config_entry(key, value)
    open_graph(content, name, chosen, providers("cpu", graph.parent, 0))


@cache
def share_arena() -> None:
    """Let sessions of this process take memory from one arena, which doubles when it is full."""
    place = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    sizes = onnxruntime.OrtArenaCfg({"arena_extend_strategy": 0, "initial_chunk_size_bytes": _ARENA_BYTES})
    onnxruntime.create_and_register_allocator(place, sizes)


def trim() -> None:
    """Give memory back that loading and preparing have freed; the GNU C library keeps it otherwise."""
    with contextlib.suppress(AttributeError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)


def first_line(error: Exception) -> str:
    """Return what an error of ONNX Runtime says, without the places in its source."""
    return str(error).strip().partition("\n")[0]
