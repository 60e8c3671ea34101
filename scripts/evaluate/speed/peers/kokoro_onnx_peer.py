"""kokoro-onnx, given phonemes: GRAPH VOICES VOCABULARY THREADS as arguments."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from typing import Any

import onnxruntime
from kokoro_onnx import Kokoro

from scripts.evaluate.speed.peers.turns import serve


def main() -> None:
    """Load the program and serve."""
    graph, voices, vocabulary, threads = sys.argv[1:]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(threads)
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    program = Kokoro.from_session(session, voices, vocab_config=vocabulary)
    loop = asyncio.new_event_loop()

    def speak(order: dict[str, Any]) -> Iterator[int]:
        stream = program.create_stream(" ".join(order["phonemes"]), order["voice"], is_phonemes=True)
        while (piece := loop.run_until_complete(anext(stream, None))) is not None:
            yield len(piece[0])

    serve(speak, 24_000)


if __name__ == "__main__":
    main()
