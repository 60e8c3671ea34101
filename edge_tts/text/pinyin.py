"""Pinyin spelling: `lv4` ↔ (initial, full final, tone) ↔ the 14-bit code that the lexicon stores.

Standard library only and without imports of its own: the build script loads this file on its own.
Spelling rules: Hanyu Pinyin Zhengcifa (GB/T 16159), ü written v.
"""

from __future__ import annotations

INITIALS = ("", *"b p m f d t n l g k h j q x zh ch sh r z c s".split())
FINALS = tuple(
    "a o e ai ei ao ou an en ang eng ong er "
    "i ia io ie iai iao iou ian in iang ing iong "
    "u ua uo uai uei uan uen uang ueng "
    "v ve van vn".split()
)
NEUTRAL = 5
WEAK = 1 << 14
"""Added to the code of a syllable that has a tone but is spoken without: 服 in 衣服."""

_ZERO_INITIAL = {  # spelling of a final without an initial, where it differs from the final itself
    "i": "yi", "ia": "ya", "io": "yo", "ie": "ye", "iai": "yai", "iao": "yao", "iou": "you", "ian": "yan",
    "in": "yin", "iang": "yang", "ing": "ying", "iong": "yong",
    "u": "wu", "ua": "wa", "uo": "wo", "uai": "wai", "uei": "wei", "uan": "wan", "uen": "wen",
    "uang": "wang", "ueng": "weng",
    "v": "yu", "ve": "yue", "van": "yuan", "vn": "yun",
}  # fmt: skip
_FROM_ZERO_INITIAL = {spelling: final for final, spelling in _ZERO_INITIAL.items()}
_SHORT = {"iou": "iu", "uei": "ui", "uen": "un"}
_FROM_SHORT = {**{short: full for full, short in _SHORT.items()}, "ue": "ve"}
_INTERJECTIONS = {"n": ("", "en"), "ng": ("", "en"), "m": ("", "en"), "hm": ("h", "en"), "hng": ("h", "eng")}

_FINAL_BITS, _TONE_BITS = 6, 3


def spell(initial: str, final: str) -> str:
    """Return the standard spelling without tone: `spell("", "van")` is "yuan", `spell("l", "v")` is "lv"."""
    if not initial:
        return _ZERO_INITIAL.get(final, final)
    if initial in "jqx" and final.startswith("v"):
        return f"{initial}u{final[1:]}"
    return initial + _SHORT.get(final, final)


def parse(syllable: str) -> tuple[str, str, int]:
    """Return initial, full final and tone of a spelling such as `gui4`; without a digit the tone is neutral.

    Raises:
        ValueError: the spelling is no Mandarin syllable.
    """
    body, tone = (syllable[:-1], int(syllable[-1])) if syllable[-1:].isdigit() else (syllable, NEUTRAL)
    initial, final = _INTERJECTIONS.get(body) or _split(body.replace("ü", "v"))
    if final not in FINALS or not 1 <= tone <= NEUTRAL:
        raise ValueError(f"expected a pinyin syllable such as 'lv4', got {syllable!r}")
    return initial, final, tone


def _split(body: str) -> tuple[str, str]:
    if body in _FROM_ZERO_INITIAL:
        return "", _FROM_ZERO_INITIAL[body]
    initial = next((body[:n] for n in (2, 1) if body[:n] in INITIALS), "")
    final = body[len(initial) :]
    if initial and initial in "jqx" and final.startswith("u"):
        return initial, f"v{final[1:]}"
    return initial, _FROM_SHORT.get(final, final) if initial else final


def encode(syllable: str) -> int:
    """Return the code of a spelling with tone, 0 < code < 2¹⁴; raises ValueError as `parse` does."""
    initial, final, tone = parse(syllable)
    return (INITIALS.index(initial) << _FINAL_BITS | FINALS.index(final)) << _TONE_BITS | tone


def decode(code: int) -> tuple[str, str, int]:
    """Return initial, full final and tone of a code made by `encode`, with WEAK or without."""
    code &= ~WEAK
    tone = code & (1 << _TONE_BITS) - 1
    final = code >> _TONE_BITS & (1 << _FINAL_BITS) - 1
    return INITIALS[code >> _TONE_BITS + _FINAL_BITS], FINALS[final], tone
