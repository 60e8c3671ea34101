"""kokoro-onnx on the same graph, voice and phonemes: GRAPH VOICES.npz VOCABULARY THREADS VOICE as arguments."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

STARTED = time.perf_counter()
sys.path.insert(0, str(Path(__file__).parent))

import onnxruntime  # noqa: E402
from kokoro_onnx import Kokoro  # noqa: E402
from turns import serve  # noqa: E402


def main() -> None:
    """Load the program and serve."""
    graph, voices, vocabulary, threads, voice = sys.argv[1:]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(threads)
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    program = Kokoro.from_session(session, voices, vocab_config=vocabulary)
    loop = asyncio.new_event_loop()

    def speak(order: dict[str, Any]) -> Iterator[int]:
        stream = program.create_stream(" ".join(order["phonemes"]), voice, is_phonemes=True)
        while (piece := loop.run_until_complete(anext(stream, None))) is not None:
            yield len(piece[0])

    serve(speak, STARTED)


if __name__ == "__main__":
    main()
