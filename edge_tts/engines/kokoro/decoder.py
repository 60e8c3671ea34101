"""Kokoro's decoder with the native convolutions: from features, pitch and energy to what the generator speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edge_tts.engines.kokoro.layers import PLAIN, Run
from edge_tts.engines.kokoro.weights import BLOCKS
from edge_tts.native.layer import Activation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_tts.engines.kokoro.layers import Moments, Signal

_SLOPE = 0.2  # of the leaky ReLU


def decode(run: Run, features: Signal, pitch: NDArray[np.float32], energy: NDArray[np.float32]) -> Signal:
    """Return the input of the generator, (2T, 512).

    Args:
        run: of the utterance.
        features: float32 (T, 512), a row for each 600 samples.
        pitch: float32 (2T,), Hz.
        energy: float32 (2T,).

    Raises:
        Interrupted: the run was cancelled.
    """
    curves = [_halve(run, "F0_conv", pitch), _halve(run, "N_conv", energy)]
    context = np.concatenate([run.new("asr_res", features), *curves], axis=1)
    x = np.concatenate([features, *curves], axis=1)
    moments = run.moments(x)
    width = run.outputs("encode.conv2")
    joined = np.empty((len(x), width + context.shape[1]), np.float32)
    joined[:, width:] = context
    for block in BLOCKS[:-1]:
        made = _block(run, block, x, moments, joined[:, :width])
        x, moments = joined, np.concatenate([made, run.moments(context)], axis=1)
    out = np.empty((2 * len(x), run.outputs(f"{BLOCKS[-1]}.conv2")), np.float32)
    _block(run, BLOCKS[-1], x, moments, out)
    return out


def _halve(run: Run, name: str, curve: NDArray[np.float32]) -> Signal:
    """Convolve a curve with a stride of two: (2T,) → (T, 1)."""
    before, at, after = run.network.arrays[f"{name}.weights"]
    previous = np.concatenate(([0], curve[1:-1:2]))
    halved: Signal = before * previous + at * curve[::2] + after * curve[1::2] + run.network.arrays[f"{name}.bias"]
    return halved.astype(np.float32, copy=False)[:, np.newaxis]


def _block(run: Run, name: str, x: Signal, moments: Moments, out: Signal) -> Moments:
    """Run a residual block; write its output into `out`, which may be a part of x, and return its moments."""
    scale, shift = run.normal(f"{name}.norm1", moments)
    activation = Activation(scale, shift, slope=_SLOPE)
    shortcut = run.new(f"{name}.conv1x1", x)
    if len(out) > len(x):
        shortcut = np.repeat(shortcut, 2, axis=0)
        x, activation = _pooled(run, name, x * scale + shift), PLAIN
    inner = np.empty((len(out), run.outputs(f"{name}.conv1")), np.float32)
    moments = run.measure(f"{name}.conv1", x, inner, activation)
    activation = Activation(*run.normal(f"{name}.norm2", moments), slope=_SLOPE)
    return run.measure(f"{name}.conv2", inner, out, activation, residual=shortcut, gain=0.5**0.5)


def _pooled(run: Run, name: str, x: Signal) -> Signal:
    """Return x activated, with twice as many rows, by a transposed convolution of each channel with three taps."""
    np.maximum(x, _SLOPE * x, out=x)
    first, middle, last = run.network.arrays[f"{name}.pool.weights"]
    doubled = np.empty((2 * len(x), x.shape[1]), np.float32)
    doubled[::2] = x * middle
    doubled[1::2] = x * last
    doubled[1:-1:2] += x[1:] * first
    doubled += run.network.arrays[f"{name}.pool.bias"]
    return doubled
