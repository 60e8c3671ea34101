"""In which form a sound card takes samples, where it does not take ours, and how ours become that.

Sound servers take anything; a card without one may know a single rate, two channels only, or integers only.
"""

from __future__ import annotations

import array
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

_RATE, _CHANNELS, _TYPE = -9997, -9998, -9994  # paInvalidSampleRate, paInvalidChannelCount, paSampleFormatNotSupported

_BLOCK = (-9999, -9991, -9990)  # paUnanticipatedHostError, paBufferTooBig, paBufferTooSmall

_RATES = (48000, 44100, 96000, 192000, 32000, 22050, 16000)
"""Sample rates in Hz that are tried, in this order, after the card's own default."""

_SIZES = (0, 512, 1024, 256, 2048, 4096)
"""Sizes of a block in samples that are tried, in this order; 0 leaves it to the device."""

BLOCKS_PER_SECOND = 100
"""A block lasts 10 ms, which is how soon a stop is noticed."""

_FULL_SCALE = 32767


@dataclass(frozen=True, slots=True)
class Form:
    """What a stream is opened with.

    Attributes:
        sample_rate: in Hz.
        channels: 1, or 2 with the same in both.
        dtype: float32 or int16.
        block_frames: samples at a time, 0 for what the device likes.
    """

    sample_rate: int
    channels: int = 1
    dtype: str = "float32"
    block_frames: int = 0


class Search:
    """Finds a form that a card takes, by what it says of those that it does not.

    Args:
        wanted: was tried first.
        default_rate: the card's own, in Hz; 0 if it does not say.
    """

    def __init__(self, wanted: Form, default_rate: int) -> None:
        """Begin with what was wanted."""
        self.form = wanted
        rates = dict.fromkeys(rate for rate in (default_rate, *_RATES) if rate not in (0, wanted.sample_rate))
        self._others: dict[int, Iterator[dict[str, Any]]] = {
            _RATE: iter([{"sample_rate": rate, "block_frames": rate // BLOCKS_PER_SECOND} for rate in rates]),
            _CHANNELS: iter([{"channels": 2}]),
            _TYPE: iter([{"dtype": "int16"}]),
            **dict.fromkeys(_BLOCK, iter([{"block_frames": size} for size in _SIZES])),
        }

    def refused(self, code: int) -> bool:
        """Take the next form after an error of PortAudio; return False if there is none."""
        change = next(self._others.get(code, iter(())), None)
        if change is not None:
            self.form = replace(self.form, **change)
        return change is not None


class Conversion:
    """Turns float32 mono samples at one rate into a form, piece by piece, as if they were one.

    Args:
        sample_rate: of what comes, Hz.
        form: of the result.
    """

    def __init__(self, sample_rate: int, form: Form) -> None:
        """Prepare for the first piece."""
        self._form = form
        self._resampler: Any = None
        if form.sample_rate != sample_rate:
            import soxr  # with numpy: only where a card needs it, the daemon does without

            self._resampler = soxr.ResampleStream(sample_rate, form.sample_rate, 1, dtype="float32")

    def convert(self, samples: bytes) -> bytes:
        """Return what is ready of the samples so far."""
        if self._resampler is not None:
            import numpy as np

            samples = self._resampler.resample_chunk(np.frombuffer(samples, np.float32)).tobytes()
        mono: array.array[Any] = array.array("f", samples)
        if self._form.dtype == "int16":
            mono = array.array("h", [round(min(max(sample, -1.0), 1.0) * _FULL_SCALE) for sample in mono])
        if self._form.channels == 1:
            return mono.tobytes()
        stereo = array.array(mono.typecode, bytes(2 * len(mono) * mono.itemsize))
        stereo[0::2] = stereo[1::2] = mono
        return stereo.tobytes()

    def clear(self) -> None:
        """Forget what came so far."""
        if self._resampler is not None:
            self._resampler.clear()
