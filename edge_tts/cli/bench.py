"""`edge-tts bench`: how fast voices are on this machine, and what they take."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from edge_tts.cli.terminal import ProgressBar, bar, bold, print_json, size, table
from edge_tts.client.blocking import Client
from edge_tts.config.loading import load as load_config
from edge_tts.errors import DaemonUnavailable, RequestError
from edge_tts.measuring.benchmark import Plan, measure
from edge_tts.measuring.percentiles import PERCENTS, percentile

_CELLS = 16
_FIRST = {"bar": "FIRST SOUND", **{f"p{percent}": f"p{percent}" for percent in PERCENTS}}


def bench(options: argparse.Namespace) -> None:
    """Measure and show."""
    if not options.lengths or not options.rounds:
        raise RequestError(
            f"expected at least one length and one round, got {len(options.lengths)} and {options.rounds}"
        )
    plan = Plan(
        voices=tuple(options.voice) or ("",),
        lengths=options.lengths,
        clients=options.clients,
        rounds=options.rounds,
        starts=options.starts,
        whole_seconds=options.seconds,
        clients_seconds=options.seconds,
    )
    progress = ProgressBar()
    try:
        running = None if options.own else _running()
        result = measure(plan, load_config(), running, lambda what, done, total: _step(progress, what, done, total))
    finally:
        progress.close()
    if options.json:
        print_json(result)
    else:
        print("\n\n".join(shown(result)))


def shown(result: dict[str, Any]) -> list[str]:
    """Return the figures for people, a paragraph for each machine, voice and table."""
    about = result["machine"]
    daemon = "the running daemon" if result["daemon"] == "running" else "a daemon of its own"
    lines = [f"{about['processor']}, {about['cores']} cores, {size(about['memory_bytes'])}; through {daemon}"]
    for voice in result["voices"]:
        lines.append("\n".join([bold(f"{voice['voice']} ({voice['model']})"), *_facts(voice["summary"])]))
        lines.append(_lengths(voice["lengths"]))
        if voice["clients"]:
            lines.append(_clients(voice["clients"]))
    return lines


def _running() -> Path | None:
    """Return where a daemon answers, None if none does."""
    try:
        with Client() as client:
            return client.path
    except DaemonUnavailable:
        return None


def _step(progress: ProgressBar, what: str, done: int, total: int) -> None:
    progress.show("bench", what, done, total, f"{done} of {total}")


def _facts(summary: dict[str, Any]) -> list[str]:
    worker, firsts, factors = summary["worker"], summary["first_seconds"], summary["rtf"]
    facts = {
        "first sound": ", ".join(f"{name} {milliseconds(value)}" for name, value in firsts.items()),
        "speed": ", ".join(f"{name} {value:.3f}" for name, value in factors.items()) + " s for a second of audio (RTF)",
        "memory": f"worker {size(worker['own_bytes'])} of its own and {size(worker['mapped_bytes'])} of files, "
        f"daemon {size(sum(summary['daemon'].values()))}",
    }
    if "cold" in summary:
        cold = summary["cold"]
        ready, first = milliseconds(cold["daemon_seconds"]), milliseconds(cold["first_seconds"])
        facts["cold start"] = f"daemon {ready}, then first sound {first} after the request"
    return [f"{name:<11}  {value}" for name, value in facts.items()]


def _lengths(rows: list[dict[str, Any]]) -> str:
    columns = {
        "characters": "CHARACTERS",
        **_FIRST,
        "rtf": "RTF",
        "audio": "AUDIO",
        "memory": "WORKER",
        "daemon": "DAEMON",
    }
    shown = [
        {
            "characters": row["characters"],
            "rtf": f"{percentile(row['rtf'], 50):.3f}",
            "audio": f"{row['audio_seconds']:.1f} s",
            "memory": size(row["worker"]["own_bytes"]),
            "daemon": size(sum(row["daemon"].values())),
        }
        for row in rows
    ]
    return table(_with_first(shown, rows), columns)


def _clients(rows: list[dict[str, Any]]) -> str:
    columns = {"clients": "CLIENTS", **_FIRST, "audio": "AUDIO A SECOND", "fairness": "FAIRNESS"}
    shown = [
        {
            "clients": row["clients"],
            "audio": f"{percentile(row['audio_per_second'], 50):.1f} s",
            "fairness": f"{percentile(row['fairness'], 50):.2f}",
        }
        for row in rows
    ]
    return table(_with_first(shown, rows), columns)


def _with_first(shown: list[dict[str, Any]], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows with the percentiles of the first sound, and with a bar for its median."""
    medians = [percentile(row["first_seconds"], 50) for row in rows]
    return [
        {
            **cells,
            "bar": bar(median / max(medians), _CELLS, " "),
            **{f"p{percent}": milliseconds(percentile(row["first_seconds"], percent)) for percent in PERCENTS},
        }
        for cells, row, median in zip(shown, rows, medians, strict=True)
    ]


def milliseconds(seconds: float) -> str:
    """Return a short time for people, with three digits that count."""
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.{0 if seconds >= 0.1 else 1}f} ms"
