"""Prosodic breaks against marks by hand: #1 prosodic word, #2 prosodic phrase, #3 intonation phrase, #4 the end."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from edge_tts.text import analyze
from edge_tts.text.prosody import CLAUSE, PHRASE, SENTENCE, WORD, size

MARKED = """
今天#1天气#1真好#3，我们#1去公园#2散散步吧#4。
北京的#1秋天#2特别#1美丽#4。
他把钥匙#1忘在#1办公室了#4。
请把#1客厅的灯#2打开#4。
小猫#1趴在#1窗台上#2晒太阳#4。
我昨天#1在超市#2买了#1一些#1水果#4。
妈妈#1做的菜#2非常#1好吃#4。
老师#1让我们#2写一篇#1作文#4。
这本书的#1内容#2很有意思#4。
火车#1马上#1就要开了#3，请大家#1尽快#1上车#4。
因为#1下雨#3，比赛#1推迟到#1明天#4。
我想#1听一首#2轻松的#1音乐#4。
他跑得#1比我快#4。
孩子们#1在操场上#2踢足球#4。
爷爷#1每天早上#2都去#1公园#1锻炼#4。
这家餐厅的#1服务#2非常#1周到#4。
如果#1你有时间#3，就来#1我家#1坐坐#4。
科学家#1发现了#2一种#1新的#1植物#4。
明年#1我们公司#2将在#1上海#1开设#1分店#4。
医生#1建议他#2多喝水#3，少熬夜#4。
手机的#1电量#2只剩下#1百分之十#4。
我不知道#2他为什么#1没来#4。
经过#1长时间的#1讨论#3，大家#1终于#1达成了#1一致#4。
城市的#1夜晚#2灯火#1通明#4。
老板#1给员工们#2发了#1奖金#4。
我和弟弟#2一起#1完成了#1作业#4。
请问#1附近#2有没有#1银行#4？
这件衣服#2太贵了#3，能不能#1便宜#1一点#4？
飞机#1将于#1下午三点#2到达#1广州#4。
他一边#1吃饭#2一边#1看电视#4。
春天来了#3，花园里的#1花#2都开了#4。
学生们#1正在#1认真地#2准备#1考试#4。
我们要#1保护#1环境#2和野生#1动物#4。
那个穿#1红衣服的#1女孩#2是我妹妹#4。
空调的#1温度#2已经#1调到#1二十六度#4。
会议#1开始之前#3，请把手机#1调成#1静音#4。
他的声音#2又低又慢#4。
客人#1到了以后#2请马上#1通知我#4。
这座桥#2是三十年前#1修建的#4。
所有的#1窗户#2都关好了#4。
图书馆#1晚上#1九点#1关门#4。
工人们#1在屋顶上#2安装#1太阳能板#4。
"""
LINES = MARKED.strip().splitlines()


def by_hand(line: str) -> tuple[str, dict[int, int]]:
    """Return the text without marks, and the level at each number of characters where there is one."""
    levels, text, spoken = {}, "", 0
    for piece in re.findall(r"#\d|.", line):
        if piece.startswith("#"):
            levels[spoken] = int(piece[1])
        else:
            text += piece
            spoken += piece not in "，。？！"
    return text, levels


def by_rule(text: str) -> dict[int, int]:
    levels, spoken = {}, 0
    for word in analyze(text)[0].words:
        spoken += len(word.text)
        if word.break_after:
            levels[spoken] = word.break_after
    return levels


def f1(level: int) -> float:
    """Return the harmonic mean of precision and recall of breaks of a level or stronger, ends not counted."""
    right = found = marked = 0
    for line in LINES:
        text, levels = by_hand(line)
        wanted = {place for place, mark in levels.items() if level <= mark < SENTENCE}
        got = {place for place, mark in by_rule(text).items() if level <= mark < SENTENCE}
        right, found, marked = right + len(wanted & got), found + len(got), marked + len(wanted)
    return 2 * right / (found + marked)


@pytest.mark.parametrize(("level", "least"), [(WORD, 0.88), (PHRASE, 0.75), (CLAUSE, 0.99)])
def test_breaks_are_where_a_reader_puts_them(level: int, least: float) -> None:
    score = f1(level)
    print(f"breaks of level {level}: F1 {score:.3f}")
    assert score >= least


@pytest.mark.parametrize("line", LINES)
def test_no_prosodic_word_is_longer_than_five_syllables_nor_a_phrase_than_twelve(line: str) -> None:
    (sentence,) = analyze(by_hand(line)[0])
    for level, most in ((WORD, 5), (PHRASE, 12)):
        length = 0
        for word in sentence.words:
            length += size(word)
            assert length <= most
            length = 0 if word.break_after >= level else length


@pytest.mark.parametrize("text", ["一共是三千五百二十一万四千六百七十八元", "他的号码是13812345678"])
def test_no_phrase_ends_inside_a_number(text: str) -> None:
    numerals = "零幺一二三四五六七八九十百千万"
    words = analyze(text)[0].words
    for word, following in pairwise(words):
        assert word.break_after < PHRASE or word.text[-1] not in numerals or following.text[0] not in numerals
