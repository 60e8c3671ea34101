from __future__ import annotations

import pytest

from edge_tts.engines.engine import EngineInfo, VoiceSettings
from edge_tts.engines.sambert.engine import STYLES
from edge_tts.engines.styles import NEAREST, NEUTRAL, OTHER_NAMES, resolve
from edge_tts.errors import RequestError


@pytest.mark.parametrize(
    ("asked", "name", "intensity", "kept", "near"),
    [
        ("happy", "happy", 1.0, True, True),
        ("happy:0.5", "happy", 0.5, True, True),
        (" Happy : 2 ", "happy", 2.0, True, True),
        ("高兴:0.5", "happy", 0.5, True, True),
        ("cheerful", "happy", 1.0, True, True),
        ("disgust", "hate", 1.0, False, True),
        ("excited:0.3", "arousal", 0.3, False, True),
        ("calm", "neutral", 1.0, False, True),
        ("gentle", "neutral", 1.0, False, True),
        ("whisper", "neutral", 1.0, False, False),
        ("", "neutral", 1.0, True, True),
        ("normal", "neutral", 1.0, True, True),
    ],
)
def test_a_style_is_kept_or_the_nearest_is_taken(
    asked: str, name: str, intensity: float, kept: bool, near: bool
) -> None:
    found = resolve(asked, STYLES)
    assert (found.name, found.intensity, found.kept, found.near) == (name, intensity, kept, near)


@pytest.mark.parametrize("asked", ["happy:x", "happy:-1", "happy:2.1", "happy:nan", "happy:1:2", "whisper:much"])
def test_an_intensity_that_is_none_is_refused(asked: str) -> None:
    with pytest.raises(RequestError, match=r"expected a style such as happy or happy:0\.5, from 0 to 2 of it, got"):
        resolve(asked, STYLES)


def test_no_name_means_two_styles_and_what_is_near_is_another_style() -> None:
    assert not OTHER_NAMES.keys() & NEAREST.keys()
    for name, others in NEAREST.items():
        assert name not in others
        assert not OTHER_NAMES.keys() & set(others)


def test_an_engine_without_emotions_says_which_style_it_ignores_and_which_it_has_nearly() -> None:
    plain = EngineInfo(24000, ("a",), (NEUTRAL,), ("zh",), frozenset())
    for asked, ignored, near in (
        ("neutral", [], []),
        ("happy", ["style"], []),
        ("calm", [], [("style", "neutral")]),
    ):
        settings = VoiceSettings("a", style=asked)
        assert (settings.without_effect(plain), settings.approximated(plain)) == (ignored, near)
