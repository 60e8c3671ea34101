"""The daemon killed a few times in the middle of everything; scripts/evaluate/soak/kills.py does it for longer."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


@pytest.mark.timeout(300)
def test_nothing_that_was_acknowledged_is_lost_when_the_daemon_is_killed() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.evaluate.soak.kills", "--rounds", "6", "--json"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(done.stdout)
    must_be_0 = ("acknowledged words lost", "say that failed in a race", "files left by killed changes")
    assert {name: figures[name] for name in must_be_0} == dict.fromkeys(must_be_0, 0)
    assert figures["done"]["daemons killed"] >= 6
    assert figures["done"]["words acknowledged"] >= 1
