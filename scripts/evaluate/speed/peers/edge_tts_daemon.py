"""This project as it is used, a daemon and a client on its socket; its threads come from the environment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edge_tts.client.blocking import Client
from edge_tts.config.loading import load as load_config
from edge_tts.daemon.starting import passing_daemon
from edge_tts.wire import Audio
from scripts.evaluate.speed.peers.turns import serve

SAMPLE_RATE = 24_000


def main() -> None:
    """Start the daemon and serve."""
    with passing_daemon(load_config()) as path, Client(path, timeout_seconds=120) as client:

        def speak(order: dict[str, Any]) -> Iterator[int]:
            options = {"voice": order["voice"], "output": "return", "sample_rate": SAMPLE_RATE, "cache": False}
            for message in client.utter(order["text"], **options):
                if isinstance(message, Audio):
                    yield len(message.data) // 2

        def pids() -> list[int]:
            status = client.status()
            return [status["pid"], *(row["pid"] for row in status["models"] if row["pid"])]

        serve(speak, SAMPLE_RATE, pids)


if __name__ == "__main__":
    main()
