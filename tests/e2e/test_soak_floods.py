"""scripts/evaluate/soak/floods.py runs, floods, and judges what it saw."""

from __future__ import annotations

import json
import subprocess
import sys


def test_a_short_flood_is_measured_and_judged() -> None:
    command = [
        sys.executable,
        "-m",
        "scripts.evaluate.soak.floods",
        "--only",
        "unknown type, unread",
        "--seconds",
        "0.5",
        "--json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    idle, flood = json.loads(done.stdout)
    assert (idle["flood"], flood["flood"]) == ("(idle)", "unknown type, unread")
    assert flood["stop"]
    assert flood["status"]
    assert flood["first_audio"]
    assert flood["refused"] == []
    assert 20 < flood["daemon_mb"] < 150
    assert done.returncode == int(bool(idle["missed"] or flood["missed"]))
