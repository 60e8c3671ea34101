"""Kokoro's alphabet: from the front end's words to the phoneme string that the model was trained on.

Mandarin is written in IPA with an arrow for the tone, one arrow a syllable, after the vowel and before a
nasal coda: `xau↓`, `ʨjɛ↗n`. That is the scheme of the legacy Chinese path of misaki (hexgrad/misaki,
`misaki/zh.py`), which labelled the training data of Kokoro-82M v1.0. English is IPA with one letter for a
diphthong or an affricate; a Mandarin voice gets it in the symbols of Mandarin as far as there are any.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from edge_tts.errors import EngineError

if TYPE_CHECKING:
    from edge_tts.text.sentence import Syllable, Word

Tones = Literal["lexical", "surface"]
"""Which tones a model speaks best with: the dictionary's, or those after sandhi."""

_TONES = {1: "→", 2: "↗", 3: "↓", 4: "↘", 5: ""}

_INITIALS = {
    "": "",
    **{"b": "p", "p": "pʰ", "m": "m", "f": "f", "d": "t", "t": "tʰ", "n": "n", "l": "l"},
    **{"g": "k", "k": "kʰ", "h": "x", "j": "ʨ", "q": "ʨʰ", "x": "ɕ"},
    **{"zh": "ꭧ", "ch": "ꭧʰ", "sh": "ʂ", "r": "ɻ", "z": "ʦ", "c": "ʦʰ", "s": "s"},
}

# The vowels of each pinyin final; a coda -n or -ng is added by rule.
_VOWELS = {
    **{"a": "a", "ai": "ai", "ao": "au", "e": "ɤ", "ei": "ei", "o": "wo", "ou": "ou", "er": "ɚ", "ê": "ɛ"},
    **{"i": "i", "ia": "ja", "iao": "jau", "ie": "je", "iou": "jou", "io": "jɔ"},
    **{"u": "u", "ua": "wa", "uai": "wai", "uei": "wei", "uo": "wo", "v": "y", "ve": "ɥe"},
    **{"an": "a", "en": "ə", "ang": "a", "eng": "ə", "ong": "ʊ"},
    **{"ian": "jɛ", "in": "i", "iang": "ja", "ing": "i", "iong": "jʊ"},
    **{"uan": "wa", "uen": "wə", "uang": "wa", "ueng": "wə", "van": "ɥɛ", "vn": "y"},
}

MARKS = str.maketrans("、(", ",,")
"""Marks that the model does not know, and the one that they are written as."""

_APICAL_INITIALS = frozenset({"zh", "ch", "sh", "r", "z", "c", "s"})

# Interjections without a vowel, as 嗯 ng and 呒 m.
_SYLLABIC = {"m": "m", "n": "n", "ng": "ŋ"}

# Before the r of er-hua a high front vowel becomes a glide and a schwa; a coda is lost (Duanmu 2007).
_R_VOWELS = {
    **{"i": "jə", "in": "jə", "v": "ɥə", "vn": "ɥə"},
    **{"uei": "wə", "uen": "wə", "ei": "ə", "en": "ə", "ɨ": "ə"},
}

_ENGLISH = {
    "\u0361": "",  # the tie of t͡ʃ
    **{"tʃ": "ʧ", "dʒ": "ʤ", "eɪ": "A", "aɪ": "I", "oʊ": "O", "əʊ": "Q", "aʊ": "W", "ɔɪ": "Y"},
    **{"ɝ": "ɜɹ", "ɜː": "ɜɹ", "ɚ": "əɹ", "ː": "", "g": "ɡ", "r": "ɹ"},
}

# A Mandarin voice says a bare p as b: its training text has pʰ for the other, and no letter for a diphthong.
_STOP = re.compile("(?<!s)[ptk](?!ʰ)")
_BY_MANDARIN_VOICE = str.maketrans(
    {
        **{"A": "ei", "I": "ai", "O": "ou", "Q": "ou", "W": "au", "Y": "ɔi"},
        **{"ɹ": "ɻ", "ʧ": "ꭧʰ", "ʤ": "ꭧ"},
    }
)


def syllable_phonemes(initial: str, final: str, tone: int, *, erhua: bool = False) -> str:
    """Return one Mandarin syllable in Kokoro's symbols, `ʨjɛ↗n` for ("j", "ian", 2).

    Args:
        initial: pinyin initial, "" for none; no y or w.
        final: pinyin final in full (iou uei uen v ve van vn), "i" after zh z too; ê io m n ng as well.
        tone: 1-4, 5 for neutral.
        erhua: whether 儿 is fused into the syllable.

    Raises:
        EngineError: no such initial, final or tone.
    """
    if initial not in _INITIALS:
        raise EngineError(f"{initial!r} is no pinyin initial, expected one of {' '.join(_INITIALS).strip()}")
    if tone not in _TONES:
        raise EngineError(f"tone {tone!r} of {initial}{final}, expected 1 to 5")
    vowels, coda = _rime(initial, final)
    onset = "h" if initial == "h" and final in _SYLLABIC else _INITIALS[initial]
    if erhua:
        vowels, coda = _R_VOWELS.get("ɨ" if vowels == "ɨ" else final, vowels), "ɻ"
    return f"{onset}{vowels}{_TONES[tone]}{coda}"


def _rime(initial: str, final: str) -> tuple[str, str]:
    """Return the vowels with their glide, and the coda."""
    if final in _SYLLABIC:
        return _SYLLABIC[final], ""
    if final not in _VOWELS:
        raise EngineError(f"{final!r} is no pinyin final, expected one of {' '.join((*_VOWELS, *_SYLLABIC))}")
    if final == "i" and initial in _APICAL_INITIALS:
        return "ɨ", ""
    if final == "o" and not initial:
        return "ɔ", ""
    return _VOWELS[final], "ŋ" if final.endswith("ng") else "n" if final.endswith("n") else ""


def sentence_phonemes(words: Iterable[Word], tones: Tones, voice: str = "zh") -> str:
    """Return the phonemes of a sentence or a part of one: a space between words, marks right after them.

    Args:
        words: what the front end made.
        tones: which tones the model speaks best with.
        voice: language of the voice; it decides how English is written.

    Raises:
        EngineError: a syllable that is not Mandarin.
    """
    return " ".join(_word_phonemes(word, tones, voice) + word.punctuation.translate(MARKS) for word in words)


def _word_phonemes(word: Word, tones: Tones, voice: str) -> str:
    if word.language == "en":
        return english_phonemes(word.phonemes, voice)
    return "".join(_of_syllable(syllable, tones) for syllable in word.syllables)


def _of_syllable(syllable: Syllable, tones: Tones) -> str:
    tone = syllable.lexical_tone if tones == "lexical" else _spoken_tone(syllable)
    return syllable_phonemes(syllable.initial, syllable.final, tone, erhua=syllable.erhua)


def _spoken_tone(syllable: Syllable) -> int:
    """Return the tone after sandhi, except that 一 in 试一试 and 不 in 能不能 keep theirs.

    Kokoro knows a syllable without a tone only where the dictionary has none: it swallows others, and a
    recognizer then hears 试试.
    """
    return syllable.lexical_tone if syllable.surface_tone == 5 else syllable.surface_tone


def english_phonemes(ipa: str, voice: str = "en") -> str:
    """Return an English word in Kokoro's symbols, `dˈAtə` for "dˈeɪtə"; what needs no change stays.

    Args:
        ipa: the word in IPA, or partly in Kokoro's symbols already.
        voice: language of the voice; a Mandarin one gets the symbols of its own training text, `dˈeitʰə`.
    """
    for plain, symbol in _ENGLISH.items():
        ipa = ipa.replace(plain, symbol)
    return _STOP.sub(r"\g<0>ʰ", ipa).translate(_BY_MANDARIN_VOICE) if voice == "zh" else ipa
