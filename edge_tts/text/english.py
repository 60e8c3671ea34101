"""English words in IPA: the lexicon, inflections, parts of compounds, letter names, pinyin, letter-to-sound rules.

The alphabet is that of misaki's American English (Apache-2.0), which Kokoro was trained on: A I O W Y are the
diphthongs of day, my, go, now, boy; the stress marks ˈ ˌ stand before the stressed vowel.
"""

from __future__ import annotations

import re

from edge_tts.text import romanized
from edge_tts.text.letter_sounds import sound_out
from edge_tts.text.lexicon import Lexicon

LETTER_NAMES = dict(
    zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "A bi si di i ɛf ʤi Aʧ I ʤA kA ɛl ɛm ɛn O pi kju ɑɹ ɛs ti ju vi dˈʌbəlju ɛks wI zi".split(),
        strict=True,
    )
)
_SHOUTED = frozenset("THE AND FOR YOU ARE NOT IS IN ON TO OF AT MY NO GO NEW DO WE BE BY ALL CAN GET NOW OUR".split())
_VOWELS = "AIOWYaiuæɑɔəɛɜɪʊʌᵊᵻ"
_FIRST_VOWEL = re.compile(f"[{_VOWELS}]")
_PARTS = re.compile(r"[A-Z]+(?=[A-Z][a-z]|s?$|[^A-Za-z])|[A-Z]?[a-z]+|[A-Z]")
_LONGEST_WORD = 24  # letters; what is longer is sounded out in pieces
_SHORTEST_SHOUT = 4  # capital letters; shorter listed words in capitals are taken for abbreviations
_VOICELESS, _HISSING = "ptkfθ", "szʃʒʧʤ"


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
    if word.isupper() or len(word) == 1:
        return spelled(word)
    return romanized.phonemes(word) or sound_out(word.lower()) or spelled(word)


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
        as_word = len(word) >= _SHORTEST_SHOUT or word in _SHOUTED
        return (lexicon.english(lower) or lexicon.english(word.capitalize())) if as_word else None
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
