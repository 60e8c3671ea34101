"""Kokoro's decoder and generator with the native convolutions: from features, pitch and energy to audio.

Modules and their names are those of iSTFTNet in StyleTTS 2 (kokoro_weights.py). A signal is float32 (rows, channels).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_tts.engines import CancelToken
from edge_tts.engines.kokoro_weights import BLOCKS, RESBLOCKS, UPS, layer, norms
from edge_tts.native.convolution import Activation, Pool

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_tts.engines import Samples

    Signal = NDArray[np.float32]
    Moments = NDArray[np.float64]

_PLAIN = Activation()
_SLOPE = 0.2  # of the decoder's leaky ReLU
_EPSILON = 1e-5
_HOP = 5
_FFT = 20


class Decoder:
    """The loaded decoder.

    Args:
        arrays: a file of weights of kokoro_weights.
        pool: computes; stays the caller's.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]], pool: Pool) -> None:
        """Look the layers up."""
        self._arrays = arrays
        self._pool = pool
        names = [name.removesuffix(".numbers") for name in arrays if name.endswith(".numbers")]
        self._layers = {name: layer(arrays, name) for name in names}
        self._snakes = {
            (block, half, i): (arrays[f"{block}.frequency{half}.{i}"], arrays[f"{block}.amplitude{half}.{i}"])
            for block in RESBLOCKS
            for i in range(3)
            for half in (1, 2)
        }

    def run(
        self,
        features: Signal,
        pitch: Signal,
        energy: Signal,
        source: Signal,
        style: NDArray[np.float32],
        counts: NDArray[np.float32],
        cancel: CancelToken,
    ) -> Samples:
        """Return audio.

        Args:
            features: (T, 512), one row for 600 samples.
            pitch: (2T,).
            energy: (2T,).
            source: (120T + 1, 22), spectra of the harmonic source.
            style: (128,), first half of a voice's style.
            counts: (T,), how often a row counts in the statistics of the normalizations.
            cancel: ends the computation from another thread.

        Raises:
            Interrupted: `cancel` was called.
        """
        return _Run(self, style, counts, cancel).audio(features, pitch, energy, source)


class _Run:
    """One utterance's way through the decoder."""

    def __init__(
        self, decoder: Decoder, style: NDArray[np.float32], counts: NDArray[np.float32], cancel: CancelToken
    ) -> None:
        self._arrays = decoder._arrays
        self._layers = decoder._layers
        self._snakes = decoder._snakes
        self._pool = decoder._pool
        self._cancel = cancel
        self._counts = counts
        self._styles = self._style(style)

    def audio(self, features: Signal, pitch: Signal, energy: Signal, source: Signal) -> Samples:
        x = self._decode(features, self._halve("F0_conv", pitch), self._halve("N_conv", energy))
        x = self._stage(0, x, _grouped(source, len(x) * UPS[0][0] + 1))
        x = self._stage(1, x, source)
        return self._spectra_to_audio(self._new("generator.conv_post", x, Activation(slope=0.01)))

    def _style(self, style: NDArray[np.float32]) -> dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """Return scale and shift of every normalization."""
        all_styles = self._new("style", style[np.newaxis])[0] * self._arrays["style.scale"]
        all_styles += self._arrays["style.shift"]
        parts = np.split(all_styles, np.cumsum(self._arrays["style.sizes"])[:-1])
        return {
            name: (1 + part[: part.size // 2], part[part.size // 2 :])
            for name, part in zip(norms(), parts, strict=True)
        }

    def _convolve(self, name: str, x: Signal, out: Signal, activation: Activation, **how: Any) -> Moments:
        """Convolve and return the moments of the output."""
        self._cancel.check()
        moments = np.empty((2, out.shape[1]))
        counts = self._counts_of(len(out))
        self._pool.convolve(self._layers[name], x, out, activation, moments=moments, counts=counts, **how)
        moments /= counts.sum()
        return moments

    def _new(self, name: str, x: Signal, activation: Activation = _PLAIN, rows: int | None = None) -> Signal:
        """Return what a convolution makes, in memory of its own."""
        self._cancel.check()
        out = np.empty((len(x) if rows is None else rows, self._layers[name].outputs), np.float32)
        self._pool.convolve(self._layers[name], x, out, activation)
        return out

    def _normal(self, name: str, moments: Moments) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return scale and shift of an adaptive instance normalization."""
        mean, mean_square = moments
        scale = self._styles[name][0] / np.sqrt(np.maximum(mean_square - mean * mean, 0) + _EPSILON)
        return scale.astype(np.float32), (self._styles[name][1] - mean * scale).astype(np.float32)

    def _counts_of(self, rows: int) -> NDArray[np.float32]:
        """Return how often each row of a signal of any stage counts."""
        counts = np.repeat(self._counts, rows // len(self._counts))
        return np.pad(counts, (0, rows - len(counts)), "edge")  # the last stage has one row more

    def _moments(self, x: Signal) -> Moments:
        """Return means (0) and mean squares (1) of the channels."""
        counts = self._counts_of(len(x)).astype(np.float64)
        moments = np.stack([counts @ x, counts @ np.square(x)])
        moments /= counts.sum()
        return moments

    def _halve(self, name: str, curve: NDArray[np.float32]) -> Signal:
        """Convolve a curve with a stride of two: (2T,) → (T, 1)."""
        before, at, after = self._arrays[f"{name}.weights"]
        previous = np.concatenate(([0], curve[1:-1:2]))
        halved: Signal = before * previous + at * curve[::2] + after * curve[1::2] + self._arrays[f"{name}.bias"]
        return halved.astype(np.float32, copy=False)[:, np.newaxis]

    def _decode(self, features: Signal, pitch: Signal, energy: Signal) -> Signal:
        context = np.concatenate([self._new("asr_res", features), pitch, energy], axis=1)
        x = np.concatenate([features, pitch, energy], axis=1)
        moments = self._moments(x)
        wide = self._layers["encode.conv2"].outputs
        joined = np.empty((len(x), wide + context.shape[1]), np.float32)
        joined[:, wide:] = context
        for block in BLOCKS[:-1]:
            made = self._block(block, x, moments, joined[:, :wide])
            x, moments = joined, np.concatenate([made, self._moments(context)], axis=1)
        out = np.empty((2 * len(x), self._layers[f"{BLOCKS[-1]}.conv2"].outputs), np.float32)
        self._block(BLOCKS[-1], x, moments, out)
        return out

    def _block(self, name: str, x: Signal, moments: Moments, out: Signal) -> Moments:
        """Run a residual block, into `out`, which may be a part of x."""
        scale, shift = self._normal(f"{name}.norm1", moments)
        activation = Activation(scale, shift, slope=_SLOPE)
        shortcut = self._new(f"{name}.conv1x1", x)
        if len(out) > len(x):
            shortcut = np.repeat(shortcut, 2, axis=0)
            x, activation = self._pooled(name, x * scale + shift), _PLAIN
        inner = np.empty((len(out), self._layers[f"{name}.conv1"].outputs), np.float32)
        moments = self._convolve(f"{name}.conv1", x, inner, activation)
        activation = Activation(*self._normal(f"{name}.norm2", moments), slope=_SLOPE)
        return self._convolve(f"{name}.conv2", inner, out, activation, residual=shortcut, gain=0.5**0.5)

    def _pooled(self, name: str, x: Signal) -> Signal:
        """Activate and double the rows: a transposed convolution of each channel with three taps."""
        np.maximum(x, _SLOPE * x, out=x)
        first, middle, last = self._arrays[f"{name}.pool.weights"]
        doubled = np.empty((2 * len(x), x.shape[1]), np.float32)
        doubled[::2] = x * middle
        doubled[1::2] = x * last
        doubled[1:-1:2] += x[1:] * first
        doubled += self._arrays[f"{name}.pool.bias"]
        return doubled

    def _stage(self, number: int, x: Signal, source: Signal) -> Signal:
        """Upsample, add the source and run three residual blocks, whose mean is the output."""
        stride, padding = UPS[number]
        last = number == len(UPS) - 1
        wide = self._new(f"generator.ups.{number}", x, Activation(slope=0.1), len(x) + 1)
        rows = len(x) * stride + last
        x = wide.reshape((len(x) + 1) * stride, -1)[padding - last :][:rows]
        if last:
            x[0] = x[2]  # reflected
        noise, inner = (np.empty((rows, x.shape[1]), np.float32) for _ in range(2))
        moments = self._convolve(f"generator.noise_convs.{number}", source, noise, _PLAIN)
        moments = self._resblock(f"generator.noise_res.{number}", noise, moments, inner, noise, x, 1.0, True)
        out, current = np.empty_like(noise), noise
        for i in range(3):
            name = f"generator.resblocks.{3 * number + i}"
            self._resblock(name, x, moments, inner, current, out, 1 / 3, i > 0)
        return out

    def _resblock(
        self,
        name: str,
        x: Signal,
        moments: Moments,
        inner: Signal,
        current: Signal,
        out: Signal,
        gain: float,
        accumulate: bool,
    ) -> Moments:
        """Run a residual block of the generator: gain times its result goes into `out`; inner and current are room."""
        for i in range(3):
            activation = self._snake(name, 1, i, moments)
            moments = self._convolve(f"{name}.convs1.{i}", x, inner, activation)
            activation = self._snake(name, 2, i, moments)
            if i < 2:
                moments = self._convolve(f"{name}.convs2.{i}", inner, current, activation, residual=x)
                x = current
        return self._convolve(f"{name}.convs2.2", inner, out, activation, residual=x, gain=gain, accumulate=accumulate)

    def _snake(self, block: str, half: int, i: int, moments: Moments) -> Activation:
        return Activation(*self._normal(f"{block}.adain{half}.{i}", moments), *self._snakes[block, half, i])

    def _spectra_to_audio(self, x: Signal) -> Samples:
        """Return the audio of log magnitudes and phases, by an inverse short-time Fourier transform."""
        half = x.shape[1] // 2
        magnitude, phase = np.exp(x[:, :half]), np.sin(x[:, half:])
        spectra = np.concatenate([magnitude * np.cos(phase), magnitude * np.sin(phase)], axis=1)
        frames = (spectra @ self._arrays["istft.basis"]).reshape(len(x), _FFT // _HOP, _HOP)
        hops = np.zeros((len(x) + _FFT // _HOP - 1, _HOP), np.float32)
        for i in range(_FFT // _HOP):
            hops[i : i + len(x)] += frames[:, i]
        audio = hops.reshape(-1)
        window = self._arrays["istft.window_sum"]
        audio[1 : len(window)] /= window[1:]
        audio *= _FFT / _HOP
        return audio[_FFT // 2 : -_FFT // 2]


def _grouped(source: Signal, rows: int) -> Signal:
    """Return the source with the rows of a stride side by side, for the first stage's convolution."""
    stride, padding = UPS[1]
    grouped = np.zeros((rows * stride, source.shape[1]), np.float32)
    grouped[padding : padding + len(source)] = source
    return grouped.reshape(rows, -1)
