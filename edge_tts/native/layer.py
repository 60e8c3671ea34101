"""The constant part of a convolution, and what happens to its input and output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLUMNS = 32
INPUTS = 16
"""Output and input channels are padded with zeros to multiples of these, as in lanes.h."""


@dataclass(frozen=True, slots=True)
class Quantization:
    """How a value becomes a byte: value steps + zero, rounded, within 0 and 255.

    Attributes:
        steps: for a value of 1.
        zero: the byte that stands for zero.
    """

    steps: float
    zero: int


OWN_RANGE = Quantization(0.0, 0)
"""No range is given: every few rows are quantized by the range that they have."""


@dataclass(frozen=True, slots=True)
class Layer:
    """The constant part of a convolution. Outputs come in blocks of 32, the last one padded.

    Attributes:
        weights: packed by `pack`; int8 (blocks, taps, inputs / 4, 32, 4) or float32 (blocks, taps, inputs, 32).
        sums: int32 (blocks * 32,), the sum of the weights of each output; None with float weights.
        bias: float32 (blocks * 32,).
        unit: value of one step of an int8 weight.
        zero: the int8 weight that stands for zero.
        outputs: number of channels that it makes, without padding.
        dilation: number of rows from one tap to the next.
        first: row of the input that the first tap of output row 0 reads; negative where it reads before the input.
        units: float32 (blocks * 32,), what `unit` is multiplied by for each output; None for 1.
        input: how the activated input is quantized.
    """

    weights: NDArray[Any]
    sums: NDArray[np.int32] | None
    bias: NDArray[np.float32]
    unit: float
    zero: int
    outputs: int
    dilation: int = 1
    first: int = 0
    units: NDArray[np.float32] | None = None
    input: Quantization = OWN_RANGE

    @property
    def inputs(self) -> int:
        """Number of channels of its input, padded."""
        groups: int = self.weights.shape[2]
        return groups * 4 if self.sums is not None else groups


@dataclass(frozen=True, slots=True)
class QuantizedOutput:
    """The output of one layer as bytes, which is what the next one reads where the range of its input is given.

    Attributes:
        rows: uint8 (rows, inputs of the next layer), is written; channels beyond those of the output stay as they are.
        layer: the next layer; its `input` says how a value becomes a byte.
        slope: of the leaky ReLU between the two.
    """

    rows: NDArray[np.uint8]
    layer: Layer
    slope: float


@dataclass(frozen=True, slots=True)
class OutputSums:
    """Sums over the rows of an output, from which the moments of its channels follow.

    Attributes:
        values: float64 (2, outputs), becomes the sums of the output (0) and of its square (1).
        counts: float32 (rows of the output,), how often each row counts; None for once.
    """

    values: NDArray[np.float64]
    counts: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class Activation:
    """What happens to the input before it is convolved: y = scale x + shift, then Snake or a leaky ReLU.

    Snake is y + amplitude sin^2(pi frequency y) (Ziyin, Hartwig & Ueda 2020, arXiv:2006.08195).

    Attributes:
        scale: float32 (channels,) or None for 1.
        shift: float32 (channels,) or None for 0.
        frequency: of Snake, alpha / pi, float32 (channels,), or None.
        amplitude: of Snake, 1 / alpha, float32 (channels,), or None.
        slope: of the leaky ReLU where there is no Snake; 1 changes nothing.
    """

    scale: NDArray[np.float32] | None = None
    shift: NDArray[np.float32] | None = None
    frequency: NDArray[np.float32] | None = None
    amplitude: NDArray[np.float32] | None = None
    slope: float = 1.0


def pack(weights: NDArray[Any], bias: NDArray[np.float32] | None, unit: float = 1.0, zero: int = 0) -> Layer:
    """Lay weights out for the matrix product; the layer has dilation 1, and its first tap reads row 0.

    Args:
        weights: uint8 or float32 (outputs, inputs, taps).
        bias: float32 (outputs,), None for 0.
        unit: value of one step of a uint8 weight.
        zero: the uint8 weight that stands for zero.
    """
    outputs, inputs, taps = weights.shape
    padding = ((0, -outputs % COLUMNS), (0, -inputs % INPUTS), (0, 0))
    padded_bias = np.zeros(outputs + padding[0][1], np.float32)
    padded_bias[:outputs] = 0 if bias is None else bias
    if weights.dtype == np.float32:
        padded = np.pad(weights, padding)
        blocks = padded.reshape(-1, COLUMNS, padded.shape[1], taps).transpose(0, 3, 2, 1)
        return Layer(np.ascontiguousarray(blocks), None, padded_bias, 1.0, 0, outputs)
    signed = np.pad(weights.astype(np.int16) - 128, padding, constant_values=zero - 128).astype(np.int8)
    blocks = signed.reshape(-1, COLUMNS, signed.shape[1] // 4, 4, taps).transpose(0, 4, 2, 1, 3)
    sums = signed.sum(axis=(1, 2), dtype=np.int32)
    return Layer(np.ascontiguousarray(blocks), sums, padded_bias, unit, zero - 128, outputs)
