"""Pictures of spectrograms for a page: SVG with the values as a picture inside it."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Iterator
from html import escape

import numpy as np
from numpy.typing import NDArray

from edge_tts.measuring.comparison.spectra import mel

Floats = NDArray[np.float32]

_MAGNITUDES = ("#000004", "#3b0f70", "#8c2981", "#de4968", "#fe9f6d", "#fcfdbf")
_DIFFERENCES = ("#053061", "#4393c3", "#f7f7f7", "#d6604d", "#67001f")
"""Colours from the least value to the greatest."""
_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 420, 150, 34, 20, 20
_BAR, _BAR_RIGHT = 56, 44  # width of the scale of colours, and of what stands behind it
_KILOHERTZ = (0, 1, 2, 4, 8)
_LONGEST_TITLE = 42
_BINS = 256


def spectrogram(title: str, mels: Floats, top: float, seconds: float, sample_rate: int) -> str:
    """Return a mel-spectrogram as SVG.

    Args:
        title: above it.
        mels: dB, shape (frames, bands), the bands from 0 Hz to half the sample rate.
        top: dB of the brightest colour; 60 below it is the darkest.
        seconds: how long the frames last together.
        sample_rate: Hz.
    """
    shares = (mels - np.float32(top - 60)) / np.float32(60)
    return _svg(title, shares, _MAGNITUDES, seconds, sample_rate, (f"{top - 60:.0f}", f"{top:.0f} dB"))


def change(title: str, first: Floats, second: Floats, seconds: float, sample_rate: int) -> str:
    """Return how a second spectrogram differs from a first, white where it does not, as SVG; 20 dB are full colour."""
    shares = (second - first) / np.float32(40) + np.float32(0.5)
    return _svg(title, shares, _DIFFERENCES, seconds, sample_rate, ("-20", "+20 dB"))


def _svg(
    title: str, shares: Floats, colours: tuple[str, ...], seconds: float, sample_rate: int, scale: tuple[str, str]
) -> str:
    """Return a picture of values from 0 to 1, shape (columns, rows), the first row at the bottom."""
    height, width = _HEIGHT + _TOP + _BOTTOM, _WIDTH + _LEFT
    base, bar = _TOP + _HEIGHT, width - _BAR_RIGHT - _BAR
    low, high = (end.replace("-", "−") for end in scale)
    texts = [
        _text(_LEFT, 14, title if len(title) <= _LONGEST_TITLE else f"{title[: _LONGEST_TITLE - 1]}…"),
        _text(bar - 4, 14, low, "end"),
        _text(width, 14, high, "end"),
        *_frequencies(sample_rate, base),
        _text(_LEFT, base + 15, "0 s"),
        _text(width, base + 15, f"{seconds:.1f} s", "end"),
    ]
    ramp = np.linspace(0, 1, _BINS, dtype=np.float32)[np.newaxis]
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">'
        f"{_image(_LEFT, _TOP, _WIDTH, _HEIGHT, shares.T[::-1], colours)}"
        f"{_image(bar, 6, _BAR, 8, ramp, colours)}{''.join(texts)}</svg>"
    )


def _frequencies(sample_rate: int, base: int) -> Iterator[str]:
    """Yield the marks of the upright axis, in kHz, as far as they are below half the sample rate."""
    for number in _KILOHERTZ:
        share = mel(number * 1000) / mel(sample_rate / 2)
        if share <= 1:
            y = base - round(share * _HEIGHT)
            yield f'<path d="M{_LEFT - 4} {y}h4" stroke="currentColor"/>'
            yield _text(_LEFT - 6, min(max(y + 4, _TOP + 8), base), f"{number}k" if number else "0 Hz", "end")


def _image(x: int, y: int, width: int, height: int, shares: Floats, colours: tuple[str, ...]) -> str:
    data = base64.b64encode(png(_coloured(np.clip(shares, 0, 1), colours))).decode()
    place = f'x="{x}" y="{y}" width="{width}" height="{height}"'
    return f'<image {place} preserveAspectRatio="none" href="data:image/png;base64,{data}"/>'


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
