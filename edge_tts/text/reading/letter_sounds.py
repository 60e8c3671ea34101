"""Sounds out unlisted English words with the small network of g2p_en (Apache-2.0), in numpy.

Park and Kim, https://github.com/Kyubyong/g2p: one GRU of 256 cells reads the letters, another says the phones of
CMUdict until it comes to the end. letter_sounds.npz, written by scripts/build/build_lexicon.py, all float16:

enc_input [29, 768], dec_input [74, 768]: what each letter and each phone adds to the gates reset, update, new
enc_recurrent, dec_recurrent [256, 768], enc_bias, dec_bias [768]      output [256, 74], output_bias [74]
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from edge_tts.text.lexicon import arrays

MOST_PHONES = 2  # for each letter, and as many more: `x` has three; a network that finds no end is stopped there
_CELLS = 256
_LETTERS = {letter: index for index, letter in enumerate("abcdefghijklmnopqrstuvwxyz", 3)}
_LETTERS_END, _START, _END = 2, 2, 3
_VOWELS = "AA ɑ AE æ AH ʌ AO ɔ AW W AY I EH ɛ ER ɜɹ EY A IH ɪ IY i OW O OY Y UH ʊ UW u".split()
_CONSONANTS = (
    "B b CH ʧ D d DH ð F f G ɡ HH h JH ʤ K k L l M m N n NG ŋ P p R ɹ S s SH ʃ T t TH θ V v W w Y j Z z ZH ʒ".split()
)
_UNSTRESSED = {"ʌ": "ə", "ɜɹ": "əɹ"}
_FLAPPED = re.compile(r"(?<=[AIOWYiuæɑɔəɛɜɪʊʌɹ])t(?=[əɪiO])")
_SPELLED_VOWEL = re.compile("[aeiouy]")

Floats = npt.NDArray[np.float32]


def _alphabet() -> list[str]:
    """Return the IPA of each phone of the network, in its order: that of the alphabet, stresses 0 1 2."""
    vowels = dict(zip(_VOWELS[::2], _VOWELS[1::2], strict=True))
    consonants = dict(zip(_CONSONANTS[::2], _CONSONANTS[1::2], strict=True))
    table = ["", "", "", ""]  # padding, unknown, start, end
    for name in sorted(vowels | consonants):
        if name in consonants:
            table.append(consonants[name])
            continue
        ipa = vowels[name]
        table += [ipa] if name == "UW" else []  # CMUdict has it without stress, too
        table += [_UNSTRESSED.get(ipa, ipa), f"ˈ{ipa}", f"ˌ{ipa}"]
    return table


_IPA = _alphabet()


class _Gru:
    """One direction of the network: its state after each symbol."""

    def __init__(self, weights: dict[str, npt.NDArray[Any]], side: str) -> None:
        self._input, self._recurrent, self._bias = (
            weights[f"{side}_{name}"].astype(np.float32) for name in ("input", "recurrent", "bias")
        )

    def step(self, symbol: int, state: Floats) -> Floats:
        """Return the next state [256]."""
        given, kept = self._input[symbol], state @ self._recurrent + self._bias
        gates = 1 / (1 + np.exp(-(given + kept)[: 2 * _CELLS]))
        reset, update = gates[:_CELLS], gates[_CELLS:]
        new = np.tanh(given[2 * _CELLS :] + reset * kept[2 * _CELLS :])
        return np.asarray(new + update * (state - new), np.float32)


class LetterSounds:
    """The network's weights."""

    def __init__(self, weights: dict[str, npt.NDArray[Any]]) -> None:
        """Take the arrays that the module describes."""
        self._reader, self._speaker = _Gru(weights, "enc"), _Gru(weights, "dec")
        self._output, self._output_bias = (weights[name].astype(np.float32) for name in ("output", "output_bias"))

    def phones(self, word: str) -> str:
        """Return the IPA of a word of lower-case ASCII letters as the network says it."""
        state = np.zeros(_CELLS, np.float32)
        for letter in word:
            state = self._reader.step(_LETTERS[letter], state)
        state = self._reader.step(_LETTERS_END, state)
        said, phone = "", _START
        for _ in range(MOST_PHONES * (len(word) + 1)):
            state = self._speaker.step(phone, state)
            phone = int(np.argmax(state @ self._output + self._output_bias))
            if phone == _END:
                break
            said += _IPA[phone]
        return said


@cache
def network() -> LetterSounds:
    """Return the network of this installation, read on first use.

    Raises:
        StoreError: its file is missing or damaged.
    """
    return LetterSounds(arrays("letter_sounds.npz"))


@lru_cache(maxsize=1024)
def sound_out(word: str) -> str | None:
    """Return American IPA, t flapped between vowels, or None for a word that has no vowel to say.

    Args:
        word: lower-case ASCII letters.
    """
    if not _SPELLED_VOWEL.search(word):
        return None
    return _FLAPPED.sub("ɾ", network().phones(word)) or None
