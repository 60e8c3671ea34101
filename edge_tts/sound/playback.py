"""What is played: the audio of one utterance with its accounts, and the events that tell about it. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from edge_tts.errors import SinkError
from edge_tts.sound.portaudio import SAMPLE_BYTES


@dataclass(frozen=True, slots=True)
class Began:
    """The first sample was handed to the device.

    Attributes:
        id: of the utterance.
    """

    id: int


@dataclass(frozen=True, slots=True)
class Low:
    """So little audio waits that more is wanted; told once each time that it falls to that.

    Attributes:
        id: of the utterance.
    """

    id: int


@dataclass(frozen=True, slots=True)
class Finished:
    """Everything was played to its end.

    Attributes:
        id: of the utterance.
        played_seconds: of audio, without gaps.
        underruns: gaps that were filled with silence because audio came late.
    """

    id: int
    played_seconds: float
    underruns: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """The utterance was stopped; nothing more of it is handed to the device.

    Attributes:
        id: of the utterance.
        played_seconds: of audio that was heard, give or take a block.
    """

    id: int
    played_seconds: float


@dataclass(frozen=True, slots=True)
class Broken:
    """The utterance cannot be played.

    Attributes:
        id: of the utterance.
        error: why, and what to do.
    """

    id: int
    error: SinkError


SinkEvent: TypeAlias = Began | Low | Finished | Stopped | Broken
"""What happens to an utterance; all but `Began` and `Low` are its last event."""


@dataclass(slots=True)
class Playback:
    """Audio of one utterance on its way to the device.

    Attributes:
        id: of the utterance.
        sample_rate: in Hz.
        low_bytes: less than this waiting is too little; at least a block, else one that is not complete waits for ever.
        waiting: float32 samples that were given but not yet handed over.
        ended: nothing follows.
        stopped: nothing more is to be heard.
        handed_frames: samples that the device has got.
        silent_frames: silence written since the last sample.
        underruns: gaps so far.
    """

    id: int
    sample_rate: int
    low_bytes: int
    waiting: bytearray = field(default_factory=bytearray)
    ended: bool = False
    stopped: bool = False
    handed_frames: int = 0
    silent_frames: int = 0
    underruns: int = 0

    @property
    def low(self) -> bool:
        """Whether more audio is wanted."""
        return len(self.waiting) < self.low_bytes and not self.ended and not self.stopped

    def take(self, frames: int) -> bytes:
        """Remove the next block; b"" if it is not complete yet, or nothing is left."""
        size = frames * SAMPLE_BYTES
        self.low_bytes = max(self.low_bytes, size)
        if len(self.waiting) < size and not self.ended:
            return b""
        block = bytes(self.waiting[:size])
        del self.waiting[:size]
        return block

    def count(self, frames: int, silence: int, *, dry: bool) -> None:
        """Note what was written; silence after the first sample and before the end is an underrun."""
        starves = silence > 0 and not self.ended and self.handed_frames > 0
        self.underruns += (starves and self.silent_frames == 0) or (dry and frames > 0 and self.handed_frames > 0)
        self.handed_frames += frames
        self.silent_frames = silence if frames else self.silent_frames + silence

    def seconds(self, unheard_frames: int = 0) -> float:
        """Return the audio that was handed over, less what was not heard."""
        return max(0, self.handed_frames - unheard_frames) / self.sample_rate
