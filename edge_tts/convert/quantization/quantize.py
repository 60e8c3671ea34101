"""Makes 8-bit forms of graphs, as far as their outputs allow.

Products and LSTMs of the acoustic model have 8-bit weights for each column, and activations that are quantized at run
time; where the outputs suffer too much, the layers that harm them most stay float. Convolutions of the vocoder have
both quantized beforehand, calibrated with mels of the voice itself; of several forms, from the fastest to the most
faithful, the first that is faithful enough is taken. What stays float is stored in 16 bits, see compact.py.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import onnx
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)

from edge_tts.convert.quantization.calibration import pieces
from edge_tts.convert.quantization.compact import compact
from edge_tts.convert.quantization.fidelity import Feeds, Fidelity, Run, compare
from edge_tts.convert.quantization.saturation import unsaturate
from edge_tts.errors import ConversionError

LEAST_DECIBELS = 21.0
"""Signal to noise ratio that a quantized vocoder must reach, against the float graph, on mels of other sentences."""
LEAST_OF_PRODUCTS = 25.0
"""Signal to noise ratio that the other graphs must reach, each fed what the float graphs feed it."""
_PRODUCTS = ("MatMul", "LSTM")
PIECE_FRAMES = 20
"""Frames that a vocoder is calibrated with at a time; more take more memory."""

_ALL = ("Conv", "ConvTranspose", "LeakyRelu", "Add")
_BUT_SUMS = ("Conv", "ConvTranspose", "LeakyRelu")
_CONVOLUTIONS = ("Conv", "ConvTranspose")


@dataclass(frozen=True, slots=True)
class Form:
    """A way to quantize a vocoder.

    Attributes:
        operators: which are computed in 8 bits.
        float_stages: how many of the last stages stay float; they have few channels and much to lose.
        float_first: whether the first convolution stays float.
    """

    operators: tuple[str, ...]
    float_stages: int = 0
    float_first: bool = False


FORMS = (
    Form(_ALL),
    Form(_BUT_SUMS, 1),
    Form(_BUT_SUMS, 1, float_first=True),
    Form(_CONVOLUTIONS),
    Form(_CONVOLUTIONS, 1, float_first=True),
    Form(_CONVOLUTIONS, 2, float_first=True),
)
"""All forms, from the fastest to the most faithful."""


@dataclass(frozen=True, slots=True)
class Quantized:
    """A quantized graph.

    Attributes:
        fidelity: how close its outputs are to those of the float graph.
        form: the form that a vocoder has; None if it stays float, because no form was faithful enough.
        floats: layers that stay float though their kind is quantized, for people.
        tried: ratios in dB that were not enough, of what was tried before.
    """

    fidelity: Fidelity
    form: Form | None = None
    floats: tuple[str, ...] = ()
    tried: tuple[float, ...] = ()

    @property
    def decibels(self) -> float:
        """Signal to noise ratio of the output that suffers most."""
        return self.fidelity.decibels


def products(source: Path, target: Path, runs: Sequence[Run], least: float = LEAST_OF_PRODUCTS) -> Quantized:
    """Quantize the matrix products and LSTMs of a graph.

    Args:
        source: float graph.
        target: the file to write.
        runs: runs of the float graph, to measure by.
        least: the signal to noise ratio to reach, dB; layers stay float until it is reached.
    """
    labels = _layers(source)
    ranked: list[str] = []
    tried: list[float] = []
    count = 0
    while True:
        floats = ranked[:count]
        _write_products(source, target, [name for name in labels if name not in floats])
        compact(target)
        found = compare(target, runs)
        if found.decibels >= least or count >= len(labels):
            return Quantized(found, None, tuple(labels[name] for name in floats), tuple(tried))
        tried.append(found.decibels)
        ranked = ranked or _by_harm(source, target, labels, runs)
        count = max(2 * count, 1)


def stored(source: Path, target: Path, runs: Sequence[Run]) -> Quantized:
    """Leave a graph float, in 16 bits; arguments as `products`."""
    target.write_bytes(source.read_bytes())
    compact(target)
    return Quantized(compare(target, runs))


def _by_harm(source: Path, target: Path, names: Sequence[str] | dict[str, str], runs: Sequence[Run]) -> list[str]:
    """Return layers, first the one that costs most when it alone is quantized."""
    harm = {}
    for name in names:
        _write_products(source, target, [name])
        harm[name] = compare(target, runs).decibels
    return sorted(harm, key=lambda name: harm[name])


def _write_products(source: Path, target: Path, layers: Sequence[str]) -> None:
    with _quiet():
        quantize_dynamic(
            source,
            target,
            per_channel=True,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=list(_PRODUCTS),
            nodes_to_quantize=list(layers) or ["none"],  # none given means all
        )
    unsaturate(source, target)


def _layers(path: Path) -> dict[str, str]:
    """Return the layers of a graph that can be quantized: names of operators, and what people call them."""
    graph = onnx.load(str(path)).graph
    shapes = {one.name: "×".join(map(str, one.dims)) for one in graph.initializer}
    weighted = (node for node in graph.node if node.op_type in _PRODUCTS and node.input[1] in shapes)
    return {node.name: f"{node.op_type} {node.name} of {shapes[node.input[1]]}" for node in weighted}


def vocoder(source: Path, target: Path, calibration: Sequence[Feeds], check: Sequence[Run], *, must: bool) -> Quantized:
    """Quantize a vocoder, as far as its audio allows.

    Args:
        source: float graph.
        target: the file to write.
        calibration: inputs to calibrate with.
        check: runs of the float graph on other inputs, to measure by.
        must: take the most faithful form even if it is not faithful enough, rather than leave the graph float.

    Raises:
        ConversionError: there are no inputs.
    """
    if not calibration or not check:
        raise ConversionError("quantizing a vocoder needs mels to calibrate with and others to measure by, got none")
    tried: list[float] = []
    for form in FORMS:
        floats = [*_float_nodes(source, form)]
        _write(source, target, _Reader(calibration), form, floats)
        compact(target)
        found = compare(target, check)
        if found.decibels >= LEAST_DECIBELS or (must and form is FORMS[-1]):
            return Quantized(found, form, tuple(_convolutions(source, floats)), tuple(tried))
        tried.append(found.decibels)
    return replace(stored(source, target, check), tried=tuple(tried))


def _write(source: Path, target: Path, calibration: _Reader, form: Form, floats: list[str]) -> None:
    with _quiet():
        quantize_static(
            source,
            target,
            calibration,
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            weight_type=QuantType.QInt8,
            activation_type=QuantType.QUInt8,
            op_types_to_quantize=list(form.operators),
            nodes_to_exclude=floats,
        )
    unsaturate(source, target)


def _float_nodes(source: Path, form: Form) -> Iterator[str]:
    """Yield the operators that stay float: always the last convolution, whose errors nothing smooths."""
    nodes = onnx.load(str(source), load_external_data=False).graph.node
    convolutions = [node.name for node in nodes if node.op_type == "Conv"]
    yield convolutions[-1]
    if form.float_first:
        yield convolutions[0]
    stages = sum(node.op_type == "Sin" for node in nodes)  # each stage begins with one
    stage = 0
    for node in nodes:
        stage += node.op_type == "Sin"
        if stage > stages - form.float_stages:
            yield node.name


def _convolutions(source: Path, names: Sequence[str]) -> Iterator[str]:
    """Yield what people call the convolutions among some operators, each once."""
    graph = onnx.load(str(source)).graph
    shapes = {one.name: "×".join(map(str, one.dims)) for one in graph.initializer}
    for node in graph.node:
        if node.name in names and node.op_type in _CONVOLUTIONS:
            yield f"{node.op_type} {node.name} of {shapes[node.input[1]]}"


class _Reader(CalibrationDataReader):  # type: ignore[misc]
    """Hands out the inputs to calibrate with, in pieces: ONNX Runtime keeps all that a graph computes of one."""

    def __init__(self, feeds: Sequence[Feeds]) -> None:
        self._feeds = (piece for feed in feeds for piece in pieces(feed, PIECE_FRAMES))

    def get_next(self) -> dict[str, Any] | None:
        """Return the next inputs, None when there are no more."""
        return next(self._feeds, None)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the quantizer's advice about preprocessing to itself."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(level)
