"""Fused one-dimensional convolutions, in C.

A signal is rows (time) of channels. `convolution.c` and `tile.c` say what one convolution does besides.
"""

from __future__ import annotations

import ctypes
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_tts.errors import EngineError
from edge_tts.native import LIBRARY

if TYPE_CHECKING:
    from numpy.typing import NDArray

log = logging.getLogger(__name__)

PORTABLE = "portable"
"""Loops for any processor; slower than ONNX Runtime's."""

COLUMNS = 32
INPUTS = 16
"""Output and input channels are padded to multiples of these (lanes.h)."""


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
"""Every few rows have a range of their own."""


@dataclass(frozen=True, slots=True)
class Layer:
    """The constant part of a convolution.

    Attributes:
        weights: packed by `pack`; int8 (blocks, taps, inputs / 4, 32, 4) or float32 (blocks, taps, inputs, 32).
        sums: int32 (blocks * 32,), of the weights of each output; None with float weights.
        bias: float32 (blocks * 32,).
        unit: value of one step of an int8 weight.
        zero: the int8 weight that stands for zero.
        outputs: channels that it makes.
        dilation: rows between taps.
        first: row of the input that the first tap of output row 0 reads.
        units: float32 (blocks * 32,), of each output, times `unit`; None for 1.
        input: how its input is quantized, after the activation.
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
        """Channels of its input, padded."""
        groups: int = self.weights.shape[2]
        return groups * 4 if self.sums is not None else groups


@dataclass(frozen=True, slots=True)
class Bytes:
    """Where the output goes once more, for a layer whose input is quantized as it is told.

    Attributes:
        rows: uint8 (rows, inputs of that layer); its channels that there are none of in the output stay as they are.
        layer: which reads them.
        slope: of the leaky ReLU before it.
    """

    rows: NDArray[np.uint8]
    layer: Layer
    slope: float


@dataclass(frozen=True, slots=True)
class Activation:
    """What happens to the input before it is convolved: y = scale x + shift, then Snake or a leaky ReLU.

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
    """Lay weights out for the matrix product.

    Args:
        weights: (outputs, inputs, taps), uint8 or float32.
        bias: (outputs,) or None for 0.
        unit: value of one step of a uint8 weight.
        zero: the uint8 weight that stands for zero.
    """
    outputs, inputs, taps = weights.shape
    padding = ((0, -outputs % COLUMNS), (0, -inputs % INPUTS), (0, 0))
    padded_bias = np.zeros(outputs + padding[0][1], np.float32)
    padded_bias[:outputs] = 0 if bias is None else bias
    if weights.dtype == np.float32:
        wide = np.pad(weights, padding)
        blocks = wide.reshape(-1, COLUMNS, wide.shape[1], taps).transpose(0, 3, 2, 1)
        return Layer(np.ascontiguousarray(blocks), None, padded_bias, 1.0, 0, outputs)
    signed = np.pad(weights.astype(np.int16) - 128, padding, constant_values=zero - 128).astype(np.int8)
    blocks = signed.reshape(-1, COLUMNS, signed.shape[1] // 4, 4, taps).transpose(0, 4, 2, 1, 3)
    sums = signed.sum(axis=(1, 2), dtype=np.int32)
    return Layer(np.ascontiguousarray(blocks), sums, padded_bias, unit, zero - 128, outputs)


class _Convolution(ctypes.Structure):
    """`struct convolution` of tile.h."""

    _fields_ = (
        ("x", ctypes.c_void_p),
        ("x_rows", ctypes.c_int64),
        ("x_stride", ctypes.c_int64),
        ("scale", ctypes.c_void_p),
        ("shift", ctypes.c_void_p),
        ("frequency", ctypes.c_void_p),
        ("amplitude", ctypes.c_void_p),
        ("slope", ctypes.c_float),
        ("weights", ctypes.c_void_p),
        ("weight_sums", ctypes.c_void_p),
        ("bias", ctypes.c_void_p),
        ("weight_unit", ctypes.c_float),
        ("weight_zero", ctypes.c_int32),
        ("channels", ctypes.c_int32),
        ("inputs", ctypes.c_int32),
        ("taps", ctypes.c_int32),
        ("dilation", ctypes.c_int32),
        ("first", ctypes.c_int32),
        ("outputs", ctypes.c_int32),
        ("out", ctypes.c_void_p),
        ("out_rows", ctypes.c_int64),
        ("out_stride", ctypes.c_int64),
        ("residual", ctypes.c_void_p),
        ("residual_stride", ctypes.c_int64),
        ("gain", ctypes.c_float),
        ("accumulate", ctypes.c_int32),
        ("moments", ctypes.c_void_p),
        ("counts", ctypes.c_void_p),
        ("units", ctypes.c_void_p),
        ("bytes", ctypes.c_void_p),
        ("bytes_stride", ctypes.c_int64),
        ("steps", ctypes.c_float),
        ("zero", ctypes.c_int32),
        ("bytes_out", ctypes.c_void_p),
        ("bytes_out_stride", ctypes.c_int64),
        ("steps_out", ctypes.c_float),
        ("zero_out", ctypes.c_int32),
        ("slope_out", ctypes.c_float),
    )


class Pool:
    """Threads that convolve.

    Args:
        threads: at least 1.
        lanes: which inner loops, as `avx2` or `portable`; empty for the fastest that this processor has.

    Raises:
        EngineError: there is no library, or it has no such loops for this processor.
    """

    def __init__(self, threads: int, lanes: str = "") -> None:
        """Start the threads."""
        try:
            self._library = ctypes.CDLL(str(LIBRARY))
        except OSError as error:
            raise EngineError(f"there is no native library: {error}") from error
        self._library.pool_open.restype = ctypes.c_void_p
        self._library.pool_lanes.restype = ctypes.c_char_p
        self._pool = ctypes.c_void_p(self._library.pool_open(threads, lanes.encode() or None))
        if not self._pool:
            raise EngineError(f"the native library has no {lanes or 'fitting'} loops for this processor")

    @property
    def lanes(self) -> str:
        """Which inner loops are in use."""
        name: bytes = self._library.pool_lanes(self._pool)
        return name.decode()

    def close(self) -> None:
        """End the threads."""
        self._library.pool_close(self._pool)
        self._pool = ctypes.c_void_p()

    def convolve(
        self,
        layer: Layer,
        x: NDArray[Any],
        out: NDArray[np.float32] | None,
        activation: Activation,
        *,
        skip: int = 0,
        residual: NDArray[np.float32] | None = None,
        gain: float = 1.0,
        accumulate: bool = False,
        moments: NDArray[np.float64] | None = None,
        counts: NDArray[np.float32] | None = None,
        then: Bytes | None = None,
    ) -> None:
        """Compute out = gain (convolution(activation(x)) + bias + residual) [+ out].

        Args:
            layer: the weights.
            x: (rows, channels), channels next to each other; rows before the first and after the last are zero.
                float32, or uint8 of `Bytes.rows`, to which no activation is applied.
            out: (rows, outputs), likewise; no memory of x, but it may be that of `residual`. None if only `then` is
                wanted.
            activation: applied to x.
            skip: rows of x before the one that is at the place of row 0 of out.
            residual: like out.
            gain: factor of the sum.
            accumulate: add to what is in out.
            moments: (2, outputs), becomes the sums over the rows of out and of its square.
            counts: (rows of out,), how often each row counts in the moments; None for once.
            then: becomes the output too, as bytes.

        Raises:
            EngineError: there is no memory.
        """
        of_bytes, rows = x.dtype == np.uint8, len(out if out is not None else then.rows if then else x)
        after = then.layer.input if then else OWN_RANGE
        c = _Convolution(
            None if of_bytes else _address(x), x.shape[0], 0 if of_bytes else x.strides[0] // 4,
            _address(activation.scale), _address(activation.shift),
            _address(activation.frequency), _address(activation.amplitude), activation.slope,
            _address(layer.weights), _address(layer.sums), _address(layer.bias), layer.unit, layer.zero,
            x.shape[1], layer.inputs, layer.weights.shape[1], layer.dilation, layer.first + skip, layer.outputs,
            _address(out), rows, 0 if out is None else out.strides[0] // 4,
            _address(residual), 0 if residual is None else residual.strides[0] // 4, gain, accumulate,
            _address(moments), _address(counts),
            _address(layer.units), _address(x) if of_bytes else None, x.strides[0] if of_bytes else 0,
            layer.input.steps, layer.input.zero,
            _address(then.rows) if then else None, then.rows.strides[0] if then else 0,
            after.steps, after.zero, then.slope if then else 0.0,
        )  # fmt: skip
        if self._library.convolve(self._pool, ctypes.byref(c)):
            raise EngineError("there is no memory for a convolution")


def available() -> bool:
    """Return whether there is a library, with loops for this processor that compute what they should."""
    try:
        pool = Pool(1)
    except EngineError as error:
        log.info("no native convolutions: %s", error)
        return False
    try:
        return pool.lanes != PORTABLE and _computes(pool)
    finally:
        pool.close()


def _computes(pool: Pool) -> bool:
    """Return whether a small convolution comes out right."""
    random = np.random.default_rng(0)
    x = random.normal(size=(40, 20)).astype(np.float32)
    weights = random.integers(0, 256, (40, 20, 3), np.uint8)
    out = np.empty((38, 40), np.float32)
    pool.convolve(pack(weights, None, 0.01, 100), x, out, Activation(slope=0.1))
    active = np.where(x < 0, 0.1 * x, x)
    expected = sum(active[tap : tap + 38] @ (0.01 * (weights[:, :, tap].T - 100.0)) for tap in range(3))
    return bool(np.allclose(out, expected, atol=0.02 * np.abs(expected).max()))


def _address(array: NDArray[Any] | None) -> int | None:
    return None if array is None else array.ctypes.data
