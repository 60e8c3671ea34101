"""Who finds no place among those that wait to be let in waits for one."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from edge_tts.client.connecting import attempt, connect
from edge_tts.errors import DaemonUnavailable

CONNECT = """
import pathlib, signal, sys
from edge_tts.client.connecting import connect
signal.signal(signal.SIGUSR1, lambda number, frame: print("signal", flush=True))
print("waits", flush=True)
with connect(pathlib.Path(sys.argv[1]), 60) as connection:
    connection.sendall(b"here")
    print("connected", flush=True)
"""


def test_who_waits_for_a_place_gets_it_though_signals_come(tmp_path: Path) -> None:
    path = tmp_path / "busy.sock"
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket(socket.AF_UNIX))
        listener.bind(str(path))
        listener.listen(0)
        stack.enter_context(connect(path))
        assert attempt(path) is None
        with pytest.raises(DaemonUnavailable, match=r"sent nothing for 0\.05 s"):
            connect(path, 0.05)
        command = [sys.executable, "-c", CONNECT, str(path)]
        process = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        assert process.stdout is not None
        assert process.stdout.readline() == "waits\n"
        while psutil.Process(process.pid).status() != psutil.STATUS_SLEEPING:
            pass
        process.send_signal(signal.SIGUSR1)
        assert process.stdout.readline() == "signal\n"
        stack.enter_context(listener.accept()[0])
        assert process.stdout.readline() == "connected\n"
        assert stack.enter_context(listener.accept()[0]).recv(4) == b"here"
