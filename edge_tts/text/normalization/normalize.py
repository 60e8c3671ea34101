"""Rewrites what is not words (numbers, units, signs, addresses) as the words that are read aloud."""

from __future__ import annotations

import re

from edge_tts.text.normalization import chinese_rules, emoji, english_rules, rules
from edge_tts.text.normalization.emoji import Pictures
from edge_tts.text.normalization.units import UNITS
from edge_tts.text.sentence import Language
from edge_tts.text.traced import Traced

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_WORD = re.compile(
    r"(?<![A-Za-z0-9²³@./_=+*^-])(?:(?=[A-Za-z]{2})[A-Z]{0,15}[a-z][A-Za-z]{0,40}|[AI](?= [a-z]))"
    r"(?![A-Za-z0-9@/_²³=+*^]|[.:-][A-Za-z0-9])"
)
_ADDRESS = re.compile(r"[A-Za-z]{2,6}://[!-~]+")
_NO_WORDS = frozenset(
    (
        "am",
        "pm",
        "sin",
        "cos",
        "tan",
        "log",
        "ln",
        "lim",
    )
)
_REWRITABLE = re.compile(rf"[0-9A-Za-z{rules.SIGNS}]")
_NAME = re.compile("[A-Z]|[a-z]{1,3}[A-Z]")
"""What the names of products begin with: Windows 10, iPhone 15."""
_ENGLISH_SENTENCE = 3  # words without a Chinese character that make a sentence of a Chinese text English


def language_of(text: str) -> Language:
    """Return the language of a text: English if it has English words and no Chinese characters.

    Nothing but names, as in Windows 10, is read as in a Chinese text. Letters that belong to a number or an address, as
    in 5kg, CA1234 and www.example.org, make no English word.
    """
    words = _words(text)
    if _HAN.search(text) or not words:
        return "zh"
    return "zh" if all(map(_NAME.match, words)) else "en"


def normalize(sentence: Traced, around: Language, pictures: Pictures = "name") -> Traced:
    """Return the sentence with numbers and signs written out.

    Args:
        sentence: one sentence, folded.
        around: language of the text that it is part of.
        pictures: whether emoji are read by their names or not at all.
    """
    if not _REWRITABLE.search(sentence.text):
        return sentence
    if pictures == "drop":
        sentence = sentence.rewrite(emoji.ANY, lambda match: emoji.dropped(match["picture"]))
    text = sentence.text
    english = not _HAN.search(text) and (
        around == "en" or (language_of(text) == "en" and len(_words(text)) >= _ENGLISH_SENTENCE)
    )
    return rules.apply(english_rules.TABLE if english else chinese_rules.TABLE, sentence)


def _words(text: str) -> list[str]:
    found = (match[0] for match in _WORD.finditer(_ADDRESS.sub(" ", text)))
    return [word for word in found if word not in _NO_WORDS and word not in UNITS]
