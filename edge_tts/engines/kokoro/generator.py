"""Kokoro's generator with the native convolutions: from the decoder's signal and a harmonic source to audio.

It can run piece by piece. Its convolutions look a few rows back and ahead, so a piece is computed with that much more
on both sides and is the same as in one run. Only the adaptive normalizations span the utterance: a piece needs their
moments beforehand (moments.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_tts.engines.kokoro.layers import PLAIN, Run
from edge_tts.engines.kokoro.source import HOP, Source
from edge_tts.engines.kokoro.weights import DILATIONS, RESBLOCKS, UPS
from edge_tts.native.layer import Activation

if TYPE_CHECKING:
    from edge_tts.engines.engine import Samples
    from edge_tts.engines.kokoro.layers import Moments, Normal, Signal

ROW = 600
"""Samples of one row of the features."""

_FFT = 20
_LAST_REACH = 3


@dataclass(frozen=True, slots=True)
class _Span:
    """Rows `begin` to `end` of a signal that has `rows` of them in the whole utterance."""

    begin: int
    end: int
    rows: int

    @classmethod
    def within(cls, begin: int, end: int, rows: int) -> _Span:
        return cls(max(begin, 0), min(end, rows), rows)

    def wider(self, reach: int) -> _Span:
        return _Span.within(self.begin - reach, self.end + reach, self.rows)

    def __len__(self) -> int:
        return self.end - self.begin


def _reach(block: str) -> int:
    """Return how many rows a residual block looks back, and ahead."""
    return RESBLOCKS[block] // 2 * (sum(DILATIONS) + len(DILATIONS))


_MOST_REACH = max(map(_reach, RESBLOCKS))


class Generator:
    """The generator at work on one utterance.

    Args:
        run: of the utterance.
        x: (2T, 512), what the decoder made.
        source: excitation of 2T values of pitch.
        moments: of the input of each normalization, by its name; with None `audio` is asked for the whole utterance
            at once, and measures them.
    """

    def __init__(self, run: Run, x: Signal, source: Source, moments: Mapping[str, Moments] | None = None) -> None:
        """Compute scale and shift of each normalization if the moments are known."""
        self.moments: dict[str, Moments] = {}
        self._run, self._x, self._source = run, x, source
        known = moments or {}
        self._normals = {name: run.normal(name, found) for name, found in known.items()}

    def audio(self, begin: int, end: int) -> Samples:
        """Return the audio of rows of the features, `ROW` samples for each.

        Args:
            begin: first row, of T.
            end: one after the last.

        Raises:
            Interrupted: the run was cancelled.
        """
        hops = ROW // HOP
        frames = _Span.within(hops * begin - 1, hops * end + 2, self._source.rows)
        last = frames.wider(_LAST_REACH)
        last_inside = last.wider(_MOST_REACH)
        first = _beneath(1, last_inside, len(self._x) * UPS[0][0])
        first_inside = first.wider(_MOST_REACH)
        heard = first_inside.wider(_MOST_REACH)
        spectra_span = _Span.within(*_grouped_rows(heard), self._source.rows)
        spectra = self._source.spectra(spectra_span.begin, spectra_span.end)
        below = _beneath(0, first_inside, len(self._x))
        x = self._stage(0, self._x[below.begin : below.end], below, first_inside, first, spectra, spectra_span)
        x = self._stage(1, x, first, last_inside, last, spectra, spectra_span)
        x = self._run.new("generator.conv_post", x, Activation(slope=0.01))
        x = x[frames.begin - last.begin :][: len(frames)]
        return self._overlapped(x, frames.begin, begin, end)

    def _stage(
        self, number: int, x: Signal, given: _Span, inside: _Span, wanted: _Span, spectra: Signal, spectra_span: _Span
    ) -> Signal:
        """Upsample, add the source and run three residual blocks, whose mean is the output.

        Args:
            number: of the stage.
            x: rows `given` of its input.
            given: see x.
            inside: rows of its signal that are computed.
            wanted: those of them that are returned.
            spectra: rows `spectra_span` of the source.
            spectra_span: see spectra.
        """
        x = self._upsampled(number, x, given, inside)
        heard = inside.wider(_reach(f"generator.noise_res.{number}"))
        if number == 0:
            sound = _grouped(spectra, spectra_span, heard)
        else:
            sound = spectra[heard.begin - spectra_span.begin :][: len(heard)]
        noise, inner = (np.empty((len(heard), x.shape[1]), np.float32) for _ in range(2))
        moments = self._convolve(f"generator.noise_convs.{number}", sound, noise, PLAIN)
        scratch = (inner, noise)
        skip = inside.begin - heard.begin
        moments = self._resblock(f"generator.noise_res.{number}", noise, moments, scratch, x, skip, accumulate=True)
        out = np.empty((len(wanted), x.shape[1]), np.float32)
        scratch = (inner[: len(x)], noise[: len(x)])
        skip = wanted.begin - inside.begin
        for i in range(3):
            name = f"generator.resblocks.{3 * number + i}"
            self._resblock(name, x, moments, scratch, out, skip, gain=1 / 3, accumulate=i > 0)
        return out

    def _upsampled(self, number: int, x: Signal, given: _Span, inside: _Span) -> Signal:
        """Return rows `inside` of a transposed convolution of x, rows `given` of its input."""
        stride, padding = _up(number)
        end = (inside.end - 1 + padding) // stride + 1
        steps = self._run.new(f"generator.ups.{number}", x, Activation(slope=0.1), end - given.begin)
        skip = inside.begin + padding - given.begin * stride
        rows = steps.reshape((end - given.begin) * stride, -1)[skip:][: len(inside)]
        if number == len(UPS) - 1 and inside.begin == 0:
            rows[0] = rows[2]  # reflected
        return rows

    def _resblock(
        self,
        name: str,
        x: Signal,
        moments: Moments | None,
        scratch: tuple[Signal, Signal],
        out: Signal,
        skip: int,
        gain: float = 1.0,
        accumulate: bool = False,
    ) -> Moments | None:
        """Run a residual block: gain times its result, without the first `skip` rows, goes into `out`."""
        inner, current = scratch

        def within(reach: int) -> slice:
            """Return the rows of the block's signal that layers with this reach ahead of them need."""
            return slice(max(skip - reach, 0), min(skip + len(out) + reach, len(x)))

        half, reach, read = RESBLOCKS[name] // 2, _reach(name), slice(0, len(x))
        for i, dilation in enumerate(DILATIONS):
            middle, made = within(reach - half * dilation), within(reach - half * (dilation + 1))
            activation = self._snake(name, 1, i, moments)
            moments = self._convolve(
                f"{name}.convs1.{i}", x[read], inner[middle], activation, middle.start - read.start
            )
            activation = self._snake(name, 2, i, moments)
            how: dict[str, Any] = {"residual": x[made], "skip": made.start - middle.start}
            if i < 2:
                moments = self._convolve(f"{name}.convs2.{i}", inner[middle], current[made], activation, **how)
                x, read, reach = current, made, reach - half * (dilation + 1)
        how |= {"gain": gain, "accumulate": accumulate}
        return self._convolve(f"{name}.convs2.2", inner[middle], out, activation, **how)

    def _convolve(
        self, name: str, x: Signal, out: Signal, activation: Activation, skip: int = 0, **how: Any
    ) -> Moments | None:
        """Convolve, and return the moments of the output unless all are known."""
        if not self._normals:
            return self._run.measure(name, x, out, activation, **how)
        self._run.convolve(name, x, out, activation, skip=skip, **how)
        return None

    def _snake(self, block: str, half: int, i: int, moments: Moments | None) -> Activation:
        return Activation(*self._normal(f"{block}.adain{half}.{i}", moments), *self._run.network.snakes[block, half, i])

    def _normal(self, name: str, moments: Moments | None) -> Normal:
        if moments is None:
            return self._normals[name]
        self.moments[name] = moments
        return self._run.normal(name, moments)

    def _overlapped(self, x: Signal, first: int, begin: int, end: int) -> Samples:
        """Return audio of log magnitudes and phases, from row `first` on, by an inverse Fourier transform."""
        half = x.shape[1] // 2
        magnitude, phase = np.exp(x[:, :half]), np.sin(x[:, half:])
        spectra = np.concatenate([magnitude * np.cos(phase), magnitude * np.sin(phase)], axis=1)
        frames = self._run.new("istft", spectra).reshape(len(x), _FFT // HOP, HOP)
        hops = np.zeros((len(x) + _FFT // HOP - 1, HOP), np.float32)
        for i in range(_FFT // HOP):
            hops[i : i + len(x)] += frames[:, i]
        audio = hops.reshape(-1)
        if first == 0:
            window = self._run.network.arrays["istft.window_sum"]
            audio[1 : len(window)] /= window[1:]
        audio *= _FFT / HOP
        start = begin * ROW - (first * HOP - _FFT // 2)
        return audio[start : start + (end - begin) * ROW]


def _up(number: int) -> tuple[int, int]:
    """Return stride and padding of a stage's transposed convolution; the last stage has one row more before."""
    stride, padding = UPS[number]
    return stride, padding - (number == len(UPS) - 1)


def _beneath(number: int, span: _Span, rows: int) -> _Span:
    """Return the rows of a stage's input that rows of its upsampled signal are made of."""
    stride, padding = _up(number)
    return _Span.within((span.begin + padding) // stride - 1, (span.end - 1 + padding) // stride + 1, rows)


def _grouped_rows(heard: _Span) -> tuple[int, int]:
    """Return begin and end of the rows of the source that the first stage reads for some rows of its signal."""
    stride, padding = UPS[1]
    return heard.begin * stride - padding, (heard.end + 1) * stride - padding


def _grouped(spectra: Signal, span: _Span, heard: _Span) -> Signal:
    """Return rows of the source, as many side by side as the first stage's convolution steps over at a time."""
    begin, end = _grouped_rows(heard)
    grouped = np.zeros((end - begin, spectra.shape[1]), np.float32)
    first, last = max(begin, span.begin), min(end, span.end)
    grouped[first - begin : last - begin] = spectra[first - span.begin : last - span.begin]
    return grouped.reshape(len(heard) + 1, -1)
