from __future__ import annotations

import io
import struct
import sys
from collections.abc import Iterable
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_tts.config.loading import load as load_config
from edge_tts.errors import EngineError, RequestError
from edge_tts.sound.encode import FORMATS, Encoder, amplify, to_pcm

if TYPE_CHECKING:
    from edge_tts.engines.engine import Samples

RATE = 24000
MP3_DELAY = 1105  # samples, of LAME and a decoder: 576 + 529


def speechlike(seconds: float) -> Samples:
    """A gliding tone with harmonics under a slow envelope."""
    time = np.arange(round(seconds * RATE)) / RATE
    phase = 2 * np.pi * (180 * time + 40 * time**2)
    tone = sum(np.sin(k * phase) / k for k in (1, 2, 3, 5))
    return (0.3 * tone * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * time))).astype(np.float32)


def encode(samples: Samples, format: str, sizes: Iterable[int] = (1000,), *, rate: int = RATE, stream: bool) -> bytes:
    encoder = Encoder(format, RATE, rate, load_config(), stream=stream)
    return b"".join([*map(encoder.encode, split(samples, sizes)), encoder.finish().read()])


def split(samples: Samples, sizes: Iterable[int]) -> list[Samples]:
    """Cut into pieces of the given sizes, the rest last."""
    ends = np.minimum(np.cumsum([0, *sizes]), len(samples))
    return [samples[a:b] for a, b in zip(ends, [*ends[1:], len(samples)], strict=True)]


def decode(data: bytes, format: str, rate: int = RATE) -> Samples:
    if format.startswith("pcm"):
        subtype = {"pcm_s16le": "PCM_16", "pcm_f32le": "FLOAT"}[format]
        raw = {"format": "RAW", "samplerate": rate, "channels": 1, "subtype": subtype, "endian": "LITTLE"}
        return soundfile.read(io.BytesIO(data), dtype="float32", **raw)[0]
    samples, found = soundfile.read(io.BytesIO(data), dtype="float32")
    assert found == (48000 if format == "ogg_opus" and rate == 48000 else rate)
    return samples


def snr(sent: Samples, got: Samples) -> float:
    """Return the ratio of signal to difference, in dB."""
    return 10 * float(np.log10(np.sum(sent**2.0) / np.sum((sent - got) ** 2.0)))


@pytest.mark.parametrize(
    ("format", "least_snr"),
    [("pcm_s16le", 80), ("pcm_f32le", 200), ("wav", 80), ("flac", 80), ("ogg_opus", 15), ("mp3", 15)],
)
def test_a_whole_file_has_every_sample_and_sounds_the_same(format: str, least_snr: float) -> None:
    samples = speechlike(1.234)
    got = decode(encode(samples, format, stream=False), format)
    assert len(got) == len(samples)
    assert snr(samples, got + 1e-12) > least_snr


@pytest.mark.parametrize(("format", "least_snr"), [("wav", 80), ("ogg_opus", 15), ("mp3", 15)])
def test_a_streamed_file_has_every_sample_and_sounds_the_same(format: str, least_snr: float) -> None:
    samples = speechlike(1.234)
    got = decode(encode(samples, format, stream=True), format)
    delay = MP3_DELAY if format == "mp3" else 0
    assert len(got) >= len(samples) + delay if delay else len(got) == len(samples)
    assert snr(samples, got[delay:][: len(samples)]) > least_snr


def test_a_streamed_flac_differs_from_the_whole_one_only_in_streaminfo() -> None:
    samples = speechlike(1.0)
    streamed, whole = (encode(samples, "flac", stream=stream) for stream in (True, False))
    end_of_streaminfo = 4 + 4 + 34  # RFC 9639, sections 6 and 8.2: marker, block header, block
    assert streamed[:8] == whole[:8]
    assert streamed[end_of_streaminfo:] == whole[end_of_streaminfo:]
    assert int.from_bytes(streamed[21:26], "big") & (1 << 36) - 1 == 0
    assert int.from_bytes(whole[21:26], "big") & (1 << 36) - 1 == len(samples)


@pytest.mark.parametrize("format", FORMATS)
def test_a_stream_gives_out_bytes_before_its_end(format: str) -> None:
    encoder = Encoder(format, RATE, RATE, load_config())
    early = b"".join(map(encoder.encode, split(speechlike(1.0), [2400] * 10)))
    rest = encoder.finish().read()
    assert len(early) > len(rest)


@pytest.mark.parametrize("format", FORMATS)
def test_a_whole_file_comes_at_the_end(format: str) -> None:
    encoder = Encoder(format, RATE, RATE, load_config(), stream=False)
    assert encoder.encode(speechlike(1.0)) == b""
    assert encoder.finish().read()


@settings(max_examples=30, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 3000), max_size=12),
    format=st.sampled_from(["pcm_s16le", "pcm_f32le", "wav", "flac"]),
    rate=st.sampled_from([RATE, 16000]),
    stream=st.booleans(),
)
def test_any_split_gives_the_same_bytes(sizes: list[int], format: str, rate: int, stream: bool) -> None:
    samples = speechlike(0.3)
    got = encode(samples, format, sizes, rate=rate, stream=stream)
    assert got == encode(samples, format, (), rate=rate, stream=stream)


@pytest.mark.parametrize("stream", [True, False])
def test_the_header_of_a_wav_is_exact(stream: bool) -> None:
    data = encode(speechlike(0.5), "wav", rate=16000, stream=stream)
    size = len(data) - 44
    assert size == 16000  # bytes: 0.5 s of 16 bits at 16 kHz
    sizes = (0xFFFFFFFF, 0xFFFFFFFF) if stream else (size + 36, size)
    fmt = (b"fmt ", 16, 1, 1, 16000, 32000, 2, 16)  # PCM, mono, bytes per second, bytes per frame, bits
    assert struct.unpack("<4sI4s4sIHHIIHH4sI", data[:44]) == (b"RIFF", sizes[0], b"WAVE", *fmt, b"data", sizes[1])


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("stream", [True, False])
def test_no_samples_are_no_error(format: str, stream: bool) -> None:
    data = encode(np.zeros(0, np.float32), format, stream=stream)
    assert bool(data) == (format in ("wav", "ogg_opus"))  # libsndfile writes no flac and no mp3 without samples


def test_samples_become_integers_by_rounding_and_clipping() -> None:
    samples = np.array([0, 0.5 / 32767 + 1e-6, 0.4 / 32767, 1, 1.0001, 7, np.inf, -1, -3, -np.inf, np.nan], np.float32)
    assert to_pcm(samples).tolist() == [0, 1, 0, 32767, 32767, 32767, 32767, -32767, -32767, -32767, 0]


@pytest.mark.parametrize("format", FORMATS)
def test_too_loud_samples_do_not_wrap_around(format: str) -> None:
    samples = np.full(RATE, 1.5, np.float32) * np.sign(np.sin(np.arange(RATE) / 40)).astype(np.float32)
    got = decode(encode(samples, format, stream=False), format)
    loud = got[np.abs(got) > 0.7]
    assert np.corrcoef(got, samples)[0, 1] > 0.98
    assert len(loud) > 0.9 * len(samples)


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 48000])
@pytest.mark.parametrize("format", ["pcm_f32le", "wav", "flac", "mp3"])
def test_the_sample_rate_is_converted(format: str, rate: int) -> None:
    time = np.arange(RATE) / RATE
    samples = (0.5 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)
    got = decode(encode(samples, format, rate=rate, stream=False), format, rate)
    assert len(got) == rate
    wanted = 0.5 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)
    middle = slice(rate // 4, rate * 3 // 4)
    assert snr(wanted[middle], got[middle]) > 20


@pytest.mark.parametrize(
    ("format", "rate", "said"),
    [
        ("ogg_opus", 44100, "ogg_opus has the sample rates 8000, 12000, 16000, 24000, 48000 Hz, not 44100"),
        ("mp3", 96000, "mp3 has the sample rates 8000, .*48000 Hz, not 96000"),
        ("wav", 10, "sample rate must be from 1000 to 384000 Hz, is 10"),
        ("flac", 500_000, "sample rate must be from 1000 to 384000 Hz, is 500000"),
        ("aac", 24000, "format must be one of pcm_s16le, .*, is 'aac'"),
    ],
)
def test_what_a_format_does_not_have_is_refused(format: str, rate: int, said: str) -> None:
    with pytest.raises(RequestError, match=said):
        Encoder(format, RATE, rate, load_config())


@pytest.mark.parametrize(
    ("volume", "wanted"), [(1.0, [0.25, -0.75]), (0.5, [0.125, -0.375]), (1.0625, [0.265625, -0.796875])]
)
def test_volume_multiplies(volume: float, wanted: list[float]) -> None:
    amplified = amplify(np.array([0.25, -0.75], np.float32), volume)
    assert amplified.dtype == np.float32
    np.testing.assert_array_equal(amplified, np.array(wanted, np.float32))


@pytest.mark.parametrize("volume", [1.3, 2.0, 4.0, 1000.0])
def test_what_is_too_loud_is_bent_and_not_cut(volume: float) -> None:
    samples = np.linspace(-1, 1, 200_001).astype(np.float32)
    amplified = amplify(samples, volume)
    assert amplified.dtype == np.float32
    assert np.abs(amplified).max() <= 1.0
    steps = np.diff(amplified)
    assert steps.min() >= 0, "louder stays louder"
    assert np.abs(np.diff(steps)).max() < 1e-6 * volume**2, "no corner"
    untouched = np.abs(samples * np.float32(volume)) <= 0.8
    np.testing.assert_array_equal(amplified[untouched], (samples * np.float32(volume))[untouched])


@given(st.lists(st.integers(0, 3000), max_size=12), st.floats(0, 4))
def test_pieces_are_as_loud_as_the_whole(sizes: list[int], volume: float) -> None:
    samples = 3 * speechlike(0.3)
    pieces = [amplify(piece, volume) for piece in split(samples, sizes)]
    np.testing.assert_array_equal(np.concatenate(pieces), amplify(samples, volume))


@pytest.mark.parametrize("format", ["flac", "ogg_opus", "mp3"])
def test_a_stream_is_not_kept(format: str) -> None:
    encoder = Encoder(format, RATE, RATE, load_config())
    for piece in split(speechlike(20.0), [2400] * 200):
        encoder.encode(piece)
        assert encoder.kept_bytes == 0
        assert len(encoder._writer._file._data) == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize("private", ["_ffi", "_snd"])
def test_a_version_of_soundfile_without_what_is_used_of_it_is_named(
    private: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    another = ModuleType("soundfile")
    vars(another).update({name: value for name, value in vars(soundfile).items() if name != private})
    monkeypatch.setitem(sys.modules, "soundfile", another)
    with pytest.raises(EngineError) as raised:
        Encoder("ogg_opus", RATE, RATE, load_config())
    said = str(raised.value)
    assert said.startswith(f"no OGG: soundfile {soundfile.__version__} cannot be used: ")
    assert f"no attribute '{private}'; install one of its known versions: soundfile" in said
    with soundfile.SoundFile(io.BytesIO(), "w", RATE, 1, "PCM_16", format="WAV") as file:
        assert file._file, "libsndfile's own, for its commands"
