"""What the daemon answers, and what it tells those who asked to be told."""

from __future__ import annotations

from typing import Any, ClassVar

from edge_tts.wire.fields import binary, integer, listing, mapping, number, optional_number, string
from edge_tts.wire.message import Message

AUDIO_BYTES = 65_536
"""Most audio bytes in one `audio` frame."""


class Welcome(Message):
    """Answer to `hello`.

    Attributes:
        version: the daemon's version.
        protocol: the version of the protocol that both speak from here on.
        pid: process id of the daemon.
        limits: `frame_bytes`, `text_characters`, `queue`, `connections`, `audio_seconds`, `pause_seconds`,
            `unstreamed_bytes`.
    """

    type: ClassVar[str] = "welcome"
    version: str = string()
    protocol: int = integer()
    pid: int = integer()
    limits: dict[str, Any] = mapping()


class Accepted(Message):
    """The utterance is in the queue.

    Attributes:
        position: how many utterances will be spoken before it.
    """

    type: ClassVar[str] = "accepted"
    position: int = integer()


class Started(Message):
    """The first audio of the utterance exists; `audio` frames and playback follow.

    Attributes:
        voice: the voice that speaks.
        model: the model that the voice belongs to.
        format: the format of the `audio` frames.
        sample_rate: the rate of the `audio` frames, Hz.
        channels: always 1.
    """

    type: ClassVar[str] = "started"
    voice: str = string()
    model: str = string()
    format: str = string()
    sample_rate: int = integer()
    channels: int = integer(1)


class Audio(Message):
    """A piece of the returned audio; all pieces in order are the whole.

    Attributes:
        seq: 0, 1, 2, … within the utterance.
        data: the bytes, at most AUDIO_BYTES.
    """

    type: ClassVar[str] = "audio"
    seq: int = integer()
    data: bytes = binary()


class Mark(Message):
    """A sentence of the utterance begins.

    Attributes:
        sentence: its number, from 0.
        start: first character in the text of `speak`.
        end: one past its last character.
        audio_seconds: where the sentence begins in the audio.
    """

    type: ClassVar[str] = "mark"
    sentence: int = integer()
    start: int = integer()
    end: int = integer()
    audio_seconds: float = number()


class Done(Message):
    """Last reply of a `speak` or `stop` that succeeded.

    Attributes:
        stats: for `speak`: voice, model, sample_rate, sentences, audio_seconds, ttfa_seconds, synthesis_seconds, rtf,
            cached, underruns, ignored (settings without effect), approximated (settings and what is done instead),
            unread (pieces of the text that cannot be read aloud). For `stop`: stopped.
    """

    type: ClassVar[str] = "done"
    stats: dict[str, Any] = mapping()


class Failed(Message):
    """Last reply of a request that failed.

    Attributes:
        code: stable name of the error, see errors.py.
        message: for people: what was expected and what came.
        retry_after: seconds after which trying again makes sense, or nil.
    """

    type: ClassVar[str] = "failed"
    code: str = string()
    message: str = string()
    retry_after: float | None = optional_number()


class VoiceList(Message):
    """Answer to `voices`.

    Attributes:
        voices: maps with name, language, gender, model, engine, license, default.
    """

    type: ClassVar[str] = "voice_list"
    voices: list[dict[str, Any]] = listing()


class StatusReport(Message):
    """Answer to `status`.

    Attributes:
        status: version, pid, uptime_seconds, memory and private_memory in bytes, socket, models (name, version, state,
            pid, memory, private_memory, device, way, note), queue (waiting, speaking), connections, disk, cache
            (used_bytes, share_bytes, hits, misses), hung (name, seconds).
    """

    type: ClassVar[str] = "status_report"
    status: dict[str, Any] = mapping()


class DiskReport(Message):
    """Answer to `disk`.

    Attributes:
        disk: budget_bytes, used_bytes, evictable_bytes, reserved_bytes, free_bytes, keep_free_bytes, level, categories
            by name, disks, models.
    """

    type: ClassVar[str] = "disk_report"
    disk: dict[str, Any] = mapping()


class Event(Message):
    """Something has happened; sent to subscribers, with id 0.

    Attributes:
        event: what has happened: disk_level or disk_evicted; later versions may have more.
        data: depends on the event.
    """

    type: ClassVar[str] = "event"
    event: str = string()
    data: dict[str, Any] = mapping()


class LexiconList(Message):
    """Answer to `lexicon`: all of it, as it is now.

    Attributes:
        entries: maps with word, reading, comment.
        problems: for people, the entries of an import and the lines of the file that cannot be used, by number.
        digest: names the content of the entries, and changes with it; "" without entries.
    """

    type: ClassVar[str] = "lexicon_list"
    entries: list[dict[str, Any]] = listing()
    problems: list[str] = listing()
    digest: str = string("")
