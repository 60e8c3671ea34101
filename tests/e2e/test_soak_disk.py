"""Everything at once against a small budget, for a short while; scripts/evaluate/soak/disk.py runs it for longer."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


@pytest.mark.timeout(300)
def test_under_random_use_and_kills_the_budget_is_kept_and_nothing_is_lost() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.evaluate.soak.disk", "--seconds", "10", "--json"],
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode in (0, 1), done.stderr
    figures = json.loads(done.stdout)
    must_be_0 = (
        *("bytes of ours over budget", "files lost", "half-installed models", "evictions of files in use"),
        "files of others lost or changed",
    )
    assert {name: figures[name] for name in must_be_0} == dict.fromkeys(must_be_0, 0), figures
    assert figures["samples"] > 20
    assert figures["done"]["copied in"] >= 1
    assert figures["done"]["used"] >= 1
