"""What the clients of floods.py send, as fast as the daemon takes it; each runs in a process of its own."""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import selectors
import socket
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgpack

from edge_tts.wire import Disk, Hello, Lexicon, Speak, Status, Stop, Subscribe, Voices
from edge_tts.wire.frames import encode

LONG = "今天天气很好，我们去公园散步。" * 600
WORDS = [
    {"word": chr(0x4E00 + number % 5000) + chr(0x5000 + number // 5000), "reading": "yi1 er4", "comment": ""}
    for number in range(10_000)
]
_FRAME = struct.Struct(">I")
_NESTED = b"\x82\xa4type\xa5hello\xa1a\xdc\x00\x0e" + (b"\xdd\x00\x01\x00\x00" + b"\x80" * 65_536) * 14
_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Flood:
    """One kind of flood.

    Attributes:
        frames: returns what a connection sends, one after the other without end.
        reads: whether it reads the replies.
        connections: the number of connections at once.
        lasts: whether a connection stays when it has sent what it has to; else it is closed and made anew.
    """

    frames: Callable[[], Iterator[bytes]]
    reads: bool = True
    connections: int = 1
    lasts: bool = True


def _numbered(make: Callable[[int], bytes]) -> Callable[[], Iterator[bytes]]:
    return lambda: (make(number) for number in itertools.count(1))


def _again(frame: bytes) -> Callable[[], Iterator[bytes]]:
    many = frame * max(1, 16_384 // len(frame))
    return lambda: itertools.repeat(many)


def _framed(body: bytes) -> bytes:
    return _FRAME.pack(len(body)) + body


def _speak(**options: Any) -> Callable[[], Iterator[bytes]]:
    return _numbered(lambda number: encode(Speak(id=number, **options)))


def _garbage() -> Iterator[bytes]:
    noise = random.Random(1)
    while True:
        yield b"".join(_framed(noise.randbytes(noise.randrange(200))) for _ in range(50))


def _changes() -> Iterator[bytes]:
    for number in itertools.count():
        reading = ("zhong4", "chong2")[number % 2]
        yield encode(Lexicon(id=number, action="add", word="重", reading=reading))
        yield encode(Lexicon(id=number, action="remove", word="轻"))


def _once(*frames: bytes) -> Callable[[], Iterator[bytes]]:
    return lambda: iter(frames)


_BOTH = {
    "hello": _again(encode(Hello(id=1))),
    "hello of 200 kB": _again(encode(Hello(id=1, client="x" * 200_000))),
    "stop": _again(encode(Stop(id=1))),
    "voices": _again(encode(Voices(id=1))),
    "status": _again(encode(Status(id=1))),
    "subscribe": _again(encode(Subscribe(id=1, events=["disk_level"] * 60))),
    "disk": _again(encode(Disk(id=1))),
    "lexicon list": _again(encode(Lexicon(id=1))),
    "lexicon add and remove": _changes,
    "lexicon import of 10,000": _again(encode(Lexicon(id=1, action="import", entries=WORDS))),
    "unknown type": _again(_framed(msgpack.packb({"type": "sing", "id": 1}))),
    "garbage": _garbage,
    "frames of a megabyte": _again(encode(Hello(id=1, client="x" * _MEGABYTE))),
    "frames of empty maps": _again(_framed(_NESTED)),
    "speak, long, returned": _speak(text=LONG, output="return", format="pcm_f32le", sample_rate=192_000),
    "speak, unknown voices": _numbered(lambda number: encode(Speak(id=number, text="你好", voice=f"nobody{number}"))),
    "speak, short, returned": _speak(text="你好", output="return"),
}
FLOODS = {
    **{name: Flood(frames) for name, frames in _BOTH.items()},
    **{f"{name}, unread": Flood(frames, reads=False) for name, frames in _BOTH.items()},
    "speak, played": Flood(_speak(text=LONG, output="play")),
    "speak, both": Flood(_speak(text=LONG, output="both")),
    "speak, none": Flood(_numbered(lambda number: encode(Speak(id=number, text=f"{number}号。", output="none")))),
    "speak, important": Flood(_speak(text=LONG, output="return", priority="important")),
    "status of 16 clients": Flood(_BOTH["status"], connections=16),
    "disk of 16 clients": Flood(_BOTH["disk"], connections=16),
    "idle connections": Flood(_once(), connections=64),
    "hello, then idle": Flood(_once(encode(Hello(id=1))), connections=64),
    "half frames": Flood(_once(_FRAME.pack(_MEGABYTE) + bytes(_MEGABYTE - 1)), connections=64),
    "half a length": Flood(_once(b"\0\0"), connections=64),
    "connect and go": Flood(_once(), connections=8, lasts=False),
    "status and go": Flood(_once(encode(Status(id=1))), connections=8, lasts=False),
    "speak and go": Flood(_once(encode(Speak(id=1, text=LONG, output="return"))), connections=8, lasts=False),
    "disk and go": Flood(_once(encode(Disk(id=1)) * 1000), connections=8, lasts=False),
    "import and go": Flood(_BOTH["lexicon import of 10,000"], connections=4, lasts=False),
    "4 GB announced": Flood(_once(b"\xff" * 4), connections=8, lasts=False),
}


class _Peer:
    """One connection, made again whenever the daemon ends it."""

    def __init__(self, path: str, flood: Flood, selector: selectors.BaseSelector) -> None:
        self._path, self._flood, self._selector = path, flood, selector
        self._socket: socket.socket | None = None
        self._connect()

    def serve(self, events: int) -> None:
        """Do what the socket is ready for."""
        try:
            if events & selectors.EVENT_READ and not self._read():
                raise ConnectionResetError
            if events & selectors.EVENT_WRITE:
                self._write()
        except BlockingIOError:
            pass
        except OSError:
            self._again()

    def _connect(self) -> None:
        self._frames, self._rest = self._flood.frames(), memoryview(b"")
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        made.setblocking(False)
        with contextlib.suppress(BlockingIOError):  # the daemon has not accepted the last ones yet
            try:
                made.connect(self._path)
            except (FileNotFoundError, ConnectionRefusedError):
                sys.exit()  # the daemon has ended
        self._socket = made
        self._selector.register(made, selectors.EVENT_WRITE | (selectors.EVENT_READ if self._reads else 0), self)

    @property
    def _reads(self) -> bool:
        return self._flood.reads

    def _again(self) -> None:
        if self._socket is not None:
            self._selector.unregister(self._socket)
            self._socket.close()
        self._connect()

    def _read(self) -> bytes:
        assert self._socket is not None
        return self._socket.recv(1 << 20)

    def _write(self) -> None:
        assert self._socket is not None
        for _ in range(8):
            if not self._rest:
                frame = next(self._frames, None)
                if frame is None:
                    self._said_all()
                    return
                self._rest = memoryview(frame)
            self._rest = self._rest[self._socket.send(self._rest) :]

    def _said_all(self) -> None:
        if not self._flood.lasts:
            self._again()
        elif self._reads and self._socket is not None:
            self._selector.modify(self._socket, selectors.EVENT_READ, self)


def run(path: str, name: str) -> None:
    """Flood until killed, and end with whoever started this."""
    flood, parent = FLOODS[name], os.getppid()
    selector = selectors.DefaultSelector()
    for _ in range(flood.connections):
        _Peer(path, flood, selector)
    print("ready", flush=True)
    while os.getppid() == parent:
        for key, events in selector.select(1):
            key.data.serve(events)
