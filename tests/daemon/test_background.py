"""Work beside the event loop."""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from edge_tts.audio_cache.recording import Heading, messages, replay
from edge_tts.daemon.background import BackgroundThread, Hung, SharedReport
from edge_tts.daemon.sources import FromCache
from edge_tts.wire import Message, Speak, worker_messages


async def outcome(thread: BackgroundThread, work: object) -> Future[object]:
    told: asyncio.Future[Future[object]] = asyncio.get_running_loop().create_future()
    thread.run(work, told.set_result)  # type: ignore[arg-type]
    return await told


def test_results_and_errors_come_back_into_the_loop() -> None:
    async def main() -> None:
        thread = BackgroundThread("test", asyncio.get_running_loop(), 60)
        assert (await outcome(thread, threading.get_ident)).result() != threading.get_ident()
        with pytest.raises(ZeroDivisionError):
            (await outcome(thread, lambda: 1 / 0)).result()
        assert (await outcome(thread, lambda: "on")).result() == "on"

    asyncio.run(main())


def test_what_is_cancelled_before_it_begins_is_not_done() -> None:
    async def main() -> None:
        thread, gate, done = BackgroundThread("test", asyncio.get_running_loop(), 60), threading.Event(), []
        thread.run(gate.wait, lambda _: None)
        future = thread.run(lambda: done.append("cancelled"), lambda _: done.append("told"))
        assert future.cancel()
        gate.set()
        await outcome(thread, lambda: None)
        assert done == []

    asyncio.run(main())


def test_what_is_cancelled_holds_nothing_while_its_turn_is_far_away() -> None:
    class Large:
        def work(self) -> None:
            pass

        def then(self, future: Future[None]) -> None:
            pass

    async def main() -> None:
        thread, gate, large = BackgroundThread("test", asyncio.get_running_loop(), 60), threading.Event(), Large()
        thread.run(gate.wait, lambda _: None)
        thread.run(large.work, large.then).cancel()
        held = weakref.ref(large)
        del large
        assert held() is None
        gate.set()
        assert (await outcome(thread, lambda: "on")).result() == "on"

    asyncio.run(main())


def test_nobody_waits_for_what_hangs_and_it_is_used_again_when_it_comes_back(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    async def main() -> None:
        thread, done, discarded = BackgroundThread("test", asyncio.get_running_loop(), 0.1), [], asyncio.Queue[int]()
        told: asyncio.Future[Future[int]] = asyncio.get_running_loop().create_future()
        loop = asyncio.get_running_loop()
        thread.run(
            lambda: os.open(pipe, os.O_RDONLY),
            told.set_result,
            lambda descriptor: loop.call_soon_threadsafe(discarded.put_nowait, descriptor),
        )
        waiting = asyncio.create_task(outcome(thread, lambda: done.append("waited")))
        with pytest.raises(Hung, match=r"test: the disk has not answered for more than 0\.1 s"):
            (await told).result()
        with pytest.raises(Hung):
            (await waiting).result()
        assert thread.busy.hangs
        with pytest.raises(Hung):
            (await outcome(thread, lambda: done.append("came later"))).result()
        assert thread.waiting == 0
        os.close(os.open(pipe, os.O_WRONLY))
        os.close(await discarded.get())
        while thread.busy.hangs:
            await asyncio.sleep(0)
        assert (await outcome(thread, lambda: "on")).result() == "on"
        assert done == []

    asyncio.run(main())


def test_a_recording_whose_disk_hangs_is_waited_for_beside_the_loop(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    class Source:
        closed = False

        def replay(self, speak: Speak) -> Iterator[Message]:
            yield worker_messages.Sound(data=b"first")
            with open(pipe, "rb") as file:
                yield from replay(messages(file), Heading(format="samples"), speak)

        def close(self) -> None:
            self.closed = True

    async def main() -> None:
        thread, source = BackgroundThread("test", asyncio.get_running_loop(), 0.1), Source()
        found = FromCache(source, Speak(id=1, text="好"), thread)
        first, read = (asyncio.get_running_loop().create_future() for _ in range(2))
        found.next(first.set_result)
        assert [message.data for message in (await first).result()] == [b"first"]
        found.next(read.set_result)
        found.next(read.set_result)  # a second one is not begun
        with pytest.raises(Hung):
            (await read).result()
        found.close()
        assert not source.closed, "what is read just now stays open"
        os.close(os.open(pipe, os.O_WRONLY))
        await outcome_when_back(thread)
        assert source.closed

    asyncio.run(main())


async def outcome_when_back(thread: BackgroundThread) -> None:
    while (await outcome(thread, lambda: None)).exception():
        await asyncio.sleep(0)


def test_a_report_is_made_once_for_all_who_asked_before_it_was_begun() -> None:
    async def main() -> None:
        thread, gate, made, told = BackgroundThread("test", asyncio.get_running_loop(), 60), threading.Event(), [], []
        ended = asyncio.Event()

        def make() -> int:
            gate.wait()
            made.append(1)
            return len(made)

        def tell(future: Future[int]) -> None:
            told.append(future.result())
            if len(told) == 1001:
                ended.set()

        shared = SharedReport(thread, make)
        for _ in range(1001):
            shared.ask(tell)
        gate.set()
        await ended.wait()
        assert sorted(told) == [1, *[2] * 1000], "who asked while one was made gets one that is newer than the question"

    asyncio.run(main())


def test_who_withdraws_is_not_told_nor_held_and_others_are() -> None:
    async def main() -> None:
        thread, gate, told = BackgroundThread("test", asyncio.get_running_loop(), 60), threading.Event(), []
        ended = asyncio.Event()
        shared = SharedReport(thread, lambda: gate.wait())
        first, second = (shared.ask(lambda _, name=name: told.append(name)) for name in ("first", "second"))  # type: ignore[misc]
        shared.ask(lambda _: ended.set())
        assert first.cancel()
        assert second.cancel()
        assert shared._told == {}
        gate.set()
        await ended.wait()
        assert told == []

    asyncio.run(main())


def test_a_thread_that_hangs_does_not_keep_the_process() -> None:
    import subprocess
    import sys

    program = (
        "import asyncio, threading\n"
        "from edge_tts.daemon.background import BackgroundThread\n"
        "async def main(): BackgroundThread('x', asyncio.get_running_loop(), 60).run(threading.Event().wait, print)\n"
        "asyncio.run(main())"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=60, check=False).returncode == 0
