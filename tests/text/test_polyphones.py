"""Characters whose reading depends on sense: from context, by words, rules and the small network."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_tts.errors import StoreError
from edge_tts.text import analyze
from edge_tts.text import lexicon as lexicon_module
from edge_tts.text.lexicon import GUESSED, LISTED, OWN, arrays, lexicon
from edge_tts.text.pinyin import encode
from edge_tts.text.reading.polyphone_net import MARGIN, WINDOW, network

READINGS = """
教 教教我怎么用。 jiao1 jiao1
教 老师教一教他。 jiao1 jiao1
教 请你教这道题。 jiao1
教 教教弟弟写字。 jiao1 jiao1
教 这是教材。 jiao4
行 写了两行代码。 hang2
行 读三行字。 hang2
行 十几行诗。 hang2
行 每行十个字。 hang2
行 一行五人前往北京。 xing2
着 睡得着觉吗？ zhao2
着 你管得着吗？ zhao2
着 找不着人。 zhao2
着 买不着票。 zhao2
着 摸不着头脑。 zhao2
觉 睡得着觉吗？ jiao4
觉 我觉得睡一觉就好。 jue2 jiao4
长 这条路长得离谱。 chang2
长 队伍长得看不到头。 chang2
长 名字长得记不住。 chang2
长 这孩子长得离谱。 zhang3
长 头发长得很快。 zhang3
数 数数有几个。 shu3 shu3
查 帮我查查。 cha2 cha2
调 调调音量。 tiao2 tiao2
还 我明天把书还给你。 huan2
还 钱还没有还清。 hai2 huan2
还 他还在等车。 hai2
还 你还想吃什么？ hai2
重 这个箱子很重。 zhong4
重 请把题目重做一遍。 chong2
重 他重新写了一封信。 chong2
重 体重一百斤。 zhong4
重 我们要重视安全。 zhong4
行 他在银行工作。 hang2
行 这样做不行。 xing2
行 请看第三行。 hang2
行 我们步行去学校。 xing2
行 各行各业都需要人才。 hang2
长 这条河很长。 chang2
长 孩子长高了。 zhang3
长 校长在讲话。 zhang3
长 他的头发长得很快。 zhang3
长 长城有多长？ chang2 chang2
乐 她喜欢听音乐。 yue4
乐 祝你生日快乐。 le4
乐 乐队正在演出。 yue4
乐 大家都很乐意帮忙。 le4
得 他跑得很快。 de5
得 我得走了。 dei3
得 他得了第一名。 de2
得 我们得到了帮助。 de2
得 你得先洗手。 dei3
得 我就得背着他上楼。 dei3
得 你还得再等一会儿。 dei3
地 她慢慢地站起来。 de5
地 这块地很大。 di4
地 地上有水。 di4
地 他高兴地笑了。 de5
地 我们在当地吃饭。 di4
为 他为人民服务。 wei4
为 我以为你走了。 wei2
为 因为下雨，比赛取消。 wei4
为 他成为医生。 wei2
为 你为什么不来？ wei4
着 他看着窗外。 zhe5
着 孩子睡着了。 zhao2
着 别着急。 zhao2
着 飞机准时着陆。 zhuo2
着 门开着。 zhe5
了 我吃了饭。 le5
了 这件事我忘不了。 liao3
了 他了解情况。 liao3
了 下雨了。 le5
和 我和你一起去。 he2
和 天气很暖和。 huo5
和 世界和平。 he2
干 衣服已经干了。 gan1
干 你在干什么？ gan4
干 他是一名干部。 gan4
干 这里气候干燥。 gan1
干 大家干得很好。 gan4
间 房间很干净。 jian1
间 时间不够了。 jian1
间 他们的谈话被间断了。 jian4
间 他在中间。 jian1
教 她教我画画。 jiao1
教 教室里很安静。 jiao4
教 他是大学教授。 jiao4
教 谁教你们数学？ jiao1
看 我在看书。 kan4
看 他负责看门。 kan1
看 护士看护病人。 kan1
看 你看见他了吗？ kan4
量 请量一下身高。 liang2
量 质量很好。 liang4
量 我们商量一下。 liang2
量 这辆车的重量是多少？ liang4
难 这道题很难。 nan2
难 他们正在逃难。 nan4
难 灾难发生了。 nan4
难 难道你不知道？ nan2
少 这里人很少。 shao3
少 他还是个少年。 shao4
少 你要多少钱？ shao3
数 你数到十。 shu3
数 他的数学很好。 shu4
数 多数人同意。 shu4
数 孩子在数星星。 shu3
应 你应该早点来。 ying1
应 他没有反应。 ying4
应 我答应你。 ying4
应 这个产品应用很广。 ying4
种 这种花很香。 zhong3
种 农民在地里种菜。 zhong4
种 他们种了很多树。 zhong4
种 我有一种感觉。 zhong3
转 请向左转。 zhuan3
转 地球绕着太阳转。 zhuan4
转 他转身离开。 zhuan3
转 轮子不停地转动。 zhuan4
调 他们调查了这件事。 diao4
调 请把音量调低一点。 tiao2
调 这首歌的曲调很美。 diao4
调 空调坏了。 tiao2
都 首都机场很大。 du1
都 我们都去。 dou1
大 大夫说没事。 dai4
大 天气变化很大。 da4
便 这件衣服很便宜。 pian2
便 请在方便的时候来。 bian4
空 今天天空很蓝。 kong1
空 你有空吗？ kong4
背 他背着书包上学。 bei1
背 把课文背下来。 bei4
发 我去理发。 fa4
发 公司发工资了。 fa1
好 他很好学。 hao4
好 今天天气很好。 hao3
假 学校放假了。 jia4
假 这是假的。 jia3
相 请给我照一张相。 xiang4
相 他们互相帮助。 xiang1
分 这部分很重要。 fen4
分 现在八点十分。 fen1
传 他在写自传。 zhuan4
传 消息传得很快。 chuan2
朝 他朝我走来。 chao2
曾 我曾经去过那里。 ceng2
曾 曾先生是老师。 zeng1
差 他今天出差。 chai1
差 两个人的差别很大。 cha1
差 成绩太差了。 cha4
藏 西藏很美。 zang4
藏 他把钱藏起来。 cang2
觉 我觉得很累。 jue2
觉 他睡觉了。 jiao4
系 请系好安全带。 ji4
系 我们没有关系。 xi4
中 他中奖了。 zhong4
中 中国很大。 zhong1
卷 请打开第一卷。 juan4
弹 她会弹钢琴。 tan2
弹 士兵没有子弹了。 dan4
划 他们在湖上划船。 hua2
划 我们有一个计划。 hua4
行 他是懂行的人。 hang2
着 他背着孩子走路。 zhe5
长 这条路又长又窄。 chang2
重 这件事很重要。 zhong4
重 他把这段话重复了一遍。 chong2
只 我只有一只猫。 zhi3 zhi1
只 两只鸟在树上。 zhi1
将 他将于明天到达。 jiang1
将 将军下了命令。 jiang1
结 他们明年结婚。 jie2
结 树上结满了果子。 jie1
露 他露出了笑容。 lu4
没 我没有时间。 mei2
没 洪水淹没了村庄。 mo4
切 请把西瓜切开。 qie1
切 一切都好。 qie4
省 他很节省。 sheng3
省 这让我们反省。 xing3
兴 他很高兴。 xing4
兴 城市正在兴起。 xing1
应 他应邀参加会议。 ying4
正 正月十五吃元宵。 zheng1
正 他正在开会。 zheng4
处 医院到处都是人。 chu4
处 他善于和别人相处。 chu3
处 请到咨询处办理。 chu4
处 这件事要好好处理。 chu3
当 他当上了班长。 dang1
当 你别上当。 dang4
当 我把他当成朋友。 dang4
当 当时下着雨。 dang1
倒 他不小心摔倒了。 dao3
倒 请给我倒杯水。 dao4
倒 汽车正在倒车。 dao4
更 今天比昨天更冷。 geng4
更 请更新软件。 geng1
更 三更半夜别打电话。 geng1
几 你有几个孩子？ ji3
几 他几乎忘了这件事。 ji1
几 茶几上放着杯子。 ji1
降 气温明显下降。 jiang4
降 敌人投降了。 xiang2
落 树叶落在地上。 luo4
落 我把书落在家里了。 la4
磨 他在磨刀。 mo2
磨 村里有个石磨。 mo4
强 他的身体很强壮。 qiang2
强 别勉强自己。 qiang3
强 他的脾气很倔强。 jiang4
散 我们去散步。 san4
散 这些零散的纸片。 san3
舍 我舍不得离开。 she3
舍 学生住在宿舍里。 she4
鲜 这里的水果很新鲜。 xian1
鲜 这种病很鲜见。 xian3
血 他流血了。 xie3
血 医生给他输血。 xue4
载 这辆车载着货物。 zai4
载 三年五载很快就过去。 zai3
载 请下载软件。 zai4
扎 她扎着辫子。 za1
扎 他在挣扎。 zha2
扎 护士给他扎针。 zha1
挣 他挣了很多钱。 zheng4
挣 他拼命挣扎。 zheng1
卷 风卷起了沙子。 juan3
卷 老师在改试卷。 juan4
朝 窗户朝南开。 chao2
传 这是一个传说。 chuan2
弹 她在弹钢琴。 tan2
弹 战士射出子弹。 dan4
钉 墙上有颗钉子。 ding1
钉 把木板钉好。 ding4
冠 他得了冠军。 guan4
冠 公鸡有红色的鸡冠。 guan1
号 请拨打这个号码。 hao4
号 孩子号啕大哭。 hao2
禁 这里禁止吸烟。 jin4
禁 他忍不禁笑了。 jin1
劲 他干活很有劲。 jin4
劲 这是一支劲旅。 jing4
据 根据天气预报。 ju4
据 他手头拮据。 ju1
露 这下露馅了。 lou4
率 成功率很高。 lv4
率 他率领队伍前进。 shuai4
模 他是劳动模范。 mo2
模 做一个模子。 mu2
宁 他宁可不去。 ning4
宁 这里很安宁。 ning2
铺 床上铺着毯子。 pu1
铺 街上有家店铺。 pu4
圈 他画了一个圈。 quan1
圈 羊都在羊圈里。 juan4
塞 瓶口塞着塞子。 sai1 sai1
塞 路上堵塞了。 se4
厦 我去厦门旅游。 xia4
厦 那座大厦很高。 sha4
宿 我们住在宿舍。 su4
吐 他吐了一口气。 tu3
吐 他晕车吐了。 tu4
削 他在削苹果。 xiao1
削 政府削减开支。 xue1
咽 他嗓子疼咽不下去。 yan4
咽 他得了咽炎。 yan1
应 他答应了我。 ying4
与 他参与了讨论。 yu4
与 我与你同去。 yu3
晕 我有点头晕。 yun1
晕 他晕车很厉害。 yun4
轧 机器轧棉花。 ya4
钻 他钻进了洞里。 zuan1
钻 她戴着钻石戒指。 zuan4
仔 他看得很仔细。 zi3
仔 牛仔裤很耐穿。 zai3
匙 请把钥匙给我。 shi5
匙 我需要一把汤匙。 chi2
薄 这本书很薄。 bao2
薄 他的力量很薄弱。 bo2
剥 他在剥花生。 bao1
剥 不能剥夺他的权利。 bo1
"""


def readings(char: str, text: str) -> list[str]:
    """Return the dictionary pinyin of every place of a character in a text."""
    return [
        syllable.lexical
        for sentence in analyze(text)
        for word in sentence.words
        for syllable in word.syllables
        if syllable.text == char
    ]


@pytest.mark.parametrize("line", READINGS.strip().splitlines())
def test_a_polyphone_is_read_by_its_sense(line: str) -> None:
    char, text, *expected = line.split(" ")
    assert readings(char, text) == expected


def logits(text: str, position: int, *choices: str) -> dict[int, float]:
    (scores,) = network().scores(text, [position], [[encode(choice) for choice in choices]])
    return scores


def test_the_network_scores_only_candidates_that_it_has_a_label_for() -> None:
    scores = logits("西藏的风景", 1, "zang4", "cang2", "lia3")
    assert max(scores, key=scores.__getitem__) == encode("zang4")
    assert encode("cang2") in scores


def test_a_long_text_is_scored_by_windows_that_see_their_surroundings() -> None:
    before, after = "天" * (3 * WINDOW - 1), "天" * (2 * WINDOW)
    sentence = "他把钱藏起来了"
    position = len(before) + sentence.index("藏")
    whole = logits(before + sentence + after, position, "zang4", "cang2")
    start = position - position % WINDOW - MARGIN
    text = before + sentence + after
    part = logits(text[start : start + MARGIN + WINDOW + MARGIN], position - start, "zang4", "cang2")
    assert whole[encode("cang2")] > whole[encode("zang4")]
    assert part == pytest.approx(whole, abs=0.3)


def test_positions_in_several_windows_come_back_in_order() -> None:
    text = "西藏，" * WINDOW
    positions = range(1, len(text), 3)
    scores = network().scores(text, list(positions), [[encode("zang4"), encode("cang2")]] * len(positions))
    assert len(scores) == len(positions)
    assert all(score[encode("zang4")] > score[encode("cang2")] for score in scores)


@pytest.mark.parametrize("text", ["", "abc", "\U0001f600重", "，。！"])
def test_any_character_may_stand_in_the_text(text: str) -> None:
    assert network().scores(text, [], []) == []
    if "重" in text:
        assert logits(text, text.index("重"), "zhong4", "chong2")


def test_the_lexicon_says_how_sure_a_reading_is() -> None:
    assert lexicon().certainty("朝代") == [LISTED, LISTED]
    assert lexicon().certainty("杠杆") == [OWN, OWN]
    assert lexicon().certainty("没有这个词") == [GUESSED] * 5


def test_damaged_weights_are_a_store_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexicon_module, "DATA", tmp_path)
    with pytest.raises(StoreError, match="expected the weights"):
        arrays("polyphone_net.npz")
    (tmp_path / "polyphone_net.npz").write_bytes(b"PK\3\4 not a zip file")
    with pytest.raises(StoreError, match="install the package again"):
        arrays("polyphone_net.npz")
