"""Work beside the event loop."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future

import pytest

from edge_tts.errands import Errands, Shared


async def outcome(errands: Errands, work: object) -> Future[object]:
    told: asyncio.Future[Future[object]] = asyncio.get_running_loop().create_future()
    errands.run(work, told.set_result)  # type: ignore[arg-type]
    return await told


def test_results_and_errors_come_back_into_the_loop() -> None:
    async def main() -> None:
        errands = Errands("test", asyncio.get_running_loop())
        assert (await outcome(errands, threading.get_ident)).result() != threading.get_ident()
        with pytest.raises(ZeroDivisionError):
            (await outcome(errands, lambda: 1 / 0)).result()
        assert (await outcome(errands, lambda: "on")).result() == "on"

    asyncio.run(main())


def test_what_is_cancelled_before_it_begins_is_not_done() -> None:
    async def main() -> None:
        errands, gate, done = Errands("test", asyncio.get_running_loop()), threading.Event(), []
        errands.run(gate.wait, lambda _: None)
        future = errands.run(lambda: done.append("cancelled"), lambda _: done.append("told"))
        assert future.cancel()
        gate.set()
        await outcome(errands, lambda: None)
        assert done == []

    asyncio.run(main())


def test_a_report_is_made_once_for_all_who_asked_before_it_was_begun() -> None:
    async def main() -> None:
        errands, gate, made, told = Errands("test", asyncio.get_running_loop()), threading.Event(), [], []
        ended = asyncio.Event()

        def make() -> int:
            gate.wait()
            made.append(1)
            return len(made)

        def tell(future: Future[int]) -> None:
            told.append(future.result())
            if len(told) == 1001:
                ended.set()

        shared = Shared(errands, make)
        for _ in range(1001):
            shared.ask(tell)
        gate.set()
        await ended.wait()
        assert sorted(told) == [1, *[2] * 1000], "who asked while one was made gets one that is newer than the question"

    asyncio.run(main())


def test_a_thread_that_hangs_does_not_keep_the_process() -> None:
    import subprocess
    import sys

    program = (
        "import asyncio, threading\n"
        "from edge_tts.errands import Errands\n"
        "async def main(): Errands('x', asyncio.get_running_loop()).run(threading.Event().wait, print)\n"
        "asyncio.run(main())"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=60, check=False).returncode == 0
