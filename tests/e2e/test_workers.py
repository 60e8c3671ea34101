"""Workers that cannot load, talk nonsense or die: each request gets one last reply, and the next one a new worker."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from edge_tts.errors import EdgeTTSError, EngineCrashed, EngineError
from tests.support.running import Daemon

LONG = "今天天气很好，我们去公园散步。" * 40

SABOTAGE = """
import os, sys
if "edge_tts.worker" in sys.orig_argv and os.path.exists({flag!r}):
    from edge_tts.engines import loading
    from edge_tts.wire import worker_messages as jobs
    from edge_tts.worker import __main__ as worker
    def die(*_): os.kill(os.getpid(), 9)
{code}
    sys.argv = sys.orig_argv[2:]
    worker.main()
    os._exit(0)
"""


def sabotaged(start: Callable[..., Daemon], folder: Path, code: str, **variables: str) -> tuple[Daemon, Path]:
    """Start a daemon whose workers run some code before their own, as long as a file is there."""
    flag = folder / "broken"
    flag.touch()
    text = SABOTAGE.format(flag=str(flag), code=textwrap.indent(textwrap.dedent(code), "    "))
    (folder / "sitecustomize.py").write_text(text)
    return start(PYTHONPATH=f"{folder}:{Path(__file__).parents[2]}", **variables), flag


def speaks_again(daemon: Daemon, flag: Path) -> None:
    flag.unlink()
    with daemon.client() as client:
        try:
            samples = client.synthesize("你好", cache=False).samples
        except EngineCrashed:  # the broken one was told to before its end was known
            samples = client.synthesize("你好", cache=False).samples
        assert len(samples)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("MemoryError()", "MemoryError"),
        ("OSError(24, 'Too many open files')", "Too many open files"),
        ("ImportError('no libsomething.so')", "libsomething"),
        ("AttributeError('a bug')", "a bug"),
        ("KeyError('field')", "field"),
        ("RecursionError('too deep')", "too deep"),
    ],
)
def test_whatever_a_load_raises_is_told_and_the_next_request_tries_again(
    start: Callable[..., Daemon], tmp_path: Path, error: str, said: str
) -> None:
    code = f"""
        def place(*_): raise {error}
        loading.load_best = place
        """
    daemon, flag = sabotaged(start, tmp_path, code, EDGE_TTS_ENGINES_IDLE_SECONDS="0")
    with daemon.client() as client:
        for _ in range(2):
            with pytest.raises(EngineError, match=said):
                client.synthesize("你好")
        assert [row["state"] for row in client.status()["models"]] == ["unloaded"]
    speaks_again(daemon, flag)


@pytest.mark.parametrize(
    "code",
    [
        "print('the interpreter is damaged', file=sys.stderr); os._exit(3)",
        "import faulthandler; os.write(2, b'the interpreter is damaged\\n'); faulthandler.disable(); os.abort()",
    ],
)
def test_what_a_worker_says_last_is_told(start: Callable[..., Daemon], tmp_path: Path, code: str) -> None:
    daemon, flag = sabotaged(start, tmp_path, code)
    with daemon.client() as client, pytest.raises(EngineCrashed, match="the interpreter is damaged"):
        client.synthesize("你好")
    speaks_again(daemon, flag)


NONSENSE = {
    "a sentence before it is loaded": """
        def load(self, message): self._send(jobs.SentenceDone(id=0, last=True, samples=0, seconds=0.0))
        worker.Worker._load = load
        """,
    "a failed job while it loads": """
        def load(self, message): self._fail(0, worker.EngineError("x"))
        worker.Worker._load = load
        """,
    "loaded twice": """
        load = worker.Worker._load
        def twice(self, message): load(self, message); load(self, message)
        worker.Worker._load = twice
        """,
    "an end of another utterance": """
        def next(self, id): self._send(jobs.SentenceDone(id=id + 7, last=True, samples=0, seconds=0.0))
        worker.Worker._next = next
        """,
    "audio of another utterance": """
        def next(self, id): self._send(jobs.Encoded(id=id + 7, data=bytes(100)))
        worker.Worker._next = next
        """,
    "bytes that are no message": """
        def load(self, message): self._channel._connection.sendall(b"\\0\\0\\0\\5hello")
        worker.Worker._load = load
        """,
    "a frame without end": """
        def load(self, message): self._channel._connection.sendall(b"\\xff" * 100)
        worker.Worker._load = load
        """,
    "samples that are none": """
        def next(self, id): self._send(jobs.Opened(id=id, spans=5, ignored=[], unread=[], sample_rate=1))
        worker.Worker._next = next
        """,
}


@pytest.mark.parametrize("code", NONSENSE.values(), ids=list(NONSENSE))
def test_a_worker_that_says_nonsense_is_ended(start: Callable[..., Daemon], tmp_path: Path, code: str) -> None:
    daemon, flag = sabotaged(start, tmp_path, code)
    with daemon.client() as client:
        with contextlib.suppress(EngineError):  # one that said it has loaded may have spoken already
            client.synthesize("你好", cache=False)
    speaks_again(daemon, flag)


STAGES = {
    "before it loads": "worker.Worker.run = die",
    "while it loads": "loading.load_best = die",
    "when it has loaded": """
        load = worker.Worker._load
        def dying(self, message): load(self, message); die()
        worker.Worker._load = dying
        """,
    "when it opens": "worker.Worker._open = die",
    "at the first sentence": "worker.Worker._next = die",
    "after the first audio": """
        deliver = worker.Worker._deliver
        def dying(self, *_, **more): deliver(self, *_); die()
        worker.Worker._deliver = dying
        """,
    "in a later sentence": """
        speak = worker.Worker._speak
        def dying(self, job, sentence, done):
            if sentence.span[0] > 30: die()
            return speak(self, job, sentence, done)
        worker.Worker._speak = dying
        """,
    "when it records": """
        worker.Recorder.recorded = die
        """,
}


@pytest.mark.parametrize("code", STAGES.values(), ids=list(STAGES))
@pytest.mark.parametrize("output", ["return", "none"])
def test_a_worker_that_is_killed_leaves_one_last_reply(
    start: Callable[..., Daemon], tmp_path: Path, code: str, output: str
) -> None:
    daemon, flag = sabotaged(start, tmp_path, code)
    with daemon.client() as client:
        if "Recorder" in code:  # all was made: whoever hears it does not wait for that
            with contextlib.suppress(EngineCrashed) if output == "none" else contextlib.nullcontext():
                assert [reply.type for reply in client.utter("你好", output=output)].count("done") == 1
        else:
            with pytest.raises(EngineCrashed, match="SIGKILL"):
                list(client.utter(LONG, output=output))
    speaks_again(daemon, flag)


@pytest.mark.parametrize("problem", ["MemoryError()", "ValueError('x')"])
def test_what_cannot_be_recorded_fails_only_what_was_for_the_cache(
    start: Callable[..., Daemon], tmp_path: Path, problem: str
) -> None:
    code = f"""
        def recorded(self): raise {problem}
        worker.Recorder.recorded = recorded
        """
    daemon, flag = sabotaged(start, tmp_path, code)
    with daemon.client() as client:
        for _ in range(2):
            with pytest.raises(EdgeTTSError, match=problem[:5]):
                list(client.utter("你好", output="none"))
            assert len(client.synthesize("你好").samples)
    speaks_again(daemon, flag)


@pytest.mark.parametrize("what", ["keep", "pin"])
def test_a_cache_that_hangs_ends_what_waits_for_it(start: Callable[..., Daemon], tmp_path: Path, what: str) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys, threading\n"
        "if 'serve' in sys.orig_argv:\n"
        "    from edge_tts.audio_cache.cache import Cache\n"
        f"    Cache.{what} = lambda *_, **__: threading.Event().wait()\n"
    )
    path = f"{tmp_path}:{Path(__file__).parents[2]}"
    daemon = start(PYTHONPATH=path, EDGE_TTS_LIMITS_STALLED_SECONDS="0.5")
    with daemon.client() as client:
        if what == "pin":
            list(client.utter("你好", output="none"))
        for _ in range(2):
            with pytest.raises(EdgeTTSError, match=r"does not answer|has not answered"):
                list(client.utter("你好", output="none", pin=True))
            assert len(client.synthesize("再见").samples)


def test_a_worker_is_not_unloaded_while_an_utterance_is_open_in_it(start: Callable[..., Daemon]) -> None:
    daemon = start(EDGE_TTS_ENGINES_IDLE_SECONDS="0.05", EDGE_TTS_LIMITS_UNREAD_BYTES="65536")
    with daemon.client() as client:
        replies = client.utter(LONG, output="return", format="pcm_f32le", sample_rate=48000)
        next(reply for reply in replies if reply.type == "audio")
        worker = psutil.Process(daemon.worker_pid("tone"))
        assert psutil.wait_procs([worker], timeout=0.5)[1], "ten times as long as it may be idle"
        assert [reply.type for reply in replies][-1] == "done"
    assert psutil.wait_procs([worker], timeout=20)[0]


def test_a_stopped_worker_does_not_outlive_its_daemon(start: Callable[..., Daemon]) -> None:
    daemon = start()
    with daemon.client() as client:
        client.synthesize("你好")
    worker = psutil.Process(daemon.worker_pid("tone"))
    worker.suspend()
    daemon.process.kill()
    assert psutil.wait_procs([worker], timeout=10)[0]


def test_a_worker_whose_parent_has_gone_already_ends() -> None:
    done = subprocess.run([sys.executable, "-m", "edge_tts.worker", "0", "1"], stdin=subprocess.PIPE, timeout=60)
    assert done.returncode == 0


def test_a_worker_cannot_be_inspected_by_others_and_is_the_first_to_be_killed_for_memory(
    start: Callable[..., Daemon],
) -> None:
    daemon = start()
    with daemon.client() as client:
        client.synthesize("你好")
    for pid, score in ((daemon.pid, None), (daemon.worker_pid("tone"), "500")):
        assert psutil.Process(pid).rlimit(psutil.RLIMIT_CORE) == (0, 0)
        owner = os.stat(f"/proc/{pid}/mem")  # the administrator's when it is not dumpable, proc(5)
        assert owner.st_uid == 0
        if score:
            assert Path(f"/proc/{pid}/oom_score_adj").read_text().strip() == score
    assert psutil.Process(daemon.worker_pid("tone")).rlimit(psutil.RLIMIT_DATA)[0] < 2 << 30


def test_a_worker_that_takes_too_much_memory_fails_alone(start: Callable[..., Daemon], tmp_path: Path) -> None:
    code = """
        synthesize = worker.Worker._synthesize
        def greedy(self, job, sentence):
            if job.speak.pitch > 1: worker.np.ones(1 << 30)
            return synthesize(self, job, sentence)
        worker.Worker._synthesize = greedy
        """
    daemon, _ = sabotaged(start, tmp_path, code)
    with daemon.client() as client, daemon.client() as other:
        replies = other.utter(LONG, output="return", cache=False)
        next(reply for reply in replies if reply.type == "audio")
        with pytest.raises(EngineError, match=r"allocate|Memory"):
            client.synthesize("你好", pitch=1.5, cache=False)
        assert [reply.type for reply in replies][-1] == "done"


def test_an_upgrade_under_a_running_daemon_is_noticed_and_it_gives_way(
    start: Callable[..., Daemon], tmp_path: Path
) -> None:
    code = """
        from edge_tts.audio_cache import key
        key.__version__ = "99.0"
        """
    daemon, _ = sabotaged(start, tmp_path, code)
    with daemon.client() as client:
        assert len(client.synthesize("你好").samples)
    assert daemon.process.wait(20) == 0
    daemon.wait_for_log("99.0")
