"""Chooses the reading of a polyphone that stands alone, from the characters around it."""

from __future__ import annotations

import re
from functools import cache

_RULES = """
得 dei3 ^$ ^(?![了到出知以奖分手益意])
得 dei3 [就还都总必又非]$ ^(?!到|以|知|出|了|$)
得 dei3 [我你他她它们也可您咱人子天后]$ ^(?:[走去回先赶快让等看想买找把给靠背交干做说付请花]|马上)
得 dei3 [我你他她它们也可您咱人子天后]$ ^[早再学问吃喝睡跑换洗带听打坐用写]
得 dei3 [我你他她它们也可您咱人子天后]$ ^(?:好好|注意|小心|工作|加班|努力|考虑|起床)
地 di4 [块片种此本当各某产原内外该属这那每满落遍扫拖倒在陆领耕占征买]$ .*
地 di4 .* ^[上里下面处区方级皮价板中租铁]
地 de5 ..$ .
为 wei4 .* ^(?:了|此|什么|何|谁|我|您|你|他|她|人民|大家|顾客|客户|用户|学生|孩子|国家|社会|祖国|之)
为 wei4 (?:因|专门|特地|特意|只|都是|就是)$ .*
得 de5 [拿做吃受忍走干办用买管等]$ ^了(?:$|吗|的)
得 de2 .* ^[奖分第病票手知到了主名以冠益失罪胜金银出]
还 huan2 .* ^(?:书|钱|款|债|贷|给|清|账|他|她|我|你|了|车|本|房贷)
还 huan2 (?:归|偿|退|送|要|借.{0,4}不|交|返)$ ^$
长 chang2 (?:路|队伍?|桥|河|线|街|时间|名字|文章|句子|会|课|隧道|走廊|楼梯|清单|夜|故事|电影|信|列车|名单|假期)$ ^得
长 chang2 (?:裙子?|袖子?|绳子|裤子|尾巴|腿|脖子|头发|胡子|睫毛|指甲)$ ^得(?!好看|漂亮|像|帅|美|很?太?[快慢]|胖|高|壮)
长 chang2 [太很更最多好挺较够这那]$ .*
长 zhang3 (?:越|得|高|胖|快|正在|没|还|身上|脸上|土生土|上|里)$ ^[大高胖出在满着了得成草期]?
长 zhang3 .* ^[大高胖出在满着了得成草势相辈者]
长 zhang3 [市省县区镇乡村局处科部院校所厂站台队班组团营连排舰船会社馆行司厅州]$ .*
行 xing2 [一二两三四五六七八九十几每数多]$ ^(?:.{0,2}[人位]|[来抵前赴到])
行 hang2 (?:[一二两三四五六七八九十几每这那单换首末逐数多银商央农建工总分支本各同]|第.)$ ^(?![人走动为驶李程])
行 hang2 .* ^[长业情规距列数首尾内]
重 zhong4 [太很更最多加不沉好真挺较够稳体超]$ .*
重 chong2 .* ^[新复启来写做建装返演播温说修开申现逢叠名选组置试算拍发回返]
重 chong2 [一二两三四五六七八九十几多双]$ ^(?!量|要|大|点|的)
着 zhao2 [睡找猜点逮够用见打犯管烧摸买赶捞数抓碰吃遇][得不]$ .*
觉 jiao4 (?:睡.{0,4}|[午懒])$ ^(?![得醒悟察])
着 zhao2 [睡找猜点逮够用见打犯管烧][得不没]?$ ^(?:了|$|吗|呢|就)
着 zhao2 .* ^[火凉急迷魔]
着 zhuo2 .* ^[装陆手眼重力想墨色落实]
了 liao3 (?:.不|未|没完没|[拿做吃受忍走干办用买管去来]得)$ .*
中 zhong4 .* ^了?(?:[大头一二三特末]等?)?[奖彩毒弹计签举标枪暑邪箭]
倒 dao4 [水茶酒汤奶](?:都)?$ .*
倒 dao4 .* ^(?:了|点|一|给|满|上|进|入|出|杯){0,2}(?:[水茶酒汤奶油入进]|杯|垃圾|在杯|在碗)
看 kan1 (?:在家|帮.{0,3}|负责|家里|专门|替.{1,3})$ ^(?:孩子|小孩|家|门|店)
空 kong4 (?:座位|位子|房间|房子|屋子|车位|一直)$ ^着
涨 zhang4 .* ^(?:红|得通红|得满脸|大了)
量 liang2 量[了一]$ .*
都 du1 [首京故古成国帝迁定之东陪]$ .*
只 zhi1 (?:[一二两三四五六七八九十百千万几每这那哪数多上]|另外?一)$ ^(?!有|是|能|要|会|剩|好|得|想|不)
种 zhong4 (?:在|会|来|去|要|爱|人|地里?|上|可以|家家户户|耕|播|抢|我|他|们|我们|他们|农民)$ .*
种 zhong4 .* ^(?:树|菜|花|地|田|庄稼|粮|下|植|了|着|上|满|玉米|水稻|小麦|草|豆|瓜|在|棉|出)
教 jiao1 教一?$ .*
教 jiao1 .* ^(?:一?教|[这那起不弟妹爷奶妈爸]|同学|大家)
教 jiao1 .* ^(?:书|我|你|他|她|学生|会|们|孩子|人|给|了|过|得|英|语|数学|中文|汉语|游泳|的是)
数 shu3 [^一二两三四五六七八九十百千万亿多总人次分位度岁倍]$ ^[一不到了着数钱得来三出清]
数 shu3 ^$ ^[一到了着数钱三出清下]
空 kong4 (?:有|没|抽|得|没有|留|趁|闲|填)$ ^(?:$|吗|呢|了|的|就|来|再|时|儿|位|白)
发 fa4 [头理白黑长短金染剪烫洗毛秀假束卷银]$ .*
弹 tan2 .* ^(?:琴|钢琴|吉他|奏|起|唱|了|着|得|出|古筝|琵琶)
藏 zang4 [西青川入进援汉宝]$ .*
干 gan1 (?:已经|晒|晾|吹|擦|衣服|头发|嘴|口|快)$ ^(?:$|了)
干 gan4 .* ^(?:什么|嘛|吗|活|事|部|劲|线|好|得|了|掉|完|啥|过|到|成|大)
干 gan4 (?:想|要|能|会|敢|在|蛮|实|苦|么|怎么|不|肯|这样|一起|去|骨|树)$ .*
倒 dao3 (?:摔|跌|打|推|晕|病|跪|卧|滑|击|压|不|绊|扑|撞|拉|醉|吹|栽|拖|累|刮|垮|被|房屋)$ .*
倒 dao3 .* ^(?:闭|下|塌|台|霉|地|班|车票|卖|了|在|换|过)
降 xiang2 [投归劝诈受请]$ .*
吐 tu4 [呕上想要又]$ .*
吐 tu4 (?:晕车|晕船|喝多了?|喝醉了?|恶心得?)$ ^(?:了|$|得)
落 la4 把.{1,6}$ ^(?:在(?!地)|了(?:$|在))
扎 za1 .* ^(?:着|了|起|个|好)?.{0,4}(?:辫|马尾|头发|蝴蝶结|头巾)
塞 sai1 .* ^(?:着|进|满|到|在|住|入|给|了)
背 bei1 .* ^(?:着|包|起|负|书包|上|黑锅|了)
当 dang4 .* ^[成作做铺真天]
切 qie4 .* ^[勿记忌身实]
转 zhuan4 .* ^(?:圈|动|速|悠|了一圈|一圈)
应 ying4 .* ^[邀聘用战对付急声验试变征答]
与 yu4 [参赛]$ .*
差 cha4 .* ^[一点不了两三几得很十五多]
差 cha4 (?:很|太|最|更|较|相|还|不|质量|成绩|极|比较|得|越来越|变|效果)$ ^(?!别|异|额|价|距)
散 san3 [松零闲懒不]$ .*
好 hao4 (?:爱|喜|嗜|癖|特|生性)$ .*
传 zhuan4 (?:自|外|小|水浒|别|列|正|评)$ .*
处 chu3 .* ^[在于以理死罚置境决分女方暑世事得不]
乐 yue4 (?:音|器|声|奏|民|配|弦|管|国|军|礼|哀|摇滚|交响|爵士|奏)$ .*
尽 jin3 .* ^(?:管|快|早|可能|量|先)
累 lei4 .* ^(?!计|积|进|犯|加)
闷 men1 .* ^[热声头]
卷 juan4 (?:第.|上|下|试|考|画|[一二三四五六七八九十]|问|全|案|交|答|阅|改|判|发|做)$ .*
奔 ben4 .* ^(?:向|着|小康|头)
冲 chong4 .* ^[着我他你]
量 liang2 .* ^(?:一|了|体温|血压|身高|尺寸|过|完|出)
圈 juan4 [猪羊牛马]$ .*
弄 long4 [零一二三四五六七八九十百]$ .*
将 jiang4 [参副裨偏武名猛]$ ^(?!近|来|会|把|在|是|被|要|成|于|其)
划 hua2 .* ^(?:船|桨|水|艇|拳|行)
盛 cheng2 (?:自己|给[我你他她]|再|去|帮.{0,2})$ ^(?:吧|点|一?碗|了|给|$)
盛 cheng2 .* ^(?:米饭|饭|汤|菜|满|水|酒|放|装)
炸 zha2 .* ^(?:酱|鸡|鱼|薯|油|至|熟|透|.{1,3}分钟)
撒 sa3 .* ^(?:上|在|些|点|种|盐|葱|胡椒|了?一[把层些])
铺 pu1 .* ^(?:上|在|满|着|开|设|路|床|成|好)
挨 ai1 (?:紧|一个)$ .*
挨 ai1 .* ^(?:着|近|家|个)
挨 ai2 .* ^(?:打|饿|骂|揍|批|冻|训)
钉 ding4 .* ^(?:在|上|进|入|住|死|了|着|好|牢|紧|钉子)
刨 pao2 .* ^(?:出|坑|土|地|开|了|根)
哪 na5 [天人看难了是好]$ ^$
咽 yan4 .* ^[了下回进不]
系 ji4 .* ^(?:好|上|紧|着|鞋带|领带|安全带|绳)
曾 zeng1 .* ^(?:先生|女士|小姐|老师|某|国藩|经理|总)
转 zhuan4 [绕围]着.{1,4}$ .*
好 hao4 .* ^(?:学|客|奇|胜|斗|战|色|动|强)
得 de5 .* .*
长 chang2 .* .*
行 xing2 .* .*
个 ge5 .* .*
为 wei2 .* .*
"""

_VERBS = dict(
    pair.split(":")
    for pair in (
        "教:jiao1 数:shu3 查:cha2 调:tiao2 转:zhuan4 弹:tan2 切:qie1 量:liang2 缝:feng2 挑:tiao1 盛:cheng2 藏:cang2 "
        "背:bei4 炸:zha2 倒:dao4 铺:pu1 扎:za1 钉:ding4 夹:jia1 磨:mo2 晃:huang4 降:jiang4"
    ).split()
)
_COUNTED = re.compile("[一二两三四五六七八九十几每数多]{1,3}行")
_LINES: dict[str, list[list[str]]] = {}
for _line in _RULES.strip().splitlines():
    _char, *_fields = _line.split(" ")
    _LINES.setdefault(_char, []).append(_fields)


@cache
def _rules(char: str) -> list[tuple[str, re.Pattern[str], re.Pattern[str]]]:
    """Return the rules of a character, compiled when it is first met: most texts have few of them."""
    return [(reading, re.compile(left), re.compile(right)) for reading, left, right in _LINES.get(char, ())]


def knows(char: str) -> bool:
    """Return whether there are rules for a character."""
    return char in _LINES


def doubled(word: str) -> str | None:
    """Return the reading of a verb that is said twice, 教教, None for any other word."""
    return _VERBS.get(word[0]) if len(word) == 2 and word[0] == word[1] else None


def counts(word: str) -> bool:
    """Return whether a listed word is a number and a measure, 两行, whose reading depends on what is counted."""
    return _COUNTED.fullmatch(word) is not None


def choose(char: str, before: str, after: str, *, alone: bool = True) -> str | None:
    """Return the reading of a character in its context, None for the default.

    Args:
        char: the character, a word by itself or part of one whose reading no list has.
        before: up to some characters of the same run before it.
        after: likewise after it.
        alone: whether it is a word by itself; only then rules about the ends of a run, or without a context, hold.
    """
    for reading, left, right in _rules(char) if char in _LINES else ():
        if (alone or _has_context(left, right)) and left.search(before) and right.search(after):
            return reading
    return None


def _has_context(left: re.Pattern[str], right: re.Pattern[str]) -> bool:
    return left.pattern != right.pattern and "^$" not in (left.pattern, right.pattern)
