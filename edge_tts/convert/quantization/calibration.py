"""Speaks some sentences with a freshly converted voice: its 8-bit graphs are calibrated and measured with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_tts.cancel import CancelToken
from edge_tts.convert.quantization.fidelity import Feeds, Recorder, Runner
from edge_tts.engines.sambert.acoustic import AcousticModel, Conditions
from edge_tts.engines.sambert.harmonic_source import HarmonicSource
from edge_tts.engines.sambert.symbols import tokens
from edge_tts.engines.sambert.vocoder import pitch_of
from edge_tts.engines.sambert.voice import GRAPHS, SambertVoice
from edge_tts.measuring.comparison import SENTENCES
from edge_tts.text import analyze

ENGLISH = (
    "The weather is beautiful today, so let us take a walk in the park.",
    "How do I get to the railway station? Turn left at the crossing ahead.",
    "The bank is open from nine in the morning until five in the afternoon.",
    "He jumped for joy: at last I have done it!",
    "This robot understands what you say and speaks a few languages.",
    "The child fell asleep under the old wall, and her mother came to see.",
    "Next month the games begin, and all friends are welcome.",
    "Your ticket number is A one hundred and five, please go to counter three.",
)
"""Sentences for a voice that speaks English only."""

STYLES = ("neutral", "happy", "sad", "angry")
_COUNTED = {"encoder": 1, "duration": 1, "memory_keys": 1, "decoder_step": 2, "postnet": 3}
"""Outputs of each graph that others take, from the last: of the encoder, the text with pitch and energy in it."""
_EVERY = {"decoder_step": 8}
"""Of a graph's runs every n-th is kept, where not all are: a step's keys and values are large."""
PIECE_FRAMES = 100
"""Frames that a vocoder is given at a time to be measured; more take more memory."""
SEED = 20
"""Seed of the excitation, for vocoders that take one."""


def acoustic_model(voice: SambertVoice, folder: Path) -> AcousticModel:
    """Return the acoustic model whose graphs are in a folder."""
    return AcousticModel(voice, {name: Runner.load(folder / f"{name}.onnx") for name in GRAPHS})


def said(languages: Sequence[str]) -> Sequence[str]:
    """Return the sentences that a voice of these languages says."""
    return SENTENCES if "zh" in languages else ENGLISH


def recorders(folder: Path) -> dict[str, Recorder]:
    """Return the graphs of a folder that an acoustic model is made of; they keep what they are fed and give."""
    return {
        name: Recorder(Runner.load(folder / f"{name}.onnx"), _EVERY.get(name, 1), _COUNTED[name]) for name in GRAPHS
    }


def mels(
    voice: SambertVoice, model: AcousticModel, speakers: NDArray[np.float32], emotions: NDArray[np.float32],
    sentences: Sequence[str] = SENTENCES,
) -> list[NDArray[np.float32]]:  # fmt: skip
    """Return the frames of sentences, spoken in one style after the other, each of shape (n, mels)."""
    found = []
    for number, text in enumerate(sentences):
        symbols = [token for sentence in analyze(text) for token in tokens(sentence.words)]
        style = emotions[voice.emotion(STYLES[number % len(STYLES)])]
        conditions = Conditions(speakers[0], np.tile(style, (len(symbols), 1)))
        cancel = CancelToken()
        plan = model.plan(voice.encode(symbols), conditions, cancel)
        pieces = list(model.mel(plan, cancel))
        if pieces:
            found.append(np.concatenate(pieces))
    return found


def vocoder_feeds(voice: SambertVoice, frames: Sequence[NDArray[np.float32]]) -> Iterator[dict[str, NDArray[Any]]]:
    """Yield the inputs of the vocoder for pieces of frames."""
    bands = voice.mel.n_mels
    for piece in frames:
        feed: dict[str, NDArray[Any]] = {"mel": np.ascontiguousarray(piece[:, :bands].T[np.newaxis])}
        if voice.vocoder.harmonics:
            source = HarmonicSource(voice.mel.sample_rate, voice.mel.hop_length, voice.vocoder.harmonics, SEED)
            feed["source"] = source(*pitch_of(piece, voice.pitch_scale, voice.pitch_offset))[np.newaxis]
        yield feed


def vocoder_pieces(voice: SambertVoice, frames: Sequence[NDArray[np.float32]]) -> Iterator[dict[str, NDArray[Any]]]:
    """Yield the inputs of the vocoder for at most PIECE_FRAMES at a time."""
    for feed in vocoder_feeds(voice, frames):
        yield from pieces(feed, PIECE_FRAMES)


def pieces(feed: Feeds, most: int) -> Iterator[dict[str, NDArray[Any]]]:
    """Yield inputs of a vocoder in parts of at most so many frames."""
    frames = feed["mel"].shape[2]
    for start in range(0, frames, most):
        end = min(start + most, frames)
        yield {
            name: np.ascontiguousarray(one[:, :, start * (one.shape[2] // frames) : end * (one.shape[2] // frames)])
            for name, one in feed.items()
        }
