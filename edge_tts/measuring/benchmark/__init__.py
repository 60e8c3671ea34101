"""How well voices do on this machine, measured as a client of the daemon measures it.

First sound is from sending `speak` to the first bytes of audio at the client; the factor RTF is from sending to the
last bytes, for a second of audio. Both include the socket, the queue and the text front end.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from edge_tts import machine
from edge_tts.client.blocking import Client
from edge_tts.config.settings import Config
from edge_tts.daemon.starting import passing_daemon
from edge_tts.measuring.benchmark.plan import Plan
from edge_tts.measuring.benchmark.readings import read
from edge_tts.measuring.benchmark.subject import REPLY_SECONDS, TOGETHER_CHARACTERS, Subject
from edge_tts.measuring.percentiles import PERCENTS, percentile

__all__ = ["Plan", "Report", "measure"]

Report = Callable[[str, int, int], None]
"""Is called with what is measured next, how many steps are done and how many there are."""


def measure(plan: Plan, config: Config, running: Path | None, report: Report) -> dict[str, Any]:
    """Measure voices, one after the other.

    Args:
        plan: what is measured.
        config: the configuration of daemons that are started for it.
        running: socket of the daemon to measure through, None to start one; a cold start always starts one.
        report: is called before each step.

    Returns:
        For programs: date, machine, daemon ("running" or "own"), voices with cold, lengths, clients, and summaries of
        them; figures of single readings are lists. docs/measurements/benchmarks.md describes the fields.

    Raises:
        EdgeTTSError: a voice is unknown, or cannot speak.
    """
    progress = _Progress(report, plan.steps)
    voices = []
    for voice in plan.voices:
        cold = [_cold(voice, config, progress) for _ in range(plan.starts)]
        with ExitStack() as stack:
            path = running or stack.enter_context(passing_daemon(config, _roomy(plan, config)))
            voices.append({**Subject(path, voice, progress.step).figures(plan), "cold": cold})
    return {
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "machine": machine.about(),
        "daemon": "running" if running else "own",
        "voices": [{**figures, "summary": _summary(figures)} for figures in voices],
    }


class _Progress:
    """Counts the steps and reports each."""

    def __init__(self, report: Report, steps: int) -> None:
        self._report, self._steps, self._done = report, steps, 0

    def step(self, detail: str) -> None:
        """Report what is measured next."""
        self._report(detail, self._done, self._steps)
        self._done += 1


def _cold(voice: str, config: Config, progress: _Progress) -> dict[str, float]:
    """Return how long a daemon of our own takes to be ready, and then to the first sound, with no worker there yet."""
    progress.step("cold start")
    began = time.perf_counter()
    with passing_daemon(config) as path, Client(path, timeout_seconds=REPLY_SECONDS) as client:
        ready = time.perf_counter() - began
        return {"daemon_seconds": ready, "first_seconds": read(client, "你好，欢迎光临。", voice)[0].first_seconds}


def _roomy(plan: Plan, config: Config) -> dict[str, str]:
    """Return the environment of a daemon that accepts texts of this plan, whatever its configuration says."""
    limits, most = config.limits, max(plan.clients, default=1) + 1
    wanted = {
        "TEXT_CHARACTERS": max(limits.text_characters, *plan.lengths, TOGETHER_CHARACTERS),
        "QUEUE": max(limits.queue, most),
        "CONNECTIONS": max(limits.connections, most),
    }
    return {f"EDGE_TTS_LIMITS_{name}": str(value) for name, value in wanted.items()}


def _summary(figures: dict[str, Any]) -> dict[str, Any]:
    """Return percentiles over all lengths, and the most memory."""
    rows = figures["lengths"]
    named = {name: [value for row in rows for value in row[name]] for name in ("first_seconds", "rtf")}
    summary = {
        name: {f"p{percent}": percentile(values, percent) for percent in PERCENTS} for name, values in named.items()
    }
    for part in ("worker", "daemon"):
        peaks = (row[part] for row in [*rows, *figures["clients"]])
        summary[part] = {name: max(values) for name, values in _columns(peaks).items()}
    if figures["cold"]:
        summary["cold"] = {name: percentile(values, 50) for name, values in _columns(figures["cold"]).items()}
    return summary


def _columns(rows: Iterable[dict[str, Any]]) -> dict[str, list[Any]]:
    """Return the values of each key of maps that have the same keys."""
    found = list(rows)
    return {name: [row[name] for row in found] for name in found[0]}
