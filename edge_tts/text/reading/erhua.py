"""Fuses 儿 into the syllable before it where it is a suffix: 一点儿 yi4 dianr3, but 女儿 nv3 er2."""

from __future__ import annotations

from collections.abc import Sequence

from edge_tts.text.pinyin import NEUTRAL, WEAK, decode
from edge_tts.text.sentence import Syllable, Word

_OWN_SYLLABLE = frozenset("女婴幼孤健胎男宠弃患小少育生产侄孙妻乞混托新早低黑幸娇麟鲸卡")
"""Characters after which 儿 means child and keeps its syllable."""
_FUSING = frozenset("点玩事会块边哪这那活劲味花画鸟头尾面片根伴门人空信字词歌曲话本样份馅盖座圈魂腿串角弯印影馆摊")
"""Characters that take a 儿 which the lexicon does not list with them."""


def syllables(text: str, codes: Sequence[int]) -> tuple[Syllable, ...]:
    """Return the syllables of a word, one code of the lexicon for each character, 儿 fused where it is a suffix."""
    made: list[Syllable] = []
    for char, code in zip(text, codes, strict=True):
        initial, final, tone = decode(code)
        if char == "儿" and made and final == "er" and _fuses(text, made[-1].text):
            made[-1] = _fused(made[-1])
        else:
            made.append(Syllable(char, initial, final, tone, NEUTRAL if code & WEAK else tone))
    return tuple(made)


def join(words: list[Word]) -> list[Word]:
    """Fuse a 儿 that was cut off as a word of its own with the word before it."""
    joined: list[Word] = []
    for word in words:
        before = joined[-1] if joined else None
        if word.text == "儿" and before and _takes_suffix(before):
            last = (*before.syllables[:-1], _fused(before.syllables[-1]))
            span = before.span[0], word.span[1]
            joined[-1] = Word(f"{before.text}儿", "zh", last, "", word.break_after, word.punctuation, span)
        else:
            joined.append(word)
    return joined


def _takes_suffix(word: Word) -> bool:
    if word.language != "zh" or word.punctuation or word.syllables[-1].erhua:
        return False
    return word.text[-1] in _FUSING


def _fuses(word: str, before: str) -> bool:
    if before in _OWN_SYLLABLE or len(before) > 1:
        return False
    return word.endswith("儿") or before in _FUSING


def _fused(syllable: Syllable) -> Syllable:
    tone = syllable.lexical_tone
    return Syllable(f"{syllable.text}儿", syllable.initial, syllable.final, tone, tone, erhua=True)
