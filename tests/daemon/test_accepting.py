"""Who is let in first, and who is not let in at all."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from edge_tts.daemon.accepting import Acceptor, credentials
from edge_tts.wire import REPLIES, Disk, Failed, Lexicon, Message, Speak, Status, Stop
from edge_tts.wire.frames import Decoder, encode

CROWD = """
import socket, sys
crowd = [socket.socket(socket.AF_UNIX) for _ in range(int(sys.argv[2]))]
for one in crowd:
    one.connect(sys.argv[1])
print("there", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        listener.listen(256)
        yield listener


def connected(listener: socket.socket) -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.connect(listener.getsockname())
    return client


def let_in(listener: socket.socket, waiting: int = 64) -> list[int]:
    """Return the processes of those that are let in, in their order, when nobody comes any more."""
    order: list[int] = []
    transports: list[asyncio.BaseTransport] = []

    class One(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            transports.append(transport)
            order.append(credentials(transport.get_extra_info("socket"))[0])

    async def accept() -> None:
        acceptor = Acceptor(listener, One, asyncio.get_running_loop(), waiting)
        seen = -1
        while len(order) > seen:
            seen = len(order)
            for _ in range(20):
                await asyncio.sleep(0)
        acceptor.close()
        for transport in transports:
            transport.close()
        await asyncio.sleep(0)

    asyncio.run(accept())
    return order


def test_a_process_that_connects_again_and_again_keeps_nobody_waiting(listener: socket.socket) -> None:
    command = [sys.executable, "-c", CROWD, listener.getsockname(), "40"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as crowd:
        assert crowd.stdout is not None
        assert crowd.stdout.readline()
        with connected(listener):
            order = let_in(listener)
        assert len(order) == 41
        assert order.index(os.getpid()) <= 16


@pytest.mark.parametrize("left", [[], [Status()], [Disk()] * 1000, [Speak(text="你好" * 1000)]])
def test_who_has_hung_up_and_left_nothing_to_do_is_not_let_in(listener: socket.socket, left: list[Message]) -> None:
    with connected(listener) as client:
        client.sendall(b"".join(map(encode, left)))
    assert let_in(listener) == []


@pytest.mark.parametrize("left", [[Stop(scope="all")], [Status(), Lexicon(action="remove", word="重")]])
def test_what_matters_of_who_has_hung_up_is_heard(listener: socket.socket, left: list[Message]) -> None:
    with connected(listener) as client:
        client.sendall(b"".join(map(encode, left)))
    assert let_in(listener) == [os.getpid()]


def test_who_has_only_said_all_is_let_in(listener: socket.socket) -> None:
    with connected(listener) as client:
        client.sendall(encode(Status()))
        client.shutdown(socket.SHUT_WR)
        assert let_in(listener) == [os.getpid()]


def test_the_last_of_too_many_are_refused(listener: socket.socket) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(connected(listener)) for _ in range(6)]
        assert len(let_in(listener, waiting=4)) == 4
        answers = [client.recv(1000) for client in clients]
    assert answers[:4] == [b""] * 4
    for answer in answers[4:]:
        (refusal,) = Decoder(REPLIES).feed(answer)
        assert isinstance(refusal, Failed)
        assert (refusal.code, refusal.retry_after) == ("queue_full", 1.0)
