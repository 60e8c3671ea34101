"""What a HiFi-GAN vocoder with native convolutions is made of: loaded layers, and signals that go on piece by piece."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_tts.native.convolution import Activation, Layer, Pool
from edge_tts.native.layer_arrays import layers_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Rows = NDArray[Any]

PLAIN = Activation()


@dataclass(frozen=True, slots=True)
class Stage:
    """From one signal to the next, of `scale` times as many rows.

    Attributes:
        scale: how many.
        up: makes `scale` rows of one.
        bent: leaky ReLU of all its layers.
        blocks: residual blocks side by side; each pairs of layers.
        source: hears the excitation, None without one.
        window: samples of the excitation between its rows, before its first, and in each.
    """

    scale: int
    up: Layer
    bent: Activation
    blocks: tuple[tuple[tuple[Layer, Layer], ...], ...]
    source: Layer | None
    window: tuple[int, ...]

    @property
    def channels(self) -> int:
        """Of its signal."""
        return self.up.outputs // self.scale

    @property
    def ahead(self) -> int:
        """Rows that its blocks look ahead."""
        return max(sum(ahead(one) for pair in block for one in pair) for block in self.blocks)


class Network:
    """The loaded weights.

    Args:
        arrays: of hifigan_weights.
        pool: computes; stays the caller's.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]], pool: Pool) -> None:
        """Look the layers up."""
        self.pool = pool
        layers = layers_of(arrays)
        scales = arrays["scales"].tolist()
        self.stages = [_stage(arrays, layers, f"stage.{n - len(scales)}", scale) for n, scale in enumerate(scales)]
        self.pre, self.post = layers["pre"], layers["post"]
        self.post_bent = Activation(slope=float(arrays["post.slope"][0]))
        self.hop = int(np.prod(scales))
        self.mixing = (arrays["source.weights"], arrays["source.bias"]) if "source.weights" in arrays else None
        self._rooms: dict[str, NDArray[np.uint8]] = {}

    def room(self, name: str, rows: int, channels: int, dtype: type) -> Rows:
        """Return memory to compute in, until it is asked for by the same name again."""
        count = rows * channels * np.dtype(dtype).itemsize
        if name not in self._rooms or self._rooms[name].size < count:
            self._rooms[name] = np.empty(count, np.uint8)
        return self._rooms[name][:count].view(dtype).reshape(rows, channels)


def _stage(arrays: Mapping[str, NDArray[Any]], layers: Mapping[str, Layer], name: str, scale: int) -> Stage:
    def count(prefix: str, suffix: str) -> range:
        found = 0
        while f"{prefix}{found}{suffix}" in layers:
            found += 1
        return range(found)

    blocks = tuple(
        tuple(
            (layers[f"{name}.block.{block}.wide.{i}"], layers[f"{name}.block.{block}.narrow.{i}"])
            for i in count(f"{name}.block.{block}.wide.", "")
        )
        for block in count(f"{name}.block.", ".wide.0")
    )
    window = tuple(arrays.get(f"{name}.source.window", np.zeros(0)).tolist())
    bent = Activation(slope=float(arrays[f"{name}.slope"][0]))
    return Stage(scale, layers[f"{name}.up"], bent, blocks, layers.get(f"{name}.source"), window)


def ahead(layer: Layer) -> int:
    """Return how many rows a layer looks ahead."""
    taps: int = layer.weights.shape[1]
    return (taps - 1) * layer.dilation + layer.first


class Line:
    """A signal of which the rows that are still needed are kept.

    Args:
        channels: how many.
        dtype: float32, or uint8 where only a layer of 8 bits reads it.
    """

    def __init__(self, channels: int, dtype: type = np.float32) -> None:
        """Begin at the first row."""
        self.rows: Rows = np.empty((0, channels), dtype)
        self.begin = self.end = 0
        """Places in the signal of the first row that is there and of the one after the last."""

    def extend(self, network: Network, name: str, count: int) -> Rows:
        """Return room for so many more rows, none if there are less, behind those that are kept."""
        count = max(count, 0)
        kept, (channels, dtype) = len(self.rows), (self.rows.shape[1], self.rows.dtype.type)
        rows = network.room(name, kept + count, channels, dtype)
        rows[:kept] = self.rows
        self.rows = rows
        self.end += count
        return rows[kept:]

    def keep(self, place: int) -> None:
        """Forget the rows before a place; the others move out of the room that they were made in."""
        drop = max(min(place, self.end) - self.begin, 0)
        self.rows = self.rows[drop:].copy()
        self.begin += drop
