"""A vocoder of Sambert frames: mel frames in, samples out; natively, or in windows where ONNX Runtime computes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edge_tts.engines.sambert.harmonic_source import HarmonicSource
from edge_tts.engines.sambert.hifigan_native import Stream
from edge_tts.engines.windows import Windows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_tts.cancel import CancelToken
    from edge_tts.engines.engine import Samples
    from edge_tts.engines.sambert.acoustic import Floats, Graph
    from edge_tts.engines.sambert.hifigan_layers import Network
    from edge_tts.engines.sambert.voice import SambertVoice

LOWEST_PITCH = 30.0
"""Lowest pitch in Hz; a prediction below it is raised to it."""
VOICED = 0.6
"""Least value in the last column of a voiced frame."""


class NativeStream:
    """The vocoder during one utterance, with native convolutions; see VocoderStream.

    Args:
        voice: its settings.
        network: the loaded weights.
        source: makes the excitation, None for a vocoder without one.
    """

    def __init__(self, voice: SambertVoice, network: Network, source: HarmonicSource | None) -> None:
        """Begin at the start of an utterance."""
        self._voice = voice
        self._source = source
        self._stream = Stream(network)

    def feed(self, frames: Floats, cancel: CancelToken, *, last: bool) -> Samples:
        """Take frames, shape (n, mels), and return the samples that they complete."""
        excitation = None
        if self._source is not None:
            excitation = self._source(*pitch_of(frames, self._voice.pitch_scale, self._voice.pitch_offset))
        return self._stream.feed(frames[:, : self._voice.mel.n_mels], excitation, cancel, last=last)


class VocoderStream:
    """The vocoder during one utterance.

    Args:
        voice: its settings.
        graph: the loaded graph.
        source: makes the excitation, None for a vocoder without one.
    """

    def __init__(self, voice: SambertVoice, graph: Graph, source: HarmonicSource | None) -> None:
        """Begin at the start of an utterance."""
        self._voice = voice
        self._graph = graph
        self._source = source
        self._windows = Windows(voice.vocoder.past, voice.vocoder.ahead)

    def feed(self, frames: Floats, cancel: CancelToken, *, last: bool) -> Samples | None:
        """Take frames, shape (n, mels), and return the samples that they complete, None if there are none yet."""
        window = self._windows.feed(self._rows(frames), last=last)
        if window is None:
            return None
        mels, hop = self._voice.mel.n_mels, self._voice.mel.hop_length
        inputs = {"mel": np.ascontiguousarray(window.frames[:, :mels].T[np.newaxis])}
        if self._source is not None:
            excitation = window.frames[:, mels:].reshape(len(window.frames), -1, hop)
            inputs["source"] = excitation.transpose(1, 0, 2).reshape(1, -1, len(window.frames) * hop)
        (audio,) = self._graph.run_all(inputs, cancel)
        return audio[0, window.begin * hop : window.end * hop]  # type: ignore[no-any-return]

    def _rows(self, frames: Floats) -> Floats:
        """Return the frames, each with its samples of the excitation behind it."""
        if self._source is None:
            return frames
        pitch, voiced = pitch_of(frames, self._voice.pitch_scale, self._voice.pitch_offset)
        excitation = self._source(pitch, voiced).reshape(-1, len(frames), self._voice.mel.hop_length)
        flat = excitation.transpose(1, 0, 2).reshape(len(frames), -1)
        return np.concatenate([frames[:, : self._voice.mel.n_mels], flat], axis=1)


def pitch_of(frames: Floats, scale: float, offset: float) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the pitch in Hz and whether each frame is voiced, from the last two columns."""
    pitch = np.maximum(frames[:, -2] * np.float32(scale) + np.float32(offset), np.float32(LOWEST_PITCH))
    return pitch, frames[:, -1] >= np.float32(VOICED)
