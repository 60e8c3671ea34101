"""A program that reads lines of text and writes bare 16-bit samples: RATE LASTING COMMAND… as arguments.

LASTING is "lasting" for one process that reads all lines, else each order starts a process that ends by itself. It is
a program of its own: text in, sound out, nothing of it is loaded here. `{voice}` in the command is the order's voice.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Iterator
from typing import IO, Any

from scripts.evaluate.speed.peers.turns import cpu_seconds, serve

_QUIET_SECONDS = 0.3
"""A lasting process that has written and computed nothing for so long has read its line."""
_READ_BYTES = 1 << 20


def main() -> None:
    """Serve."""
    rate, lasting, *command = sys.argv[1:]
    if lasting != "lasting":
        running: list[int] = []
        serve(lambda order: _passing(command, order, running), int(rate), lambda: running)
        return
    process = _started(command)
    try:
        serve(lambda order: _line(process, order), int(rate), lambda: [process.pid])
    except BrokenPipeError:
        raise SystemExit(f"{' '.join(command)} ended with status {process.wait()}") from None
    process.terminate()


def _line(process: subprocess.Popen[bytes], order: dict[str, Any]) -> Iterator[int]:
    """Let a lasting process read a line; BrokenPipeError when it has ended."""
    _write(process.stdin, order["text"].replace("\n", " ") + "\n")
    output, came, used = process.stdout, False, 0.0
    if output is None:
        raise SystemExit("expected a pipe")
    while True:
        if select.select([output], [], [], _QUIET_SECONDS)[0]:
            count = _samples(output)
            if not count:
                raise BrokenPipeError
            came = True
            yield count
        elif came and cpu_seconds([process.pid]) == used:
            return
        used = cpu_seconds([process.pid])


def _passing(command: list[str], order: dict[str, Any], running: list[int]) -> Iterator[int]:
    """Start a process for an order, and wait for it to end; it is the only one of `running` meanwhile."""
    with _started([word.format(voice=order["voice"]) for word in command]) as process:
        running[:] = [process.pid]
        _write(process.stdin, order["text"])
        if process.stdin is None or process.stdout is None:
            raise SystemExit("expected pipes")
        process.stdin.close()
        while count := _samples(process.stdout):
            yield count
    running.clear()


def _samples(output: IO[bytes]) -> int:
    return len(os.read(output.fileno(), _READ_BYTES)) // 2


def _write(pipe: IO[bytes] | None, text: str) -> None:
    if pipe:
        pipe.write(text.encode())
        pipe.flush()


def _started(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
