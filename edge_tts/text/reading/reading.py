"""Gives every token its pronunciation and makes the words of a sentence.

Order for Chinese: a listed word of two or more characters; for a word of one character the rules for its
context; else the character's default reading. Where none of these is sure, the network may have another opinion.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from edge_tts.text.lexicon import GUESSED, LISTED, OWN, Lexicon
from edge_tts.text.pinyin import NEUTRAL, WEAK, decode, encode
from edge_tts.text.reading import english, erhua, polyphones
from edge_tts.text.reading.polyphone_net import network
from edge_tts.text.reading.tokens import Token
from edge_tts.text.sentence import Syllable, Word

CONTEXT = 8  # characters on either side that a context rule may look at
LISTED_MARGIN = 6.5  # logits by which the network must prefer another reading to that of a listed phrase
PHRASES_KNOW = frozenset(
    "的中着还种会兴了教将重长发行参间传给相论观调量好与少校更藏处供散空几得只载朝角号结阿佛数创差"
    "同华要说分叉卡冲背尽强应横石斗便哪转禅氏奇模般乐作荷答当切倒难看为地过宿正铺"
)
"""Characters whose reading in a listed phrase is right where the network differs, on running text."""


class _Doubt(NamedTuple):
    """A character whose reading the network may change: position in the sentence, token, place in it."""

    position: int
    word: int
    place: int
    certainty: int


def read(tokens: Sequence[Token], lexicon: Lexicon) -> list[Word]:
    """Return the words, each with the mark that follows it, lexical tones and no breaks yet."""
    words: list[Word] = []
    codes = _codes(tokens, lexicon)
    for index, token in enumerate(tokens):
        if token.kind == "mark":
            if words:
                words[-1] = with_mark(words[-1], token.text)
        elif token.syllables:
            words.append(_word(token, token.syllables, ""))
        elif token.kind == "en":
            before, after = neighbours(tokens, index)
            words.append(_word(token, (), token.phonemes or english.in_context(before, token.text, after, lexicon)))
        else:
            words.append(_word(token, erhua.syllables(token.text, codes[index]), ""))
    return erhua.join(words)


def neighbours(tokens: Sequence[Token], index: int) -> tuple[str, str]:
    """Return the English words directly before and after a token, "" for none."""
    places = (index - 1, index + 1)
    before, after = (tokens[at].text if 0 <= at < len(tokens) and tokens[at].kind == "en" else "" for at in places)
    return before, after


def with_mark(word: Word, mark: str) -> Word:
    """Return the word followed by the stronger of its mark and another one."""
    order = "(、—,:;.…!?"
    if word.punctuation and order.index(word.punctuation) > order.index(mark):
        return word
    return Word(word.text, word.language, word.syllables, word.phonemes, word.break_after, mark, word.span)


def _word(token: Token, syllables: tuple[Syllable, ...], phonemes: str) -> Word:
    span = token.traced.span(0, len(token.text))
    return Word(token.text, "en" if phonemes else "zh", syllables, phonemes, 1, "", span)


def _codes(tokens: Sequence[Token], lexicon: Lexicon) -> dict[int, list[int]]:
    """Return a code for each character of each Chinese token, by the token's index."""
    codes: dict[int, list[int]] = {}
    doubts: list[_Doubt] = []
    start, net = 0, network()
    for index, token in enumerate(tokens):
        if token.kind == "zh" and not token.syllables:
            codes[index], certainty = _listed(tokens, index, lexicon)
            doubts += [
                _Doubt(start + place, index, place, certainty[place])
                for place, char in enumerate(token.text)
                if certainty[place] <= LISTED and net.knows(char)
            ]
        start += len(token.text)
    if doubts:
        _ask(tokens, codes, doubts, lexicon)
    return codes


def _listed(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> tuple[list[int], list[int]]:
    """Return codes by lists and rules, and how certain each is."""
    text = tokens[index].text
    if twice := polyphones.doubled(text):
        return [encode(twice)] * 2, [OWN] * 2
    codes = lexicon.codes(text)
    counted = polyphones.counts(text)
    certainty = lexicon.certainty(text) if len(text) > 1 and not counted else [GUESSED] * len(text)
    for place, char in enumerate(text):
        if certainty[place] == GUESSED and polyphones.knows(char):
            alone = len(text) == 1
            before = _before(tokens, index) if alone else text[:place]
            after = _after(tokens, index) if alone or counted else text[place + 1 :]
            if chosen := polyphones.choose(char, before, after, alone=alone):
                codes[place], certainty[place] = encode(chosen), OWN
    return codes, certainty


def _ask(tokens: Sequence[Token], codes: dict[int, list[int]], doubts: list[_Doubt], lexicon: Lexicon) -> None:
    """Replace the doubtful codes that the network knows better."""
    text = "".join(token.text for token in tokens)
    candidates = [lexicon.character(text[doubt.position]) for doubt in doubts]
    scores = network().scores(text, [doubt.position for doubt in doubts], candidates)
    for doubt, score in zip(doubts, scores, strict=True):
        now = codes[doubt.word][doubt.place]
        best = max(score, key=score.__getitem__, default=now)
        if doubt.certainty == GUESSED or (text[doubt.position] not in PHRASES_KNOW and _outweighs(best, now, score)):
            codes[doubt.word] = [*codes[doubt.word]]
            codes[doubt.word][doubt.place] = best


def _outweighs(best: int, now: int, score: dict[int, float]) -> bool:
    """Return whether the network's choice beats that of a phrase; it knows little of neutral tones."""
    if now & WEAK or decode(now) == (*decode(best)[:2], NEUTRAL):
        return False
    return now not in score or score[best] - score[now] > LISTED_MARGIN


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
