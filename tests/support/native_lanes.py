"""Which instruction sets the native loops have on this machine."""

from __future__ import annotations

from edge_tts.errors import EngineError
from edge_tts.native.convolution import Pool

LANES = ("portable", "avx2", "avxvnni", "avx512vnni", "dotprod")


def lanes_here() -> list[str]:
    """Return those that this processor can run, none without a native library."""
    found = []
    for lanes in LANES:
        try:
            Pool(1, lanes).close()
        except EngineError:
            continue
        found.append(lanes)
    return found
