"""Tones as spoken: each line is a text and its surface pinyin, 5 for neutral, r for a fused 儿."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_tts.text import analyze
from edge_tts.text.sentence import Syllable

THIRD_TONES = """
你好 ni2 hao3
可以 ke2 yi3
水果 shui2 guo3
老鼠 lao2 shu3
展览馆 zhan2 lan2 guan3
洗脸水 xi2 lian2 shui3
管理组 guan2 li2 zu3
纸老虎 zhi3 lao2 hu3
小老鼠 xiao3 lao2 shu3
小雨伞 xiao3 yu2 san3
很勇敢 hen3 yong2 gan3
我也想买 wo2 ye3 xiang2 mai3
请你给我 qing2 ni3 gei2 wo3
你有水果 ni2 you3 shui2 guo3
我很好 wo2 hen2 hao3
我想你 wo2 xiang2 ni3
我可以走 wo3 ke2 yi2 zou3
手表很小 shou2 biao3 hen2 xiao3
老板想买水果 lao2 ban3 xiang2 mai3 shui2 guo3
有很多水 you2 hen3 duo1 shui3
我买书 wo2 mai3 shu1
我想，你好 wo2 xiang3 ni2 hao3
买酒；走吧 mai2 jiu3 zou3 ba5
很好！你走 hen2 hao3 ni2 zou3
小姐 xiao2 jie5
哪里 na2 li5
姐姐 jie3 jie5
奶奶 nai3 nai5
耳朵 er3 duo5
椅子 yi3 zi5
想想 xiang2 xiang5
走走 zou2 zou5
洗洗 xi2 xi5
"""

ONE = """
一 yi1
一杯 yi4 bei1
一天 yi4 tian1
一年 yi4 nian2
一条 yi4 tiao2
一本 yi4 ben3
一起 yi4 qi3
一次 yi2 ci4
一样 yi2 yang4
一定 yi2 ding4
一个 yi2 ge5
一个人 yi2 ge5 ren2
一百 yi4 bai3
一千 yi4 qian1
一万 yi2 wan4
一亿 yi2 yi4
一两天 yi4 liang3 tian1
一千一百 yi4 qian1 yi4 bai3
一百一十 yi4 bai3 yi1 shi2
第一 di4 yi1
第一次 di4 yi1 ci4
第一个 di4 yi1 ge5
第一百 di4 yi1 bai3
一月一日 yi1 yue4 yi1 ri4
十一 shi2 yi1
十一个 shi2 yi1 ge5
十一点 shi2 yi1 dian3
二十一天 er4 shi2 yi1 tian1
一九九一年 yi1 jiu2 jiu3 yi1 nian2
二零二一年 er4 ling2 er4 yi1 nian2
一二三 yi1 er4 san1
零点一 ling2 dian3 yi1
一点五 yi4 dian2 wu3
星期一 xing1 qi1 yi1
星期一早上 xing1 qi1 yi1 zao3 shang5
周一上午 zhou1 yi1 shang4 wu3
初一 chu1 yi1
一一 yi1 yi1
统一 tong3 yi1
唯一 wei2 yi1
唯一的 wei2 yi1 de5
万一 wan4 yi1
万一下雨 wan4 yi1 xia4 yu3
单一 dan1 yi1
之一 zhi1 yi1
三分之一 san1 fen1 zhi1 yi1
看一看 kan4 yi5 kan4
想一想 xiang3 yi5 xiang3
试一试 shi4 yi5 shi4
听一听 ting1 yi5 ting1
一会儿 yi2 huir4
一点儿 yi4 dianr3
一下 yi2 xia4
一边 yi4 bian1
一切 yi2 qie4
这一次 zhe4 yi2 ci4
另一个 ling4 yi2 ge5
有一天 you3 yi4 tian1
下一站 xia4 yi2 zhan4
每一年 mei3 yi4 nian2
一楼 yi1 lou2
一班 yi1 ban1
一年级 yi1 nian2 ji2
一心一意 yi4 xin1 yi2 yi4
不一样 bu4 yi2 yang4
"""

NOT = """
不 bu4
不是 bu2 shi4
不去 bu2 qu4
不对 bu2 dui4
不要 bu2 yao4
不会 bu2 hui4
不吃 bu4 chi1
不来 bu4 lai2
不好 bu4 hao3
不行 bu4 xing2
不但 bu2 dan4
不过 bu2 guo4
不错 bu2 cuo4
不，是的 bu4 shi4 de5
我不 wo3 bu4
去不去 qu4 bu5 qu4
好不好 hao3 bu5 hao3
是不是 shi4 bu5 shi4
能不能 neng2 bu5 neng2
有没有 you3 mei2 you3
对不起 dui4 bu5 qi3
差不多 cha4 bu5 duo1
来不及 lai2 bu5 ji2
看不见 kan4 bu5 jian4
听不懂 ting1 bu5 dong3
打不开 da3 bu5 kai1
受不了 shou4 bu5 liao3
舍不得 she3 bu5 de5
他不去 ta1 bu2 qu4
我也不来 wo2 ye3 bu4 lai2
都不见了 dou1 bu2 jian4 le5
"""

NEUTRAL = """
我们 wo3 men5
孩子们 hai2 zi5 men5
工程师们 gong1 cheng2 shi1 men5
桌子 zhuo1 zi5
儿子 er2 zi5
电子 dian4 zi3
分子 fen1 zi3
石头 shi2 tou5
木头 mu4 tou5
里头 li3 tou5
车头 che1 tou2
这个 zhe4 ge5
三个 san1 ge5
个人 ge4 ren2
时候 shi2 hou5
喜欢 xi3 huan5
告诉 gao4 su5
地方 di4 fang5
朋友 peng2 you5
先生 xian1 sheng5
学生 xue2 sheng5
衣服 yi1 fu5
东西 dong1 xi5
漂亮 piao4 liang5
护士 hu4 shi5
队伍 dui4 wu5
谢谢 xie4 xie5
父亲 fu4 qin5
母亲 mu3 qin5
介绍 jie4 shao5
知道 zhi1 dao4
精神 jing1 shen2
打扫 da2 sao3
怎么样 zen3 me5 yang4
为什么 wei4 shen2 me5
妈妈 ma1 ma5
爸爸 ba4 ba5
弟弟 di4 di5
爷爷 ye2 ye5
看看 kan4 kan5
等等 deng2 deng5
休息休息 xiu1 xi5 xiu1 xi5
慢慢地走 man4 man4 de5 zou3
常常 chang2 chang2
刚刚 gang1 gang1
人人 ren2 ren2
天天 tian1 tian1
我的 wo3 de5
跑得快 pao3 de5 kuai4
走了 zou3 le5
看着 kan4 zhe5
去过北京 qu4 guo5 bei3 jing1
我吃过 wo3 chi1 guo5
见过他 jian4 guo5 ta1
经过 jing1 guo4
过去的事 guo4 qu4 de5 shi4
走过去 zou3 guo4 qu5
跑过来 pao3 guo4 lai5
站起来 zhan4 qi3 lai5
拿出来 na2 chu1 lai5
掉下去 diao4 xia4 qu5
好吧 hao3 ba5
是吗 shi4 ma5
你呢 ni3 ne5
对啊 dui4 a5
桌子上 zhuo1 zi5 shang5
教室里 jiao4 shi4 li5
三公里 san1 gong1 li3
早上 zao3 shang5
"""

ER = """
玩儿 wanr2
哪儿 nar3
这儿 zher4
花儿 huar1
小孩儿 xiao3 hair2
事儿 shir4
味儿 weir4
女儿 nv3 er2
儿童 er2 tong2
婴儿 ying1 er2
幼儿园 you4 er2 yuan2
"""

LINES = [line for table in (THIRD_TONES, ONE, NOT, NEUTRAL, ER) for line in table.strip().splitlines()]


def syllables(text: str) -> list[Syllable]:
    return [one for sentence in analyze(text) for word in sentence.words for one in word.syllables]


@pytest.mark.parametrize("line", LINES)
def test_a_text_is_spoken_with_these_tones(line: str) -> None:
    text, _, pinyin = line.partition(" ")
    assert " ".join(one.surface for one in syllables(text)) == pinyin


@pytest.mark.parametrize(
    ("text", "lexical"),
    [("你好", "ni3 hao3"), ("一杯", "yi1 bei1"), ("不是", "bu4 shi4"), ("看一看", "kan4 yi1 kan4")],
)
def test_the_dictionary_tones_stay_beside_the_spoken_ones(text: str, lexical: str) -> None:
    assert " ".join(one.lexical for one in syllables(text)) == lexical


@given(st.text("我你也想买很好水果一不了的看个人，。", min_size=1).map(lambda text: f"好{text}"))
def test_only_the_tone_of_a_syllable_ever_changes(text: str) -> None:
    for one in syllables(text):
        if one.text not in ("一", "不") and one.surface_tone != one.lexical_tone:
            assert one.surface_tone == 5 or (one.lexical_tone, one.surface_tone) == (3, 2)
