"""Lists the syllables of Mandarin, and cuts a word of Latin letters into them."""

from __future__ import annotations

from functools import lru_cache

SYLLABLES = {
    "a": " b p m f d t n l g k h zh ch sh z c s y w",
    "ai": " b p m d t n l g k h zh ch sh z c s w",
    "an": " b p m f d t n l g k h zh ch sh r z c s y w",
    "ang": " b p m f d t n l g k h zh ch sh r z c s y w",
    "ao": " b p m d t n l g k h zh ch sh r z c s y",
    "e": " m d t n l g k h zh ch sh r z c s y",
    "ei": " b p m f d n l g k h zh sh z s w",
    "en": " b p m f n g k h zh ch sh r z c s w",
    "eng": " b p m f d t n l g k h zh ch sh r z c s w",
    "er": " ",
    "i": "b p m d t n l j q x y zh ch sh r z c s",
    "ia": "d l j q x",
    "ian": "b p m d t n l j q x",
    "iang": "n l j q x",
    "iao": "b p m d t n l j q x",
    "ie": "b p m d t n l j q x",
    "in": "b p m n l j q x y",
    "ing": "b p m d t n l j q x y",
    "iong": "j q x",
    "iu": "m d n l j q x",
    "o": " b p m f w y l",
    "ong": "d t n l g k h zh ch r z c s y",
    "ou": " p m f d t l g k h zh ch sh r z c s y n",
    "u": "b p m f d t n l g k h j q x zh ch sh r z c s y w",
    "ua": "g k h zh ch sh r",
    "uai": "g k h zh ch sh",
    "uan": "d t n l g k h j q x zh ch sh r z c s y",
    "uang": "g k h zh ch sh",
    "ue": "j q x y n l",
    "ui": "d t g k h zh ch sh r z c s",
    "un": "d t l g k h j q x zh ch sh r z c s y",
    "uo": "d t n l g k h zh ch sh r z c s",
    "v": "n l",
    "ve": "n l",
}
"""By final as it is spelled: initials, y and w among them, that stand before it, a blank first where none does.

Of sei and a few others only colloquial words are made; sei is also the name of the letter C.
"""

_ALL = frozenset(f"{initial}{final}" for final, initials in SYLLABLES.items() for initial in initials.split(" "))
_NEED_APOSTROPHE = frozenset("aoe")
"""Finals that begin a second syllable only after an apostrophe."""
_LONGEST = 6  # letters: zhuang


def exists(syllable: str) -> bool:
    """Return whether Mandarin has a syllable of this spelling, without tone."""
    return syllable in _ALL


@lru_cache(maxsize=1024)
def cut(word: str) -> tuple[str, ...] | None:
    """Return the syllables of a word that is pinyin without tones, `xiao ming`; None where it is not.

    Args:
        word: small letters; an apostrophe may part syllables, `xi'an`. Of several ways the one with the longest
            first syllables is taken, as its spelling rules demand.
    """
    if not word:
        return ()
    for length in range(min(_LONGEST, len(word)), 0, -1):
        if word[:length] in _ALL:
            rest = cut(word[length:].removeprefix("'")) if word[length : length + 1] not in _NEED_APOSTROPHE else None
            if rest is not None:
                return (word[:length], *rest)
    return None
