"""The layers that Sambert's graphs are made of, from the tensors of a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from edge_tts.convert.graph import Graph
from edge_tts.errors import ConversionError

Tensors = Mapping[str, NDArray[np.float32]]

EPSILON = 1e-6
LSTM = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
"""Tensors of one direction of an LSTM."""


def count(tensors: Tensors, prefix: str) -> int:
    """Return how many layers there are, `prefix`0, `prefix`1 and so on."""
    return len({name[len(prefix) :].partition(".")[0] for name in tensors if name.startswith(prefix)})


def scaled_queries(tensors: Tensors, prefix: str, heads: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return weight and bias of query, key and value with the attention's scale in those of the query."""
    weight, bias = tensors[f"{prefix}weight"].copy(), tensors[f"{prefix}bias"].copy()
    width = len(weight) // 3
    scale = np.float32((width // heads) ** -0.5)
    weight[:width] *= scale
    bias[:width] *= scale
    return weight, bias


def feed_forward(graph: Graph, tensors: Tensors, prefix: str, value: str) -> str:
    """Normalise, widen, narrow: the position-wise part of a layer, without its residual."""
    normed = norm(graph, tensors, f"{prefix}layer_norm.", value)
    weight, bias = tensors[f"{prefix}w_1.weight"], tensors[f"{prefix}w_1.bias"]
    if weight.shape[2] == 1:
        wide = graph.linear(normed, weight[:, :, 0], bias)
    else:
        wide = _by_taps(graph, normed, weight, bias)
    return graph.linear(graph.Relu(wide), _pointwise(tensors, f"{prefix}w_2"), tensors[f"{prefix}w_2.bias"])


def _pointwise(tensors: Tensors, name: str) -> NDArray[np.float32]:
    """Return the weight of a convolution of one tap as a matrix."""
    weight = tensors[f"{name}.weight"]
    if weight.ndim != 3 or weight.shape[2] != 1:
        raise ConversionError(f"{name}.weight has shape {weight.shape}, expected one tap")
    return weight[:, :, 0]


def _by_taps(graph: Graph, value: str, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> str:
    """Convolve along time by one product of the shifted rows, which runs and quantizes as other products do."""
    taps = weight.shape[2]
    padded = graph.Pad(value, graph.wholes(0, taps // 2, 0, 0, taps // 2, 0))
    tokens = graph.Gather(graph.Shape(value), graph.wholes(1))
    shifted = [
        graph.Slice(padded, graph.wholes(tap), graph.Add(tokens, graph.wholes(tap)), graph.wholes(1))
        for tap in range(taps)
    ]
    flat = np.concatenate([weight[:, :, tap] for tap in range(taps)], axis=1)
    return graph.linear(graph.Concat(*shifted, axis=-1), flat, bias)


def memory_network(graph: Graph, tensors: Tensors, prefix: str, value: str, shift: int) -> str:
    """Run the layers of a feed-forward sequential memory network (Zhang et al. 2018, DFSMN)."""
    for layer in range(count(tensors, f"{prefix}ffn_lst.")):
        first, second = (_pointwise(tensors, f"{prefix}ffn_lst.{layer}.{part}") for part in ("w_1", "w_2"))
        wide = graph.linear(value, first, tensors[f"{prefix}ffn_lst.{layer}.w_1.bias"])
        narrow = graph.linear(graph.Relu(wide), second)
        taps = tensors[f"{prefix}memory_block_lst.{layer}.conv_dw.weight"]
        left, right = taps.shape[2] // 2 + shift, taps.shape[2] // 2 - shift
        if min(left, right) < 0:
            raise ConversionError(f"config.yaml: a shift of {shift} is more than half of {taps.shape[2]} taps")
        turned = graph.Transpose(narrow, perm=[0, 2, 1])
        memory = graph.Conv(turned, graph.constant(taps), pads=[left, right], group=len(taps))
        out = graph.Add(graph.Transpose(memory, perm=[0, 2, 1]), narrow)
        value = graph.Add(out, value) if first.shape[1] == second.shape[0] else out
    return value


def lstm_weights(directions: Sequence[Mapping[str, NDArray[np.float32]]]) -> list[NDArray[np.float32]]:
    """Return W, R and B as ONNX wants them: gates in the order i o f c, where PyTorch has i f c o."""

    def reordered(array: NDArray[np.float32]) -> NDArray[np.float32]:
        gate_in, forget, cell, gate_out = np.split(array, 4)
        return np.concatenate([gate_in, gate_out, forget, cell])

    return [
        np.stack([reordered(one["weight_ih"]) for one in directions]),
        np.stack([reordered(one["weight_hh"]) for one in directions]),
        np.stack([np.concatenate([reordered(one["bias_ih"]), reordered(one["bias_hh"])]) for one in directions]),
    ]


def lstm(graph: Graph, value: str, weights: Sequence[NDArray[np.float32]], *states: str, direction: str) -> list[str]:
    """Add an LSTM and return outputs, last hidden state, last cell."""
    constants = [graph.constant(one) for one in weights]
    size = weights[1].shape[2]
    extra = ["", *states] if states else []
    return graph.several("LSTM", 3, value, *constants, *extra, hidden_size=size, direction=direction)


def linear(graph: Graph, tensors: Tensors, prefix: str, value: str) -> str:
    """Multiply by the weight under a name and add its bias."""
    return graph.linear(value, tensors[f"{prefix}weight"], tensors[f"{prefix}bias"])


def norm(graph: Graph, tensors: Tensors, prefix: str, value: str) -> str:
    """Normalise over the last axis by the weight and bias under a name."""
    return graph.norm(value, tensors[f"{prefix}weight"], tensors[f"{prefix}bias"], EPSILON)
