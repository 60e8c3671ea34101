"""The pitch measure of scripts/evaluate/quality/tone_contours.py, on sounds whose pitch is known."""

from __future__ import annotations

import numpy as np
import pytest

from scripts.evaluate.quality import pitch

RATE = 24_000


def voice(hertz: np.ndarray) -> np.ndarray:
    """Return ten harmonics that follow a pitch."""
    phase = 2 * np.pi * np.cumsum(hertz) / RATE
    return sum(np.sin(k * phase) / k for k in range(1, 11)).astype(np.float32) * 0.2


@pytest.mark.parametrize("hertz", [75.0, 110.0, 221.5, 330.0, 450.0])
def test_a_steady_voice_has_its_pitch(hertz: float) -> None:
    found = pitch.track(voice(np.full(RATE, hertz)), RATE)
    assert np.nanmedian(found) == pytest.approx(hertz, rel=0.005)
    assert np.isfinite(found).mean() > 0.9


def test_a_rising_tone_rises_by_as_much() -> None:
    samples = voice(110.0 * 2 ** np.linspace(0, 5 / 12, RATE // 2))
    found = pitch.contour(pitch.track(samples, RATE), 0.0, 0.5, 5)
    assert found is not None
    assert np.diff(found).sum() == pytest.approx(5 * 4 / 6, abs=0.3)
    assert (np.diff(found) > 0).all()


def test_noise_and_silence_have_no_pitch() -> None:
    noise = np.random.default_rng(1).normal(scale=0.1, size=RATE).astype(np.float32)
    assert np.isfinite(pitch.track(noise, RATE)).mean() < 0.1
    silence = pitch.track(np.zeros(RATE, np.float32), RATE)
    assert not np.isfinite(silence).any()
    assert pitch.contour(silence, 0.0, 1.0, 5) is None
