"""What a client asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from edge_tts.wire.fields import choice, flag, integer, listing, number, string
from edge_tts.wire.message import Message

VERSION = 1
"""Protocol version, in `hello` and `welcome`."""

PRIORITIES = ("important", "message", "text", "notification", "progress")
"""From the most urgent to the least, as in speech-dispatcher's SSIP."""

FORMATS = ("pcm_s16le", "pcm_f32le", "wav", "flac", "ogg_opus", "mp3")
"""What returned audio can look like."""


_NAME = 256
"""Most characters of what names something."""


class Hello(Message):
    """Introduce the client; may be skipped.

    Attributes:
        client: name of the program, for the daemon's log.
        protocol: highest protocol version that the client speaks.
    """

    type: ClassVar[str] = "hello"
    client: str = string("")
    protocol: int = integer(VERSION, low=1)


class Speak(Message):
    """Speak a text.

    Attributes:
        text: what to say.
        voice: an installed voice, "" for the default.
        style: speaking manner; for one that the voice lacks `done.ignored` or `done.approximated` say so.
        speed: 1.0 as trained, 2.0 twice as fast.
        pitch: 1.0 as trained; without effect on voices that cannot change it, then named in `done.ignored`.
        volume: factor on the samples.
        priority: one of PRIORITIES; more urgent utterances are spoken first.
        output: whether the audio is played, returned, both, or neither: only kept in the cache.
        format: the format of returned audio.
        sample_rate: the rate of returned audio, Hz; 0 for the voice's own.
        stream: whether audio is returned as soon as it exists; else it comes at the end, with exact headers.
        cache: whether the audio may come from and go to the cache.
        emoji: whether emoji are read by their names or not at all.
        pin: whether the cache keeps the audio until it cannot make room otherwise.
        energy: how strongly the voice speaks, 1.0 as trained; without effect on voices that cannot change it, then
            named in `done.ignored`.
        seed: seeds what a voice draws at random; the same seed gives the same audio, 0 another one each time.
    """

    type: ClassVar[str] = "speak"
    text: str = string()
    voice: str = string("", most=_NAME)
    style: str = string("neutral", most=_NAME)
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
    energy: float = number(1.0, low=0.5, high=2.0)
    seed: int = integer(0)

    @property
    def plays(self) -> bool:
        """Whether the loudspeaker is wanted."""
        return self.output in ("play", "both")

    @property
    def returns(self) -> bool:
        """Whether the audio is wanted."""
        return self.output in ("return", "both")


class Stop(Message):
    """Stop utterances; those get `failed` with code interrupted, this request gets `done`.

    Attributes:
        scope: one utterance of this connection, all of this connection, or all of everybody.
        utterance: the `id` of its `speak`, for scope "utterance".
    """

    type: ClassVar[str] = "stop"
    scope: str = choice("client", of=("utterance", "client", "all"))
    utterance: int = integer(0)


class Voices(Message):
    """Ask for the installed voices."""

    type: ClassVar[str] = "voices"


class Status(Message):
    """Ask how the daemon is."""

    type: ClassVar[str] = "status"


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


class Disk(Message):
    """Ask what our files take of the disk, and what eviction could remove."""

    type: ClassVar[str] = "disk"


class Subscribe(Message):
    """Ask for an `event` whenever something happens, as long as the connection lasts; answered by `done`.

    Attributes:
        events: names of the events that are wanted, () for all; replaces what was asked for before.
    """

    type: ClassVar[str] = "subscribe"
    events: Sequence[Any] = listing(())
