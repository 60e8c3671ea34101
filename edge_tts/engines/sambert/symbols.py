"""A Sentence in the alphabet of Sambert: phones with tone, place in the syllable and place in the word.

The alphabet is that of KAN-TTS (MIT): an initial and a final for each Chinese syllable, ARPAbet for English, `#1` to
`#4` for prosodic breaks. A syllable without an initial gets a glottal one; ü is v; the finals of er-hua end in r.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from edge_tts.text.pinyin import parse

if TYPE_CHECKING:
    from edge_tts.text.sentence import Syllable, Word


@dataclass(frozen=True, slots=True)
class Token:
    """One phone or break.

    Attributes:
        symbol: of the phone, `b_c`, `ae`; or `#1` to `#4`.
        tone: `tone1` to `tone5`, 5 neutral; `tone0` of an unstressed English syllable; `tone_none` of a break.
        syllable: `s_begin`, `s_middle`, `s_end`, `s_both` or `s_none`: place in the syllable.
        word: `word_begin`, `word_middle`, `word_end`, `word_both` or `word_none`: place in the word.
    """

    symbol: str
    tone: str
    syllable: str
    word: str

    @property
    def is_break(self) -> bool:
        """Whether it is a break and no phone."""
        return self.symbol.startswith("#")


Sound = tuple[str, str, str]
"""Symbol, tone and place in the syllable."""

_GLOTTAL = {"a": "ga", "e": "ge", "o": "go"}
_FINALS = {"iou": "iou", "uei": "uei", "uen": "uen", "ue": "ve"}
_RETROFLEX, _DENTAL = ("zh", "ch", "sh", "r"), ("z", "c", "s")
_RARE = {"ueng": "eng", "io": "o", "iai": "ai"}
"""Finals without an initial that are spelled with y or w, where dropping the vowel is not enough."""
_MISSING = {
    ("d", "in"): ("d", "ing"), ("l", "en"): ("l", "eng"), ("r", "ua"): ("r", "uo"), ("n", "ia"): ("n", "iang"),
    ("c", "ei"): ("c", "e"), ("b", "ong"): ("b", "eng"), ("f", "iao"): ("f", "ou"), ("b", "iang"): ("b", "ian"),
    ("h", "ng"): ("h", "en"),
}  # fmt: skip
"""Syllables that the alphabet's own map lacks, and the nearest it has."""

_VOWELS = {
    "A": "ey", "I": "ay", "O": "ow", "W": "aw", "Y": "oy", "i": "iy", "ɪ": "ih", "ᵻ": "ih", "u": "uw", "ʊ": "uh",
    "ɛ": "eh", "e": "eh", "æ": "ae", "a": "ae", "ɑ": "aa", "ɔ": "ao", "o": "ow", "ʌ": "ah", "ɐ": "ah", "ə": "ah",
    "ᵊ": "ah", "ɜ": "er",
}  # fmt: skip
_CONSONANTS = {
    "p": "p", "b": "b", "t": "t", "ɾ": "t", "ʔ": "t", "d": "d", "k": "k", "ɡ": "g", "g": "g", "f": "f", "v": "v",
    "θ": "th", "ð": "dh", "s": "s", "z": "z", "ʃ": "sh", "ʒ": "zh", "ʧ": "ch", "ʤ": "jh", "h": "hh", "m": "m",
    "n": "n", "ŋ": "ng", "l": "l", "ɹ": "r", "w": "w", "j": "y",
}  # fmt: skip
_ONE = {"tʃ": "ʧ", "dʒ": "ʤ", "eɪ": "A", "aɪ": "I", "ɔɪ": "Y", "oʊ": "O", "əʊ": "O", "aʊ": "W", "r": "ɹ", "ɒ": "ɑ"}
_IPA = re.compile("t͡?ʃ|d͡?ʒ|[eaɔ]ɪ|[oə]ʊ|aʊ|ɜɹ|[əᵊ]ɹ|ɝ|ɚ|[ˈˌ]|[^\\sː]")
_RHOTIC = {"ɜɹ": "er", "əɹ": "er", "ᵊɹ": "er", "ɝ": "er", "ɚ": "er"}
_ONSETS = frozenset(
    "p b t d k g f v th dh s z sh zh ch jh hh m n l r w y "
    "p-l p-r b-l b-r t-r t-w d-r d-w k-l k-r k-w g-l g-r g-w f-l f-r th-r sh-r s-p s-t s-k s-m s-n s-l s-w "
    "p-y b-y k-y g-y f-y v-y m-y hh-y s-p-l s-p-r s-t-r s-k-r s-k-w s-k-y".split()
)
"""Consonants that may begin an English syllable, joined by hyphens."""


def tokens(words: Sequence[Word]) -> list[Token]:
    """Return the tokens of the words of a sentence or of a part of it, the last one the break `#4`."""
    found: list[Token] = []
    sounds: list[Sound] = []
    for word in words:
        sounds += chinese(word.syllables) if word.syllables else english(word.phonemes)
        if word.break_after and sounds:
            found += word_tokens(sounds)
            found.append(pause(word.break_after))
            sounds = []
    found += word_tokens(sounds)
    if found and found[-1].symbol != "#4":
        found = [*(found[:-1] if found[-1].is_break else found), pause(4)]
    return found


def word_tokens(sounds: Sequence[Sound]) -> list[Token]:
    """Return the tokens of one prosodic word."""
    last = len(sounds) - 1
    places = ["word_both"] if not last else ["word_begin", *["word_middle"] * (last - 1), "word_end"]
    return [Token(*sound, place) for sound, place in zip(sounds, places[: len(sounds)], strict=True)]


def pause(strength: int) -> Token:
    """Return the token of a break of strength 1 to 4."""
    return Token(f"#{strength}", "tone_none", "s_none", "word_none")


def chinese(syllables: Sequence[Syllable]) -> list[Sound]:
    """Return the phones of syllables, with the tones as spoken."""
    return [
        sound
        for one in syllables
        for sound in syllable_sounds(one.initial, one.final, one.surface_tone, erhua=one.erhua)
    ]


def spelled(pinyin: str) -> list[Sound]:
    """Return the phones of one syllable in pinyin, `huar1`, `ga5`; raises ValueError as `pinyin.parse` does."""
    body = pinyin.rstrip("012345")
    if body.endswith("r") and body != "er":
        return syllable_sounds(*parse(body[:-1] + pinyin[len(body) :]), erhua=True)
    return syllable_sounds(*parse(pinyin))


def syllable_sounds(initial: str, final: str, tone: int, *, erhua: bool = False) -> list[Sound]:
    """Return the two phones of a syllable; initial and final as in `text.sentence.Syllable`."""
    initial, final = _MISSING.get((initial, final), (initial, final))
    first, second = _parts(initial, final)
    if erhua and second != "er":
        second += "r"
    return [(first, f"tone{tone}", "s_begin"), (f"{second}_c", f"tone{tone}", "s_end")]


def _parts(initial: str, final: str) -> tuple[str, str]:
    if final == "i" and initial in _RETROFLEX:
        return f"{initial}_c", "ih"
    if final == "i" and initial in _DENTAL:
        return f"{initial}_c", "ii"
    if initial:
        return "xx_c" if initial == "x" else f"{initial}_c", final
    if final in _RARE:
        return ("w_c" if final[0] == "u" else "y_c"), _RARE[final]
    if final[0] in _GLOTTAL:
        return _GLOTTAL[final[0]], final
    if final[0] == "v":
        return "y_c", final
    glide = "y_c" if final[0] == "i" else "w_c"
    return glide, _after_glide(final)


def _after_glide(final: str) -> str:
    """Return what is left of a final behind y or w: `ian` is an, `iou` ou, `ing` ing, `u` u."""
    if final in ("i", "u", "in", "ing"):
        return final
    return final[1:]


def english(phonemes: str) -> list[Sound]:
    """Return the phones of an English word in IPA: ARPAbet, each with its syllable's stress as the tone."""
    found: list[Sound] = []
    for consonants_and_vowel, stressed in _syllables(phonemes):
        last = len(consonants_and_vowel) - 1
        for place, phone in enumerate(consonants_and_vowel):
            where = "s_both" if not last else "s_begin" if not place else "s_end" if place == last else "s_middle"
            found.append((phone, "tone1" if stressed else "tone0", where))
    return found


def _syllables(phonemes: str) -> Iterator[tuple[list[str], bool]]:
    """Yield the phones of each syllable by the longest possible onset, and whether it has the main stress."""
    phones, vowels, main = _arpabet(phonemes)
    if not vowels:
        if phones:
            yield phones, True
        return
    starts = [0, *(_onset(phones, before + 1, vowel) for before, vowel in pairwise(vowels))]
    for start, end, vowel in zip(starts, [*starts[1:], len(phones)], vowels, strict=True):
        yield phones[start:end], vowel in main


def _onset(phones: Sequence[str], start: int, vowel: int) -> int:
    """Return where the syllable of a vowel begins, after the vowel before it."""
    return next((at for at in range(start, vowel) if "-".join(phones[at:vowel]) in _ONSETS), vowel)


def _arpabet(phonemes: str) -> tuple[list[str], list[int], set[int]]:
    """Return phones, where the vowels are, and which of them have the main stress."""
    phones: list[str] = []
    vowels: list[int] = []
    main: set[int] = set()
    stressed = False
    for match in _IPA.finditer(phonemes):
        sound = _ONE.get(match[0].replace("͡", ""), match[0].replace("͡", ""))
        if sound in ("ˈ", "ˌ"):
            stressed = sound == "ˈ"
            continue
        vowel = _RHOTIC.get(sound) or _VOWELS.get(sound)
        if vowel:
            vowels.append(len(phones))
            if stressed:
                main.add(len(phones))
            stressed = False
        phone = vowel or _CONSONANTS.get(sound)
        if phone:
            phones.append(phone)
    return phones, vowels, main or set(vowels[:1])
