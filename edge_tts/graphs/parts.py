"""What an engine computes with: installed graphs, what is built from installed files, and where it is kept prepared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge_tts.errors import EngineError
from edge_tts.graphs.gpu import Device

if TYPE_CHECKING:
    from numpy.typing import NDArray

_RECORDS_BYTES = 65536
"""What a folder of its own and a small graph take beyond their content."""


@dataclass(frozen=True, slots=True)
class Derived:
    """What is built from an installed file instead of being one.

    Attributes:
        source: installed file.
        edition: changes when `build` or `arrays` return something else for the same file.
        built_bytes: size of what `build` and `arrays` return, at most.
        build: returns the content of an .onnx file, None where arrays are all that is wanted.
        arrays: returns arrays by name, to be mapped (`Prepared.arrays`).
        blocked: let ONNX Runtime rearrange images into blocks of channels. Its convolutions are faster then, but what
            it has no such kernel for, padding for one, has to be rearranged before and after.
    """

    source: Path
    edition: str
    built_bytes: int
    build: Callable[[], bytes] | None = None
    arrays: Callable[[], Mapping[str, NDArray[Any]]] = dict
    blocked: bool = True


Graph = Path | Derived
"""An installed .onnx file, or what is built from a file."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of the things that an engine computes with.

    Attributes:
        graph: what is prepared.
        folder: holds what is prepared from it, in a folder of its own, and the lock of who prepares it.
        device: what computes.
        otherwise: what is prepared instead where the installed file is not what `graph` is built from.
    """

    graph: Graph
    folder: Path
    device: Device = "cpu"
    otherwise: Part | None = None


def source_of(graph: Graph) -> Path:
    """Return the installed file."""
    return graph.source if isinstance(graph, Derived) else graph


def content_of(graph: Graph) -> bytes | str:
    """Return the content of an .onnx file, or the path of an installed one.

    Raises:
        EngineError: arrays are all that is wanted of the file.
        ModelCorrupt: the graph cannot be built from it.
    """
    if isinstance(graph, Path):
        return str(graph)
    if graph.build is None:
        raise EngineError(f"{graph.source.name} is not computed as a graph")
    return graph.build()


def is_graph(graph: Graph) -> bool:
    """Return whether it is a graph, instead of only arrays."""
    return isinstance(graph, Path) or graph.build is not None


def arrays_of(graph: Graph) -> Mapping[str, NDArray[Any]]:
    """Return what is made of the file besides the graph."""
    return graph.arrays() if isinstance(graph, Derived) else {}


def most_bytes(graph: Graph) -> int:
    """Return what the prepared form takes at most: packed weights are larger (Kokoro's by a third)."""
    built = graph.built_bytes if isinstance(graph, Derived) else graph.stat().st_size
    return built * 3 // 2 + _RECORDS_BYTES
