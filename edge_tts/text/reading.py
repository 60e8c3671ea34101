"""Gives every token its pronunciation and makes the words of a sentence.

Order for Chinese: a listed word of two or more characters; for a word of one character the rules for its
context; else the character's default reading.
"""

from __future__ import annotations

from collections.abc import Sequence

from edge_tts.text import english, erhua, polyphones
from edge_tts.text.lexicon import Lexicon
from edge_tts.text.pinyin import decode, encode
from edge_tts.text.sentence import Syllable, Word
from edge_tts.text.tokens import Token

CONTEXT = 8  # characters on either side that a context rule may look at


def read(tokens: Sequence[Token], lexicon: Lexicon) -> list[Word]:
    """Return the words, each with the mark that follows it, lexical tones and no breaks yet."""
    words: list[Word] = []
    for index, token in enumerate(tokens):
        if token.kind == "mark":
            if words:
                words[-1] = with_mark(words[-1], token.text)
        elif token.syllables:
            words.append(_word(token, token.syllables, ""))
        elif token.kind == "en":
            words.append(_word(token, (), token.phonemes or english.phonemes(token.text, lexicon)))
        else:
            codes = _codes(tokens, index, lexicon)
            words.append(_word(token, erhua.syllables(token.text, [decode(code) for code in codes]), ""))
    return erhua.join(words)


def with_mark(word: Word, mark: str) -> Word:
    """Return the word followed by the stronger of its mark and another one."""
    order = "—,:;.…!?"
    if word.punctuation and order.index(word.punctuation) > order.index(mark):
        return word
    return Word(word.text, word.language, word.syllables, word.phonemes, word.break_after, mark, word.span)


def _word(token: Token, syllables: tuple[Syllable, ...], phonemes: str) -> Word:
    span = token.traced.span(0, len(token.text))
    return Word(token.text, "en" if phonemes else "zh", syllables, phonemes, 1, "", span)


def _codes(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> list[int]:
    text = tokens[index].text
    if len(text) == 1:
        chosen = polyphones.choose(text, _before(tokens, index), _after(tokens, index))
        return [encode(chosen)] if chosen else lexicon.character(text)[:1]
    listed = lexicon.word(text)
    return listed or [lexicon.character(char)[0] for char in text]


def _before(tokens: Sequence[Token], index: int) -> str:
    text = ""
    while index and len(text) < CONTEXT and tokens[index].joined:
        index -= 1
        text = tokens[index].text + text
    return text


def _after(tokens: Sequence[Token], index: int) -> str:
    text = ""
    while index + 1 < len(tokens) and len(text) < CONTEXT and tokens[index + 1].joined:
        index += 1
        text += tokens[index].text
    return text
