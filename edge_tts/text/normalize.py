"""Rewrites what is not words (numbers, units, signs, addresses) as the words that are read aloud."""

from __future__ import annotations

import re

from edge_tts.text import chinese_rules, english_rules
from edge_tts.text.sentence import Language
from edge_tts.text.traced import Traced

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_WORD = re.compile(r"(?<![A-Za-z0-9²³])(?:[A-Za-z]{2,}|[AI](?= ))(?![A-Za-z0-9])")
_REWRITABLE = re.compile(r"[0-9²³&@√]|[a-z]\.[a-z]|[A-Z]")
_ENGLISH_SENTENCE = 3  # words without a Chinese character that make a sentence of a Chinese text English


def language_of(text: str) -> Language:
    """Return the language of a text: English if it has English words and no Chinese characters.

    Letters that belong to a number, as in 5kg and CA1234, make no English word.
    """
    return "en" if not _HAN.search(text) and _WORD.search(text) else "zh"


def normalize(sentence: Traced, around: Language) -> Traced:
    """Return the sentence with numbers and signs written out.

    Args:
        sentence: one sentence, folded.
        around: language of the text that it is part of.
    """
    text = sentence.text
    if not _REWRITABLE.search(text):
        return sentence
    english = not _HAN.search(text) and (around == "en" or len(_WORD.findall(text)) >= _ENGLISH_SENTENCE)
    for pattern, replace in english_rules.RULES if english else chinese_rules.RULES:
        sentence = sentence.rewrite(pattern, replace)
    return sentence
