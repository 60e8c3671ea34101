"""This project's engine, without the daemon: MODEL.json THREADS VARIANT as arguments."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edge_tts import text
from edge_tts.cancel import CancelToken
from edge_tts.config.loading import load as load_config
from edge_tts.engines import loading
from edge_tts.engines.engine import VoiceSettings
from edge_tts.engines.model import ModelFiles
from scripts.evaluate.speed.peers.turns import serve


def main() -> None:
    """Load the engine and serve."""
    path, threads, variant = sys.argv[1:]
    model = ModelFiles.from_message(json.loads(Path(path).read_text(encoding="utf-8")))
    engine = loading.load(model, int(threads), variant, config=load_config())

    def speak(order: dict[str, Any]) -> Iterator[int]:
        for sentence in text.analyze(order["text"]):
            for samples in engine.synthesize(sentence, VoiceSettings(order["voice"]), CancelToken()):
                yield len(samples)

    serve(speak, engine.info.sample_rate)


if __name__ == "__main__":
    main()
