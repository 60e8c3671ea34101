"""Chinese names in Latin letters, Xiaoming and Zhihu, as English speakers say them."""

from __future__ import annotations

from edge_tts.text.pinyin import parse
from edge_tts.text.reading.syllables import cut

MOST_SYLLABLES = 4

_INITIALS = {
    **{"g": "ɡ", "j": "ʤ", "q": "ʧ", "x": "ʃ", "zh": "ʤ", "ch": "ʧ", "sh": "ʃ", "r": "ɹ", "z": "dz", "c": "ts"},
}
"""What is not here sounds as it is written."""

_FINALS = {
    **{"a": "ɑ", "ai": "I", "an": "ɑn", "ang": "ɑŋ", "ao": "W", "e": "ə", "ei": "A", "en": "ən", "eng": "ʌŋ"},
    **{"er": "ɑɹ", "i": "i", "ia": "jɑ", "ian": "jɛn", "iang": "jɑŋ", "iao": "jW", "ie": "jɛ", "in": "ɪn"},
    **{
        "ing": "ɪŋ",
        "io": "jO",
        "iai": "jI",
        "iong": "jʊŋ",
        "iou": "jO",
        "o": "O",
        "ong": "ʊŋ",
        "ou": "O",
        "u": "u",
        "ua": "wɑ",
        "uai": "wI",
    },
    **{"uan": "wɑn", "uang": "wɑŋ", "uei": "wA", "uen": "wən", "ueng": "wʌŋ", "uo": "wO", "v": "ju", "van": "wɛn"},
    **{"ve": "wɛ", "vn": "un"},
}
_HISSING = {"zh": "ɜɹ", "ch": "ɜɹ", "sh": "ɜɹ", "r": "ɜɹ", "z": "ə", "c": "ə", "s": "ə"}
"""The vowel of zhi and of zi."""
_GLIDES = {"u": "w", "van": "j", "ve": "j", "vn": "j"}
"""What wu, yuan, yue and yun begin with."""
_VOWELS = "AIOWiuɑəɛɜɪʊʌ"


def syllables(word: str) -> tuple[str, ...]:
    """Return the pinyin of a name of two to MOST_SYLLABLES syllables, without tones; else nothing."""
    found = cut(word.lower()) or ()
    return found if 2 <= len(found) <= MOST_SYLLABLES else ()


def phonemes(word: str) -> str:
    """Return the IPA of such a name, stressed on its last syllable; "" for what is none."""
    found = syllables(word)
    return "".join(_said(one, "ˈ" if at == len(found) - 1 else "" if at else "ˌ") for at, one in enumerate(found))


def _said(syllable: str, stress: str) -> str:
    initial, final, _ = parse(syllable)
    if initial in ("j", "q", "x"):
        rime = _FINALS[final].removeprefix("j")  # the glide is in the consonant already
    elif not initial and final in _GLIDES:
        rime = _GLIDES[final] + _FINALS[final]
    elif final == "i":
        rime = _HISSING.get(initial, "i" if initial else "ji")
    else:
        rime = _FINALS[final]
    onset = _INITIALS.get(initial, initial)
    at = next(place for place, sound in enumerate(rime) if sound in _VOWELS)
    return f"{onset}{rime[:at]}{stress}{rime[at:]}"
