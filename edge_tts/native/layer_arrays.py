"""Layers of convolutions as arrays by name, to be kept in a file that is mapped (graphs/array_file.py)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_tts.native.layer import OWN_RANGE, Layer, Quantization

if TYPE_CHECKING:
    from numpy.typing import NDArray


def arrays_of(name: str, layer: Layer) -> dict[str, NDArray[Any]]:
    """Return what `layer_of` makes the layer of again."""
    numbers = np.array([layer.unit, layer.zero, layer.outputs, layer.dilation, layer.first], np.float64)
    arrays = {"weights": layer.weights, "bias": layer.bias, "numbers": numbers}
    known = None if layer.input == OWN_RANGE else np.array([layer.input.steps, layer.input.zero], np.float64)
    optional = {"sums": layer.sums, "units": layer.units, "input": known}
    arrays |= {part: array for part, array in optional.items() if array is not None}
    return {f"{name}.{part}": array for part, array in arrays.items()}


def layer_of(arrays: Mapping[str, NDArray[Any]], name: str) -> Layer:
    """Return the layer of a name; its arrays stay where they are."""
    unit, zero, outputs, dilation, first = arrays[f"{name}.numbers"].tolist()
    known = arrays.get(f"{name}.input")
    return Layer(
        arrays[f"{name}.weights"],
        arrays.get(f"{name}.sums"),
        arrays[f"{name}.bias"],
        unit,
        int(zero),
        int(outputs),
        int(dilation),
        int(first),
        arrays.get(f"{name}.units"),
        OWN_RANGE if known is None else Quantization(float(known[0]), int(known[1])),
    )


def layers_of(arrays: Mapping[str, NDArray[Any]]) -> dict[str, Layer]:
    """Return all layers by name."""
    names = (name.removesuffix(".numbers") for name in arrays if name.endswith(".numbers"))
    return {name: layer_of(arrays, name) for name in names}
