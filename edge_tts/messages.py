"""What a client and the daemon say to each other: requests, and replies to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from edge_tts.fields import binary, choice, flag, integer, listing, mapping, number, optional_number, string

VERSION = 1
"""Protocol version, in `hello` and `welcome`."""

PRIORITIES = ("important", "message", "text", "notification", "progress")
"""From the most urgent to the least, as in speech-dispatcher's SSIP."""

FORMATS = ("pcm_s16le", "pcm_f32le", "wav", "flac", "ogg_opus", "mp3")
"""What returned audio can look like."""

AUDIO_BYTES = 65_536
"""Most audio bytes in one `audio` frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Base of all messages; `id` ties replies to the request of the same connection, 0 when none is known."""

    type: ClassVar[str] = ""
    id: int = integer(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello(Message):
    """Introduce the client; may be skipped.

    Attributes:
        client: name of the program, for the daemon's log.
        protocol: highest protocol version that the client speaks.
    """

    type: ClassVar[str] = "hello"
    client: str = string("")
    protocol: int = integer(VERSION, low=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speak(Message):
    """Speak a text.

    Attributes:
        text: what to say.
        voice: an installed voice, "" for the default.
        style: speaking manner; one that the voice lacks is named in `done.ignored`.
        speed: 1.0 as trained, 2.0 twice as fast.
        pitch: 1.0 as trained; without effect on voices that cannot change it, then named in `done.ignored`.
        volume: factor on the samples.
        priority: one of PRIORITIES; more urgent utterances are spoken first.
        output: play on the loudspeaker, return the audio, both, or none: only keep it in the cache.
        format: of returned audio.
        sample_rate: of returned audio, Hz; 0 for the voice's own.
        stream: return audio as soon as it exists; else at the end, with exact headers.
        cache: whether the audio may come from and go to the cache.
        emoji: whether they are read by their names or not at all.
        pin: keep it in the cache until room cannot be made otherwise.
    """

    type: ClassVar[str] = "speak"
    text: str = string()
    voice: str = string("")
    style: str = string("neutral")
    speed: float = number(1.0, low=0.25, high=4.0)
    pitch: float = number(1.0, low=0.5, high=2.0)
    volume: float = number(1.0, low=0.0, high=4.0)
    priority: str = choice("message", of=PRIORITIES)
    output: str = choice("play", of=("play", "return", "both", "none"))
    format: str = choice("pcm_s16le", of=FORMATS)
    sample_rate: int = integer(0, high=192_000)
    stream: bool = flag(True)
    cache: bool = flag(True)
    emoji: str = choice("name", of=("name", "drop"))
    pin: bool = flag(False)

    @property
    def plays(self) -> bool:
        """Whether the loudspeaker is wanted."""
        return self.output in ("play", "both")

    @property
    def returns(self) -> bool:
        """Whether the audio is wanted."""
        return self.output in ("return", "both")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop(Message):
    """Stop utterances; those get `failed` with code interrupted, this request gets `done`.

    Attributes:
        scope: one utterance of this connection, all of this connection, or all of everybody.
        utterance: the `id` of its `speak`, for scope "utterance".
    """

    type: ClassVar[str] = "stop"
    scope: str = choice("client", of=("utterance", "client", "all"))
    utterance: int = integer(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Voices(Message):
    """Ask for the installed voices."""

    type: ClassVar[str] = "voices"


@dataclass(frozen=True, slots=True, kw_only=True)
class Status(Message):
    """Ask how the daemon is."""

    type: ClassVar[str] = "status"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon(Message):
    """Show or change the user's own words; what is spoken from now on follows.

    Attributes:
        action: list them, add (or replace) one, remove one, or import (add or replace) many.
        word: for add and remove: Chinese characters, or one English word, then without regard to capitals.
        reading: for add: pinyin with tone digits, or `[ipa:…]` for an English word.
        comment: for add: a note for people.
        entries: for import: maps with word, reading and perhaps comment; broken ones are named in the reply.
    """

    type: ClassVar[str] = "lexicon"
    action: str = choice("list", of=("list", "add", "remove", "import"))
    word: str = string("")
    reading: str = string("")
    comment: str = string("")
    entries: Sequence[Any] = listing(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk(Message):
    """Ask what is taken of the disk, and what could go."""

    type: ClassVar[str] = "disk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribe(Message):
    """Ask for an `event` whenever something happens, as long as the connection lasts; answered by `done`.

    Attributes:
        events: names of the events that are wanted, () for all; replaces what was asked for before.
    """

    type: ClassVar[str] = "subscribe"
    events: Sequence[Any] = listing(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome(Message):
    """Answer to `hello`.

    Attributes:
        version: of the daemon.
        protocol: version that will be spoken.
        pid: process id of the daemon.
        limits: `frame_bytes`, `text_characters`, `queue`, `connections`.
    """

    type: ClassVar[str] = "welcome"
    version: str = string()
    protocol: int = integer()
    pid: int = integer()
    limits: dict[str, Any] = mapping()


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted(Message):
    """The utterance is in the queue.

    Attributes:
        position: how many utterances will be spoken before it.
    """

    type: ClassVar[str] = "accepted"
    position: int = integer()


@dataclass(frozen=True, slots=True, kw_only=True)
class Started(Message):
    """Its first audio exists; `audio` frames and playback follow.

    Attributes:
        voice: that speaks.
        model: that the voice belongs to.
        format: of the `audio` frames.
        sample_rate: of the `audio` frames, Hz.
        channels: always 1.
    """

    type: ClassVar[str] = "started"
    voice: str = string()
    model: str = string()
    format: str = string()
    sample_rate: int = integer()
    channels: int = integer(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audio(Message):
    """A piece of the returned audio; all pieces in order are the whole.

    Attributes:
        seq: 0, 1, 2, … within the utterance.
        data: at most AUDIO_BYTES bytes.
    """

    type: ClassVar[str] = "audio"
    seq: int = integer()
    data: bytes = binary()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark(Message):
    """A sentence of the utterance begins.

    Attributes:
        sentence: its number, from 0.
        start: first character in the text of `speak`.
        end: one past its last character.
        audio_seconds: where it begins in the audio.
    """

    type: ClassVar[str] = "mark"
    sentence: int = integer()
    start: int = integer()
    end: int = integer()
    audio_seconds: float = number()


@dataclass(frozen=True, slots=True, kw_only=True)
class Done(Message):
    """Last reply of a `speak` or `stop` that succeeded.

    Attributes:
        stats: for `speak`: voice, model, sample_rate, sentences, audio_seconds, ttfa_seconds, synthesis_seconds, rtf,
            cached, underruns, ignored (settings without effect), unread (pieces of the text that cannot be read aloud).
            For `stop`: stopped.
    """

    type: ClassVar[str] = "done"
    stats: dict[str, Any] = mapping()


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceList(Message):
    """Answer to `voices`.

    Attributes:
        voices: maps with name, language, gender, model, engine, license, default.
    """

    type: ClassVar[str] = "voice_list"
    voices: list[dict[str, Any]] = listing()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport(Message):
    """Answer to `status`.

    Attributes:
        status: version, pid, uptime_seconds, memory in bytes, socket, models (name, version, state, pid, memory,
            private_memory), queue (waiting, speaking), connections, disk, cache
            (used_bytes, share_bytes, hits, misses).
    """

    type: ClassVar[str] = "status_report"
    status: dict[str, Any] = mapping()


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskReport(Message):
    """Answer to `disk`.

    Attributes:
        disk: budget_bytes, used_bytes, evictable_bytes, reserved_bytes, free_bytes, keep_free_bytes, level, categories
            by name, disks, models.
    """

    type: ClassVar[str] = "disk_report"
    disk: dict[str, Any] = mapping()


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Message):
    """Something has happened; sent to subscribers, with id 0.

    Attributes:
        event: what: disk_level, disk_evicted; there may be more in time.
        data: depends on the event.
    """

    type: ClassVar[str] = "event"
    event: str = string()
    data: dict[str, Any] = mapping()


@dataclass(frozen=True, slots=True, kw_only=True)
class LexiconList(Message):
    """Answer to `lexicon`: all of it, as it is now.

    Attributes:
        entries: maps with word, reading, comment.
        problems: for people: entries of an import and lines of the file that say nothing usable, by number.
        digest: changes when what the entries say does; "" for none.
    """

    type: ClassVar[str] = "lexicon_list"
    entries: list[dict[str, Any]] = listing()
    problems: list[str] = listing()
    digest: str = string("")


_REQUESTS = (Hello, Speak, Stop, Voices, Status, Lexicon, Disk, Subscribe)
_REPLIES = (
    *(Welcome, Accepted, Started, Audio, Mark, Done, Failed),
    *(VoiceList, StatusReport, LexiconList, DiskReport, Event),
)
REQUESTS: Mapping[str, type[Message]] = {kind.type: kind for kind in _REQUESTS}
REPLIES: Mapping[str, type[Message]] = {kind.type: kind for kind in _REPLIES}
