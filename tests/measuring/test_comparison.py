"""Recordings side by side: how far apart they are, and the page that shows it."""

from __future__ import annotations

import io
import re
import struct
import zlib
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_tts.config.loading import load as load_config
from edge_tts.engines.model import ModelFiles
from edge_tts.measuring.comparison import page, pictures, spectra
from edge_tts.measuring.comparison.comparison import Comparison, Side, Subject
from edge_tts.measuring.comparison.opinion import Judge, network
from edge_tts.measuring.comparison.trial import Figures

RATE = 16_000


CHANGE = "second less first: red louder, blue softer"


def tones(*hertz: float, seconds: float = 0.4) -> NDArray[np.float32]:
    """Return tones one after the other."""
    times = np.arange(int(seconds * RATE)) / RATE
    return np.concatenate([0.3 * np.sin(2 * np.pi * one * times) for one in hertz]).astype(np.float32)


def noisy(samples: NDArray[np.float32], level: float) -> NDArray[np.float32]:
    noise = np.random.default_rng(0).standard_normal(len(samples))
    return (samples + level * noise).astype(np.float32)


def test_a_recording_is_like_itself() -> None:
    found = spectra.difference(tones(300, 900), tones(300, 900), (RATE, RATE))
    assert found.spectral == 0.0
    assert found.decibels == float("inf")


def test_the_ratio_is_that_of_the_noise_and_more_noise_is_farther() -> None:
    speech = tones(300, 900, 500)
    little, much = (spectra.difference(speech, noisy(speech, level), (RATE, RATE)) for level in (0.001, 0.01))
    assert little.decibels == pytest.approx(20 * np.log10(0.3 / np.sqrt(2) / 0.001), abs=0.3)
    assert much.decibels == pytest.approx(20 * np.log10(0.3 / np.sqrt(2) / 0.01), abs=0.3)
    assert 0 < little.spectral < much.spectral


def test_other_lengths_are_laid_beside_each_other() -> None:
    first = tones(300, 900, 500)
    slower = np.concatenate([tones(300, seconds=0.6), tones(900), tones(500, seconds=0.3)])
    aligned = spectra.difference(first, slower, (RATE, RATE))
    assert aligned.decibels is None
    assert aligned.first.shape == aligned.second.shape
    assert aligned.spectral < 8 < spectra.difference(first, tones(900, 500, 300), (RATE, RATE)).spectral


def test_rates_may_differ() -> None:
    found = spectra.difference(tones(300, 900), np.repeat(tones(300, 900), 2), (RATE, 2 * RATE))
    assert found.sample_rate == RATE
    assert found.decibels is not None
    assert found.spectral < 3


def test_an_octave_higher_is_some_bands_higher() -> None:
    low, high = (spectra.to_mels(spectra.power(tones(hertz)), RATE)[5].argmax() for hertz in (400, 800))
    assert 5 < high - low < 20
    assert spectra.to_mels(spectra.power(tones(400)), RATE).max() == pytest.approx(20 * np.log10(0.3), abs=4)


def test_the_marks_of_a_spectrogram_are_where_their_frequencies_are() -> None:
    for kilohertz in (1, 2, 4):
        mels = spectra.to_mels(spectra.power(tones(kilohertz * 1000)), RATE)
        drawing = ElementTree.fromstring(pictures.spectrogram("x" * 99, mels, 0.0, 1.0, RATE))
        marks = dict(zip(("0", "1", "2", "4", "8"), [one.get("d", "") for one in drawing.iter("path")], strict=False))
        place = float(marks[str(kilohertz)].split()[1].partition("h")[0])
        picture = next(drawing.iter("image"))
        top, height = (float(picture.get(name, "")) for name in ("y", "height"))
        band = len(mels[0]) * (top + height - place) / height
        assert abs(band - mels[5].argmax()) <= 2
        assert max(len(one.text or "") for one in drawing.iter("text")) < 50


def test_a_png_holds_its_pixels() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (3, 5, 3), np.uint8)
    data = io.BytesIO(pictures.png(pixels))
    assert data.read(8) == b"\x89PNG\r\n\x1a\n"
    chunks = {}
    while head := data.read(8):
        size, name = struct.unpack(">I4s", head)
        chunks[name] = data.read(size)
        assert struct.unpack(">I", data.read(4))[0] == zlib.crc32(name + chunks[name])
    assert struct.unpack(">II", chunks[b"IHDR"][:8]) == (5, 3)
    lines = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(3, 16)
    assert (lines[:, 1:].reshape(3, 5, 3) == pixels).all()


def test_the_page_needs_no_other_file_and_escapes_what_it_is_given() -> None:
    files = ModelFiles("m", "tone", "", RATE, (), "surface", Path(), {}, Path())
    figures = Figures(0.5, 0.2, 0.1, 0.25, 40_000_000, 90_000_000)
    first, second = (
        Side(Subject(name, files, "v", "", size), figures, None, None)
        for name, size in (("a<b", 68_000_000), ("c", 18_000_000))
    )
    difference = spectra.difference(tones(300), noisy(tones(300), 0.01), (RATE, RATE))
    text = page.write("A & B", Comparison((first, second), ("<你好>",), (difference,)))
    assert not re.search(r"""(src|href)=["'](?!data:)|@import|url\(""", text)
    assert "<你好>" not in text
    assert "a&lt;b" in text
    assert "3.78" in text  # the ratio of the sizes
    drawings = [ElementTree.fromstring(one) for one in re.findall(r"<svg.*?</svg>", text)]
    assert [one.get("aria-label") for one in drawings] == ["a<b", "c", CHANGE]
    assert "currentColor" in text
    assert "light dark" in text


def test_a_network_prefers_clear_speech(tmp_path: Path) -> None:
    path = network()
    if path is None:
        pytest.skip("needs the extra quality")
    judge = Judge(path, tmp_path, load_config())
    clear, buried = judge(tones(300, 900, 500), RATE), judge(noisy(tones(300, 900, 500), 0.3), RATE)
    assert all(1 <= value <= 5 for value in (clear.speech, clear.background, clear.overall))
    assert clear.background > buried.background
