"""What a HiFi-GAN vocoder with native convolutions is made of: its layers, and the buffers of its signals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_tts.native.convolution import Pool
from edge_tts.native.layer import Activation, Layer
from edge_tts.native.layer_arrays import layers_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Rows = NDArray[Any]

PLAIN = Activation()


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the generator: it upsamples a signal and runs residual blocks side by side on the result.

    Attributes:
        scale: number of rows that it makes of one.
        up: upsamples; one row of its output holds `scale` rows of the signal.
        activation: leaky ReLU before each of its layers.
        blocks: residual blocks, each a sequence of pairs of layers: a dilated one and a plain one.
        source: convolves the excitation, None for a vocoder without one.
        window: stride of `source`, samples of padding before the first one, and samples that it reads at a time.
    """

    scale: int
    up: Layer
    activation: Activation
    blocks: tuple[tuple[tuple[Layer, Layer], ...], ...]
    source: Layer | None
    window: tuple[int, ...]

    @property
    def channels(self) -> int:
        """Number of channels of its signal."""
        return self.up.outputs // self.scale

    @property
    def ahead(self) -> int:
        """Number of rows that its blocks look ahead at most."""
        return max(sum(ahead(one) for pair in block for one in pair) for block in self.blocks)


class Network:
    """The loaded vocoder, with memory that its streams compute in; one stream computes at a time.

    Attributes:
        stages: from the mel-spectrogram to samples.
        pre: layer before the first stage.
        post: layer after the last one.
        post_activation: leaky ReLU before `post`.
        hop: number of samples that a frame becomes.
        mixing: weights and bias that make one excitation of the harmonics, None for a vocoder without a source.

    Args:
        arrays: what `hifigan_weights.extract` returned.
        pool: computes; the caller closes it.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]], pool: Pool) -> None:
        """Look the layers up."""
        self.pool = pool
        layers = layers_of(arrays)
        scales = arrays["scales"].tolist()
        self.stages = [_stage(arrays, layers, f"stage.{n - len(scales)}", scale) for n, scale in enumerate(scales)]
        self.pre, self.post = layers["pre"], layers["post"]
        self.post_activation = Activation(slope=float(arrays["post.slope"][0]))
        self.hop = int(np.prod(scales))
        self.mixing = (arrays["source.weights"], arrays["source.bias"]) if "source.weights" in arrays else None
        self._scratch: dict[str, NDArray[np.uint8]] = {}

    def scratch(self, name: str, rows: int, channels: int, dtype: type) -> Rows:
        """Return memory of a name, shape (rows, channels); its content is lost when the name is asked for again."""
        count = rows * channels * np.dtype(dtype).itemsize
        if name not in self._scratch or self._scratch[name].size < count:
            self._scratch[name] = np.empty(count, np.uint8)
        return self._scratch[name][:count].view(dtype).reshape(rows, channels)


def _stage(arrays: Mapping[str, NDArray[Any]], layers: Mapping[str, Layer], name: str, scale: int) -> Stage:
    def count(prefix: str, suffix: str) -> range:
        found = 0
        while f"{prefix}{found}{suffix}" in layers:
            found += 1
        return range(found)

    blocks = tuple(
        tuple(
            (layers[f"{name}.block.{block}.dilated.{i}"], layers[f"{name}.block.{block}.plain.{i}"])
            for i in count(f"{name}.block.{block}.dilated.", "")
        )
        for block in count(f"{name}.block.", ".dilated.0")
    )
    window = tuple(arrays.get(f"{name}.source.window", np.zeros(0)).tolist())
    activation = Activation(slope=float(arrays[f"{name}.slope"][0]))
    return Stage(scale, layers[f"{name}.up"], activation, blocks, layers.get(f"{name}.source"), window)


def ahead(layer: Layer) -> int:
    """Return how many rows a layer looks ahead."""
    taps: int = layer.weights.shape[1]
    return (taps - 1) * layer.dilation + layer.first


class SignalBuffer:
    """Those rows of a signal that layers still need; it grows at its end and is cut at its beginning.

    Attributes:
        rows: shape (end - begin, channels).
        begin: index in the whole signal of the first row that is there.
        end: index of the row after the last.

    Args:
        channels: of the signal.
        dtype: float32, or uint8 where only a layer reads it whose input is quantized.
    """

    def __init__(self, channels: int, dtype: type = np.float32) -> None:
        """Hold no rows; the signal begins."""
        self.rows: Rows = np.empty((0, channels), dtype)
        self.begin = self.end = 0

    def extend(self, network: Network, name: str, count: int) -> Rows:
        """Reserve `count` more rows (none if negative) in the network's memory of a name, and return the new part."""
        count = max(count, 0)
        kept, (channels, dtype) = len(self.rows), (self.rows.shape[1], self.rows.dtype.type)
        rows = network.scratch(name, kept + count, channels, dtype)
        rows[:kept] = self.rows
        self.rows = rows
        self.end += count
        return rows[kept:]

    def keep(self, first: int) -> None:
        """Forget the rows before the one of this index; copy the others out of the network's memory."""
        drop = max(min(first, self.end) - self.begin, 0)
        self.rows = self.rows[drop:].copy()
        self.begin += drop
