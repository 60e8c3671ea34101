"""Kokoro in floats: whole, or with prosody and harmonic source on one device and the decoder on another."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_tts.config.settings import Config
from edge_tts.engines.kokoro import weights
from edge_tts.engines.kokoro.weights import FRONT_OUTPUTS
from edge_tts.graphs import float_graph
from edge_tts.graphs.onnx_file import OnnxFile
from edge_tts.graphs.prepared import Derived
from edge_tts.graphs.session import Device, Session

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_tts.cancel import CancelToken

_AUDIO = "audio"
_BETWEEN = (*FRONT_OUTPUTS, "/decoder/decoder/generator/Concat_3_output_0")
"""What goes from one part to the other: what native code needs too, and spectra of the harmonic source."""
_WHOLE_BYTES, _DECODER_BYTES = 340_000_000, 220_000_000


def whole(graph: Path) -> Derived:
    """Return an installed graph in floats.

    Args:
        graph: installed .onnx file, whose output is called audio.
    """
    return Derived(
        graph,
        build=lambda: float_graph.in_floats(OnnxFile(graph), [_AUDIO]),
        edition=float_graph.EDITION,
        built_bytes=_WHOLE_BYTES,
    )


class MixedGraph:
    """Does what a Session of the whole graph does, with its two parts on different devices.

    Args:
        graph: installed .onnx file.
        prepared: folder for what is prepared from it.
        threads: threads to compute with, 0 for one per core.
        device: of the decoder; the CPU computes the rest.
        config: the budget of the disk, where everything is, the memory of a GPU.

    Raises:
        EngineError: a part cannot be loaded, or the device cannot be used.
        ModelCorrupt: the graph is missing or not the one that is expected here.
    """

    def __init__(self, graph: Path, prepared: Path, threads: int, device: Device, config: Config) -> None:
        """Map or place the weights."""
        decoder = Derived(
            graph,
            build=lambda: float_graph.in_floats(OnnxFile(graph), [_AUDIO], _BETWEEN),
            edition=float_graph.EDITION,
            built_bytes=_DECODER_BYTES,
        )
        front = Derived(
            graph,
            build=lambda: OnnxFile(graph).part(_BETWEEN),
            edition=weights.EDITION,
            built_bytes=weights.BUILT_BYTES,
        )
        self._decoder = Session(decoder, prepared / "decoder", threads, config=config, device=device, shrinks=True)
        self._front = Session(front, prepared / "front", threads, config=config, shrinks=True)

    def run(self, inputs: Mapping[str, NDArray[Any]], cancel: CancelToken) -> NDArray[np.float32]:
        """Return audio; see `Session.run`."""
        values = self._front.run_all(inputs, cancel)
        given = dict(zip(_BETWEEN, values, strict=True))
        return self._decoder.run({**given, "style": inputs["style"]}, cancel)
