"""Samples to bytes: raw PCM, wav, flac, ogg/opus and mp3, at the sample rate that is wanted.

The container formats are libsndfile's, written to a file in memory and sent on as it grows, or kept in a spool.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from edge_tts.config.settings import Config
from edge_tts.errors import EngineError, RequestError
from edge_tts.sound import known_versions, wav
from edge_tts.sound.spool import Spool
from edge_tts.wire import FORMATS

if TYPE_CHECKING:
    from edge_tts.engines.engine import Samples

_CONTAINERS = {"flac": ("FLAC", "PCM_16"), "ogg_opus": ("OGG", "OPUS"), "mp3": ("MP3", "MPEG_LAYER_III")}

_RATES = {
    "ogg_opus": (8000, 12000, 16000, 24000, 48000),  # RFC 6716, section 2
    "mp3": (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000),  # MPEG 1, 2 and 2.5
}
KNEE = np.float32(0.8)
"""Samples are bent above this, -1.9 dB of full scale, where a volume makes them louder."""

_LOWEST_RATE, _HIGHEST_RATE = 1000, 384_000

# Commands of libsndfile (sndfile.h) that soundfile has no name for in every version.
_SET_COMPRESSION_LEVEL, _SET_OGG_PAGE_LATENCY_MS, _SET_BITRATE_MODE = 0x1301, 0x1302, 0x1305
_CONSTANT_BITRATE = 0
_MP3_LEVEL = 0.75  # of 0 to 1; 40 kbit/s at 24 kHz
_OGG_PAGE_MS = 100.0


class Encoder:
    """Encodes one utterance, piece by piece.

    Not streamed, a file is complete. Streamed, its header cannot tell the length, which comes later: the sizes of
    a wav are 0xFFFFFFFF, a flac has 0 samples in STREAMINFO (which means unknown; libsndfile does not read that
    from a file), and an mp3 has no index, so that its bit rate is constant and 1105 samples of silence begin it.
    """

    def __init__(self, format: str, source_rate: int, sample_rate: int, config: Config, *, stream: bool = True) -> None:
        """Check what is wanted; nothing is encoded yet.

        Args:
            format: one of FORMATS.
            source_rate: of the samples that come, in Hz.
            sample_rate: of the result, in Hz.
            config: what a spool needs, see there.
            stream: give out bytes as soon as they exist; else everything comes from `finish`.

        Raises:
            RequestError: the format is unknown, or it has no such sample rate.
            EngineError: this version of soundfile cannot be used for the format.
        """
        _check(format, sample_rate)
        self._resampler = None
        if source_rate != sample_rate:
            import soxr  # only here, as soundfile below: what needs neither is not to pay for their memory

            self._resampler = soxr.ResampleStream(source_rate, sample_rate, 1, dtype="float32")
        self._stream = stream
        self._spool = Spool(config)
        self._writer = _writer(format, sample_rate, None if stream else self._spool)

    def encode(self, samples: Samples) -> bytes:
        """Take samples, float32, shape (n,), in [-1, 1]; return what can be sent now, which may be nothing.

        Raises:
            StoreError: not streamed, it finds no room; see spool.py.
        """
        return self._given_out(self._writer.write(self._resample(samples, last=False)))

    def finish(self) -> Spool:
        """Return the rest, to be read from where it stands; the encoder is of no use afterwards; errors as `encode`."""
        last = self._writer.write(self._resample(np.zeros(0, np.float32), last=True)) + self._writer.finish()
        self._spool.write(last)
        if not self._stream:
            self._writer.complete(self._spool)
        self._spool.check()
        self._spool.seek(0)
        return self._spool

    def close(self) -> None:
        """Give the room back."""
        self._spool.close()

    @property
    def kept_bytes(self) -> int:
        """How much is kept for `finish`."""
        return self._spool.size

    def _given_out(self, data: bytes) -> bytes:
        if self._stream:
            return data
        self._spool.write(data)
        self._spool.check()
        return b""

    def _resample(self, samples: Samples, *, last: bool) -> Samples:
        if self._resampler is None:
            return samples
        resampled: Samples = self._resampler.resample_chunk(np.ascontiguousarray(samples, np.float32), last=last)
        return resampled


def amplify(samples: Samples, volume: float) -> Samples:
    """Multiply samples, float32, shape (n,), by the volume; 1.0 leaves them as they are.

    What would come near full scale or beyond is bent towards it instead of cut: above `KNEE` a hyperbolic tangent
    follows, with the same slope there. It has no memory, so that pieces of a signal and the whole give the same.
    """
    if volume == 1.0:
        return samples
    amplified: Samples = samples * np.float32(volume)
    excess = np.abs(amplified) - KNEE
    if not (excess > 0).any():
        return amplified
    bent = KNEE + (1 - KNEE) * np.tanh(excess / (1 - KNEE))
    return np.where(excess > 0, np.copysign(bent, amplified), amplified)


def to_pcm(samples: Samples) -> NDArray[np.int16]:
    """Return samples as int16, little-endian: 1.0 is 32767, rounded to nearest, clipped, not dithered."""
    scaled = np.clip(samples, -1.0, 1.0)
    if np.isnan(scaled.max(initial=0.0)):
        scaled = np.nan_to_num(scaled)
    scaled *= np.float32(32767)
    np.rint(scaled, out=scaled)
    pcm: NDArray[np.int16] = scaled.astype("<i2")
    return pcm


def _check(format: str, sample_rate: int) -> None:
    if format not in FORMATS:
        raise RequestError(f"format must be one of {', '.join(FORMATS)}, is {format!r}")
    if not _LOWEST_RATE <= sample_rate <= _HIGHEST_RATE:
        raise RequestError(f"sample rate must be from {_LOWEST_RATE} to {_HIGHEST_RATE} Hz, is {sample_rate}")
    if sample_rate not in (rates := _RATES.get(format, (sample_rate,))):
        raise RequestError(f"{format} has the sample rates {', '.join(map(str, rates))} Hz, not {sample_rate}")


class _Writer(Protocol):
    """Turns samples at the final rate into the bytes of a format."""

    def write(self, samples: Samples) -> bytes:
        """Return what became ready."""

    def finish(self) -> bytes:
        """Return the rest."""

    def complete(self, spool: Spool) -> None:
        """Fill in what the beginning of a file says of its length."""


def _writer(format: str, sample_rate: int, spool: Spool | None) -> _Writer:
    match format:
        case "pcm_f32le":
            return _Float()
        case "pcm_s16le":
            return _Pcm()
        case "wav":
            return _Wav(sample_rate)
        case _:
            return _Container(format, sample_rate, spool)


class _Float:
    def write(self, samples: Samples) -> bytes:
        return np.asarray(samples, "<f4").tobytes()

    def finish(self) -> bytes:
        return b""

    def complete(self, spool: Spool) -> None:
        pass


class _Pcm(_Float):
    def write(self, samples: Samples) -> bytes:
        return to_pcm(samples).tobytes()


class _Wav(_Pcm):
    """A streamed wav begins with a header that leaves its sizes open, another one gets it at the end."""

    def __init__(self, sample_rate: int) -> None:
        self._sample_rate = sample_rate
        self._pending = wav.header(sample_rate, None)  # not streamed, its sizes are filled in at the end

    def write(self, samples: Samples) -> bytes:
        head, self._pending = self._pending, b""
        return head + super().write(samples)

    def finish(self) -> bytes:
        head, self._pending = self._pending, b""
        return head

    def complete(self, spool: Spool) -> None:
        size = len(wav.header(self._sample_rate, None))
        spool.seek(0)
        spool.write(wav.header(self._sample_rate, spool.size - size))


class _Window:
    """A file that forgets what was taken of it; what is written there again later is lost."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._taken = self._place = 0

    def take(self) -> bytes:
        """Return what was written since the last time."""
        data = bytes(self._data)
        self._taken += len(data)
        self._data.clear()
        return data

    def write(self, data: bytes) -> int:
        lost = min(max(self._taken - self._place, 0), len(data))
        start = max(self._place - self._taken, 0)
        self._data[start : start + len(data) - lost] = data[lost:]
        self._place += len(data)
        return len(data)

    def read(self, size: int) -> bytes:
        return b""

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origins = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._taken + len(self._data)}
        self._place = origins[whence] + offset
        return self._place


class _Container:
    """A format of libsndfile, which returns to the header at the end of flac and mp3, to note the length."""

    def __init__(self, format: str, sample_rate: int, spool: Spool | None) -> None:
        import soundfile

        kind, subtype = _CONTAINERS[format]
        self._integers = format == "flac"
        self._file = _Window() if spool is None else spool
        self._sound = soundfile.SoundFile(self._file, "w", sample_rate, 1, subtype, format=kind)
        if format == "ogg_opus":
            self._command(_SET_OGG_PAGE_LATENCY_MS, "double", _OGG_PAGE_MS)
        if format == "mp3" and spool is None:
            self._command(_SET_BITRATE_MODE, "int", _CONSTANT_BITRATE)
            self._command(_SET_COMPRESSION_LEVEL, "double", _MP3_LEVEL)

    def write(self, samples: Samples) -> bytes:
        self._sound.write(to_pcm(samples) if self._integers else np.clip(samples, -1.0, 1.0))
        return self._grown()

    def finish(self) -> bytes:
        self._sound.close()
        return self._grown()

    def complete(self, spool: Spool) -> None:
        pass

    def _grown(self) -> bytes:
        return self._file.take() if isinstance(self._file, _Window) else b""

    def _command(self, command: int, kind: str, value: float) -> None:
        """Set what soundfile has no name for; nothing else uses its private attributes.

        Raises:
            EngineError: this version of soundfile lacks them.
        """
        import soundfile

        try:
            pointer = soundfile._ffi.new(f"{kind}*", value)
            soundfile._snd.sf_command(self._sound._file, command, pointer, soundfile._ffi.sizeof(kind))
        except AttributeError as error:
            raise EngineError(f"no {self._sound.format}: {known_versions.unknown(soundfile, error)}") from error
