"""The weights of Kokoro's decoder and generator, from the installed graph.

The modules are those of StyleTTS 2's iSTFTNet decoder (https://github.com/yl4579/StyleTTS2, Modules/istftnet.py);
names in the graph are `/decoder/decoder/…` for values and `decoder.decoder.…` for parameters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_tts.graphs.onnx_file import OnnxFile
from edge_tts.native import layer as native
from edge_tts.native.layer_arrays import arrays_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCKS = ("encode", "decode.0", "decode.1", "decode.2", "decode.3")
"""Residual blocks of the decoder, in order."""
RESBLOCKS = {
    "generator.noise_res.0": 7,
    "generator.noise_res.1": 11,
    **{f"generator.resblocks.{i}": (3, 7, 11)[i % 3] for i in range(6)},
}
"""Residual blocks of the generator: taps of their convolutions."""
DILATIONS = (1, 3, 5)
STYLE = 128
"""Number of values of a style, from its beginning, that decoder and generator use; prosody uses the rest."""
UPS = ((10, 5), (6, 3))
"""Stride and padding of the generator's transposed convolutions."""

EDITION = "4"
"""Changes when `extract` returns something else for the same graph."""
BUILT_BYTES = 95_000_000
"""Most bytes of what is built from the graph."""

FRONT_OUTPUTS = (
    "/encoder/MatMul_1_output_0",
    "/encoder/Reshape_output_0",
    "/encoder/Reshape_1_output_0",
    "/encoder/Clip_output_0",
)
"""What is left to ONNX Runtime: features (1, 512, T), pitch and energy (1, 2T), and the rows of each token (1, n)."""

_VALUES = "/decoder/decoder/"
_PARAMETERS = "decoder.decoder."


def norms() -> Iterator[str]:
    """Yield the names of the adaptive normalizations, in the order of their styles in the file."""
    for block in BLOCKS:
        yield from (f"{block}.norm1", f"{block}.norm2")
    for block in RESBLOCKS:
        yield from (f"{block}.adain{half}.{i}" for i in range(3) for half in (1, 2))


def extract(graph: Path) -> dict[str, NDArray[Any]]:
    """Return the weights of an installed graph, by name.

    Raises:
        ModelCorrupt: it is not the graph that is expected here.
    """
    onnx = OnnxFile(graph)
    arrays: dict[str, NDArray[Any]] = {}
    for name, layer, dilation, first in _layers(onnx):
        arrays |= arrays_of(name, replace(layer, dilation=dilation, first=first))
    arrays |= arrays_of("style", _style(onnx))
    return arrays | dict(_parameters(onnx))


def _layers(onnx: OnnxFile) -> Iterator[tuple[str, native.Layer, int, int]]:
    """Yield name, weights, dilation and first row of the convolutions."""
    yield "asr_res", _convolution(onnx, "asr_res.0", "asr_res/asr_res.0"), 1, 0
    for block in BLOCKS:
        yield f"{block}.conv1", _convolution(onnx, f"{block}.conv1"), 1, -1
        yield f"{block}.conv2", _convolution(onnx, f"{block}.conv2"), 1, -1
        yield f"{block}.conv1x1", _convolution(onnx, f"{block}.conv1x1"), 1, 0
    for block, taps in RESBLOCKS.items():
        for i, dilation in enumerate(DILATIONS):
            yield f"{block}.convs1.{i}", _convolution(onnx, f"{block}.convs1.{i}"), dilation, -dilation * (taps // 2)
            yield f"{block}.convs2.{i}", _convolution(onnx, f"{block}.convs2.{i}"), 1, -(taps // 2)
    for i, (stride, _) in enumerate(UPS):
        yield f"generator.ups.{i}", _transposed(onnx, f"generator.ups.{i}", stride), 1, -1
    yield "generator.noise_convs.0", _convolution(onnx, "generator.noise_convs.0", stride=UPS[1][0]), 1, 0
    yield "generator.noise_convs.1", _convolution(onnx, "generator.noise_convs.1"), 1, 0
    post = onnx.maker(f"{_VALUES}generator/conv_post/Conv_output_0")
    weights, bias = (onnx.constant(name) for name in post.inputs[1:3])
    yield "generator.conv_post", native.pack(weights, bias), 1, -(weights.shape[2] // 2)


def _quantized(onnx: OnnxFile, path: str) -> tuple[NDArray[np.uint8], float, int]:
    """Return uint8 weights (outputs, inputs, taps), the value of one step, and the weight that stands for zero."""
    inputs = onnx.maker(f"{_VALUES}{path}/Conv_output_0_output_quantized").inputs
    scale = inputs[1].removesuffix("_quantized") + "_scale"
    return onnx.constant(inputs[1]), float(onnx.constant(scale)), int(onnx.constant(inputs[3]))


def _convolution(onnx: OnnxFile, name: str, path: str = "", stride: int = 1) -> native.Layer:
    """Return a convolution; one with a stride reads rows that each have `stride` rows of the signal."""
    weights, unit, zero = _quantized(onnx, path or name.replace("generator.", "generator/").replace(".conv", "/conv"))
    bias = None if name.endswith("conv1x1") else onnx.constant(f"{_PARAMETERS}{name}.bias")
    if stride > 1:
        outputs, inputs, taps = weights.shape
        parted = weights.reshape(outputs, inputs, taps // stride, stride).transpose(0, 3, 1, 2)
        weights = parted.reshape(outputs, stride * inputs, taps // stride)
    return native.pack(weights, bias, unit, zero)


def _transposed(onnx: OnnxFile, name: str, stride: int) -> native.Layer:
    """Return a transposed convolution of 2 stride taps as one of two taps, each output row having `stride` rows."""
    node = onnx.maker(f"{_VALUES}{name.replace('.', '/', 1)}/ConvTranspose_output_0")
    weights, bias = (onnx.constant(name) for name in node.inputs[1:3])
    inputs, outputs, _ = weights.shape
    halves = weights.reshape(inputs, outputs, 2, stride)[:, :, ::-1]
    rows = halves.transpose(3, 1, 0, 2).reshape(stride * outputs, inputs, 2)
    return native.pack(np.ascontiguousarray(rows), np.tile(bias, stride))


def _style(onnx: OnnxFile) -> native.Layer:
    """Return the fully connected layers of all normalizations as one, without scale and bias."""
    weights = [onnx.constant(f"{_PARAMETERS}{name}.fc.weight_quantized") for name in norms()]
    unsigned = (np.concatenate(weights, axis=1).T.astype(np.int16) + 128).astype(np.uint8)
    return native.pack(unsigned[:, :, np.newaxis], None, 1.0, 128)


def _parameters(onnx: OnnxFile) -> Iterator[tuple[str, NDArray[Any]]]:
    for part, suffix in (("scale", "weight_scale"), ("shift", "bias")):
        yield f"style.{part}", np.concatenate([onnx.constant(f"{_PARAMETERS}{name}.fc.{suffix}") for name in norms()])
    yield "style.sizes", np.array([onnx.constant(f"{_PARAMETERS}{name}.fc.bias").size for name in norms()])
    for block in RESBLOCKS:
        for i in range(3):
            for half in (1, 2):
                alpha = onnx.constant(f"{_PARAMETERS}{block}.alpha{half}.{i}").reshape(-1)
                yield f"{block}.frequency{half}.{i}", (alpha / np.pi).astype(np.float32)
                yield f"{block}.amplitude{half}.{i}", (1 / alpha).astype(np.float32)
    for name in ("F0_conv", "N_conv"):
        weights, unit, zero = _quantized(onnx, name)
        yield f"{name}.weights", ((weights.astype(np.float32) - zero) * unit).reshape(-1)
        yield f"{name}.bias", onnx.constant(f"{_PARAMETERS}{name}.bias")
    pool = onnx.maker(f"{_VALUES}decode.3/pool/ConvTranspose_output_0")
    yield "decode.3.pool.weights", np.ascontiguousarray(onnx.constant(pool.inputs[1])[:, 0].T)
    yield "decode.3.pool.bias", onnx.constant(pool.inputs[2])
    mix = onnx.maker(f"{_VALUES}generator/m_source/l_linear/MatMul_output_0")
    yield "source.weights", onnx.constant(mix.inputs[1]).reshape(-1)
    yield "source.bias", onnx.constant(f"{_PARAMETERS}generator.m_source.l_linear.bias")
    istft = f"{_PARAMETERS}generator.stft.istft.stft."
    yield "istft.basis", onnx.constant(f"{istft}inverse_basis")[:, 0]
    yield "istft.window_sum", onnx.constant(f"{istft}window_sum")
