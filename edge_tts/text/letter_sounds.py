"""Reads unlisted words by simple letter-to-sound rules of English, for names and new words."""

from __future__ import annotations

import re

_SOUNDS = (  # spelling, sound; longer spellings first within a letter
    ("tion", "ʃən"), ("sion", "ʒən"), ("ture", "ʧəɹ"), ("ough", "O"), ("augh", "ɔ"), ("eigh", "A"), ("igh", "I"),
    ("tch", "ʧ"), ("sch", "sk"), ("dge", "ʤ"), ("eau", "O"), ("eer", "ɪɹ"), ("ear", "ɪɹ"), ("air", "ɛɹ"),
    ("oor", "ɔɹ"), ("our", "ɔɹ"), ("ing", "ɪŋ"),
    ("ch", "ʧ"), ("sh", "ʃ"), ("th", "θ"), ("ph", "f"), ("gh", "ɡ"), ("ck", "k"), ("ng", "ŋ"), ("qu", "kw"),
    ("wh", "w"), ("wr", "ɹ"), ("kn", "n"), ("zh", "ʒ"), ("ts", "ts"), ("tz", "ts"),
    ("ee", "i"), ("ea", "i"), ("oo", "u"), ("ou", "W"), ("ow", "O"), ("oa", "O"), ("oi", "Y"), ("oy", "Y"),
    ("ai", "A"), ("ay", "A"), ("ei", "A"), ("ey", "i"), ("ie", "i"), ("au", "ɔ"), ("aw", "ɔ"), ("ew", "u"),
    ("ue", "u"), ("ui", "u"), ("ar", "ɑɹ"), ("er", "əɹ"), ("ir", "ɜɹ"), ("or", "ɔɹ"), ("ur", "ɜɹ"),
    ("a", "æ"), ("b", "b"), ("c", "k"), ("d", "d"), ("e", "ɛ"), ("f", "f"), ("g", "ɡ"), ("h", "h"), ("i", "ɪ"),
    ("j", "ʤ"), ("k", "k"), ("l", "l"), ("m", "m"), ("n", "n"), ("o", "ɑ"), ("p", "p"), ("q", "k"), ("r", "ɹ"),
    ("s", "s"), ("t", "t"), ("u", "ʌ"), ("v", "v"), ("w", "w"), ("x", "ks"), ("y", "i"), ("z", "z"),
)  # fmt: skip
_SOUND_OF = dict(_SOUNDS)
_SPELLING = re.compile("|".join(spelling for spelling, _ in _SOUNDS))
_LONG = {"a": "A", "e": "i", "i": "I", "o": "O", "u": "u"}
_SILENT_E = re.compile(r"([aeiou])([bcdfgklmnprstvz])e$")
_DOUBLED = re.compile(r"([bcdfgklmnprstvz])\1")
_FINAL_VOWEL = {"a": "ə", "e": "i", "i": "i", "o": "O", "u": "u"}
_VOWEL = re.compile("[AIOWYiuæɑɔəɛɜɪʊʌ]")
_STRESSABLE = re.compile("[AIOWYiuæɑɔɛɜɪʊʌ]")


def sound_out(word: str) -> str | None:
    """Return IPA with the first full vowel stressed, or None for a word that has no vowel to say.

    Args:
        word: lower-case ASCII letters.
    """
    ending = ""
    silent = _SILENT_E.search(word)
    if silent and len(word) > 2:
        vowel, consonant = silent.groups()
        soft = {"c": "s", "g": "ʤ"}.get(consonant, _SOUND_OF[consonant])
        word, ending = word[: silent.start()], _LONG[vowel] + soft
    elif len(word) > 1 and word[-1] in _FINAL_VOWEL and word[-2] not in "aeiou":
        word, ending = word[:-1], _FINAL_VOWEL[word[-1]]
    word = re.sub(r"c(?=[eiy])", "s", _DOUBLED.sub(r"\1", word))
    word = re.sub(r"^y|(?<=[aeiou])y(?=[aeiou])", "j", word) if word.startswith("y") else word
    ipa = _SPELLING.sub(lambda spelling: _SOUND_OF[spelling[0]], word) + ending
    if not _VOWEL.search(ipa):
        return None
    return _STRESSABLE.sub(lambda vowel: f"ˈ{vowel[0]}", ipa, count=1)
