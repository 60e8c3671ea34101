"""Puts prosodic breaks after words by simple rules: words, phrases of a few syllables, marks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from edge_tts.text.lexicon import Lexicon
from edge_tts.text.reading.english import syllable_count
from edge_tts.text.sentence import CLAUSE, NONE, PHRASE, SENTENCE, WORD, Word

LONGEST_WORD = 5  # syllables of a prosodic word that is made of several words
LONGEST_PHRASE = 12  # syllables of a prosodic phrase where there is a place to end it
USUAL_PHRASE = 5.5  # syllables
MIN_PHRASE = 3  # syllables
REACH = 12  # words back that a prosodic word or phrase may begin

_NUMERALS = frozenset("零幺一二三四五六七八九十百千万亿两点")
_LEANING_BACK = frozenset("的了着过吗呢吧啊呀嘛啦哦们地得个里上下中后前时等儿内外间者年月日号点分度")
_AFTER_VERB = frozenset("在到给成于向")
_LEANING_ON = frozenset(
    "在是不很也都把被从对向和与跟为就才又再还最更太没别要会能可所以将让给由于第这那每各我你他她它谁请想已正只有比少多去来"
)
_PRONOUNS = frozenset("我你您他她它谁")
_COMPLEMENTS = frozenset(first + last for first in "起出进回过上下" for last in "来去") | {"起来"}
_OPENING = frozenset("上下前后")
_OPENED = frozenset("一二三四五六七八九十几两个次周")
_CONJUNCTIONS = frozenset(
    "和 与 及 以及 或 或者 而 而且 并 并且 但 但是 因为 所以 如果 虽然 然后 从 向 对 把 被 由 为 为了 当".split()
)
_PREDICATES = frozenset(
    "在 是 就 都 也 还 才 又 很 太 最 更 将 会 要 能 可以 需要 应该 非常 特别 十分 比较 已经 正在 一直 一起 终于 "
    "只 没 不 没有 有没有 是否 将要 马上 立刻 不能 不会 让 使 总是 常常 经常 必须 仍然 仍 一边 位于 表示 认为".split()
)
"""Words that begin a predicate, so that a subject may end before them."""
_ENGLISH_OPENING = frozenset(
    "and or but because when while where which who if so until before after with in on at for from by under into near "
    "than as about through between without that".split()
)
"""English words that a phrase may begin with."""
_ENGLISH_LEANING = _ENGLISH_OPENING | frozenset(
    "a an the of to my your his her its our their this these those i we they he she you it is are was were be been am "
    "has have had do does did can could will would shall should may might must not no very some any every all".split()
)
"""English words that no phrase ends with."""
_DAYTIMES = frozenset("凌晨 早上 上午 中午 下午 傍晚 晚上 今天 明天 昨天".split())
_GOVERNING = frozenset("在到给成把被对向从于和与")
_PHRASE_ENDS = frozenset("时后前里中上下内外间")


def mark(words: list[Word], lexicon: Lexicon) -> list[Word]:
    """Return the words of one sentence with breaks 0–4; the last one ends the sentence.

    Args:
        words: the words of a sentence, in order.
        lexicon: knows the parts of speech.
    """
    breaks = _word_breaks(words, [lexicon.word_class(word.text) for word in words])
    _add_phrases(words, breaks)
    for index, word in enumerate(words):
        if word.punctuation:
            breaks[index] = CLAUSE
    breaks[-1] = SENTENCE
    return [replace(word, break_after=level) for word, level in zip(words, breaks, strict=True)]


def size(word: Word) -> int:
    """Return the syllables of a word."""
    return len(word.syllables) or syllable_count(word.phonemes)


def _word_breaks(words: list[Word], classes: list[str]) -> list[int]:
    """Return a break after each word: none inside a prosodic word, the cheapest grouping of all."""
    costs, starts = [0.0], [0]
    for end in range(1, len(words) + 1):
        best, best_start, length, joins = float("inf"), end - 1, 0, 0.0
        for start in range(end - 1, max(end - REACH, 0) - 1, -1):
            length += size(words[start])
            if start < end - 1:
                joins += _join_cost(words, classes, start)
            if joins == float("inf") or (length > LONGEST_WORD and start < end - 1):
                break
            cost = costs[start] + joins + _word_cost(length)
            if cost < best:
                best, best_start = cost, start
        costs.append(best)
        starts.append(best_start)
    breaks, end = [NONE] * len(words), len(words)
    while end:
        breaks[end - 1] = WORD
        end = starts[end]
    return breaks


def _word_cost(length: int) -> float:
    """Return how unlike a prosodic word so many syllables are: two and three are best, one is alone."""
    return {1: 1.0, 2: 0.0, 3: 0.0, 4: 0.2}.get(length, 0.7)


def _join_cost(words: list[Word], classes: list[str], index: int) -> float:
    """Return the cost of a word and the next in one prosodic word, below zero where they belong together."""
    word, following = words[index], words[index + 1]
    if word.punctuation or word.language != "zh" or following.language != "zh":
        return float("inf")
    if word.text[-1] in _NUMERALS and following.text[0] in _NUMERALS:
        return -1.0
    short, next_short = size(word) == 1, size(following) == 1
    if following.text in _LEANING_BACK and not _opens(words, index + 1):
        return -1.2
    if word.text in ("的", "了"):
        if word.text == "了":
            return 0.1 if following.text in _COMPLEMENTS else 2.0
        return 0.0 if next_short and following.text not in _LEANING_ON else 2.0
    if _follows_verb(words, index + 1) and (classes[index] == "v" or (short and following.text in _COMPLEMENTS)):
        return -0.4 if short or following.text in _COMPLEMENTS or (next_short and following.text in _PRONOUNS) else 0.1
    if word.text in _LEANING_ON or _opens(words, index):
        return -0.7 if word.text in "不没别" and classes[index + 1] == "v" else -0.4
    if word.text in _DAYTIMES and following.text[0] in _NUMERALS:
        return -0.2
    if following.text in _LEANING_ON or following.text in _PREDICATES:
        return 1.2
    if short and classes[index] == "v":
        return -0.1 if classes[index + 1] in "mnr" else 0.3
    return (0.6 if classes[index + 1] == "v" else 0.3) if short or next_short else 3.0


def _opens(words: list[Word], index: int) -> bool:
    """Return whether the 上, 下, 前 or 后 at index begins a phrase: 下一站, 前三天."""
    if words[index].text not in _OPENING or words[index].punctuation or index + 1 == len(words):
        return False
    return words[index + 1].text[0] in _OPENED


def _follows_verb(words: list[Word], index: int) -> bool:
    """Return whether the word at index completes the verb before it: 住在, 省下来, 打不通, 支持我."""
    text = words[index].text
    if text in _PRONOUNS:
        return bool(words[index].punctuation) or index + 1 == len(words)
    return text in _AFTER_VERB or text in _COMPLEMENTS or (len(text) == 2 and text[0] == "不")


def _add_phrases(words: list[Word], breaks: list[int]) -> None:
    """Raise breaks so that a phrase between marks has up to about nine syllables."""
    start = 0
    for end, word in enumerate(words):
        if word.punctuation or end == len(words) - 1:
            _cut_phrases(words, breaks, start, end + 1)
            start = end + 1


def _cut_phrases(words: list[Word], breaks: list[int], start: int, end: int) -> None:
    """Raise the breaks of the cheapest division of one clause into phrases."""
    places = [start, *_places(words, breaks, start, end), end]
    costs, befores = [0.0], [0]
    lengths = [sum(map(size, words[a:b])) for a, b in pairwise(places)]
    for last in range(1, len(places)):
        best, best_before, length = float("inf"), last - 1, 0
        for before in range(last - 1, max(last - REACH, 0) - 1, -1):
            length += lengths[before]
            if length > LONGEST_PHRASE and before < last - 1:
                break
            gain = _quality(words, places[before], places[before - 1]) if before else 0.0
            cost = costs[before] + _phrase_cost(length) - gain
            if cost < best:
                best, best_before = cost, before
        costs.append(best)
        befores.append(best_before)
    last = len(places) - 1
    while last:
        last = befores[last]
        if last:
            breaks[places[last] - 1] = PHRASE


def _places(words: list[Word], breaks: list[int], start: int, end: int) -> Iterator[int]:
    """Yield where a phrase may begin: after a prosodic word, not inside a number."""
    for index in range(start, end - 1):
        inside_number = words[index].text[-1] in _NUMERALS and words[index + 1].text[0] in _NUMERALS
        if breaks[index] and not inside_number:
            yield index + 1


def _phrase_cost(length: int) -> float:
    """Return how unlike a prosodic phrase so many syllables are."""
    return 0.06 * (length - USUAL_PHRASE) ** 2 + (1.0 if length < MIN_PHRASE else 0.0)


def _quality(words: list[Word], index: int, begin: int) -> float:
    """Return how good a phrase break is before the word at index; the prosodic word before it begins at `begin`."""
    word, following = words[index - 1], words[index]
    if word.language == following.language == "en":
        return _english_quality(word.text.lower(), following.text.lower())
    if word.text == "的":
        return -0.6
    if word.text[-1] in _GOVERNING or word.text in _PREDICATES or word.text in _CONJUNCTIONS:
        return -0.6
    if following.text in _CONJUNCTIONS or following.text in _PREDICATES:
        return 0.7
    after_attribute = begin > 0 and words[begin - 1].text == "的" and not words[begin - 1].punctuation
    if after_attribute or any(one.text == "的" for one in words[begin : index - 1]):
        return 0.5
    return 0.3 if word.text[-1] in _PHRASE_ENDS and len(words[begin:index]) > 1 else 0.0


def _english_quality(word: str, following: str) -> float:
    """Return how good a phrase break is between two English words."""
    return -1.0 if word in _ENGLISH_LEANING else 0.7 if following in _ENGLISH_OPENING else 0.0
