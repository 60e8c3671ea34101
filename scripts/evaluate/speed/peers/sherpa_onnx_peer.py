"""sherpa-onnx with Kokoro: FOLDER THREADS as arguments; the folder is that of `peers.sherpa_files`."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import espeakng_loader
import sherpa_onnx

from scripts.evaluate.speed.peers.turns import serve


def main() -> None:
    """Load the program and serve."""
    folder, threads = Path(sys.argv[1]), int(sys.argv[2])
    kokoro = sherpa_onnx.OfflineTtsKokoroModelConfig(
        model=str(folder / "model.onnx"),
        voices=str(folder / "voices.bin"),
        tokens=str(folder / "tokens.txt"),
        lexicon=str(folder / "lexicon.txt"),
        data_dir=espeakng_loader.get_data_path(),
    )
    model = sherpa_onnx.OfflineTtsModelConfig(kokoro=kokoro, num_threads=threads)
    program = sherpa_onnx.OfflineTts(sherpa_onnx.OfflineTtsConfig(model=model))
    voices = (folder / "voices.txt").read_text(encoding="utf-8").split()

    def speak(order: dict[str, Any]) -> Iterator[int]:
        pieces: queue.SimpleQueue[int] = queue.SimpleQueue()

        def take(samples: Any, _: float) -> int:
            pieces.put(len(samples))
            return 1  # go on

        def generate() -> None:
            program.generate(order["text"], voices.index(order["voice"]), 1.0, take)
            pieces.put(0)

        threading.Thread(target=generate).start()
        yield from iter(pieces.get, 0)

    serve(speak, program.sample_rate)


if __name__ == "__main__":
    main()
