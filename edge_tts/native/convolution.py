"""Threads that compute one-dimensional convolutions, in C, with all that happens before and after one.

A signal is rows (time) of channels. How the work is divided is said in convolution.c and tile.c.
"""

from __future__ import annotations

import ctypes
import logging
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_tts.errors import EngineError
from edge_tts.native import LIBRARY
from edge_tts.native.layer import Activation, Layer, OutputSums, QuantizedOutput, pack

if TYPE_CHECKING:
    from numpy.typing import NDArray

log = logging.getLogger(__name__)

PORTABLE = "portable"
"""Loops for any processor; slower than ONNX Runtime's."""

_FLOAT_BYTES = 4


class _Activation(ctypes.Structure):
    """`struct activation` of lanes.h."""

    _fields_ = (
        ("scale", ctypes.c_void_p),
        ("shift", ctypes.c_void_p),
        ("frequency", ctypes.c_void_p),
        ("amplitude", ctypes.c_void_p),
        ("slope", ctypes.c_float),
    )


class _Quantization(ctypes.Structure):
    """`struct quantization` of lanes.h."""

    _fields_ = (("steps", ctypes.c_float), ("zero", ctypes.c_int32))


class _Convolution(ctypes.Structure):
    """`struct convolution` of tile.h."""

    _fields_ = (
        ("x", ctypes.c_void_p),
        ("x_rows", ctypes.c_int64),
        ("x_stride", ctypes.c_int64),
        ("activation", _Activation),
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
        ("sums", ctypes.c_void_p),
        ("counts", ctypes.c_void_p),
        ("units", ctypes.c_void_p),
        ("quantized_x", ctypes.c_void_p),
        ("quantized_x_stride", ctypes.c_int64),
        ("quantization", _Quantization),
        ("quantized_out", ctypes.c_void_p),
        ("quantized_out_stride", ctypes.c_int64),
        ("quantization_out", _Quantization),
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
        sums: OutputSums | None = None,
        also: QuantizedOutput | None = None,
    ) -> None:
        """Compute out = gain (convolution(activation(x)) + bias + residual) [+ out].

        Args:
            layer: the weights.
            x: float32 (rows, channels), channels next to each other, rows before the first and after the last are
                zero; or uint8, the rows of a `QuantizedOutput`, to which no activation is applied.
            out: float32 (rows, outputs), is written; not the memory of x, but perhaps that of `residual`. None if only
                `also` is wanted.
            activation: is applied to x.
            skip: number of rows of x before the one that output row 0 would be at with `layer.first` 0.
            residual: float32, the shape of out.
            gain: multiplies the sum.
            accumulate: add to what is in out.
            sums: are written.
            also: is written with what goes into out.

        Raises:
            EngineError: there is no memory.
        """
        c = _of_layer(layer, x.shape[1], skip)
        c.gain, c.accumulate = gain, accumulate
        _read(c, x, activation)
        _write(c, out, also)
        if residual is not None:
            c.residual, c.residual_stride = _address(residual), residual.strides[0] // _FLOAT_BYTES
        if sums is not None:
            c.sums, c.counts = _address(sums.values), _address(sums.counts)
        if self._library.convolve(self._pool, ctypes.byref(c)):
            raise EngineError("there is no memory for a convolution")


def _of_layer(layer: Layer, channels: int, skip: int) -> _Convolution:
    """Return a convolution by a layer of so many channels, whose input and output are not said yet."""
    return _Convolution(
        weights=_address(layer.weights),
        weight_sums=_address(layer.sums),
        bias=_address(layer.bias),
        weight_unit=layer.unit,
        weight_zero=layer.zero,
        channels=channels,
        inputs=layer.inputs,
        taps=layer.weights.shape[1],
        dilation=layer.dilation,
        first=layer.first + skip,
        outputs=layer.outputs,
        units=_address(layer.units),
        quantization=_Quantization(layer.input.steps, layer.input.zero),
    )


def _read(c: _Convolution, x: NDArray[Any], activation: Activation) -> None:
    """Say what is read: floats, which are activated, or bytes, which were."""
    c.x_rows = len(x)
    if x.dtype == np.uint8:
        c.quantized_x, c.quantized_x_stride = _address(x), x.strides[0]
        return
    c.x, c.x_stride = _address(x), x.strides[0] // _FLOAT_BYTES
    c.activation = _Activation(
        scale=_address(activation.scale),
        shift=_address(activation.shift),
        frequency=_address(activation.frequency),
        amplitude=_address(activation.amplitude),
        slope=activation.slope,
    )


def _write(c: _Convolution, out: NDArray[np.float32] | None, also: QuantizedOutput | None) -> None:
    """Say what is written: floats, bytes, or both."""
    if out is not None:
        c.out, c.out_rows, c.out_stride = _address(out), len(out), out.strides[0] // _FLOAT_BYTES
    if also is not None:
        c.quantized_out, c.quantized_out_stride = _address(also.rows), also.rows.strides[0]
        c.quantization_out = _Quantization(also.layer.input.steps, also.layer.input.zero)
        c.out_rows, c.slope_out = len(also.rows), also.slope


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
