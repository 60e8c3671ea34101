"""Measures in a fresh process: what an earlier measurement loaded neither helps nor takes memory.

The process is `python -m MODULE`; it reads what to measure from standard input, and writes figures to standard output
or one line of error to standard error. Both are JSON. Such a module ends in a call of `serve`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

from edge_tts.config.loading import computing
from edge_tts.errors import EdgeTTSError, EngineError


def measure(module: str, order: Mapping[str, Any], subject: str, limit_seconds: float) -> dict[str, Any]:
    """Have a module measure in a process of its own, and return its figures.

    Args:
        module: its full name.
        order: what it is to measure.
        subject: what is measured, for people.
        limit_seconds: after so long the process is killed.

    Raises:
        EngineError: it fails or takes too long.
    """
    command = [sys.executable, "-m", module]
    given = json.dumps(order)
    try:
        done = subprocess.run(
            command, input=given, capture_output=True, text=True, timeout=limit_seconds, env=computing()
        )
    except subprocess.TimeoutExpired as error:
        raise EngineError(f"{subject} took longer than {limit_seconds:g} s") from error
    if done.returncode != 0:
        reason = done.stderr.strip().rpartition("\n")[2]
        raise EngineError(f"{subject} does not work: {reason or f'exit status {done.returncode}'}")
    return dict(json.loads(done.stdout))


def serve(measured: Callable[[dict[str, Any]], Mapping[str, Any]]) -> None:
    """Measure what standard input asks for; a failure of ours ends the process with its reason."""
    try:
        json.dump(measured(json.load(sys.stdin)), sys.stdout)
    except EdgeTTSError as error:
        sys.exit(str(error))
