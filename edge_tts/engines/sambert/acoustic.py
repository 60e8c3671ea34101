"""Sambert's acoustic model: runs its graphs, and what lies between them, from tokens to mel frames.

Encoder with pitch and energy → durations, each from the one before → the rows of the memory → decoder steps, each from
the one before → postnet in windows. Every step keeps a bounded state and looks at the cancel token.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from edge_tts.engines.windows import Windows
from edge_tts.errors import EngineError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_tts.cancel import CancelToken
    from edge_tts.engines.sambert.voice import SambertVoice

    Floats = NDArray[np.float32]

FIRST_FRAMES = 24
"""Frames of the first piece: 0.3 s at 16 kHz."""
GROWTH = 2.0
"""Factor by which each piece is longer than the one before; so the context that windows repeat costs ever less."""
MOST_FRAMES = 400
"""Frames of the longest piece, which bounds the memory."""
_ANGLE_BASE = 10_000.0
_LONGEST = 8.0
"""Logarithm of the most frames of a token, half a minute; what is no number is not below it either."""


class Graph(Protocol):
    """What is needed of a session."""

    def run_all(self, inputs: Mapping[str, NDArray[Any]], cancel: CancelToken) -> list[Any]:
        """Return the outputs in order."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """Who speaks, and how.

    Attributes:
        speaker: vector, shape (S,).
        emotion: a vector for each token, shape (T, E).
        speed: 1.0 as trained, 2.0 twice as fast.
        pitch_shift: added to the predicted pitch, in the model's normalised units.
        energy_shift: likewise for the energy.
    """

    speaker: Floats
    emotion: Floats
    speed: float = 1.0
    pitch_shift: float = 0.0
    energy_shift: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is known of an utterance before its first frame.

    Attributes:
        memory: a row for each decoder step, shape (L, M).
        band: number of steps that a step looks back, and ahead.
        frames: number of mel frames of the utterance.
    """

    memory: Floats
    band: int
    frames: int


class AcousticModel:
    """The loaded graphs.

    Args:
        voice: its settings.
        graphs: by name, see voice.GRAPHS.
    """

    def __init__(self, voice: SambertVoice, graphs: Mapping[str, Graph]) -> None:
        """Keep both."""
        self._voice = voice
        self._graphs = graphs

    def plan(self, ids: NDArray[np.int64], conditions: Conditions, cancel: CancelToken) -> Plan:
        """Return how long each token is, laid out for the decoder.

        Args:
            ids: of the tokens, shape (T, 4).
            conditions: who speaks, and how.
            cancel: stops it.
        """
        speaker = np.broadcast_to(conditions.speaker, (1, len(ids), len(conditions.speaker)))
        emotion = conditions.emotion[np.newaxis]
        inputs: dict[str, NDArray[Any]] = {
            "ling": ids[np.newaxis],
            "speaker": np.ascontiguousarray(speaker),
            "emotion": emotion,
            "pitch_shift": np.array([conditions.pitch_shift], np.float32),
            "energy_shift": np.array([conditions.energy_shift], np.float32),
        }
        text = self._graphs["encoder"].run_all(inputs, cancel)[-1]
        cond = np.concatenate([text, speaker, emotion], axis=2)
        (log_duration,) = self._graphs["duration"].run_all({"cond": cond}, cancel)
        longest = float(log_duration.max(initial=0.0))
        if not longest <= _LONGEST:
            raise EngineError(f"voice {self._voice.name} gives a token exp({longest:g}) frames, which cannot be right")
        durations = (np.exp(log_duration) - np.float32(1)) / np.float32(conditions.speed)
        return lay_out(cond[0], text.shape[2], durations, self._voice.outputs_per_step)

    def mel(self, plan: Plan, cancel: CancelToken) -> Iterator[Floats]:
        """Yield the mel frames, each piece of shape (n, mels), the first one soon."""
        voice = self._voice
        windows = Windows(voice.postnet_past, voice.postnet_ahead)
        state = {name: np.zeros((1, 1, voice.postnet_size), np.float32) for name in ("h", "c")}
        done = 0
        for frames in self._decoded(plan, cancel):
            done += len(frames)
            window = windows.feed(frames, last=done == plan.frames)
            if window is None:
                continue
            inputs = {"begin": np.array([window.begin]), "end": np.array([window.end]), **state}
            outputs = self._graphs["postnet"].run_all({"frames": window.frames[np.newaxis], **inputs}, cancel)
            state = dict(zip(("h", "c"), outputs[1:], strict=True))
            yield outputs[0][0]

    def _decoded(self, plan: Plan, cancel: CancelToken) -> Iterator[Floats]:
        """Yield the frames before the postnet, in pieces that grow."""
        due = float(FIRST_FRAMES)
        want = due + self._voice.postnet_ahead
        piece: list[Floats] = []
        count = total = 0
        for frames in self._steps(plan, cancel):
            frames = frames[: plan.frames - total]
            piece.append(frames)
            count += len(frames)
            total += len(frames)
            short = plan.frames - total < due / 2 and due < MOST_FRAMES  # a last piece would be mostly context
            if (count >= want and not short) or total == plan.frames:
                yield np.concatenate(piece)
                piece, count = [], 0
                want = due = min(due * GROWTH, MOST_FRAMES)

    def _steps(self, plan: Plan, cancel: CancelToken) -> Iterator[Floats]:
        voice, per_step = self._voice, self._voice.outputs_per_step
        (keys,) = self._graphs["memory_keys"].run_all({"memory": plan.memory}, cancel)
        own = np.zeros((2 * voice.decoder_layers, voice.heads, 0, voice.decoder_size), np.float32)
        last: Floats | None = None
        for step in range(len(plan.memory)):
            inputs = {
                "last": self._silence() if last is None else last,
                "memory": plan.memory[step : step + 1],
                "own": own,
                "keys": np.ascontiguousarray(keys[:, :, step : step + plan.band + 1]),
            }
            flat, new = self._graphs["decoder_step"].run_all(inputs, cancel)
            frames = flat.reshape(per_step, -1)
            if not np.isfinite(frames).all():
                raise EngineError(f"voice {voice.name} gave frames that are no numbers at step {step}")
            last = frames[-1:]
            own = np.concatenate([own, new], axis=2)[:, :, max(own.shape[2] + 1 - plan.band, 0) :]
            yield frames

    def _silence(self) -> Floats:
        """Return the frame before the first."""
        return np.zeros((1, self._voice.mel.n_mels + (2 if self._voice.pitch_scale else 0)), np.float32)


def lay_out(cond: Floats, text_width: int, durations: Floats, per_step: int) -> Plan:
    """Repeat every token for its frames and put those of a decoder step into one row.

    Args:
        cond: text, speaker and emotion of each token, shape (T, C).
        text_width: number of columns of `cond` that are text, the first ones; they alone differ within a step.
        durations: frames of each token, before rounding, shape (T,).
        per_step: frames of a decoder step.
    """
    counts = np.floor(durations + np.float32(0.5)).astype(np.int64).clip(0)
    total = int(counts.sum())
    band = int(np.float32(durations.max(initial=0.0) / np.float32(per_step) + np.float32(0.5)))
    if not total:
        return Plan(np.zeros((0, text_width * (per_step - 1) + cond.shape[1]), np.float32), band, 0)
    rows = -(-total // per_step)
    places = np.concatenate([np.arange(1, count + 1) for count in counts])
    padded = np.zeros((rows * per_step, cond.shape[1]), np.float32)
    padded[:total] = np.repeat(cond, counts, axis=0)
    text = padded[:, :text_width]
    text += _place_code(np.concatenate([places, np.zeros(len(padded) - total, np.int64)]), text_width)
    memory = np.concatenate([text.reshape(rows, -1), padded[::per_step, text_width:]], axis=1)
    return Plan(memory, band, total)


def _place_code(places: NDArray[np.int64], width: int) -> Floats:
    """Return a code for the place of each frame in its token, from 1: sines in even columns, cosines in odd ones."""
    divisors = np.power(_ANGLE_BASE, 2 * (np.arange(width) // 2) / width).astype(np.float32)
    angles = places[:, np.newaxis].astype(np.float32) / divisors
    code: Floats = np.where(np.arange(width) % 2 == 0, np.sin(angles), np.cos(angles)).astype(np.float32)
    return code
