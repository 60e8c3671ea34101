"""Multi-band MelGAN with the native convolutions, window by window, computing nothing twice.

What a convolution needs of the window before is kept, so that the samples of all windows are bit for bit those of one
run over the whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_tts.engines.baker import melgan_weights
from edge_tts.engines.baker.melgan_weights import (
    DILATIONS,
    EDGE,
    JOIN_EDGE,
    LOOKAHEAD,
    MELS,
    SHORTEST_FRAMES,
    SLOPE,
    STEPS,
)
from edge_tts.graphs.parts import Derived
from edge_tts.graphs.prepared import Prepared
from edge_tts.machine import processors
from edge_tts.native.convolution import Pool
from edge_tts.native.layer import Activation, Layer, pack
from edge_tts.native.layer_arrays import arrays_of, layers_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_tts.cancel import CancelToken
    from edge_tts.engines.engine import Samples

    Rows = NDArray[np.float32]
    """A signal, shape (time, channels)."""

EDITION = "2"
"""Changes when `packed` returns something else for the same file."""
_BYTES = 10_000_000

MOST_FRAMES = 64
"""Frames that are computed at a time: longer pieces take more memory and hardly less time."""

SCRATCH = ("even", "odd", "inner")
"""Names of the memory that is computed in: a layer reads one of the first two and writes the other."""

PLAIN, RECTIFIED = Activation(), Activation(slope=SLOPE)


def packed(path: Path) -> dict[str, NDArray[Any]]:
    """Return the layers as arrays by name, from a TensorFlow Lite model.

    Raises:
        ModelCorrupt: it is no multi-band MelGAN.
    """
    arrays: dict[str, NDArray[Any]] = {}
    for name, made in melgan_weights.read(path).items():
        layer = pack(np.ascontiguousarray(made.weights.transpose(0, 2, 1)), made.bias)
        arrays |= arrays_of(name, replace(layer, dilation=made.dilation))
    return arrays


def derived(path: Path) -> Derived:
    """Return the weights as native code wants them, from a TensorFlow Lite model."""
    return Derived(path, EDITION, _BYTES, arrays=partial(packed, path))


class Vocoder:
    """The loaded vocoder.

    Args:
        prepared: what `derived` returned, prepared.
        threads: threads to compute with, 0 for one per core.

    Raises:
        EngineError: there is no native library for this machine.
    """

    def __init__(self, prepared: Prepared, threads: int) -> None:
        """Map the weights and start the threads."""
        self.layers: Mapping[str, Layer] = layers_of(prepared.arrays())
        self.pool = Pool(threads or processors())
        frames = MOST_FRAMES + LOOKAHEAD + 2  # all comes with the last window; what is kept, and beyond the end
        floats = frames * max(layer.outputs * rate for layer, rate in self._rates())
        self._scratch = {name: np.empty(floats, np.float32) for name in SCRATCH}

    def _rates(self) -> Iterator[tuple[Layer, int]]:
        """Yield the layers that upsample, and how many rows of their input there are for a frame."""
        for stage in range(len(STEPS)):
            yield self.layers[f"up.{stage}"], prod(STEPS[:stage])

    def stream(self) -> Stream:
        """Begin a spectrogram."""
        return Stream(self)

    def scratch(self, name: str, rows: int, channels: int) -> Rows:
        """Return memory of a name, shape (rows, channels); its content is lost when the name is asked for again."""
        return self._scratch[name][: rows * channels].reshape(rows, channels)

    def close(self) -> None:
        """End the threads."""
        self.pool.close()


class _Input:
    """The input of a layer: the rows of a window, with as many before and after them as its taps reach.

    Args:
        scratch: name of the memory that the rows are in.
        side: number of rows that the taps reach beyond both ends of the signal.
        kept: number of rows at the end of a window that the next one needs.
        mirrored: whether the signal is reflected beyond its ends; it is zero there otherwise.
    """

    def __init__(self, scratch: str, side: int, kept: int, *, mirrored: bool) -> None:
        """Begin at the start of the signal."""
        self._scratch, self._side, self._count, self._mirrored = scratch, side, kept, mirrored
        self._kept: Rows | None = None
        self._rows: Rows
        self._end = 0

    def place(self, vocoder: Vocoder, count: int, channels: int, *, last: bool) -> Rows:
        """Reserve the rows of the next window and return them; they are written by the caller."""
        before = self._side if self._kept is None else self._count
        self._end = before + count
        self._rows = vocoder.scratch(self._scratch, self._end + (self._side if last else 0), channels)
        if self._kept is not None:
            self._rows[:before] = self._kept
        return self._rows[before : self._end]

    def whole(self, *, last: bool) -> Rows:
        """Return the rows of the window, which are written by now, with those before and after them."""
        rows, side, end = self._rows, self._side, self._end
        if self._kept is None:
            rows[:side] = rows[2 * side : side : -1] if self._mirrored else 0
        if last:
            rows[end:] = rows[end - 2 : end - 2 - side : -1] if self._mirrored else 0
        self._kept = rows[len(rows) - self._count :].copy()
        return rows


class Stream:
    """The vocoder during one spectrogram.

    Args:
        vocoder: what computes.
    """

    def __init__(self, vocoder: Vocoder) -> None:
        """Begin at the first frame."""
        self._vocoder = vocoder
        self._inputs: dict[str, _Input] = {}
        self._read_by("pre", EDGE, 2 * EDGE)
        for stage in range(len(STEPS)):
            self._read_by(f"up.{stage}", 1, 1, mirrored=False)
            for number, dilation in enumerate(DILATIONS):
                self._read_by(f"dilated.{stage}.{number}", dilation, 2 * dilation)
        self._read_by("post", EDGE, 2 * EDGE)
        self._read_by("join", JOIN_EDGE, 2 * JOIN_EDGE, mirrored=False)
        self._after = dict(pairwise(self._inputs))
        self._first = True

    def _read_by(self, name: str, side: int, kept: int, *, mirrored: bool = True) -> None:
        self._inputs[name] = _Input(SCRATCH[len(self._inputs) % 2], side, kept, mirrored=mirrored)

    def feed(self, frames: Rows, cancel: CancelToken, *, last: bool) -> Samples:
        """Return the samples that frames complete; see `melgan.Stream.feed`."""
        missing = max(SHORTEST_FRAMES - len(frames), 0) if self._first else 0
        frames = np.pad(frames, ((0, missing), (0, 0)), mode="edge")
        ends = range(MOST_FRAMES, len(frames), MOST_FRAMES)
        bounds = pairwise([0, *ends, len(frames)])
        return np.concatenate([self._piece(frames[a:b], cancel, last=last and b == len(frames)) for a, b in bounds])

    def _piece(self, frames: Rows, cancel: CancelToken, *, last: bool) -> Samples:
        self._inputs["pre"].place(self._vocoder, len(frames), MELS, last=last)[:] = frames
        self._convolve("pre", PLAIN, last=last)
        for stage, step in enumerate(STEPS):
            cancel.check()
            self._upsample(f"up.{stage}", step, last=last)
            for number, dilation in enumerate(DILATIONS):
                self._residual(f"{stage}.{number}", dilation, last=last)
        bands = self._convolve("post", RECTIFIED, last=last)
        np.tanh(bands, out=bands)
        samples = self._convolve("join", PLAIN, last=last)
        self._first = False
        return np.clip(samples.reshape(-1), -1.0, 1.0)

    def _convolve(self, name: str, how: Activation, *, last: bool) -> Rows:
        """Run a layer; return its output, at the place where the next one reads it."""
        layer, rows = self._vocoder.layers[name], self._inputs[name].whole(last=last)
        count = len(rows) - _reach(layer)
        following = self._inputs.get(self._after.get(name, ""))
        out = following.place(self._vocoder, count, layer.outputs, last=last) if following else None
        out = np.empty((count, layer.outputs), np.float32) if out is None else out
        self._vocoder.pool.convolve(layer, rows, out, how)
        return out

    def _upsample(self, name: str, step: int, *, last: bool) -> None:
        layer, rows = self._vocoder.layers[name], self._inputs[name].whole(last=last)
        steps = self._vocoder.scratch("inner", len(rows) - 1, layer.outputs)
        self._vocoder.pool.convolve(layer, rows, steps, RECTIFIED)
        values = steps.reshape(len(steps) * step, -1)
        before = step // 2  # what the padding of TensorFlow's "same" cuts off; the rest is cut at the other end
        values = values[before if self._first else 0 : len(values) - (step - before if last else 0)]
        following = self._inputs[self._after[name]]
        following.place(self._vocoder, len(values), values.shape[1], last=last)[:] = values

    def _residual(self, number: str, dilation: int, *, last: bool) -> None:
        vocoder, name = self._vocoder, f"dilated.{number}"
        dilated, plain, shortcut = (vocoder.layers[f"{kind}.{number}"] for kind in ("dilated", "plain", "shortcut"))
        rows = self._inputs[name].whole(last=last)
        inner = vocoder.scratch("inner", len(rows) - 2 * dilation, dilated.outputs)
        vocoder.pool.convolve(dilated, rows, inner, RECTIFIED)
        out = self._inputs[self._after[name]].place(vocoder, len(inner), plain.outputs, last=last)
        vocoder.pool.convolve(shortcut, rows[dilation : len(rows) - dilation], out, PLAIN)
        vocoder.pool.convolve(plain, inner, out, RECTIFIED, accumulate=True)


def _reach(layer: Layer) -> int:
    """Return how many rows fewer a layer makes than it reads."""
    taps: int = layer.weights.shape[1]
    return (taps - 1) * layer.dilation
