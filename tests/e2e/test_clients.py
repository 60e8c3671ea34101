"""What both clients can do, the blocking one and that for asyncio: the same calls, answers and errors."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_tts import AsyncClient, Client
from edge_tts.errors import DaemonUnavailable, RequestError
from tests.support.homes import no_sound
from tests.support.running import Daemon

LONG = "今天天气很好，我们去公园吧。" * 40


class Blocking:
    """An AsyncClient whose calls wait for their ends; a stream is made of all that it yields."""

    def __init__(self, path: Path, **options: Any) -> None:
        self._loop = asyncio.new_event_loop()
        self._client = self._do(self._connected(path, **options))

    async def _connected(self, path: Path, **options: Any) -> AsyncClient:
        return await AsyncClient(path, **options).__aenter__()

    def _do(self, work: Any) -> Any:
        return self._loop.run_until_complete(work)

    def __enter__(self) -> Blocking:
        return self

    def __exit__(self, *problem: Any) -> None:
        self._do(self._client.__aexit__(*problem))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)

        def call(*arguments: Any, **options: Any) -> Any:
            result = method(*arguments, **options)
            if hasattr(result, "__anext__"):
                return self._iterated(result)
            return self._do(result)

        return call

    def _iterated(self, items: Any) -> Iterator[Any]:
        while True:
            try:
                yield self._do(items.__anext__())
            except StopAsyncIteration:
                return


@pytest.fixture(params=[Client, Blocking], ids=["blocking", "asyncio"])
def client_of(request: pytest.FixtureRequest) -> Callable[..., Any]:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def client(client_of: Callable[..., Any], daemon: Daemon) -> Iterator[Any]:
    with client_of(daemon.socket) as connected:
        yield connected


def test_a_text_is_returned_whole_and_in_pieces(client: Any) -> None:
    whole = client.synthesize("你好，世界。第二句。", cache=False)  # which keeps 16 bits of each sample
    pieces = list(client.stream("你好，世界。第二句。", cache=False))
    assert len(pieces) > 1
    assert {piece.sample_rate for piece in pieces} == {whole.sample_rate}
    np.testing.assert_array_equal(np.concatenate([piece.samples for piece in pieces]), whole.samples)


def test_every_reply_of_an_utterance_is_seen(client: Any) -> None:
    kinds = [reply.type for reply in client.utter("你好", output="return")]
    assert kinds[:3] == ["accepted", "started", "mark"]
    assert kinds[-1] == "done"
    assert set(kinds[3:-1]) == {"audio"}


def test_what_the_daemon_tells_of_itself(client: Any) -> None:
    assert client.voices()[0]["name"] == "beep"
    assert client.status()["version"]
    assert client.disk()["budget_bytes"] > 0
    assert client.stop() == 0
    assert client.stop(everything=False) == 0


def test_words_are_added_and_removed(client: Any) -> None:
    assert [entry["word"] for entry in client.lexicon("add", word="重", reading="chong2").entries] == ["重"]
    assert client.lexicon("remove", word="重").entries == []


def test_wrong_requests_are_refused_and_cost_nothing(client: Any) -> None:
    with pytest.raises(TypeError, match="unknown option 'sped'"):
        client.speak("你好", sped=1)
    with pytest.raises(RequestError, match="speed"):
        client.speak("你好", speed=9)
    with pytest.raises(RequestError, match="no voice is called 'nobody'"):
        client.synthesize("你好", voice="nobody")
    assert len(client.synthesize("你好").samples) > 0


def test_a_text_behind_somebody_elses_long_one_takes_as_long_as_it_takes(
    client_of: Callable[..., Any], start: Callable[..., Daemon], tmp_path: Path
) -> None:
    daemon = start(**no_sound(tmp_path))
    with daemon.client() as other, client_of(daemon.socket, timeout_seconds=0.1) as client:
        stream = other.stream(LONG, cache=False)
        next(stream)
        worker = daemon.worker_pid("tone")
        os.kill(worker, signal.SIGSTOP)  # the other's text takes ten times as long as the client is patient
        threading.Timer(1.0, os.kill, (worker, signal.SIGCONT)).start()
        assert len(client.synthesize("你好", cache=False).samples) > 0


def test_events_come_after_a_quiet_time(client_of: Callable[..., Any], start: Callable[..., Daemon]) -> None:
    daemon = start(EDGE_TTS_DISK_BUDGET_BYTES="30MB", EDGE_TTS_DISK_LOG_BYTES="1MB")
    with client_of(daemon.socket, timeout_seconds=0.1) as client:
        events = client.events()
        more = threading.Timer(1.0, (daemon.home / "state" / "models" / "foreign").write_bytes, (bytes(40_000_000),))
        more.start()
        assert next(events).event == "disk_level"
        more.join()


def test_a_daemon_that_hangs_is_noticed(client_of: Callable[..., Any], start: Callable[..., Daemon]) -> None:
    daemon = start()
    with client_of(daemon.socket, timeout_seconds=0.1) as client:
        client.status()
        os.kill(daemon.pid, signal.SIGSTOP)
        with pytest.raises(DaemonUnavailable, match="is its process stopped"):
            client.status()
        os.kill(daemon.pid, signal.SIGCONT)


def test_a_daemon_that_ends_is_noticed(client_of: Callable[..., Any], start: Callable[..., Daemon]) -> None:
    daemon = start()
    with client_of(daemon.socket) as client:
        client.status()
        daemon.close()
        with pytest.raises(DaemonUnavailable):
            client.status()
