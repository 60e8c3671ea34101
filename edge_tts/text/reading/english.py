"""English words in IPA: the lexicon, inflections, parts of compounds, letter names, pinyin, letter-to-sound rules.

The alphabet is that of misaki's American English (Apache-2.0), which Kokoro was trained on: A I O W Y are the
diphthongs of day, my, go, now, boy; the stress marks ˈ ˌ stand before the stressed vowel.
"""

from __future__ import annotations

import re

from edge_tts.text.lexicon import Lexicon
from edge_tts.text.normalization import capitals
from edge_tts.text.reading import romanized
from edge_tts.text.reading.letter_sounds import sound_out

LETTER_NAMES = dict(
    zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "A bi si di i ɛf ʤi Aʧ I ʤA kA ɛl ɛm ɛn O pi kju ɑɹ ɛs ti ju vi dˈʌbəlju ɛks wI zi".split(),
        strict=True,
    )
)
_VOWELS = "AIOWYaiuæɑɔəɛɜɪʊʌᵊᵻ"
_FIRST_VOWEL = re.compile(f"[{_VOWELS}]")
_PARTS = re.compile(r"[A-Z]+(?=[A-Z][a-z]|s?$|[^A-Za-z])|[A-Z]?[a-z]+|[A-Z]")
_PRONOUNCED = re.compile(r"(?=.{6,})[B-DF-HJ-NP-TV-XZ]{0,2}(?:[AEIOUY]{1,3}[B-DF-HJ-NP-TV-XZ]{1,2})+[AEIOUY]{0,2}")
"""Capitals that are no abbreviation: a name like NGUYEN, with vowels where a word has them."""
_LONGEST_WORD = 24  # letters; what is longer is sounded out in pieces
_SHORTEST_SHOUT = 4  # capital letters; shorter listed words in capitals are taken for abbreviations
_VOICELESS, _HISSING = "ptkfθ", "szʃʒʧʤ"


def in_context(before: str, word: str, after: str, lexicon: Lexicon) -> str:
    """Return the IPA of a word between the English words before and after it, "" for none; see `phonemes`."""
    if word in ("A", "a"):
        return "ɐ" if capitals.is_article(before, word, after) else spelled(word)
    if len(word) > 1 and word.isalpha() and word.isupper():
        as_word = capitals.is_word(before, word, after)
        if as_word is not None:
            return (_whole(word.lower(), lexicon) if as_word else None) or spelled(word)
    return spelled(word) if capitals.FORMULA.fullmatch(word) else phonemes(word, lexicon)


def phonemes(word: str, lexicon: Lexicon) -> str:
    """Return the IPA of a word of Latin letters, hyphens and apostrophes; never empty."""
    listed = _whole(word, lexicon)
    if listed:
        return listed
    stem = word.removesuffix("'s") if word.endswith("'s") else word[:-1]
    if len(stem) > 1 and word.endswith("s") and (stem.isupper() or stem == word[:-2]):
        return _plural(phonemes(stem, lexicon))
    parts = [part for part in re.split(r"[-']", word) if part]
    if len(parts) > 1:
        return "".join(phonemes(part, lexicon) for part in parts)
    if len(word) > _LONGEST_WORD:
        return "".join(phonemes(word[at : at + _LONGEST_WORD], lexicon) for at in range(0, len(word), _LONGEST_WORD))
    return "".join(_part(part, lexicon) for part in camel(word))


def camel(word: str) -> list[str]:
    """Return the parts of a word in camel case, `Chat GPT` of ChatGPT; else the word alone."""
    parts = _PARTS.findall(word)
    if len(parts) > 1 and not word.isupper() and all(len(part) > 1 or part.isupper() for part in parts):
        return parts
    return [word]


def syllable_count(ipa: str) -> int:
    """Return about how many syllables a transcription has, at least 1."""
    return max(1, len(_FIRST_VOWEL.findall(ipa)))


def _part(word: str, lexicon: Lexicon) -> str:
    listed = _whole(word, lexicon)
    if listed:
        return listed
    if len(word) == 1 or (word.isupper() and not _PRONOUNCED.fullmatch(word)):
        return spelled(word)
    return romanized.phonemes(word.capitalize() if word.isupper() else word) or sound_out(word.lower()) or spelled(word)


def spelled(word: str) -> str:
    """Return the names of the letters, the last one stressed most."""
    *front, last = (LETTER_NAMES[letter] for letter in word.upper())
    return "".join(_stress(name, "ˌ") for name in front) + _stress(last, "ˈ")


def _stress(name: str, mark: str) -> str:
    return name if "ˈ" in name else _FIRST_VOWEL.sub(lambda vowel: mark + vowel[0], name, count=1)


def _whole(word: str, lexicon: Lexicon) -> str | None:
    if len(word) == 1:
        return _stress(LETTER_NAMES[word.upper()], "ˈ") if word != "a" else "ɐ"
    lower = word.lower()
    if word.isupper() and not lexicon.english(word):
        if len(word) < _SHORTEST_SHOUT:
            return lexicon.english(lower) if word in capitals.SHORT_WORDS else None
        inflected = _inflected(lower, lexicon) if len(word) > _SHORTEST_SHOUT else None
        return lexicon.english(lower) or lexicon.english(word.capitalize()) or inflected
    for form in (word, lower, word.capitalize()):
        if ipa := lexicon.english(form) or _inflected(form, lexicon):
            return ipa
    return None


def _inflected(word: str, lexicon: Lexicon) -> str | None:
    for ending, add in (("'s", _plural), ("s", _plural), ("ed", _past), ("ing", lambda ipa: f"{ipa}ɪŋ")):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            stem = word[: -len(ending)]
            for base in _bases(stem, ending):
                if ipa := lexicon.english(base):
                    return str(add(ipa))
    return None


def _bases(stem: str, ending: str) -> list[str]:
    bases = [stem]
    if ending in ("ed", "ing"):
        bases.append(f"{stem}e")
        if len(stem) > 2 and stem[-1] == stem[-2]:
            bases.append(stem[:-1])
    if stem.endswith("ie"):
        bases.append(f"{stem[:-2]}y")
    elif stem.endswith("e") and ending == "s":
        bases.append(stem[:-1])
    return bases


def _plural(ipa: str) -> str:
    return ipa + ("ᵻz" if ipa[-1] in _HISSING else "s" if ipa[-1] in _VOICELESS else "z")


def _past(ipa: str) -> str:
    if ipa[-1] in "td":
        return f"{ipa}ᵻd"
    return ipa + ("t" if ipa[-1] in _VOICELESS or ipa[-1] in "sʃʧ" else "d")
