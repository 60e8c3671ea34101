"""A real daemon in a process of its own, for tests."""

from __future__ import annotations

import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from edge_tts import Client

START_SECONDS = 20.0


class Daemon:
    """`edge-tts serve` under a home of its own, ready when the constructor returns."""

    def __init__(self, home: Path, **variables: str) -> None:
        self.home = home
        self.environ = environment(home, **variables)
        self.socket = Path(variables.get("EDGE_TTS_SOCKET", home / "run" / "edge-tts.sock"))
        self.log = home / "serve.log"
        home.mkdir(parents=True, exist_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as readiness, open(self.log, "ab") as log:
            address = home / "ready"
            address.unlink(missing_ok=True)
            readiness.bind(str(address))
            self.process = subprocess.Popen(
                [sys.executable, "-m", "edge_tts", "serve", "--verbose"],
                env={**self.environ, "NOTIFY_SOCKET": str(address)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
            try:
                _await(readiness, START_SECONDS, self.log)
            except TimeoutError:
                self.close()
                raise

    @property
    def pid(self) -> int:
        return self.process.pid

    def client(self, timeout_seconds: float | None = 60.0) -> Client:
        return Client(self.socket, timeout_seconds=timeout_seconds)

    def connect(self) -> socket.socket:
        """Return a bare connection, for bytes that no client would send."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(20)
        connection.connect(str(self.socket))
        return connection

    def worker_pid(self, model: str) -> int:
        with self.client() as client:
            (row,) = [row for row in client.status()["models"] if row["name"] == model]
        return int(row["pid"])

    def wait_for_log(self, words: str) -> None:
        """Wait until something is in the log, which is written in a thread of its own."""
        wait_for(lambda: words in self.log.read_text())

    def run(self, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
        """Run the command line against this daemon."""
        return run(self.environ, *arguments, **options)

    def terminate(self, seconds: float = 5.0) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def wait_for(true: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until a condition holds; raise TimeoutError if it never does."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError("what was expected never came")
        time.sleep(0.01)


def environment(home: Path, **variables: str) -> dict[str, str]:
    """Return this process's environment with every directory of ours under `home`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EDGE_TTS_")}
    return {**kept, "EDGE_TTS_HOME": str(home), **variables}


def run(environ: dict[str, str], *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run `edge-tts` and return what it printed."""
    given = {"capture_output": True, "text": True, "timeout": 60, "stdin": subprocess.DEVNULL, **options}
    if "input" in given:
        del given["stdin"]
    return subprocess.run([sys.executable, "-m", "edge_tts", *arguments], env=environ, **given)  # type: ignore[call-overload,no-any-return]


def _await(readiness: socket.socket, seconds: float, log: Path) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(readiness, selectors.EVENT_READ)
        if not selector.select(seconds):
            raise TimeoutError(f"the daemon was not ready in {seconds} s: {log.read_text()}")
    assert readiness.recv(100) == b"READY=1"
