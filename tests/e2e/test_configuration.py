"""One configuration in a daemon and all of its workers: what was read when it started, whatever becomes of the file."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

from tests.support.running import Daemon

LONG = "今天天气很好，我们去公园吧。" * 60


def end_the_worker(daemon: Daemon) -> None:
    """Have the next request load the model anew."""
    os.kill(daemon.worker_pid("tone"), signal.SIGKILL)
    with daemon.client() as client:
        while [row for row in client.status()["models"] if row["state"] == "ready"]:
            pass


def test_a_typo_in_the_file_of_a_running_daemon_breaks_no_load(start: Callable[..., Daemon], tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[engines]\nthreads = 1\n")
    daemon = start(EDGE_TTS_CONFIG=str(file))
    with daemon.client() as client:
        client.synthesize("你好", cache=False)
        end_the_worker(daemon)
        file.write_text("[engines\nthreds = one")
        assert len(client.synthesize("你好", cache=False).samples)


def test_a_worker_does_what_its_daemon_was_told(start: Callable[..., Daemon], tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[disk]\nbudget_bytes = "1GB"\n')
    daemon = start(EDGE_TTS_CONFIG=str(file))
    with daemon.client() as client:
        client.synthesize("你好", cache=False)
        end_the_worker(daemon)
        file.write_text('[disk]\nbudget_bytes = "1MB"\n')
        # several megabytes wait for their end on the disk, within the budget that the daemon has
        assert len(client.synthesize(LONG, cache=False, stream=False, sample_rate=48_000).samples) > 1_000_000
