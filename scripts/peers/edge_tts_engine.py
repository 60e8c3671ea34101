"""This project's engine, without the daemon: MODEL.json THREADS VARIANT as arguments."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parent)]

from turns import serve  # noqa: E402

from edge_tts import engines, text  # noqa: E402
from edge_tts.engines import CancelToken, ModelFiles, VoiceSettings  # noqa: E402


def main() -> None:
    """Load the engine and serve."""
    path, threads, variant = sys.argv[1:]
    model = ModelFiles.from_message(json.loads(Path(path).read_text(encoding="utf-8")))
    engine = engines.load(model, int(threads), variant)

    def speak(order: dict[str, Any]) -> Iterator[int]:
        for sentence in text.analyze(order["text"]):
            for samples in engine.synthesize(sentence, VoiceSettings(order["voice"]), CancelToken()):
                yield len(samples)

    serve(speak, engine.info.sample_rate)


if __name__ == "__main__":
    main()
