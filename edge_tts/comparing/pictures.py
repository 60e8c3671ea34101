"""Pictures of spectrograms for a page: SVG with the values as a picture inside it."""

from __future__ import annotations

import base64
import struct
import zlib
from html import escape

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_MAGNITUDES = ("#000004", "#3b0f70", "#8c2981", "#de4968", "#fe9f6d", "#fcfdbf")
_DIFFERENCES = ("#053061", "#4393c3", "#f7f7f7", "#d6604d", "#67001f")
"""Colours from the least value to the greatest."""
_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 420, 150, 34, 20, 20
_BINS = 256


def spectrogram(title: str, mels: Floats, top: float, seconds: float) -> str:
    """Return a mel-spectrogram as SVG.

    Args:
        title: above it.
        mels: dB, shape (frames, bands).
        top: dB of the brightest colour; 60 below it is the darkest.
        seconds: that the frames last.
    """
    return _svg(
        title, (mels - np.float32(top - 60)) / np.float32(60), _MAGNITUDES, seconds, f"{top - 60:.0f} to {top:.0f} dB"
    )


def change(title: str, first: Floats, second: Floats, seconds: float) -> str:
    """Return how a second spectrogram differs from a first, white where it does not, as SVG; 20 dB are full colour."""
    return _svg(title, (second - first) / np.float32(40) + np.float32(0.5), _DIFFERENCES, seconds, "-20 to 20 dB")


def _svg(title: str, shares: Floats, colours: tuple[str, ...], seconds: float, scale: str) -> str:
    """Return a picture of values from 0 to 1, shape (columns, rows), the first row at the bottom."""
    height, width = _HEIGHT + _TOP + _BOTTOM, _WIDTH + _LEFT
    data = base64.b64encode(png(_coloured(np.clip(shares.T[::-1], 0, 1), colours))).decode()
    base = _TOP + _HEIGHT
    texts = [
        _text(_LEFT, 14, title),
        _text(width, 14, scale, "end"),
        _text(_LEFT - 4, _TOP + 10, "high", "end"),
        _text(_LEFT - 4, base, "low", "end"),
        _text(_LEFT, base + 15, "0 s"),
        _text(width, base + 15, f"{seconds:.1f} s", "end"),
    ]
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">'
        f'<image x="{_LEFT}" y="{_TOP}" width="{_WIDTH}" height="{_HEIGHT}" preserveAspectRatio="none" '
        f'href="data:image/png;base64,{data}"/>{"".join(texts)}</svg>'
    )


def _text(x: int, y: int, text: str, anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'


def _coloured(shares: Floats, colours: tuple[str, ...]) -> NDArray[np.uint8]:
    """Return shares from 0 to 1 as colours, shape (rows, columns, 3)."""
    stops = np.array([[int(one[at : at + 2], 16) for at in (1, 3, 5)] for one in colours], float)
    places = np.linspace(0, len(colours) - 1, _BINS)
    ramp = np.stack([np.interp(places, range(len(colours)), channel) for channel in stops.T], axis=1)
    coloured: NDArray[np.uint8] = ramp.round().astype(np.uint8)[np.rint(shares * (_BINS - 1)).astype(int)]
    return coloured


def png(pixels: NDArray[np.uint8]) -> bytes:
    """Return pixels, shape (rows, columns, 3), as a PNG file (RFC 2083)."""
    rows, columns, _ = pixels.shape
    lines = np.concatenate([np.zeros((rows, 1), np.uint8), pixels.reshape(rows, -1)], axis=1)  # 0: no filter
    head = struct.pack(">IIBBBBB", columns, rows, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(lines.tobytes(), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
