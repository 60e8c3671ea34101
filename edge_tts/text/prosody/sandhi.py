"""Surface tones: 一 and 不, third tones; neutral tones by place are in neutral.py.

The usual rules of Putonghua: a third tone before a third tone becomes a second, first inside words and pairs of
one-syllable words, then across words up to the next mark; the FastSpeech2 voice's training data is labelled so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from edge_tts.text.lexicon import Lexicon
from edge_tts.text.prosody.neutral import NEUTRAL, REPEATED, soften
from edge_tts.text.reading.segment import UNLISTED
from edge_tts.text.sentence import CLAUSE, NONE, Syllable, Word

_DIGITS = frozenset("零一二三四五六七八九幺")
_ORDINAL_AFTER = frozenset("月号楼班级")
_ORDINAL_PHRASE = ("年级", "等奖", "线城市", "流的", "单元")
_ORDINAL_BEFORE = frozenset("第初周期拜十百零")
_DETERMINERS = frozenset("这那有某每另同下上前后哪任各近")
"""Characters that the segmentation joins with a 一 that counts what follows: 这一 次."""
_COMPLEMENTS = frozenset("了得到见住起上下出来去开动完懂清好成着过及多")
_RESULTS = frozenset("了到见住起动完懂清成着及")
"""Complements that can only follow a verb and 不."""
_NO_VERB = frozenset("我你您他她它们谁都也就还又才再却并从可是而且但这那很太最毫绝决永岂何莫无要若既")
_RAISING = frozenset({"小姐", "哪里"})
"""Words whose last syllable, now neutral, is a third tone that still raises the one before."""


@dataclass(slots=True)
class _Place:
    """A syllable in its clause, with the tone found so far.

    Attributes:
        char: its character.
        tone: surface tone.
        word: index of its word in the sentence.
        last: whether it ends its word.
    """

    char: str
    tone: int
    word: int
    last: bool


def apply(words: list[Word], lexicon: Lexicon) -> list[Word]:
    """Return the words with surface tones; breaks are already there."""
    tones: list[list[int]] = [[syllable.surface_tone for syllable in word.syllables] for word in words]
    soften(words, tones, lexicon)
    for start, end in _clauses(words):
        places = [
            _Place(syllable.text[0], tones[index][number], index, number == len(words[index].syllables) - 1)
            for index in range(start, end)
            for number, syllable in enumerate(words[index].syllables)
        ]
        _yi_and_bu(places, words, lexicon)
        _third_tones(places, words, lexicon)
        position = 0
        for index in range(start, end):
            count = len(tones[index])
            tones[index] = [place.tone for place in places[position : position + count]]
            position += count
    return [_with_tones(word, surface) for word, surface in zip(words, tones, strict=True)]


def _clauses(words: list[Word]) -> Iterator[tuple[int, int]]:
    """Yield ranges of Chinese words between marks; an English word ends a range too."""
    start = 0
    for index, word in enumerate(words):
        if word.language != "zh":
            yield start, index
            start = index + 1
        elif word.break_after >= CLAUSE:
            yield start, index + 1
            start = index + 1


def _with_tones(word: Word, tones: list[int]) -> Word:
    if all(syllable.surface_tone == tone for syllable, tone in zip(word.syllables, tones, strict=True)):
        return word
    syllables: list[Syllable] = [
        replace(syllable, surface_tone=tone) for syllable, tone in zip(word.syllables, tones, strict=True)
    ]
    return replace(word, syllables=tuple(syllables))


def _yi_and_bu(places: list[_Place], words: list[Word], lexicon: Lexicon) -> None:
    for index in range(len(places) - 1, -1, -1):
        place = places[index]
        if place.char == "一" and place.tone == 1:
            place.tone = _yi(places, index)
        elif place.char == "不" and place.tone == 4:
            place.tone = _bu(places, index, words[place.word].text, lexicon)


def _yi(places: list[_Place], index: int) -> int:
    before = places[index - 1].char if index else ""
    following = places[index + 1] if index + 1 < len(places) else None
    if following is None or (before and before in _ORDINAL_BEFORE):
        return 1
    if before == following.char and before not in _DIGITS and (index < 2 or places[index - 2].char != "一"):
        return NEUTRAL
    if before in _DIGITS or following.char in _DIGITS or _is_ordinal(places, index):
        return 1
    ends_word = places[index].last and index and places[index - 1].word == places[index].word
    if ends_word and before not in _DETERMINERS:
        return 1
    return 2 if following.tone == 4 or following.char == "个" else 4


def _is_ordinal(places: list[_Place], index: int) -> bool:
    """Return whether the 一 at index numbers what follows or ends a score: 一月, 一楼, 一年级, 三比一."""
    if index > 1 and places[index - 1].char == "比" and places[index - 2].char in _DIGITS:
        return True
    text = "".join(place.char for place in places[index + 1 : index + 4])
    if text[0] == "日" and index and places[index - 1].char == "月":
        return True
    return text[0] in _ORDINAL_AFTER or text.startswith(_ORDINAL_PHRASE)


def _bu(places: list[_Place], index: int, word: str, lexicon: Lexicon) -> int:
    before = places[index - 1].char if index else ""
    following = places[index + 1] if index + 1 < len(places) else None
    if following is None:
        return 4
    doubled = before == following.char and (index < 2 or places[index - 2].char != "一")
    if doubled or _in_complement(word, lexicon):
        return NEUTRAL
    if word in ("不", "不了") and before and before not in _NO_VERB and places[index - 1].last:
        alone = index == 1 or places[index - 2].last
        if alone and following.last and following.char in _RESULTS:
            return NEUTRAL
        last = places[index + 2] if index + 2 < len(places) else None
        if alone and last and last.char in "来去" and following.char in "起出进回过上下":
            return NEUTRAL
    return 2 if following.tone == 4 else 4


def _in_complement(word: str, lexicon: Lexicon) -> bool:
    """Return whether the 不 of a word stands between a verb and what follows from it: 看不清, 说不定."""
    if len(word) not in (3, 4) or word[1] != "不" or word[0] in _NO_VERB:
        return False
    return word[2] in _COMPLEMENTS or (lexicon.word_class(word[0]) == "v" and bool(lexicon.log_frequency(word[:3])))


def _third_tones(places: list[_Place], words: list[Word], lexicon: Lexicon) -> None:
    feet = list(_feet(places, words))
    for start, end in feet:
        _inside(places[start:end], lexicon)
    for start, _ in reversed(feet):
        if start and places[start].tone == 3 and places[start - 1].tone == 3:
            places[start - 1].tone = 2


def _feet(places: list[_Place], words: list[Word]) -> Iterator[tuple[int, int]]:
    """Yield the ranges that sandhi works in first: words, and pairs of words of one syllable."""
    start = 0
    while start < len(places):
        end = start + 1
        while not places[end - 1].last:
            end += 1
        alone = end - start == 1
        next_alone = end < len(places) and places[end].last
        if alone and next_alone and not _closer_to_next(places, words, end):
            end += 1
        yield start, end
        start = end


def _closer_to_next(places: list[_Place], words: list[Word], index: int) -> bool:
    """Return whether the one-syllable word at index leans on the word after it, not the one before."""
    word, before = words[places[index].word], words[places[index - 1].word]
    return before.break_after != NONE and word.break_after == NONE


def _inside(foot: list[_Place], lexicon: Lexicon) -> None:
    if len(foot) >= 3 and all(place.tone == 3 for place in foot[:3]):
        text = "".join(place.char for place in foot)
        if len(foot) == 3 and _splits_after_first(text, lexicon):
            foot[1].tone = 2
            return
    for place, following in pairwise(foot):
        if place.tone == 3 and (following.tone == 3 or _raises(place, following)):
            place.tone = 2


def _raises(place: _Place, following: _Place) -> bool:
    """Return whether a neutral syllable still counts as the third tone that it was: 想想, 小姐."""
    text = place.char + following.char
    return following.tone == NEUTRAL and (text in _RAISING or (place.char == following.char in REPEATED))


def _splits_after_first(word: str, lexicon: Lexicon) -> bool:
    first = lexicon.log_frequency(word[:2])
    second = lexicon.log_frequency(word[1:])
    return (second or UNLISTED) > (first or UNLISTED)
