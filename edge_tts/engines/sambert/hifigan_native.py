"""A HiFi-GAN vocoder with the native convolutions, piece by piece, computing nothing twice.

Every signal keeps the rows that layers after it still need, so a piece begins where the one before has ended, and the
samples are bit for bit those of one run. A layer that looks ahead makes that many rows fewer until the last piece.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_tts.engines.sambert.hifigan_layers import PLAIN, Network, SignalBuffer, Stage, ahead
from edge_tts.native.layer import Layer, QuantizedOutput

if TYPE_CHECKING:
    from edge_tts.cancel import CancelToken
    from edge_tts.engines.engine import Samples
    from edge_tts.engines.sambert.hifigan_layers import Rows

MOST_FRAMES = 128
"""Frames that are computed at a time: many enough for few steps, few enough for the processor's last cache."""


class _Block:
    """A residual block at work: pairs of layers, each of which adds its output to its input."""

    def __init__(self, network: Network, stage: Stage, number: int) -> None:
        self._network, self._stage, self._number = network, stage, number
        self._pairs = stage.blocks[number]
        self._inner = [_input_of(plain, dilated.outputs) for dilated, plain in self._pairs]
        """What is between the two layers of each pair."""
        self._sums = [SignalBuffer(plain.outputs) for _, plain in self._pairs[:-1]]
        """What each pair but the last one makes: the input of the next one."""
        self._quantized = [
            SignalBuffer(dilated.inputs, np.uint8) if dilated.sums is not None else None
            for dilated, _ in self._pairs[1:]
        ]
        """The same as bytes, where the next pair reads those."""
        self._done = 0

    def run(self, x: SignalBuffer, out: Rows, end: int, last: bool) -> int:
        """Add the block's output, up to row `end`, to `out`, divided by the number of blocks.

        Returns:
            The first row of x that is still needed.
        """
        pool, activation = self._network.pool, self._stage.activation
        needs = self._needs(end, x.end if last else None)
        for i, (dilated, plain) in enumerate(self._pairs):
            value = x if i == 0 else self._sums[i - 1]
            read = (value if i == 0 else self._quantized[i - 1]) or value
            inner = self._inner[i]
            start = inner.end
            rows = inner.extend(self._network, "inner", needs[i][0] - start)
            if len(rows):
                skip, quantized = start - read.begin, inner.rows.dtype == np.uint8
                also = QuantizedOutput(rows, plain, activation.slope) if quantized else None
                pool.convolve(dilated, read.rows, None if also else rows, activation, skip=skip, also=also)
            self._add(i, value, inner, out, needs[i][1])
            inner.keep(self._made(i) + plain.first)
            if i:
                read_from = inner.end + dilated.first
                value.keep(min(self._made(i), read_from) if read is value else self._made(i))
                if read is not value:
                    read.keep(read_from)
        return min(self._made(0), self._inner[0].end + self._pairs[0][0].first)

    def _made(self, i: int) -> int:
        """Return how many rows of the output of a pair are made."""
        return self._sums[i].end if i < len(self._sums) else self._done

    def _add(self, i: int, value: SignalBuffer, inner: SignalBuffer, out: Rows, end: int) -> None:
        """Run the plain layer of a pair, up to row `end`, and add the input of the pair."""
        network, activation, plain = self._network, self._stage.activation, self._pairs[i][1]
        start = self._made(i)
        count = max(end - start, 0)
        how: dict[str, Any] = {"skip": start - inner.begin}
        if i < len(self._sums):
            quantized = self._quantized[i]
            made = self._sums[i].extend(network, f"sum.{i % 2}", count)
            if quantized is not None:
                rows = quantized.extend(network, f"quantized.{i % 2}", count)
                how["also"] = QuantizedOutput(rows, self._pairs[i + 1][0], activation.slope)
        else:
            made, self._done = out, end
            how |= {"gain": 1 / len(self._stage.blocks), "accumulate": self._number > 0}
        if count:
            residual = value.rows[start - value.begin :][:count]
            network.pool.convolve(plain, inner.rows, made, activation, residual=residual, **how)

    def _needs(self, end: int, rows: int | None) -> list[tuple[int, int]]:
        """Return up to which row both layers of each pair must compute so that the block's output reaches `end`.

        Args:
            end: row of the output.
            rows: length of the signal, None as long as it is not known.
        """
        needs: list[tuple[int, int]] = []
        for dilated, plain in reversed(self._pairs):
            inner = end + ahead(plain)
            inner = inner if rows is None else min(inner, rows)
            needs.insert(0, (inner, end))
            end = max(end, inner + ahead(dilated))
            end = end if rows is None else min(end, rows)
        return needs


def _input_of(layer: Layer, channels: int) -> SignalBuffer:
    """Return the buffer of what a layer reads: bytes, where its input is quantized."""
    return SignalBuffer(channels) if layer.sums is None else SignalBuffer(layer.inputs, np.uint8)


class Stream:
    """The vocoder during one utterance.

    Args:
        network: the loaded vocoder.
    """

    def __init__(self, network: Network) -> None:
        """Begin at the start of an utterance."""
        self._network = network
        stages = network.stages
        self._mel = SignalBuffer(network.pre.inputs)
        self._inputs = [SignalBuffer(network.pre.outputs), *(SignalBuffer(stage.channels) for stage in stages)]
        self._signals = [SignalBuffer(stage.channels) for stage in stages]
        self._blocks = [[_Block(network, stage, i) for i in range(len(stage.blocks))] for stage in stages]
        self._excitation = SignalBuffer(1)
        self._done = 0

    def feed(self, frames: Rows, excitation: Rows | None, cancel: CancelToken, *, last: bool) -> Samples:
        """Return the samples that frames complete.

        Args:
            frames: mel-spectrogram, shape (n, mels).
            excitation: shape (harmonics, n · hop), None for a vocoder without a source.
            cancel: ends the computation from another thread.
            last: no more frames follow.

        Raises:
            Interrupted: `cancel` was called.
        """
        if self._network.mixing is not None and excitation is not None:
            weights, bias = self._network.mixing
            excitation = _mixed(excitation, weights, bias)
        hop, made = self._network.hop, []
        for at in range(0, max(len(frames), 1), MOST_FRAMES):
            end = at + MOST_FRAMES
            part = None if excitation is None else excitation[at * hop : end * hop]
            made.append(self._piece(frames[at:end], part, cancel, last=last and end >= len(frames)))
        return np.concatenate(made)

    def _piece(self, frames: Rows, excitation: Rows | None, cancel: CancelToken, *, last: bool) -> Samples:
        network = self._network
        if excitation is not None:
            self._excitation.extend(network, "excitation", len(excitation))[:, 0] = excitation
        rows = self._mel.extend(network, "mel", len(frames))
        rows[:, : frames.shape[1]] = frames
        out = self._inputs[0].extend(
            network, "input.0", self._mel.end - _behind(network.pre, last) - self._inputs[0].end
        )
        start = self._inputs[0].end - len(out)
        network.pool.convolve(
            network.pre, self._mel.rows[:, : frames.shape[1]], out, PLAIN, skip=start - self._mel.begin
        )
        self._mel.keep(self._inputs[0].end + network.pre.first)
        for number in range(len(network.stages)):
            out += np.sin(out)
            cancel.check()
            out = self._stage(number, cancel, last=last)
        if self._network.mixing is not None:
            self._excitation.keep(min(self._first_samples_needed()))
        return self._samples(last=last)

    def _stage(self, number: int, cancel: CancelToken, *, last: bool) -> Rows:
        """Run a stage on what there is of its input; return the new rows of its output, the next one's input."""
        network, stage = self._network, self._network.stages[number]
        x, signal, after = self._inputs[number], self._signals[number], self._inputs[number + 1]
        start = signal.end // stage.scale
        ready = x.end - _behind(stage.up, last)
        count = max(ready - start, 0)
        new = signal.extend(network, "signal", count * stage.scale)
        if count:
            made = new.reshape(count, -1)
            network.pool.convolve(stage.up, x.rows, made, stage.activation, skip=start - x.begin)
            self._add_source(stage, new, signal.end - len(new), last=last)
        x.keep(ready + stage.up.first)
        end = max(signal.end - (0 if last else stage.ahead), after.end)
        out = after.extend(network, f"input.{number + 1}", end - after.end)
        needed = [signal.begin]
        if len(out):
            cancel.check()
            needed = [block.run(signal, out, end, last) for block in self._blocks[number]]
        signal.keep(min(needed))
        return out

    def _add_source(self, stage: Stage, signal: Rows, start: int, *, last: bool) -> None:
        """Add the convolved excitation to new rows of a stage's signal, of which the first one is row `start`."""
        if stage.source is None:
            return
        stride, before, width = stage.window
        samples = np.zeros((len(signal) - 1) * stride + width, np.float32)
        first = start * stride - before
        from_, to = max(first, self._excitation.begin), min(first + len(samples), self._excitation.end)
        samples[from_ - first : to - first] = self._excitation.rows[
            from_ - self._excitation.begin : to - self._excitation.begin, 0
        ]
        windows = np.lib.stride_tricks.sliding_window_view(samples, width)[::stride]
        self._network.pool.convolve(stage.source, windows, signal, PLAIN, accumulate=True)

    def _first_samples_needed(self) -> Iterator[int]:
        """Yield for each stage the first sample of the excitation that its next row reads."""
        for stage, signal in zip(self._network.stages, self._signals, strict=True):
            stride, before, _ = stage.window
            yield signal.end * stride - before

    def _samples(self, *, last: bool) -> Samples:
        """Return the samples that the last stage's output completes."""
        network, x = self._network, self._inputs[-1]
        end = max(x.end - _behind(network.post, last), self._done)
        audio = np.empty((end - self._done, 1), np.float32)
        network.pool.convolve(network.post, x.rows, audio, network.post_activation, skip=self._done - x.begin)
        self._done = end
        x.keep(end + network.post.first)
        return np.tanh(audio[:, 0])


def _mixed(excitation: Rows, weights: Rows, bias: Rows) -> Rows:
    """Return the one signal that harmonics (n, samples) make together, shape (samples,).

    It is summed harmonic by harmonic: a product of matrices rounds otherwise where there are more samples.
    """
    total = weights[0] * excitation[0]
    for weight, harmonic in zip(weights[1:], excitation[1:], strict=True):
        total += weight * harmonic
    mixed: Rows = np.tanh(total + bias)
    return mixed


def _behind(layer: Layer, last: bool) -> int:
    """Return how many rows fewer a layer can make than there are of its input; at the end of the signal all."""
    return 0 if last else ahead(layer)
