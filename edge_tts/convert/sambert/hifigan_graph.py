"""The graph of a HiFi-GAN generator as KAN-TTS has it, built from the tensors of its checkpoint.

Method: Kong et al. 2020, "HiFi-GAN"; each stage adds a nearest-neighbour path to the transposed convolution, and
x + sin(x) before both; the NSF variants add a harmonic source (Wang et al. 2019). The source itself, which is random,
is an input: edge_tts/engines/sambert/harmonic_source.py makes it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_tts.convert.graph import Graph
from edge_tts.errors import ConversionError

Tensors = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Generator:
    """The settings of a generator that its tensors do not tell.

    Attributes:
        scales: how often each stage repeats a frame or sample.
        dilations: the dilations of the residual blocks, for each kernel size.
        causal: whether every layer looks back only.
        slope: the negative slope of the leaky rectifiers inside.
        source: whether it takes a harmonic source.
    """

    scales: tuple[int, ...]
    dilations: tuple[tuple[int, ...], ...]
    causal: bool
    slope: float
    source: bool


_BLOCK = re.compile(r"conv_blocks\.(\d+)\.convs1\.\d+\.conv1d\.weight_v", re.ASCII)
_LAST_SLOPE = 0.01
"""Negative slope of the last rectifier: PyTorch's default, whatever the others have."""


def fuse(tensors: Tensors) -> dict[str, NDArray[np.float32]]:
    """Return the weights with their norm in them: g · v / |v|, g along axis 0 (Salimans & Kingma 2016).

    Raises:
        ConversionError: a weight has a direction and no norm, or a norm of a wrong shape.
    """
    fused = {name: value for name, value in tensors.items() if not name.endswith(("weight_g", "weight_v"))}
    for name, direction in tensors.items():
        if not name.endswith("weight_v"):
            continue
        gain = tensors.get(f"{name.removesuffix('v')}g")
        if gain is None or gain.size != len(direction):
            raise ConversionError(f"{name} has no weight_g of {len(direction)} values beside it")
        flat = direction.reshape(len(direction), -1).astype(np.float64)
        norm = np.sqrt(np.square(flat).sum(axis=1))
        scaled = flat * (gain.reshape(-1).astype(np.float64) / norm)[:, np.newaxis]
        fused[name.removesuffix("_v")] = scaled.astype(np.float32).reshape(direction.shape)
    return fused


def vocoder(tensors: Tensors, settings: Generator) -> Graph:
    """Build the generator.

    mel float32 (1, mels, F) [source float32 (1, harmonics, F · hop)] → audio float32 (1, F · hop) in [-1, 1].
    Inside, time is the second of two image axes: ONNX Runtime has faster convolutions for those.
    """
    _check_blocks(tensors, settings)
    graph = Graph("vocoder")
    build = _Layers(graph, fuse(tensors), settings)
    mel = graph.input("mel", "float32", (1, build.weight("conv_pre.conv1d").shape[1], "F"))
    excitation = ""
    if settings.source:
        harmonics = build.weight("source_module.ffn.0").shape[1]
        source = graph.input("source", "float32", (1, harmonics, "N"))
        excitation = graph.Tanh(build.conv(build.image(source), "source_module.ffn.0", pads=(0, 0)))
    value = build.same(build.image(mel), "conv_pre.conv1d")
    for stage in range(len(settings.scales)):
        value = build.stage(value, stage, excitation)
    value = build.same(graph.LeakyRelu(value, alpha=_LAST_SLOPE), "conv_post.conv1d")
    graph.output(graph.reshape(graph.Tanh(value), [1, -1]), "audio", "float32", (1, "N"))
    return graph


def _check_blocks(tensors: Tensors, settings: Generator) -> None:
    """Raise ConversionError if the tensors have other residual blocks than the settings say."""
    found = Counter(match[1] for name in tensors if (match := _BLOCK.fullmatch(name)))
    stages = range(len(settings.scales))
    wanted = [len(dilations) for _ in stages for dilations in settings.dilations]
    if [found[str(block)] for block in range(max(len(found), len(wanted)))] != wanted:
        blocks = [count for _, count in sorted(found.items(), key=lambda item: int(item[0]))]
        raise ConversionError(f"config.yaml says {wanted} layers in the residual blocks, the vocoder has {blocks}")


@dataclass(frozen=True, slots=True)
class _Layers:
    graph: Graph
    tensors: Tensors
    settings: Generator

    def weight(self, name: str) -> NDArray[np.float32]:
        try:
            return self.tensors[f"{name}.weight"]
        except KeyError:
            raise ConversionError(f"the vocoder's checkpoint has no {name}.weight") from None

    def conv(self, value: str, name: str, pads: tuple[int, int], dilation: int = 1, stride: int = 1) -> str:
        return self.graph.Conv(
            value, *self._constants(name), pads=_image_pads(*pads), dilations=[1, dilation], strides=[1, stride]
        )

    def image(self, value: str) -> str:
        """Turn (1, C, T) into (1, C, 1, T)."""
        return self.graph.Unsqueeze(value, self.graph.wholes(2))

    def _constants(self, name: str) -> tuple[str, str]:
        weight = self.weight(name)[:, :, np.newaxis]
        return self.graph.constant(weight), self.graph.constant(self.tensors[f"{name}.bias"])

    def same(self, value: str, name: str, dilation: int = 1) -> str:
        """Convolve to as many samples as there are."""
        reach = (self.weight(name).shape[2] - 1) * dilation
        return self.conv(value, name, (reach, 0) if self.settings.causal else (reach // 2, reach // 2), dilation)

    def stage(self, value: str, stage: int, excitation: str) -> str:
        """Repeat every sample `scales[stage]` times, and refine what comes out."""
        graph, settings = self.graph, self.settings
        value = graph.Add(value, graph.Sin(value))
        bent = graph.LeakyRelu(value, alpha=settings.slope)
        value = graph.Add(self._repeated(value, stage), self._upsampled(bent, stage))
        if excitation:
            value = graph.Add(value, self._downsampled(excitation, stage))
        kernels = len(settings.dilations)
        blocks = [self._residual(value, kernels * stage + one, settings.dilations[one]) for one in range(kernels)]
        return graph.Mul(graph.Sum(*blocks), graph.floats(1.0 / kernels))

    def _repeated(self, value: str, stage: int) -> str:
        scales = self.graph.constant(np.array([1, 1, 1, self.settings.scales[stage]], np.float32))
        near = self.graph.Resize(
            value, "", scales, mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"
        )
        return self.same(self.graph.LeakyRelu(near, alpha=self.settings.slope), f"repeat_upsamples.{stage}.2.conv1d")

    def _upsampled(self, value: str, stage: int) -> str:
        name, scale = f"transpose_upsamples.{stage}.1.deconv", self.settings.scales[stage]
        surplus = self.weight(name).shape[2] - scale
        # behind where the net looks back only; else as PyTorch's symmetric padding, one more where the surplus is odd
        before = 0 if self.settings.causal else surplus // 2
        pads = _image_pads(before, surplus - before)
        return self.graph.ConvTranspose(value, *self._constants(name), strides=[1, scale], pads=pads)

    def _downsampled(self, excitation: str, stage: int) -> str:
        stride = int(np.prod(self.settings.scales[stage + 1 :]))
        name = f"source_downs.{stage}.conv1d"
        kernel = self.weight(name).shape[2]
        pads = (0, 0) if kernel == 1 else (kernel - 1, 0) if self.settings.causal else (stride // 2, stride // 2)
        return self.conv(excitation, name, pads, stride=stride)

    def _residual(self, value: str, block: int, dilations: tuple[int, ...]) -> str:
        slope = self.settings.slope
        for layer, dilation in enumerate(dilations):
            bent = self.graph.LeakyRelu(value, alpha=slope)
            wide = self.same(bent, f"conv_blocks.{block}.convs1.{layer}.conv1d", dilation)
            narrow = self.same(self.graph.LeakyRelu(wide, alpha=slope), f"conv_blocks.{block}.convs2.{layer}.conv1d")
            value = self.graph.Add(value, narrow)
        return value


def _image_pads(before: int, behind: int) -> list[int]:
    return [0, before, 0, behind]
