"""Speaking styles by name: the same for all engines, other names for them, and what is nearest to one that is lacking.

A style is a name, or a name and how much of it: `happy:0.5` is half as happy. What an engine calls its styles it says
in `EngineInfo.styles`; a request may name any of them, in these words or in others.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from edge_tts.errors import RequestError

NEUTRAL = "neutral"
MOST = 2.0
"""Most of a style that may be asked for."""

OTHER_NAMES = {
    other: name
    for name, others in {
        "neutral": "default normal none 中性 普通 正常",
        "happy": "cheerful joy joyful happiness glad 高兴 开心 快乐",
        "angry": "anger furious 生气 愤怒",
        "sad": "sadness sorrow sorrowful unhappy 悲伤 难过 伤心",
        "fear": "fearful afraid scared terrified 害怕 恐惧",
        "hate": "hatred hateful dislike 憎恨 讨厌",
        "disgust": "disgusted 厌恶",
        "surprise": "surprised amazed astonished 惊讶 惊奇",
        "calm": "peaceful 平静 冷静",
        "gentle": "tender soft affectionate 温柔",
        "relax": "relaxed chill 放松 轻松",
        "serious": "earnest solemn 严肃",
        "lyrical": "lyric poetic 抒情",
        "excited": "exciting enthusiastic 兴奋 激动",
        "disappointed": "disappointment 失望",
        "anxiety": "anxious worried nervous 焦虑 紧张",
    }.items()
    for other in others.split()
}
"""Names that other systems and people use, and ours."""

NEAREST: dict[str, tuple[str, ...]] = {
    "hate": ("disgust", "angry"),
    "disgust": ("hate", "angry"),
    "disgruntled": ("angry", "hate"),
    "jealousy": ("hate", "angry"),
    "excited": ("arousal", "happy"),
    "arousal": ("excited", "happy"),
    "pleasure": ("happy",),
    "satisfied": ("happy",),
    "disappointed": ("sad",),
    "pity": ("sad",),
    "anxiety": ("fear",),
    "calm": ("relax", "gentle", NEUTRAL),
    "gentle": ("calm", "relax", NEUTRAL),
    "relax": ("calm", "gentle", NEUTRAL),
    "serious": ("calm", NEUTRAL),
    "lyrical": ("gentle", "calm", NEUTRAL),
}
"""What is spoken instead of a style that an engine lacks, the nearest first; for others there is nothing near."""


@dataclass(frozen=True, slots=True)
class Style:
    """How an engine speaks what was asked for.

    Attributes:
        name: of one of its styles.
        intensity: how much of it, 1.0 as trained.
        kept: whether that is the style that was asked for.
        near: whether it is at least near to that.
    """

    name: str
    intensity: float
    kept: bool
    near: bool


def resolve(asked: str, known: Collection[str]) -> Style:
    """Return the style that an engine speaks.

    Args:
        asked: name, or name:intensity.
        known: styles of the engine.

    Raises:
        RequestError: the intensity is no number from 0 to 2.
    """
    given, _, amount = asked.strip().partition(":")
    intensity = _intensity(asked, amount)
    name = given.strip().lower()
    name = OTHER_NAMES.get(name, name) or NEUTRAL
    if name in known or name == NEUTRAL:
        return Style(name, intensity, kept=True, near=True)
    for other in NEAREST.get(name, ()):
        if other in known:
            return Style(other, intensity, kept=False, near=True)
    return Style(NEUTRAL, intensity, kept=False, near=False)


def _intensity(asked: str, amount: str) -> float:
    try:
        value = float(amount or 1.0)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= MOST:
        raise RequestError(f"expected a style such as happy or happy:0.5, from 0 to {MOST:g} of it, got {asked!r:.60}")
    return value
