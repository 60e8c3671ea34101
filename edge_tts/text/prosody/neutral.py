"""Neutral tones that follow from the place of a syllable, not from the dictionary: 看看, 吃过, 桌子上, 十二个."""

from __future__ import annotations

from collections.abc import Sequence

from edge_tts.text.lexicon import Lexicon
from edge_tts.text.sentence import Word

NEUTRAL = 5
REPEATED = frozenset(
    "看听说走试想问坐聊谈歇尝猜玩算写读学找讲瞧逛转动摸跳唱练帮管查改洗擦笑等比闻量翻开站躺睡吹拍敲推拉扫补养喂钓刷剪切教数调弹缝挑盛藏背炸倒铺扎钉夹磨晃"
)
"""Verbs of one syllable that are said twice for `a little`; 常常 刚刚 天天 人人 keep their tones."""
_PASSED = frozenset("走路经跑飞越穿度渡超通跳翻跨绕错放胜游闪掠驶躲逃擦略转递接抢夺赶追跃划滑晃熬挺挨罪难不再太好")
"""Characters after which 过 means `past`; after other verbs it means `once` and is neutral."""
_COUNTED = frozenset("一二三四五六七八九十百千万亿两几半零多余数这那哪每某整上下好了有是找打买做当")
"""Characters after which 个 counts."""
_NUMERALS = frozenset("零一二三四五六七八九十百千万亿两几半")
_PLACES = "nsvtzl"  # parts of speech that 上 and 里 may follow as `on` and `in`
_NO_PLACE = frozenset("今天 明天 昨天 后天 前天 早上 晚上 上午 下午 中午 马上 以上 大家 人家 现在 平时 同时 从".split())
_ON = frozenset("子头身脸手地路床桌墙街车船山嘴肩背腿脚书报树楼窗岸岛村镇脖椅凳面界坡顶板台滩纸沿线发")
_IN = frozenset("子室手城嘴眼怀村山房地院宫店肚庙县厂队车园田班心家屋水夜间库箱包袋碗杯锅河池堂校馆厅窝洞林")
_BEFORE_PLACES = frozenset("在从到往把朝于由自向")
_NO_VERB = frozenset("在从把比和跟与的是了也都就还又不我你他她它这那但而")
_DIRECTIONS = frozenset("起出进回过上下")
"""What 来 and 去 follow at a distance, as halves of one complement."""


def soften(words: Sequence[Word], tones: list[list[int]], lexicon: Lexicon) -> None:
    """Make the syllables neutral whose place asks for it.

    Args:
        words: the words of one sentence.
        tones: one list for each word, changed in place.
        lexicon: knows the parts of speech.
    """
    for index, word in enumerate(words):
        if word.language != "zh" or len(word.syllables) != len(word.text):
            continue
        before = _before(words, index)
        around = before[-1:] + word.text
        for place in range(len(word.text)):
            if word.text[place] == "个" and around[len(before[-1:]) + place - 1 : len(before[-1:]) + place] in _COUNTED:
                tones[index][place] = NEUTRAL
        if _ends_neutral(words, index, before, lexicon):
            tones[index][-1] = NEUTRAL


def _ends_neutral(words: Sequence[Word], index: int, before: str, lexicon: Lexicon) -> bool:
    word = words[index].text
    text = word if len(word) > 1 else before[-1:] + word
    if len(text) < 2:
        return False
    stem, last = text[:-1], text[-1]
    if last == "过":
        verb = before if word == last else stem
        return stem[-1] not in _PASSED and lexicon.word_class(verb) == "v"
    if last in "上里":
        return _is_place(words, index, before, lexicon)
    if last in "来去":
        return _is_complement(words, index, before, lexicon)
    return len(text) == 2 and text[0] == last and last in REPEATED


def _is_place(words: Sequence[Word], index: int, before: str, lexicon: Lexicon) -> bool:
    """Return whether the 上 or 里 that ends the word at index is `on` or `in` what comes before it."""
    word = words[index].text
    noun, last = (before, word) if len(word) == 1 else (word[:-1], word[-1])
    if noun[-1] in (_ON if last == "上" else _IN):
        return True
    if len(noun) < 2 or noun in _NO_PLACE or noun[-1] in _NUMERALS or lexicon.word_class(noun) not in _PLACES:
        return False
    if last == "里" or words[index].punctuation or index + 1 == len(words):
        return True
    following = words[index + 1].text
    if following[0] in "完了过不得":
        return False
    if len(word) == 1 and (index < 2 or words[index - 2].punctuation) and lexicon.word_class(following) in "vildam":
        return True  # 银幕上出现了…
    governed = any(one.text[-1] in _BEFORE_PLACES for one in words[max(0, index - 6) : index])
    return governed or following[0] in "的是有也都还就没"


def _is_complement(words: Sequence[Word], index: int, before: str, lexicon: Lexicon) -> bool:
    """Return whether the 来 or 去 of the word at index belongs to a verb of direction: 跑了过去, 唱起歌来."""
    word = words[index]
    if len(word.text) > 2:
        return word.text[-2] in _DIRECTIONS or (len(word.text) == 4 and word.text[1] in _DIRECTIONS)
    if word.text == "过去":
        verb = words[index - 2].text if before in ("了", "着") and index > 1 else before
        return verb not in _NO_VERB and lexicon.word_class(verb) == "v" and len(verb) == 1
    if len(word.text) > 1:
        return False
    ends = word.punctuation or index + 1 == len(words) or words[index + 1].text in ("了", "的")
    return _has_direction(words, index, lexicon, _DIRECTIONS if ends else frozenset("起"))


def _has_direction(words: Sequence[Word], index: int, lexicon: Lexicon, directions: frozenset[str]) -> bool:
    """Return whether a verb before the word at index, an object between them, has the other half of it: 起, 出."""
    for place in range(index - 1, max(0, index - 6), -1):
        one = words[place].text
        if words[place].punctuation:
            return False
        if one in ("通过", "经过", "超过") or lexicon.word_class(one) != "v":
            continue
        if place == index - 1 and one[-1] in directions:
            continue
        if any(char in directions for char in one[1:]):
            return True
        if one[0] in directions and place and lexicon.word_class(words[place - 1].text) == "v":
            return True
    return False


def _before(words: Sequence[Word], index: int) -> str:
    """Return the Chinese word right before, without a mark between."""
    before = words[index - 1] if index else None
    return before.text if before and before.language == "zh" and not before.punctuation else ""
