"""Kokoro in floats: whole, or with prosody and harmonic source on one device and the decoder on another."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_tts.engines.kokoro import weights
from edge_tts.engines.kokoro.weights import FRONT_OUTPUTS
from edge_tts.graphs import float_graph
from edge_tts.graphs.gpu import Device
from edge_tts.graphs.onnx_file import OnnxFile
from edge_tts.graphs.parts import Derived, Part
from edge_tts.graphs.prepared import Prepared
from edge_tts.graphs.session import Session

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
        graph, float_graph.EDITION, _WHOLE_BYTES, build=lambda: float_graph.in_floats(OnnxFile(graph), [_AUDIO])
    )


def parts(graph: Path, folder: Path, device: Device) -> dict[str, Part]:
    """Return the two parts of an installed graph.

    Args:
        graph: installed .onnx file.
        folder: for what is prepared from it.
        device: of the decoder; the CPU computes the rest.
    """
    decoder = Derived(
        graph,
        float_graph.EDITION,
        _DECODER_BYTES,
        build=lambda: float_graph.in_floats(OnnxFile(graph), [_AUDIO], _BETWEEN),
    )
    front = Derived(graph, weights.EDITION, weights.BUILT_BYTES, build=lambda: OnnxFile(graph).part(_BETWEEN))
    return {"decoder": Part(decoder, folder / "decoder", device), "front": Part(front, folder / "front")}


class MixedGraph:
    """Does what a Session of the whole graph does, with its two parts on different devices.

    Args:
        prepared: what `parts` returned, prepared.
        threads: threads to compute with, 0 for one per core.

    Raises:
        EngineError: a part cannot be loaded.
    """

    def __init__(self, prepared: Mapping[str, Prepared], threads: int) -> None:
        """Map or place the weights."""
        self._decoder = Session(prepared["decoder"], threads, shrinks=True)
        self._front = Session(prepared["front"], threads, shrinks=True)

    def run(self, inputs: Mapping[str, NDArray[Any]], cancel: CancelToken) -> NDArray[np.float32]:
        """Return audio; see `Session.run`."""
        values = self._front.run_all(inputs, cancel)
        given = dict(zip(_BETWEEN, values, strict=True))
        return self._decoder.run({**given, "style": inputs["style"]}, cancel)
