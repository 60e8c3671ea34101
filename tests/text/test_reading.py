"""What the front end reads: text in, pinyin as spoken and normalized text out."""

from __future__ import annotations

import pytest

from edge_tts.text import analyze

SPOKEN = """
你好。 ni2 hao3
今天天气真好。 jin1 tian1 tian1 qi4 zhen1 hao3
重庆的银行 chong2 qing4 de5 yin2 hang2
银行行长还书 yin2 hang2 hang2 zhang3 huan2 shu1
他还是喜欢长江 ta1 hai2 shi4 xi3 huan5 chang2 jiang1
孩子长大了 hai2 zi5 zhang3 da4 le5
我了解了 wo3 liao2 jie3 le5
受不了 shou4 bu5 liao3
他着急了 ta1 zhao2 ji2 le5
看着我 kan4 zhe5 wo3
跑得快 pao3 de5 kuai4
我得走了 wo2 dei2 zou3 le5
慢慢地走 man4 man4 de5 zou3
这块地 zhe4 kuai4 di4
一杯 yi4 bei1
一个 yi2 ge5
一天 yi4 tian1
一次 yi2 ci4
第一次 di4 yi1 ci4
一月一日 yi1 yue4 yi1 ri4
星期一 xing1 qi1 yi1
看一看 kan4 yi5 kan4
统一 tong3 yi1
二十一 er4 shi2 yi1
一百 yi4 bai3
一万 yi2 wan4
不是 bu2 shi4
不好 bu4 hao3
去不去 qu4 bu5 qu4
看不见 kan4 bu5 jian4
展览馆 zhan2 lan2 guan3
纸老虎 zhi3 lao2 hu3
小老鼠 xiao3 lao2 shu3
我也想买 wo2 ye3 xiang2 mai3
一点儿 yi4 dianr3
玩儿 wanr2
哪儿 nar3
女儿 nv3 er2
儿子 er2 zi5
婴儿 ying1 er2
绿色 lv4 se4
战略 zhan4 lve4
元月 yuan2 yue4
鬼屋 gui3 wu1
顿号 dun4 hao4
流水 liu2 shui3
军队 jun1 dui4
语言 yu3 yan2
朋友 peng2 you5
东西 dong1 xi5
告诉妈妈 gao4 su5 ma1 ma5
我们的地方 wo3 men5 de5 di4 fang5
电子 dian4 zi3
桌子 zhuo1 zi5
音乐 yin1 yue4
首都 shou3 du1
嗯 en4
为了 wei4 le5
为什么 wei4 shen2 me5
成为 cheng2 wei2
朝鲜 chao2 xian3
西藏 xi1 zang4
"""

NORMALIZED = """
2026年|二零二六年
现在是2026年11月22日|现在是二零二六年十一月二十二日
2026-11-22|二零二六年十一月二十二日
2026/1/2|二零二六年一月二日
2020-2025年|二零二零到二零二五年
20年|二十年
2000年前|两千年前
8:30|八点三十分
2:05|两点零五分
10:00|十点
9:00-17:00|九点到十七点
2个|两个
2年级|二年级
2月2日|二月二日
2-3个|两到三个
200元|二百元
2000人|两千人
20000|两万
105000|十万五千
1,234,567|一百二十三万四千五百六十七
100000001|一零零零零零零零一
3.14|三点一四
-5℃|零下五摄氏度
30%|百分之三十
30%-50%|百分之三十到百分之五十
5‰|千分之五
3-5天|三到五天
3/4|四分之三
比分3:2|比分三比二
￥1,234.56|一千二百三十四点五六元
$5|五美元
€3万|三万欧元
5kg|五千克
60km/h|六十公里每小时
20m²|二十平方米
2米|两米
220V|二百二十伏
3kg-5kg|三千克到五千克
10÷2=5|十除以二等于五
5*8|五乘八
x²+1|x平方加一
第3名|第三名
第2|第二
第Ⅲ章|第三章
路易XIV|路易十四
13812345678|幺三八幺二三四五六七八
010-12345678|零幺零幺二三四五六七八
400-800-1234|四零零八零零幺二三四
请拨打110|请拨打幺幺零
验证码123456|验证码一二三四五六
订单12345678|订单一二三四五六七八
305房|三零五房
v2.0版|v二点零版
版本1.2.3|版本一点二点三
GPT-4很好|GPT四很好
航班CA1234|航班CA幺二三四
5G网络|五G网络
4K电视|四K电视
PM2.5浓度|PM二点五浓度
１２３|一百二十三
ＡＢＣ你好|ABC你好
访问www.baidu.com|访问WWW点baidu点com
京A12345|京A幺二三四五
I have 3 apples.|I have three apples.
It costs $5.50.|It costs five dollars and fifty cents.
In 1999 it was 21st.|In nineteen ninety nine it was twenty first.
"""


@pytest.mark.parametrize("line", SPOKEN.strip().splitlines())
def test_text_is_spoken_with_these_tones(line: str) -> None:
    text, _, pinyin = line.partition(" ")
    syllables = [s for sentence in analyze(text) for word in sentence.words for s in word.syllables]
    assert " ".join(syllable.surface for syllable in syllables) == pinyin


@pytest.mark.parametrize("line", NORMALIZED.strip().splitlines())
def test_numbers_and_signs_are_written_as_they_are_read(line: str) -> None:
    text, _, expected = line.partition("|")
    assert " ".join(sentence.text for sentence in analyze(text)) == expected


def test_dictionary_tones_stay_beside_the_spoken_ones() -> None:
    (sentence,) = analyze("你好，一个不是。")
    syllables = [syllable for word in sentence.words for syllable in word.syllables]
    assert [s.lexical for s in syllables] == ["ni3", "hao3", "yi1", "ge4", "bu4", "shi4"]
    assert [s.surface for s in syllables] == ["ni2", "hao3", "yi2", "ge5", "bu2", "shi4"]


def test_a_fused_er_is_one_syllable_of_two_characters() -> None:
    (sentence,) = analyze("一点儿")
    last = sentence.words[-1].syllables[-1]
    assert (last.text, last.initial, last.final, last.erhua) == ("点儿", "d", "ian", True)


def test_third_tones_do_not_change_across_a_comma() -> None:
    (sentence,) = analyze("我想，你好。")
    assert [s.surface for word in sentence.words for s in word.syllables] == ["wo2", "xiang3", "ni2", "hao3"]
