"""The nearest Mandarin syllables to English phonemes; tables, and one pass over the sounds of a word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from edge_tts.text.reading.syllables import exists

_INITIALS = {
    **{"p": "p", "b": "b", "t": "t", "ɾ": "t", "ʔ": "t", "d": "d", "k": "k q", "ɡ": "g j", "g": "g j"},
    **{"f": "f", "v": "w", "θ": "s x", "ð": "z j", "s": "s x", "z": "z j", "ʃ": "sh x", "ʒ": "r j"},
    **{"ʧ": "ch q", "ʤ": "zh j", "h": "h x", "m": "m", "n": "n", "ŋ": "n", "l": "l", "ɹ": "r l", "w": "w", "j": "y"},
}
"""Mandarin's candidates for a consonant, the best first."""

_FINALS = {
    **{"ɑ": "a", "ʌ": "a o", "ɐ": "a", "a": "a", "æ": "ai a", "ɛ": "ai ei a", "e": "ai ei a", "A": "ei ai"},
    **{"I": "ai", "O": "ou o uo", "W": "ao", "i": "i ei", "ɪ": "i ei", "ᵻ": "i ei", "u": "u", "ʊ": "u"},
    **{"ɔ": "uo o ao", "o": "uo o ou", "ə": "e o a", "ᵊ": "e o a", "ɜ": "e o"},
}
"""Mandarin's candidates for a vowel."""

_NASAL_FINALS = {
    **{"ɑn": "an", "ʌn": "an", "ɐn": "an", "æn": "an", "an": "an", "ən": "en eng un", "ᵊn": "en eng un"},
    **{"ɜn": "en eng", "ɛn": "en eng un", "en": "en eng", "ɪn": "in ing en", "in": "in ing en", "ᵻn": "in ing en"},
    **{"ɔn": "ang", "On": "ong eng", "un": "un", "ʊn": "un", "Wn": "ang", "ɑŋ": "ang", "ʌŋ": "ang", "æŋ": "ang"},
    **{"ɔŋ": "ong eng ang", "əŋ": "eng", "ɛŋ": "eng", "ɪŋ": "ing eng", "iŋ": "ing eng", "ʊŋ": "ong eng"},
}
"""Candidates for a vowel with the nasal that closes it."""

_EXACT = {
    **{"ɹi": "rui", "ɹɪ": "rui", "ɹᵻ": "rui", "ɹA": "rui", "ɹɛ": "rui", "wi": "wei", "wɛ": "wei", "vɛ": "wei"},
    **{"ʃɛ": "xie", "ʧɛ": "qie", "ʤɛ": "jie", "ʧA": "qie", "jɛ": "ye", "jA": "ye", "zi": "zi", "zɪ": "zi", "zᵻ": "zi"},
    **{"ði": "zi", "ðɪ": "zi", "fə": "fu", "mə": "mo", "jʊ": "you", "i": "yi", "ɪ": "yi", "ᵻ": "yi", "u": "wu"},
    **{"ʊ": "wu", "ɪn": "yin", "in": "yin", "ᵻn": "yin", "ɪŋ": "ying", "ɔ": "ao", "o": "ou", "On": "ou en"},
    **{"ju": "you", "sA": "sai", "θA": "sai", "nO": "nuo", "fI": "fa yi", "jI": "ya yi", "fW": "fa ao", "wW": "wa ao"},
    **{"ɛn": "en", "mən": "men", "un": "wen", "ʊn": "wen", "mun": "mu en", "dɛn": "dan", "tɛn": "tan", "lɛn": "lan"},
    **{"jɛn": "yan", "ʤɛn": "zhen"},
}  # fmt: skip
"""Syllables for sounds whose candidates would be chosen badly."""

_HISSED = frozenset((initial, "i") for initial in ("zh", "ch", "sh", "r", "z", "c", "s"))
"""Here the letter i is another vowel."""

_ALONE = {
    **{"p": "pu", "b": "bu", "t": "te", "ɾ": "te", "ʔ": "te", "d": "de", "k": "ke", "ɡ": "ge", "g": "ge", "f": "fu"},
    **{"v": "fu", "θ": "si", "ð": "ze", "s": "si", "z": "zi", "ʃ": "shi", "ʒ": "ri", "ʧ": "qi", "ʤ": "zhi", "h": "he"},
    **{"m": "mu", "n": "en", "l": "er", "ŋ": "eng", "w": "wu", "j": "yi", "ɹ": "", "ts": "ci", "dz": "zi", "er": "er"},
}
"""A consonant without a vowel; r is lost there."""

_SOUND = re.compile("(?P<mark>[ˈˌ])|t͡?ʃ|d͡?ʒ|[eaɔ]ɪ|[oəa]ʊ|ɝ|ɚ|(?P<affricate>ts|dz)(?![ɹjwAIOWYiuæɑɔəɛɜɪʊʌɐᵊᵻ])|[^\\sː]")
_ONE = {
    **{"tʃ": "ʧ", "t͡ʃ": "ʧ", "dʒ": "ʤ", "d͡ʒ": "ʤ", "eɪ": "A", "aɪ": "I", "ɔɪ": "Y", "oʊ": "O", "əʊ": "O", "aʊ": "W"},
    **{"r": "ɹ", "ɚ": "ə", "ɝ": "ɜ", "ɒ": "ɑ", "y": "j"},
}
_R_HEARD = frozenset("iɪɛʊIWAu")
"""Vowels after which a final r is a syllable."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One Mandarin syllable of an English word.

    Attributes:
        sound: pinyin without tone.
        stress: ˈ or ˌ or "" for the syllable of a vowel; None for what is not one: a consonant that got a vowel of
            its own, the rest of a diphthong.
    """

    sound: str
    stress: str | None


@dataclass(slots=True)
class _Sounds:
    """The sounds of a word, and how far they are said."""

    sounds: list[str]
    stresses: list[str]
    at: int = 0

    def peek(self, ahead: int = 0) -> str:
        return self.sounds[self.at + ahead] if self.at + ahead < len(self.sounds) else ""


def pieces(phonemes: str) -> list[Piece]:
    """Return the syllables for a word in IPA, Kokoro's one-letter diphthongs or ordinary ones; never empty."""
    word = _sounds(phonemes)
    found: list[Piece] = []
    while word.at < len(word.sounds):
        found += _next(word)
    return [piece for piece in found if piece.sound] or [Piece("e", "ˈ")]


def _sounds(phonemes: str) -> _Sounds:
    word = _Sounds([], [])
    stress = ""
    for match in _SOUND.finditer(phonemes):
        sound = _ONE.get(match.group(), match.group())
        if match["mark"]:
            stress = sound
        elif sound in _FINALS or sound == "Y":
            word.sounds.append(sound)
            word.stresses.append(stress)
            stress = ""
        elif sound in _ALONE:
            word.sounds.append(sound)
            word.stresses.append("")
    return word


def _next(word: _Sounds) -> Iterator[Piece]:
    onset = ""
    if not _is_vowel(word.peek()):
        onset, following = word.peek(), word.peek(1)
        word.at += 1
        if following == "j" and onset in _INITIALS and word.peek(1) in ("u", "ʊ"):
            yield from _with_glide(word, onset)
            return
        if not _is_vowel(following):
            if following != onset:  # a doubled consonant is one
                yield Piece(_ALONE[onset], None)
            return
    yield from _syllable(word, onset)


def _with_glide(word: _Sounds, onset: str) -> Iterator[Piece]:
    """Say a consonant, y and u: as one syllable where there is one."""
    stress = word.stresses[word.at + 1]
    word.at += 2
    if sound := _choose(onset, "iu"):
        yield Piece(sound, stress)
    else:
        yield Piece(_sound(onset, "i"), stress)
        yield Piece("you", "")


def _syllable(word: _Sounds, onset: str) -> Iterator[Piece]:
    vowel, stress = word.peek(), word.stresses[word.at]
    word.at += 1
    nasal = _nasal(word)
    if vowel in ("ə", "ᵊ") and word.peek() == "l" and not _is_vowel(word.peek(1)):
        vowel = "O"  # the end of table sounds like that
        word.at += 1
    if vowel == "Y":
        yield Piece(_sound(onset, "ɔ"), stress)
        yield Piece("yin" if nasal == "n" else "yi", None)
    elif vowel + nasal in _NASAL_FINALS and nasal:
        yield from _all(_sound(onset, vowel + nasal), stress)
    else:
        last = not word.peek() and not nasal
        yield from _all(_sound(onset, "ɑ" if last and vowel == "ə" else vowel), stress)
        if nasal:
            yield Piece("en" if nasal == "n" else "eng", None)
    if word.peek() == "ɹ" and not _is_vowel(word.peek(1)):
        word.at += 1
        if vowel in _R_HEARD:
            yield Piece("er", None)


def _all(sounds: str, stress: str) -> Iterator[Piece]:
    for place, sound in enumerate(sounds.split()):
        yield Piece(sound, None if place else stress)


def _nasal(word: _Sounds) -> str:
    """Take a nasal that closes the syllable, and return it as n or ŋ; "" if there is none."""
    sound, following = word.peek(), word.peek(1)
    closes = sound == "ŋ" or (sound == "n" and not _is_vowel(following) and following != "j")
    if closes or (sound == "m" and following in ("p", "b")):
        word.at += 1
        return "ŋ" if sound == "ŋ" else "n"
    return ""


def _sound(onset: str, rime: str) -> str:
    """Return the pinyin for a consonant, or none, and a vowel, perhaps with a nasal."""
    if exact := _EXACT.get(onset + rime):
        return exact
    finals = _NASAL_FINALS.get(rime) or _FINALS[rime]
    return next((found for final in finals.split() if (found := _choose(onset, final))), "") or _fallback(onset, rime)


def _fallback(onset: str, rime: str) -> str:
    """Return two syllables where no single one is near."""
    return f"{_ALONE[onset]} {_sound('', rime)}" if _ALONE.get(onset) else "e"


def _choose(onset: str, final: str) -> str:
    """Return the best syllable that exists, or ""."""
    initials = _INITIALS[onset].split() if onset else [""]
    return next((one + final for one in initials if exists(one + final) and (one, final) not in _HISSED), "")


def _is_vowel(sound: str) -> bool:
    return sound in _FINALS or sound == "Y"
