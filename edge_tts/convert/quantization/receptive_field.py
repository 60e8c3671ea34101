"""Computes the receptive field of a vocoder: the frames that a sample of its audio depends on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edge_tts.convert.sambert.hifigan_graph import Generator


@dataclass(frozen=True, slots=True)
class Reach:
    """A range of samples or frames.

    Attributes:
        first: the first that matters, relative to the first of the piece.
        last: the last.
    """

    first: int
    last: int

    def __or__(self, other: Reach) -> Reach:
        """Return the smallest range with both."""
        return Reach(min(self.first, other.first), max(self.last, other.last))

    def convolved(self, kernel: int, dilation: int, *, causal: bool) -> Reach:
        """Return the inputs of a convolution, as long as its outputs, that these outputs depend on."""
        width = (kernel - 1) * dilation
        before = width if causal else width // 2
        return Reach(self.first - before, self.last + width - before)

    def repeated(self, scale: int) -> Reach:
        """Return the inputs that these outputs depend on where each input is repeated `scale` times."""
        return Reach(self.first // scale, self.last // scale)

    def transposed(self, kernel: int, scale: int, before: int) -> Reach:
        """Return the inputs of a transposed convolution, which drops `before` outputs, that these depend on."""
        return Reach(-((kernel - 1 - self.first - before) // scale), (self.last + before) // scale)


def frames(kernels: Mapping[str, int], settings: Generator) -> tuple[int, int]:
    """Return how many frames before and behind its own a frame's audio depends on.

    Args:
        kernels: lengths of the layers' kernels by name.
        settings: the settings of the generator.
    """
    causal = settings.causal
    hop = 1
    for scale in settings.scales:
        hop *= scale
    reach = Reach(0, hop - 1).convolved(kernels["conv_post.conv1d"], 1, causal=causal)
    for stage in range(len(settings.scales) - 1, -1, -1):
        reach = _blocks(reach, kernels, settings, stage)
        scale = settings.scales[stage]
        near = reach.convolved(kernels[f"repeat_upsamples.{stage}.2.conv1d"], 1, causal=causal).repeated(scale)
        kernel = kernels[f"transpose_upsamples.{stage}.1.deconv"]
        reach = near | reach.transposed(kernel, scale, 0 if causal else (kernel - scale) // 2)
    reach = reach.convolved(kernels["conv_pre.conv1d"], 1, causal=causal)
    return -reach.first, reach.last


def _blocks(reach: Reach, kernels: Mapping[str, int], settings: Generator, stage: int) -> Reach:
    found = reach
    for number, dilations in enumerate(settings.dilations):
        block = f"conv_blocks.{len(settings.dilations) * stage + number}"
        found = found | _residual(reach, kernels, block, dilations, causal=settings.causal)
    return found


def _residual(reach: Reach, kernels: Mapping[str, int], block: str, dilations: Sequence[int], *, causal: bool) -> Reach:
    for layer, dilation in enumerate(dilations):
        reach = reach.convolved(kernels[f"{block}.convs2.{layer}.conv1d"], 1, causal=causal)
        reach = reach.convolved(kernels[f"{block}.convs1.{layer}.conv1d"], dilation, causal=causal)
    return reach
