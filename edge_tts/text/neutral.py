"""Neutral tones that follow from the place of a syllable, not from the dictionary: 看看, 吃过, 桌子上, 十二个."""

from __future__ import annotations

from edge_tts.text.sentence import Word

NEUTRAL = 5
REPEATED = frozenset(
    "看听说走试想问坐聊谈歇尝猜玩算写读学找讲瞧逛转动摸跳唱练帮管查改洗擦笑等数比闻量翻开站躺睡吹拍敲推拉扫补养喂钓刷剪切"
)
"""Verbs of one syllable that are said twice for `a little`; 常常 刚刚 天天 人人 keep their tones."""
_EXPERIENCED = frozenset("去来吃看听说见做写读学用买卖玩住想问给有打干爱养喝唱拿教当到试谈提收受办开")
"""Verbs after which 过 means `once`; in 走过 路过 经过 it means `past`."""
_AFTER_NUMERAL = frozenset("一二三四五六七八九十百千万亿两几半零多余")
_PLACE_WITH_ON = frozenset("子头身脸手地路床桌墙街车船山嘴肩背腿脚书报树楼窗岸岛村镇脖椅凳")
_PLACE_WITH_IN = frozenset(
    "子室手城嘴眼怀村山房地院宫店肚庙县厂队车园田班心家屋水夜间库箱包袋碗杯锅河池堂校馆店厅窝洞林"
)
_NO_VERB = frozenset("在从把比和跟与的是了也都就还又不我你他她它这那但而")


def soften(words: list[Word], tones: list[list[int]]) -> None:
    """Make the last syllable of a word neutral where its place asks for it.

    Args:
        words: of one sentence.
        tones: one list for each word, changed in place.
    """
    for index, word in enumerate(words):
        if word.language == "zh" and not word.syllables[-1].erhua and _is_neutral(words, index):
            tones[index][-1] = NEUTRAL


def _is_neutral(words: list[Word], index: int) -> bool:
    word, before = words[index].text, _before(words, index)
    text = word if len(word) > 1 else before[-1:] + word
    if len(text) < 2:
        return False
    stem, last = text[:-1], text[-1]
    if last == "过":
        return len(stem) == 1 and stem in _EXPERIENCED
    if last == "上":
        return stem[-1] in _PLACE_WITH_ON
    if last == "里":
        return stem[-1] in _PLACE_WITH_IN
    if last == "个":
        return stem[-1] in _AFTER_NUMERAL
    if word == "过去":
        return len(before) == 1 and before not in _NO_VERB
    return len(text) == 2 and text[0] == last and last in REPEATED


def _before(words: list[Word], index: int) -> str:
    """Return the Chinese word right before, without a mark between."""
    before = words[index - 1] if index else None
    return before.text if before and before.language == "zh" and not before.punctuation else ""
