"""A finished utterance as bytes: what was made of it, sentence by sentence, and how it is said again.

A recording is frames like those between daemon and worker: a Heading, Opened, then for each sentence its Samples or
Encoded, and SentenceDone. Samples have 16 bits, as those of all formats but pcm_f32le. Their upper and lower bytes are
packed apart with deflate: that needs nothing but the standard library, which is what the daemon can afford.
"""

from __future__ import annotations

import array
import zlib
from collections.abc import Iterator
from typing import BinaryIO, ClassVar

from edge_tts.errors import StoreError
from edge_tts.sound import wav
from edge_tts.wire import Message, Speak, worker_messages
from edge_tts.wire.fields import binary, integer, listing, number, string
from edge_tts.wire.frames import Decoder

_READ_BYTES = 65_536
SAMPLE_BYTES = 2
PIECE_BYTES = 1 << 20
"""Most bytes of samples in one piece of a recording; half a second at 192 kHz has a fifth of that."""
FRAME_BYTES = 8 << 20
"""Longest frame of a recording: a heading with the longest text that may be configured."""
_SCALE = 1 / 32768  # 2**15, full scale of 16 bits


class Heading(Message):
    """What was said and how, for people and for the replies.

    Attributes:
        text: of the utterance.
        voice: that spoke.
        model: that the voice belongs to.
        format: "samples", or the format of the encoded audio.
        settings: what differs from the default, as `speed 1.25`.
        samples: of the whole, at the engine's rate.
        seconds: of the whole.
    """

    type: ClassVar[str] = "heading"
    text: str = string()
    voice: str = string()
    model: str = string()
    format: str = string()
    settings: list[str] = listing()
    samples: int = integer()
    seconds: float = number()


class Samples(Message):
    """A piece of the engine's samples, packed."""

    type: ClassVar[str] = "samples"
    data: bytes = binary()


_KINDS = {
    kind.type: kind
    for kind in (Heading, worker_messages.Opened, Samples, worker_messages.Encoded, worker_messages.SentenceDone)
}


def pack(pcm: bytes) -> bytes:
    """Return 16-bit samples, compressed."""
    return zlib.compress(pcm[0::2] + pcm[1::2], 1)


def unpack(data: bytes) -> bytes:
    """Return what `pack` was given.

    Raises:
        StoreError: the data are damaged, or would be more than a piece of a recording ever is.
    """
    unpacker = zlib.decompressobj()
    try:
        planes = unpacker.decompress(data, PIECE_BYTES)
    except zlib.error as error:
        raise StoreError(f"a recording holds samples that cannot be unpacked: {error}") from error
    if not unpacker.eof or len(planes) % SAMPLE_BYTES:
        raise StoreError(f"a recording holds samples that are not whole, or more than {PIECE_BYTES} bytes")
    half = len(planes) // 2
    pcm = bytearray(len(planes))
    pcm[0::2], pcm[1::2] = planes[:half], planes[half:]
    return bytes(pcm)


def to_floats(pcm: bytes) -> bytes:
    """Return 16-bit samples as float32, both in native byte order, which is little-endian where this runs."""
    return array.array("f", [sample * _SCALE for sample in array.array("h", pcm)]).tobytes()


def messages(file: BinaryIO) -> Iterator[Message]:
    """Yield what a recording holds, from where the file stands.

    Raises:
        StoreError: it is damaged.
        OSError: it cannot be read.
    """
    decoder = Decoder(_KINDS, FRAME_BYTES)
    while data := file.read(_READ_BYTES):
        for message in decoder.feed(data):
            if type(message) not in _KINDS.values():
                raise StoreError("a recording holds something else than a recording does")
            yield message


def replay(recorded: Iterator[Message], heading: Heading, speak: Speak) -> Iterator[Message]:
    """Yield what a worker would say of the utterance, with any id: Opened, Sound and Encoded, and SentenceDone.

    Args:
        recorded: what follows the heading.
        heading: of the recording.
        speak: what is asked for.
    """
    opening = b""
    for message in recorded:
        match message:
            case worker_messages.Opened():
                if speak.format == "wav" and heading.format == "samples":
                    size = None if speak.stream else heading.samples * SAMPLE_BYTES
                    opening = wav.header(message.sample_rate, size)
                yield message
            case Samples() if speak.plays or speak.returns:
                yield from _sounds(unpack(message.data), heading, speak, opening)
                opening = b""
            case worker_messages.Encoded() if speak.returns:
                yield message
            case worker_messages.SentenceDone():
                yield message


def _sounds(pcm: bytes, heading: Heading, speak: Speak, opening: bytes) -> Iterator[Message]:
    """Yield samples for the loudspeaker and for the client, whoever wants them."""
    floats = to_floats(pcm) if speak.plays or speak.format == "pcm_f32le" else b""
    if speak.plays:
        yield worker_messages.Sound(data=floats)
    if speak.returns and heading.format == "samples":
        yield worker_messages.Encoded(data=opening + (floats if speak.format == "pcm_f32le" else pcm))
