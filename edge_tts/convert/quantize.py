"""Makes 8-bit forms of graphs and measures what that costs.

Products of the acoustic model: 8-bit weights for each column, activations scaled at run time. Convolutions of the
vocoder: both scaled beforehand, by mels of the voice itself; of several forms, from the fastest to the most faithful,
the first that is faithful enough is taken.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)

from edge_tts.errors import ConversionError

Feeds = Mapping[str, NDArray[Any]]

LEAST_DECIBELS = 21.0
"""Signal to noise ratio that a quantized vocoder must reach, against the float graph on mels it was not scaled by."""

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
"""From the fastest to the most faithful."""


@dataclass(frozen=True, slots=True)
class Quantized:
    """A quantized vocoder.

    Attributes:
        form: that was taken; None if the graph stays float, because none was faithful enough.
        decibels: its signal to noise ratio; infinite for float.
        tried: ratios of the forms tried before.
    """

    form: Form | None
    decibels: float
    tried: tuple[float, ...]


def products(source: Path, target: Path) -> None:
    """Quantize the matrix products of a graph."""
    with _quiet():
        quantize_dynamic(source, target, per_channel=True, weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul"])


def vocoder(
    source: Path, target: Path, calibration: Sequence[Feeds], check: Sequence[Feeds], *, must: bool
) -> Quantized:
    """Quantize a vocoder, as far as its audio allows.

    Args:
        source: float graph.
        target: where to write.
        calibration: inputs to scale by.
        check: other inputs, to measure by.
        must: take the most faithful form even if it is not faithful enough, rather than leave the graph float.

    Raises:
        ConversionError: there are no inputs.
    """
    if not calibration or not check:
        raise ConversionError("quantizing a vocoder needs mels to scale by and others to measure by, got none")
    expected = [_run(source, feed) for feed in check]
    tried: list[float] = []
    for form in FORMS:
        _write(source, target, calibration, form)
        found = decibels(expected, [_run(target, feed) for feed in check])
        if found >= LEAST_DECIBELS or (must and form is FORMS[-1]):
            return Quantized(form, found, tuple(tried))
        tried.append(found)
    target.write_bytes(source.read_bytes())
    return Quantized(None, float("inf"), tuple(tried))


def _write(source: Path, target: Path, calibration: Sequence[Feeds], form: Form) -> None:
    with _quiet():
        quantize_static(
            source,
            target,
            _Reader(calibration),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            weight_type=QuantType.QInt8,
            activation_type=QuantType.QUInt8,
            op_types_to_quantize=list(form.operators),
            nodes_to_exclude=[*_float_nodes(source, form)],
        )


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


class _Reader(CalibrationDataReader):  # type: ignore[misc]
    """Hands out the inputs to scale by."""

    def __init__(self, feeds: Sequence[Feeds]) -> None:
        self._feeds = iter(feeds)

    def get_next(self) -> dict[str, NDArray[Any]] | None:
        """Return the next inputs, None when there are no more."""
        feed = next(self._feeds, None)
        return None if feed is None else dict(feed)


def _run(path: Path, feed: Feeds) -> NDArray[np.float32]:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return session.run(None, dict(feed))[0]  # type: ignore[no-any-return]


def decibels(expected: Sequence[NDArray[Any]], found: Sequence[NDArray[Any]]) -> float:
    """Return the ratio of a signal to what was changed of it, over all pieces, in dB."""
    signal = sum(float(np.square(one, dtype=np.float64).sum()) for one in expected)
    pairs = zip(expected, found, strict=True)
    noise = sum(float(np.square(one.astype(np.float64) - other).sum()) for one, other in pairs)
    return float("inf") if not noise else 10 * float(np.log10(signal / noise))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the quantizer's advice about preprocessing to itself, and its scratch files in one place."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(level)
