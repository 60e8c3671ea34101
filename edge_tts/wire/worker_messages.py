"""What the daemon and one of its worker processes say to each other, framed as on the socket.

The daemon pulls: it opens an utterance with its first sentence, then asks for one after the other. So it decides before
every sentence which utterance the engine serves next, and never gets more audio than it has room for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from edge_tts.wire import Message
from edge_tts.wire.fields import binary, flag, integer, listing, mapping, number, optional_number, string


class Load(Message):
    """First message: load this engine; answered by Loaded or LoadFailed.

    Attributes:
        model: the fields of `engines.ModelFiles`, paths as strings.
        threads: how many threads compute, 0 for as many as were measured best.
        provider: what computes, see `Engines` in config/settings.py.
        config: the daemon's whole configuration, see `Config` in config/settings.py; a worker reads none itself.
    """

    type: ClassVar[str] = "load"
    model: dict[str, Any] = mapping()
    threads: int = integer(0)
    provider: str = string("auto")
    config: dict[str, Any] = mapping()


class Open(Message):
    """Read the beginning of a text and speak its first sentence; answered by Opened, then as Next, or by JobFailed.

    Attributes:
        speak: the fields of `wire.Speak`, its voice filled in.
        lexicon: path of the user's own words, "" for none.
        record: cache key of its audio, see audio_cache/key.py; "" when it bypasses the cache.
        edition: the edition of the front end that the key assumes; nothing is recorded with another one.
        audio_seconds: most audio, 0 for no limit.
        pause_seconds: most silence that marks in the text ask for, 0 for no limit.
        unstreamed_bytes: most bytes of audio that are kept until their end, of all utterances; 0 for no limit.
    """

    type: ClassVar[str] = "open"
    speak: dict[str, Any] = mapping()
    lexicon: str = string("")
    record: str = string("")
    edition: str = string("")
    audio_seconds: float = number(0.0, low=0.0)
    pause_seconds: float = number(0.0, low=0.0)
    unstreamed_bytes: int = integer(0)


class Next(Message):
    """Speak the next sentence, or go on sending a finished file.

    It is answered by any number of Sound and Encoded, then SentenceDone or JobFailed.
    """

    type: ClassVar[str] = "next"


class Cancel(Message):
    """Forget the utterance; a sentence of it that is being synthesized ends with JobFailed."""

    type: ClassVar[str] = "cancel"


class Loaded(Message):
    """The engine is ready.

    Attributes:
        sample_rate: the rate of its samples, Hz.
        load_seconds: how long it took from the start of the process.
        device: what computes: CPU, CUDA or TensorRT.
        way: how it computes, for people.
        note: why it does not compute as was wanted, "" if it does.
        edition: the edition of the program that the worker runs, see audio_cache/key.py; "" if it does not tell.
    """

    type: ClassVar[str] = "loaded"
    sample_rate: int = integer()
    load_seconds: float = number()
    device: str = string("CPU")
    way: str = string("")
    note: str = string("")
    edition: str = string("")


class LoadFailed(Message):
    """The engine cannot be loaded; the worker ends.

    Attributes:
        code: the stable name of the error, see errors.py.
        message: what was expected and what came, for people.
        edition: see Loaded.
    """

    type: ClassVar[str] = "load_failed"
    code: str = string()
    message: str = string()
    edition: str = string("")


class Opened(Message):
    """The beginning of the text was read; the rest is read as it is spoken, so that a long text begins as soon.

    Attributes:
        spans: [start, end] in the text of the sentence that comes first.
        ignored: settings that have no effect on this engine, as far as is known.
        unread: pieces of the text so far that cannot be read aloud.
        sample_rate: the rate of the encoded audio, Hz.
        approximated: pairs of a setting and what the engine does instead, because that is near.
    """

    type: ClassVar[str] = "opened"
    spans: list[list[int]] = listing()
    ignored: list[str] = listing()
    unread: list[str] = listing()
    sample_rate: int = integer()
    approximated: list[tuple[str, str]] = listing(())


class Sound(Message):
    """Samples for the loudspeaker: float32 native-endian, mono, at the engine's rate."""

    type: ClassVar[str] = "sound"
    data: bytes = binary()


class Encoded(Message):
    """Audio for the client, in the format that it asked for."""

    type: ClassVar[str] = "encoded"
    data: bytes = binary()


class SentenceDone(Message):
    """A sentence is complete.

    Attributes:
        last: whether the utterance is complete too.
        samples: how many samples it has, at the engine's rate.
        seconds: how long its synthesis took.
        spans: [start, end] of the sentence that comes next.
        ignored: settings that have no effect, and may have been named before.
        unread: pieces of the text read meanwhile that cannot be read aloud.
    """

    type: ClassVar[str] = "sentence_done"
    last: bool = flag()
    samples: int = integer()
    seconds: float = number()
    spans: list[list[int]] = listing(())
    ignored: list[str] = listing(())
    unread: list[str] = listing(())


class JobFailed(Message):
    """The utterance failed or was cancelled; the worker has forgotten it."""

    type: ClassVar[str] = "job_failed"
    code: str = string()
    message: str = string()
    retry_after: float | None = optional_number()


class Recorded(Message):
    """What can be kept of an utterance; comes some time after its last SentenceDone.

    Attributes:
        key: the cache key, `record` of Open.
        pin: whether the cache pins it.
        body: the recording, see audio_cache/recording.py; empty if it cannot be kept.
        problem: why it cannot be kept, for people.
    """

    type: ClassVar[str] = "recorded"
    key: str = string()
    pin: bool = flag()
    body: bytes = binary()
    problem: str = string("")


TO_WORKER: Mapping[str, type[Message]] = {kind.type: kind for kind in (Load, Open, Next, Cancel)}
FROM_WORKER: Mapping[str, type[Message]] = {
    kind.type: kind for kind in (Loaded, LoadFailed, Opened, Sound, Encoded, SentenceDone, Recorded, JobFailed)
}

FRAME_BYTES = 64 * 1024 * 1024
"""Longest frame between the daemon and a worker: a sentence of a minute as float32 at 192 kHz."""

BATCH_BYTES = 327_680
"""How much a socket holds, and how much is read of it at a time: seconds of audio then wake their reader once."""
