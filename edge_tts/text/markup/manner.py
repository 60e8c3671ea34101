"""How a span of the text is to be said beside the rest of it: what SSML's prosody, emphasis and voice mean."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from edge_tts.text.sentence import CLAUSE, PHRASE, PLAIN, Manner, Word

SLOWEST, FASTEST = 0.25, 4.0
"""Limits of what prosody may multiply the speed by."""
LOWEST, HIGHEST = 0.5, 2.0
"""Limits of what it may multiply the pitch by."""
LOUDEST = 4.0
"""Limit of what it may multiply the volume by."""

EMPHASIS = {
    "strong": Manner(speed=0.85, volume=1.4, apart=True),
    "moderate": Manner(speed=0.92, volume=1.2, apart=True),
    "reduced": Manner(speed=1.08, volume=0.8),
    "none": PLAIN,
}
"""What the levels mean: a bit slower and louder with a break around it, or a bit faster and softer."""

_RATES = {"x-slow": 0.5, "slow": 0.8, "medium": 1.0, "default": 1.0, "fast": 1.25, "x-fast": 1.6}
_PITCHES = {"x-low": 0.7, "low": 0.85, "medium": 1.0, "default": 1.0, "high": 1.15, "x-high": 1.3}
_VOLUMES = {"silent": 0.0, "x-soft": 0.25, "soft": 0.5, "medium": 1.0, "default": 1.0, "loud": 1.5, "x-loud": 2.0}
_PERCENT = re.compile(r"(?P<sign>[+-]?)(?P<value>[0-9]{1,3}(?:\.[0-9]{1,3})?)%")
_SEMITONES = re.compile(r"[+-][0-9]{1,2}(?:\.[0-9]{1,3})?(?=st$)")
_DECIBELS = re.compile(r"[+-][0-9]{1,2}(?:\.[0-9]{1,3})?(?=dB$)")


def rate(value: str) -> float | None:
    """Return the factor for `slow`, `80%` or `+10%`; None for anything else."""
    factor = _RATES.get(value, _percent(value))
    return None if factor is None else min(max(factor, SLOWEST), FASTEST)


def pitch(value: str) -> float | None:
    """Return the factor for `high`, `+10%` or `-2st`; None for anything else, such as hertz."""
    factor = _PITCHES.get(value, _percent(value))
    if match := _SEMITONES.match(value):
        factor = 2.0 ** (float(match.group()) / 12)
    return None if factor is None else min(max(factor, LOWEST), HIGHEST)


def volume(value: str) -> float | None:
    """Return the factor for `soft`, `+6dB` or `150%`; None for anything else."""
    factor = _VOLUMES.get(value, _percent(value))
    if match := _DECIBELS.match(value):
        factor = 10.0 ** (float(match.group()) / 20)
    return None if factor is None else min(factor, LOUDEST)


def inside(outer: Manner, inner: Manner) -> Manner:
    """Return the manner of a span inside another one: factors multiply, within the limits; the inner voice counts."""
    return Manner(
        speed=min(max(outer.speed * inner.speed, SLOWEST), FASTEST),
        pitch=min(max(outer.pitch * inner.pitch, LOWEST), HIGHEST),
        volume=min(outer.volume * inner.volume, LOUDEST),
        voice=inner.voice or outer.voice,
        apart=outer.apart or inner.apart,
    )


def put(words: list[Word], manners: Sequence[tuple[int, Manner]]) -> list[Word]:
    """Return the words with their manners, each that of its first character.

    Args:
        words: the words of one sentence, with spans in the text that the manners are in.
        manners: the characters from which a manner holds, in order.
    """
    if not manners:
        return words
    starts = [start for start, _ in manners]
    found = (manners[at - 1][1] if (at := bisect_right(starts, word.span[0])) else PLAIN for word in words)
    return [word if one == PLAIN else replace(word, manner=one) for word, one in zip(words, found, strict=True)]


def mark(words: list[Word]) -> list[Word]:
    """Return the words with a phrase's end where the manner changes, a clause's where voice or emphasis does."""
    marked = list(words)
    for index, (word, following) in enumerate(pairwise(words)):
        if word.manner != following.manner:
            same = word.manner.voice == following.manner.voice and word.manner.apart == following.manner.apart
            level = max(word.break_after, PHRASE if same else CLAUSE)
            marked[index] = replace(word, break_after=level)
    return marked


def _percent(value: str) -> float | None:
    match = _PERCENT.fullmatch(value)
    if match is None:
        return None
    share = float(match["value"]) / 100
    return {"": share, "+": 1 + share, "-": max(1 - share, 0.0)}[match["sign"]]
