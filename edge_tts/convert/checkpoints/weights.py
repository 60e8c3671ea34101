"""The weights of a checkpoint as arrays, as far as they can be weights."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_tts.convert.checkpoints import checkpoint
from edge_tts.errors import ConversionError

MOST_VALUES = 250_000_000
"""Most numbers of a checkpoint; the largest published have 20 million."""


class Weights(dict[str, NDArray[np.float32]]):
    """Arrays by name; asking for one that is not there says so.

    Args:
        path: the checkpoint's file, named in messages.
        found: names and arrays.
    """

    def __init__(self, path: Path, found: Iterable[tuple[str, NDArray[np.float32]]]) -> None:
        """Keep them."""
        super().__init__(found)
        self._path = path

    def __missing__(self, name: str) -> NDArray[np.float32]:
        """Raise ConversionError."""
        raise ConversionError(f"{self._path} has no {name}")


def count(tensors: Iterable[checkpoint.Tensor]) -> int:
    """Return how many values tensors have."""
    return sum(math.prod(tensor.shape) for tensor in tensors)


def tensors_of(path: Path, *keys: str) -> dict[str, checkpoint.Tensor]:
    """Return the tensors under a path of keys of a checkpoint; their values are not read yet.

    Raises:
        ConversionError: it cannot be read, or has none or too many values.
    """
    tensors = checkpoint.tensors(checkpoint.read(path), *keys)
    values = count(tensors.values())
    if not tensors or values > MOST_VALUES:
        raise ConversionError(f"{path} has {values} values, expected some, and at most {MOST_VALUES}")
    return tensors


def arrays(path: Path, *keys: str) -> Weights:
    """Read the tensors under a path of keys of a checkpoint.

    Raises:
        ConversionError: it cannot be read, has none or too many values, or some that are no numbers.
    """
    tensors = tensors_of(path, *keys)
    found = Weights(path, ((name, tensor.array()) for name, tensor in tensors.items()))
    for name, array in found.items():
        if not np.isfinite(array).all():
            raise ConversionError(f"{path}: {name} has values that are no numbers")
    return found
