"""What a client and the daemon say to each other, and the daemon and its workers: messages, and frames of bytes.

Nothing is sent or received here; who talks to whom is decided in daemon/, client/ and worker/.
"""

from __future__ import annotations

from collections.abc import Mapping

from edge_tts.wire.message import Message, check
from edge_tts.wire.replies import (
    AUDIO_BYTES,
    Accepted,
    Audio,
    DiskReport,
    Done,
    Event,
    Failed,
    LexiconList,
    Mark,
    Started,
    StatusReport,
    VoiceList,
    Welcome,
)
from edge_tts.wire.requests import (
    FORMATS,
    PRIORITIES,
    VERSION,
    Disk,
    Hello,
    Lexicon,
    Speak,
    Status,
    Stop,
    Subscribe,
    Voices,
)

__all__ = [
    "AUDIO_BYTES",
    "FORMATS",
    "LASTING",
    "PRIORITIES",
    "REPLIES",
    "REQUESTS",
    "VERSION",
    "Accepted",
    "Audio",
    "Disk",
    "DiskReport",
    "Done",
    "Event",
    "Failed",
    "Hello",
    "Lexicon",
    "LexiconList",
    "Mark",
    "Message",
    "Speak",
    "Started",
    "Status",
    "StatusReport",
    "Stop",
    "Subscribe",
    "VoiceList",
    "Voices",
    "Welcome",
    "check",
]

_REQUESTS = (Hello, Speak, Stop, Voices, Status, Lexicon, Disk, Subscribe)
_REPLIES = (
    *(Welcome, Accepted, Started, Audio, Mark, Done, Failed),
    *(VoiceList, StatusReport, LexiconList, DiskReport, Event),
)
REQUESTS: Mapping[str, type[Message]] = {kind.type: kind for kind in _REQUESTS}
LASTING = (Stop, Lexicon)
"""Requests that are carried out although their client has hung up; the others only make replies for it."""

REPLIES: Mapping[str, type[Message]] = {kind.type: kind for kind in _REPLIES}
