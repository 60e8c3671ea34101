"""How telephone, card and room numbers, versions, plates, flights and models are read in Chinese: by figures."""

from __future__ import annotations

import re

from edge_tts.text.normalization.numerals import cardinal, code, digits
from edge_tts.text.normalization.rules import HAN, WHOLE, Rule, after, choice, rule
from edge_tts.text.normalization.units import UNITS

_DIALLED = (
    r"(?:拨打|电话|热线|致电|[拨打]|呼叫|尾号|航班|车次|报警|急救|客服|座机|手机号?|分机|内线|总机|专线|传真|电话号码|手机号码)"
    r"(?:[是为:：]|转)?\s?"
)
_NUMBERED = (
    r"(?:验证码|密码|代码|编号|邮编|邮政编码|账号|卡号|单号|工号|学号|号码|房间号|取餐号|股票|证券|口令|编码|排号|订单号?"
    r"|ID|QQ|qq|型号|车牌号?|PIN码?|微信号?|序列号|流水号|识别码|邀请码|提货码|取件码|兑换码|激活码|取票码|校验码"
    r"|座位号|护照号码?|准考证号|发票号|合同号|批号|货号|单据号|会员号|群号?)"
    r"[是为:：]{0,2}\s?"
)
_SERVICES = (
    "1008611|10086|12306|12315|12318|12319|12320|12321|12329|12333|12345|12348|12355|12358|12365|12366|12369"
    "|12377|12378|12388|12395|12580|955[0-9]{2}|11185|11183"
)
"""Numbers that everybody dials, alone or before what is no count."""
_EMERGENCY = "110|112|114|119|120|122"
_COUNTED = r"\s?(?:[人个元块万亿多余名位户件条次种家套台辆张只米公千克斤吨度天年月日步字页分秒点吨股平亩票]|[a-zA-Z])"
_CALLED = {
    "985": "高校|工程|大学|院校|名校|毕业|本科|硕士|重点", "211": "高校|工程|大学|院校|名校|毕业|本科|硕士|重点",
    "996": "工作|加班|制|是|的", "007": "特工|电影|系列|邦德|工作制", "502": "胶", "404": "页面|错误|报错|not",
    "731": "部队", "863": "计划", "973": "计划|项目", "315": "晚会|打假|曝光", "618": "大促|购物|活动|期间|年中",
    "520": "表白|情人|告白|礼物", "360": "安全|杀毒|浏览器|公司|手机|搜索", "1314": "一生", "911": "事件|恐怖",
    "58": "同城", "249": "室", "101": "中学|大厦", "301": "医院", "798": "艺术", "119": "消防", "110": "警|民警|巡警",
    "404错": "误",
}  # fmt: skip
"""Numbers that are names, and what follows them."""
_CALLED_BY = "|".join(sorted({name for names in _CALLED.values() for name in names.split("|")}, key=len, reverse=True))
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_VERSIONED = "版本号?|[Pp]ython|iOS|Android|安卓|macOS|[Vv]ersion|Ubuntu|Java|Node|PHP|内核|Chrome|[Vv]er"
_ROMAN = {"I": 1, "V": 5, "X": 10}
_ROMAN_THINGS = "期|级|型|类|章|卷|部分?|世|度|号|代|区|节|册|组|篇|阶段|辑"


def _parts(text: str) -> str:
    """Read 3.11.7: short parts as numbers, long or zero-led ones by figures."""
    return "点".join(digits(p) if len(p) > 2 or p[0] == "0" else cardinal(p) for p in text.split("."))


def _figures(text: str) -> str:
    return code(re.sub("[^0-9Xx]", "", text).upper())


def _mobile(match: re.Match[str]) -> str:
    return ("加八六" if match["country"] else "") + _figures(match["number"])


def _grouped(match: re.Match[str]) -> str:
    return "杠".join(digits(part) for part in match[0].split("-"))


def _roman(match: re.Match[str]) -> str | None:
    values = [_ROMAN[letter] for letter in match[0]]
    total = sum(-a if a < b else a for a, b in zip(values, [*values[1:], 0], strict=True))
    return None if total < 1 or match[0] in ("X", "XX", "XXX") else cardinal(str(total))


def _model(match: re.Match[str]) -> str | None:
    letters, figures = match["letters"], match["figures"]
    if len(letters) == 1 and letters.islower() and "-" in match[0]:
        return None  # x-1
    if "." in figures:
        return letters + (_parts(figures) if re.search(_VERSIONED, letters) else _decimal(figures))
    if len(figures) >= 3 or figures.startswith("0"):
        return letters + (code if letters.isupper() and len(letters) <= 2 else digits)(figures)
    return letters + cardinal(figures)


def _decimal(text: str) -> str:
    whole, _, decimals = text.partition(".")
    return f"{cardinal(whole)}点{digits(decimals)}"


def _standard(match: re.Match[str]) -> str:
    """Read GB/T 7714-2015 by figures."""
    year = "杠" + digits(match["year"][1:]) if match["year"] else ""
    return match["body"] + (" T " if match["kind"] else "") + digits(match["n"]) + year


def _called(match: re.Match[str]) -> str | None:
    """Read 985高校 and the like by figures."""
    names = _CALLED.get(match[0])
    if not names or not re.match(names, after(match)):
        return None
    return digits(match[0]) if "1" not in match[0] or match[0] == "1314" else code(match[0])


def _spoken_two(match: re.Match[str]) -> str:
    """Read B2B as business people do."""
    return f"{match[0][0]} {'to' if match[0][1] == '2' else 'for'} {match[0][2]}"


_UNIT = choice(unit for unit in UNITS if len(unit) > 1)  # A and V stay letters
_ALONE = r"^|[^0-9.A-Za-z+-]"

LONG: tuple[Rule, ...] = (
    rule(r"[0-9]{17}[0-9Xx](?![0-9A-Za-z])", lambda m: code(m[0].upper())),
    rule(r"[0-9]{14,19}(?![0-9.])", lambda m: None if m[0].endswith("0000") else code(m[0])),
    rule(r"[0-9]{17,}(?:\.[0-9]+)?|[0-9]+\.[0-9]{17,}", lambda m: "点".join(digits(p) for p in m[0].split("."))),
)

CODES: tuple[Rule, ...] = (
    # telephones and cards
    rule(
        r"(?P<country>(?:0086|86)[- ]?)?(?P<number>1[3-9][0-9](?P<gap>[- ]?)[0-9]{4}(?P=gap)[0-9]{4})(?![0-9.])",
        _mobile,
        left=r"^|[^0-9.]|\+86[- ]?",
    ),
    rule(r"1[3-9][0-9]{2}[- ][0-9]{3}[- ][0-9]{4}(?![0-9])", lambda m: _figures(m[0]), left=_ALONE),
    rule(
        r"0[0-9]{1,3}[- )）]{1,2}[0-9]{3,4}[- ]?[0-9]{4}(?:-[0-9]{1,5})?(?![0-9-])",
        lambda m: _figures(m[0]),
        left=r"^|[^0-9.-]",
    ),
    rule(
        r"[48]00[- ]?(?:[0-9]{3}[- ]?[0-9]{4}|[0-9]{4}[- ]?[0-9]{3})(?![0-9-])(?!\s?[元人万亿])",
        lambda m: _figures(m[0]),
        left=_ALONE,
    ),
    rule(r"[0-9]{4}(?:[ -][0-9]{4}){2,4}(?:[ -][0-9]{1,4})?(?![0-9-])", lambda m: _figures(m[0]), left=_ALONE),
    rule(r"[0-9]{4} [0-9]{4}(?![0-9])", lambda m: _figures(m[0]), left=_DIALLED),
    rule(
        r"[0-9]{3,}(?:-[0-9]{3,5}){0,2}(?![0-9.])(?!\s?[个次遍下台部元万分秒天年月层楼])",
        lambda m: _figures(m[0]),
        left=_DIALLED,
    ),
    rule(rf"(?:{_EMERGENCY})(?=[.。!?]?$)", lambda m: code(m[0]), left="^"),
    rule(rf"(?:{_EMERGENCY})(?=\s?[/、,，和或及与跟]\s?(?:{_EMERGENCY})(?![0-9]))", lambda m: code(m[0]), left=_ALONE),
    rule(
        rf"(?:{_EMERGENCY})(?![0-9.%])",
        lambda m: code(m[0]),
        left=rf"(?:{_EMERGENCY})\s?[/、,，和或及与跟]\s?",
    ),
    rule(rf"[0-9]{{3,5}}(?={_CALLED_BY})", _called, left=_ALONE),
    rule(r"1[12][0-9](?=报警|急救|火警|指挥|救护|热线|电话|查号|客服|台)", lambda m: code(m[0]), left=_ALONE),
    rule(r"[0-9]{2,}(?![0-9.])", lambda m: digits(m[0]), left=_NUMBERED),
    rule("[0-9]{5,6}(?=(?:反诈|举报|服务|维权|投诉)?(?:专线|热线|客服))", lambda m: code(m[0]), left=_ALONE),
    rule(rf"(?:{_SERVICES})(?![0-9.,%:/-])(?!{_COUNTED})", lambda m: code(m[0]), left=r"^|[^0-9.A-Za-z+¥$€£-]"),
    rule("100(?:00|10|99)(?=客服|热线|电话|短信|号)", lambda m: code(m[0]), left=_ALONE),
    rule(
        r"[0-9]{2,6}(?![0-9]|\.[0-9])(?!\s?[个次元人])",
        lambda m: code(m[0]),
        left=r"(?:[0-9]\s?[)(）（,，]?\s?转(?:接|分机|内线)?|分机号?|内线|[Ee]xt\.?|EXT\.?|[Ee]xtension|总机转|电话转)[是为:：]?\s?",
    ),
    rule("[0-9]{1,2}[A-HJ](?![A-Za-z0-9])", lambda m: cardinal(m[0][:-1]) + m[0][-1], left="座位?号?"),
    rule(r"[0-9]{3,6}(?![0-9.])", lambda m: digits(m[0]), left=r"[A-Za-z]-?[0-9]{1,4}-"),
    rule(r"[0-9]{2,3}[- ][0-9]{3,4}[- ]?[0-9]{4}(?![0-9])", lambda m: _figures(m[0]), left=r"\+86[- ]?"),
    rule(r"[0-9]{6}(?=\.(?:SH|SZ|BJ))", lambda m: digits(m[0]), left=_ALONE),
    rule(r"7-11(?=便利|店|超市)", lambda m: _figures(m[0]), left=_ALONE),
    rule("26[0-9]", lambda m: digits(m[0]), left=r"H\."),
    # rooms, lines, shares
    rule(
        r"[0-9]{3,4}(?=号?房|室|教室|会议室|病房|包间|包厢|宿舍|寝室|中学|大厦|医院|路公|路车|路|国道|省道|航班|次列车|次航班)",
        lambda m: code(m[0]),
        left=WHOLE,
    ),
    rule(
        r"[0-9]{3,4}(?![0-9.])(?!\s?[人个元户米平])",
        lambda m: code(m[0]),
        left="(?:栋|单元|号楼|座|幢|号院|房间|教室)-?",
    ),
    rule(r"(?:6[08]|00|30)[0-9]{4}(?=[)）]|\.S[HZ])(?:\.S[HZ])?", lambda m: digits(m[0][:6]), left=r"[(（]"),
    rule(r"[0-9]{3}(?=机型|客机|飞机|战机|型)", lambda m: digits(m[0]), left="波音|空客|苏|歼|运|直"),
    rule(r"[0-9]{3}", lambda m: digits(m[0]), left=r"(?:波音|空客A?)\s?(?:[0-9]{3}-)?"),
    # versions, hosts, chains
    rule(
        r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9.])(?::[0-9]{1,5})?",
        lambda m: digits(m[0].replace(".", "点").replace(":", "冒号")),
    ),
    rule(r"[0-9]{1,8}(?:\.[0-9]{1,8}){2,6}(?![0-9])", lambda m: _parts(m[0])),
    rule(r"[0-9]{1,4}(?:\.[0-9]{1,4})(?![0-9.%])", lambda m: _parts(m[0]), left=rf"(?:{_VERSIONED})\s?[是为:：]?\s?"),
    rule(r"[0-9]{1,20}(?:-[0-9]{1,20}){2,8}(?![0-9-])", _grouped, left=r"^|[^0-9-]"),
    rule(r"(?:480|720|1080|1440|2160)[pPiI](?![A-Za-z])", lambda m: digits(m[0][:-1]) + m[0][-1].upper()),
    rule(
        r"(?:640|720|768|800|1024|1080|1280|1366|1440|1920|2160|2560|3840)[xX×*](?:480|600|720|768|1080|1200|1440|1920|2160|2560)(?![0-9])",
        lambda m: "乘".join(digits(p) for p in re.split("[xX×*]", m[0])),
        left=r"^|[^0-9.]",
    ),
)
"""Rules for text that starts with a figure."""

NAMES: tuple[Rule, ...] = (
    rule("(?:sin|cos|tan|cot|log|ln|lg)(?=[0-9])", lambda m: m[0] + " ", left="^|[^A-Za-z]"),
    rule(r"[xX]\s?(?=[0-9])", lambda m: "乘", left=r"(?:[1-9]|[0-9]{2})\s?"),
    rule(r"(?:No|NO|no)\.?\s?(?P<n>[0-9]{1,6})(?![0-9.])", lambda m: "第" + cardinal(m["n"])),
    rule(
        r"(?P<letter>[vV])\.?\s?(?P<n>[0-9]{1,4}(?:\.[0-9]{1,4}){0,4})(?![0-9])", lambda m: m["letter"] + _parts(m["n"])
    ),
    rule(r"[A-Z][·•]?[A-Z0-9]{4,6}(?![A-Za-z0-9])", lambda m: code(re.sub("[·•]", "", m[0])), left=f"[{_PROVINCES}]"),
    rule(r"(?<![A-Za-z0-9])[BCOPGDE][24][BCOPGVE](?![A-Za-z0-9])", _spoken_two),
    rule(
        r"[A-Za-z][A-Za-z0-9]{0,30}(?:_[A-Za-z0-9]{1,30}){1,5}(?![A-Za-z0-9_])",
        lambda m: digits(m[0].replace("_", "下划线")),
        left="^|[^A-Za-z0-9_]",
    ),
    rule(r"H\.(?=26[0-9])", lambda m: "H点"),
    rule(
        r"(?P<body>GB|ISO|IEC|DB|JB|YY|QB|JGJ)(?P<kind>/T)?\s?(?P<n>[0-9]{3,5})(?P<year>-(?:19|20)[0-9]{2})?(?![0-9])",
        _standard,
        left="^|[^A-Za-z]",
    ),
    rule(
        r"[A-Za-z]{0,8}[A-Z]{2}\s(?P<n>[0-9]{3,5})(?![0-9.%-])",
        lambda m: m[0][: m.start("n") - m.start() - 1] + " " + digits(m["n"]),
    ),
    rule(r"(?P<letters>[A-Za-z]{1,20})-?(?P<figures>[0-9]{1,16}(?:\.[0-9]{1,4}(?![0-9.]))?)(?![0-9])", _model),
    rule(rf"[IVX]{{1,6}}(?={_ROMAN_THINGS})", _roman, left="第|型|^"),
    rule(r"[IVX]{2,6}(?![A-Za-z0-9])", _roman, left=rf"{HAN}\s?"),
    rule(r"[IVX]{2,6}(?![A-Za-z0-9])", _roman, left=r"[A-Za-z]{2}\s"),
    rule(rf"[IVX]{{2,6}}(?=\s?(?:{_ROMAN_THINGS}))", _roman),
    rule(rf"(?:{_UNIT})(?![A-Za-z0-9²³])", lambda m: UNITS[m[0]], left=r"[一二三四五六七八九十百千万亿两半几]\s?"),
    rule(r"C\+\+", lambda m: "C加加"),
    rule(r"[CF]#", lambda m: f"{m[0][0]} sharp"),
)
"""Rules for text that starts with a letter."""
