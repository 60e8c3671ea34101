"""A graph under construction, with the layers that PyTorch's models are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_tts.graphs import onnx_writer

Array = NDArray[Any]


class Graph(onnx_writer.Graph):
    """A graph whose operators are methods: `graph.Conv(x, w, pads=[1, 1])` adds one and returns its output."""

    def __getattr__(self, operator: str) -> Callable[..., str]:
        """Return what adds an operator of that name."""
        if not operator[:1].isupper():
            raise AttributeError(operator)
        return lambda *inputs, **attributes: self.add(operator, *inputs, **attributes)

    def linear(self, value: str, weight: Array, bias: Array | None = None) -> str:
        """Multiply by a weight of shape (out, in), as PyTorch keeps it, and add a bias of shape (out,)."""
        product = self.MatMul(value, self.constant(weight.T))
        return product if bias is None else self.Add(product, self.constant(bias))

    def norm(self, value: str, weight: Array, bias: Array, epsilon: float) -> str:
        """Normalise over the last axis."""
        constants = self.constant(weight), self.constant(bias)
        return self.LayerNormalization(value, *constants, axis=-1, epsilon=epsilon)

    def reshape(self, value: str, shape: Sequence[int]) -> str:
        """Reshape; 0 keeps a length, -1 takes what is left."""
        return self.Reshape(value, self.wholes(*shape))

    def scalar(self, value: int) -> str:
        """Add a constant int64."""
        return self.constant(np.array(value, np.int64))

    def save(self, path: Path) -> None:
        """Write the finished graph."""
        path.write_bytes(self.serialize())
