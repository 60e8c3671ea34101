"""`edge-tts status`: what the daemon says of itself, of its models and of the disk."""

from __future__ import annotations

import argparse
from typing import Any

from edge_tts.cli.terminal import duration, print_json, size, table
from edge_tts.client.blocking import Client

_COLUMNS = {
    "name": "MODEL",
    "state": "STATE",
    "pid": "PID",
    "own": "OWN MEMORY",
    "files": "+ FILES",
    "device": "COMPUTES",
    "way": "HOW",
}


def status(options: argparse.Namespace) -> None:
    """Show the state of the daemon."""
    with Client() as client:
        report = client.status()
    if options.json:
        print_json(report)
        return
    queue, disk = report["queue"], report["disk"]
    facts = {
        "version": report["version"],
        "process": f"{report['pid']}, up {duration(report['uptime_seconds'])}",
        "memory": "{own} of its own and {files} of files".format(**_memory(report)),
        "socket": report["socket"],
        "queue": f"{queue['speaking']} speaking, {queue['waiting']} waiting, {report['connections']} clients",
        "disk": f"{size(disk['used_bytes'])} of {size(disk['budget_bytes'])}",
    }
    for name, value in facts.items():
        print(f"{name:<8} {value}")
    for one in report.get("hung", ()):
        print(f"hung     {one['name']}: the disk has not answered for {one['seconds']:.0f} s; see: edge-tts doctor")
    print()
    print(table([_row(model) for model in report["models"]], _COLUMNS))
    for model in report["models"]:
        if note := model.get("note"):
            print(f"{model['name']} is {note}")


def _row(model: dict[str, Any]) -> dict[str, Any]:
    return {**model, **_memory(model)} if model["pid"] is not None else model


def _memory(process: dict[str, Any]) -> dict[str, str]:
    """Return for people what a process takes: its own, and pages of mapped files, which others may share."""
    own = process["private_memory"]
    return {"own": size(own), "files": size(process["memory"] - own)}
