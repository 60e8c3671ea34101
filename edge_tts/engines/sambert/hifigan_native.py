"""A HiFi-GAN vocoder with the native convolutions, piece by piece, computing nothing twice.

Every signal remembers the rows that layers after it still need, so a piece goes on where the one before has stopped:
its samples are bit for bit those of one run. A layer that looks ahead stays as many rows behind until the last one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_tts.engines.sambert.hifigan_layers import PLAIN, Line, Network, Stage, ahead
from edge_tts.native.convolution import Bytes, Layer

if TYPE_CHECKING:
    from edge_tts.cancel import CancelToken
    from edge_tts.engines.engine import Samples
    from edge_tts.engines.sambert.hifigan_layers import Rows

MOST_FRAMES = 128
"""Frames that are computed at a time: few steps, and a signal's rows stay in the processor's last cache."""


class _Block:
    """A residual block at work."""

    def __init__(self, network: Network, stage: Stage, number: int) -> None:
        self._network, self._stage, self._number = network, stage, number
        self._layers = stage.blocks[number]
        self._wide = [_read_by(narrow, wide.outputs) for wide, narrow in self._layers]
        self._values = [Line(narrow.outputs) for _, narrow in self._layers[:-1]]
        self._bytes = [Line(wide.inputs, np.uint8) if wide.sums is not None else None for wide, _ in self._layers[1:]]
        self._done = 0

    def run(self, x: Line, out: Rows, end: int, last: bool) -> int:
        """Add the rows up to a place to what is in `out`, their mean in the end; return from where on x is needed."""
        pool, bent = self._network.pool, self._stage.bent
        needs = self._needs(end, x.end if last else None)
        for i, (wide, narrow) in enumerate(self._layers):
            value = x if i == 0 else self._values[i - 1]
            read = (value if i == 0 else self._bytes[i - 1]) or value
            inner = self._wide[i]
            start = inner.end
            room = inner.extend(self._network, "wide", needs[i][0] - start)
            if len(room):
                then = Bytes(room, narrow, bent.slope) if inner.rows.dtype == np.uint8 else None
                pool.convolve(wide, read.rows, None if then else room, bent, skip=start - read.begin, then=then)
            self._narrow(i, value, inner, out, needs[i][1])
            inner.keep(self._place(i) + narrow.first)
            if i:
                read_from = inner.end + wide.first
                value.keep(min(self._place(i), read_from) if read is value else self._place(i))
                if read is not value:
                    read.keep(read_from)
        return min(self._place(0), self._wide[0].end + self._layers[0][0].first)

    def _place(self, i: int) -> int:
        """Return how far the output of a pair of layers has come."""
        return self._values[i].end if i < len(self._values) else self._done

    def _narrow(self, i: int, value: Line, inner: Line, out: Rows, end: int) -> None:
        """Run the second layer of a pair, up to a place."""
        network, bent, narrow = self._network, self._stage.bent, self._layers[i][1]
        start = self._place(i)
        count = max(end - start, 0)
        how: dict[str, Any] = {"skip": start - inner.begin}
        if i < len(self._values):
            following = self._bytes[i]
            made = self._values[i].extend(network, f"value.{i % 2}", count)
            if following is not None:
                room = following.extend(network, f"bytes.{i % 2}", count)
                how["then"] = Bytes(room, self._layers[i + 1][0], bent.slope)
        else:
            made, self._done = out, end
            how |= {"gain": 1 / len(self._stage.blocks), "accumulate": self._number > 0}
        if count:
            residual = value.rows[start - value.begin :][:count]
            network.pool.convolve(narrow, inner.rows, made, bent, residual=residual, **how)

    def _needs(self, end: int, rows: int | None) -> list[tuple[int, int]]:
        """Return how far both layers of each pair must come, at most to the end of the signal where it is known."""
        needs: list[tuple[int, int]] = []
        for wide, narrow in reversed(self._layers):
            inner = end + ahead(narrow)
            inner = inner if rows is None else min(inner, rows)
            needs.insert(0, (inner, end))
            end = max(end, inner + ahead(wide))
            end = end if rows is None else min(end, rows)
        return needs


def _read_by(layer: Layer, channels: int) -> Line:
    return Line(channels) if layer.sums is None else Line(layer.inputs, np.uint8)


class Stream:
    """The vocoder during one utterance.

    Args:
        network: the weights.
    """

    def __init__(self, network: Network) -> None:
        """Begin at the start of an utterance."""
        self._network = network
        stages = network.stages
        self._mel = Line(network.pre.inputs)
        self._inputs = [Line(network.pre.outputs), *(Line(stage.channels) for stage in stages)]
        self._signals = [Line(stage.channels) for stage in stages]
        self._blocks = [[_Block(network, stage, i) for i in range(len(stage.blocks))] for stage in stages]
        self._heard = Line(1)
        self._pre = self._post = 0

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
            heard = None if excitation is None else excitation[at * hop : end * hop]
            made.append(self._piece(frames[at:end], heard, cancel, last=last and end >= len(frames)))
        return np.concatenate(made)

    def _piece(self, frames: Rows, heard: Rows | None, cancel: CancelToken, *, last: bool) -> Samples:
        network = self._network
        if heard is not None:
            self._heard.extend(network, "heard", len(heard))[:, 0] = heard
        room = self._mel.extend(network, "mel", len(frames))
        room[:, : frames.shape[1]] = frames
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
            self._heard.keep(min(self._needed_of_heard()))
        return self._sounded(last=last)

    def _stage(self, number: int, cancel: CancelToken, *, last: bool) -> Rows:
        """Run a stage on what there is of its input; return the new rows, at the place of the next one's input."""
        network, stage = self._network, self._network.stages[number]
        x, signal, after = self._inputs[number], self._signals[number], self._inputs[number + 1]
        start = signal.end // stage.scale
        ready = x.end - _behind(stage.up, last)
        count = max(ready - start, 0)
        new = signal.extend(network, "signal", count * stage.scale)
        if count:
            made = new.reshape(count, -1)
            network.pool.convolve(stage.up, x.rows, made, stage.bent, skip=start - x.begin)
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
        """Add what a stage hears of the excitation to new rows of its signal, which begin at a place."""
        if stage.source is None:
            return
        stride, before, width = stage.window
        samples = np.zeros((len(signal) - 1) * stride + width, np.float32)
        first = start * stride - before
        from_, to = max(first, self._heard.begin), min(first + len(samples), self._heard.end)
        samples[from_ - first : to - first] = self._heard.rows[from_ - self._heard.begin : to - self._heard.begin, 0]
        windows = np.lib.stride_tricks.sliding_window_view(samples, width)[::stride]
        self._network.pool.convolve(stage.source, windows, signal, PLAIN, accumulate=True)

    def _needed_of_heard(self) -> Iterator[int]:
        for stage, signal in zip(self._network.stages, self._signals, strict=True):
            stride, before, _ = stage.window
            yield signal.end * stride - before

    def _sounded(self, *, last: bool) -> Samples:
        network, x = self._network, self._inputs[-1]
        end = max(x.end - _behind(network.post, last), self._post)
        audio = np.empty((end - self._post, 1), np.float32)
        network.pool.convolve(network.post, x.rows, audio, network.post_bent, skip=self._post - x.begin)
        self._post = end
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
    """Return how many rows a layer stays behind its input."""
    return 0 if last else ahead(layer)
