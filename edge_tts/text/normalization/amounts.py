"""How money, shares, measures, fractions, scores and plain numbers are read in Chinese."""

from __future__ import annotations

import re
from decimal import Decimal

from edge_tts.text.normalization.numerals import FRACTIONS, cardinal, digits, number
from edge_tts.text.normalization.rules import HAN, NUMBER, WHOLE, Rule, after, before, choice, rule
from edge_tts.text.normalization.units import CURRENCIES, MEASURES, NOT_MEASURES, UNITS

_UNIT = choice(UNITS)
_CURRENCY = choice(CURRENCIES)
_SCALE = r"(?P<scale>[千百十]?[万亿]|[千百]|(?:[kKMBT]|bn|mn|million|billion|trillion)(?![A-Za-z0-9]))?"
_TIMES = {"k": 1000, "K": 1000, "M": 10**6, "B": 10**9, "m": 10**6, "mn": 10**6, "T": 10**12, "bn": 10**9}
_TIMES |= {"million": 10**6, "billion": 10**9, "trillion": 10**12}
_SCORED = (
    r"(?:比分|战胜|击败|大胜|险胜|完胜|轻取|横扫|不敌|负于|战平|战成|逆转|领先|落后|以|胜|负|平|输|赢)"
    r"(?:[是为了以:]{0,2})\s?"
)
_SCORES = r"\s?(?:战胜|击败|领先|落后|获胜|取胜|大胜|险胜|完胜|轻取|横扫|不敌|负于|战平|逆转|胜出|平局|胜|平|负)"
_RATIO = r"(?:比例|比|配比|比值|稀释|尺|按|赔率)(?:是|为|约|尺)?\s?[:：]?\s?"
_PAID = r"(?:薪|工资|收入|薪水|待遇|价格|预算|赚|花|挣|粉丝|播放|阅读|点赞|涨)(?:了|到|是|约|近)?\s?"
_LETTER_UNITS = "(?:h|min|s|kg|g|km|m|cm|mm|L|ml|mL)(?![A-Za-z])"
_TWO = rf"(?!{choice(NOT_MEASURES)})(?:{choice(MEASURES)})"
_NOT_AMPERE = rf"(?!(?<=A){HAN})"  # 5A景区, 3A大作
_BARE = r"^|[^0-9.A-Za-z]"


def _trimmed(text: str) -> str:
    """Drop the zeros after the point that prices are written with."""
    return text.rstrip("0").rstrip(".") if "." in text else text


def _amount(text: str, scale: str | None) -> str:
    if scale in _TIMES:
        value = Decimal(text.replace(",", "")) * _TIMES[scale or ""]
        return number(_trimmed(f"{value:f}"))
    return ("两" if text == "2" and scale != "十" else number(_trimmed(text))) + (scale or "")


def _money(match: re.Match[str]) -> str:
    return _amount(match["n"], match["scale"]) + CURRENCIES[match["currency"]]


def _percent(text: str, sign: str) -> str:
    parts = "百分之" if sign == "%" else "千分之"
    return parts + ("百" if text == "100" and sign == "%" else number(text))


def _unit(match: re.Match[str]) -> str:
    unit = UNITS[match["unit"]]
    plain = match["n"] == "2" and unit not in ("摄氏度", "华氏度", "度", "安", "伏", "分贝", "欧姆", "瓦", "赫兹")
    per = f"每{UNITS[match['per']]}" if match["per"] else ""
    return ("两" if plain else number(match["n"])) + unit + per


def _angle(match: re.Match[str]) -> str:
    words = number(match["n"]) + "度"
    for name, unit in (("minute", "分"), ("second", "秒")):
        words += number(match[name]) + unit if match[name] else ""
    return words


def _minutes_and_seconds(match: re.Match[str]) -> str:
    return f"{cardinal(match['minute'])}分{number(match['second'])}秒"


def _fraction(match: re.Match[str]) -> str:
    above, below = match["a"], match["b"]
    if int(above) > int(below) and re.match(r"\s?=", after(match)):
        return f"{cardinal(above)}除以{cardinal(below)}"
    return f"{cardinal(below)}分之{cardinal(above)}"


def _mixed(match: re.Match[str]) -> str | None:
    """Read 1 1/2 as one and a half."""
    above, below = match["a"], match["b"]
    return f"{cardinal(match['whole'])}又{cardinal(below)}分之{cardinal(above)}" if int(above) < int(below) else None


def _falling_score(match: re.Match[str]) -> str | None:
    """Read 湖人112-108勇士: no range falls, and nothing is counted after it."""
    above, below = (int(part) for part in match[0].split("-"))
    return _against(match) if above >= below else None


def _scientific(match: re.Match[str]) -> str:
    return f"{number(match['n'])}乘十的{number(match['power'])}次方"


def _vulgar(match: re.Match[str]) -> str:
    part = FRACTIONS[match["part"]]
    words = f"{cardinal(part[1])}分之{cardinal(part[0])}"
    return f"{number(match['whole'])}又{words}" if match["whole"] else words


def _against(match: re.Match[str]) -> str:
    return "比".join(number(part) for part in re.split("[:-]", match[0]))


def _plain(match: re.Match[str]) -> str:
    text = match[0]
    whole = text.partition(".")[0]
    counted = whole.endswith("0000") or re.match(r"\s?[人个元条件位名户]", after(match))
    as_code = (len(whole) >= 8 and not counted) or (len(whole) > 1 and whole[0] == "0")
    if as_code and "," not in text:
        return "点".join(digits(part) for part in text.split("."))
    return number(text)


SCORES: tuple[Rule, ...] = (
    rule(r"[0-9]{1,3}[:-][0-9]{1,3}(?![0-9:%-]|\s?[点小分天个月年日元])", _against, left=_SCORED),
    rule(r"[0-9]{1,3}-[0-9]{1,3}(?=[^\W\x00-\x7f])", _falling_score, left=f"{HAN}{{2}}"),
    rule(
        r"[0-9]{1,3}-[0-9]{1,3}(?=[、,，]\s?[0-9]{1,3}-[0-9]{1,3}(?![0-9-]))",
        _falling_score,
        left=r"^|[^0-9.:-]|[^0-9][.:-]",
    ),
    rule(r"[0-9]{1,3}-[0-9]{1,3}(?![0-9-])", _falling_score, left=r"[0-9]-[0-9]{1,3}[、,，]\s?"),
    rule(r"0-0(?![0-9.-])", _against, left=_BARE),
    rule(rf"[0-9]{{1,3}}[:-][0-9]{{1,3}}(?={_SCORES})", _against, left=r"^|[^0-9:.-]|[^0-9][.:-]"),
    rule(r"[0-9]{1,4}(?:\.[0-9]{1,3})?(?::[0-9]{1,8}(?:\.[0-9]{1,3})?){1,3}(?![0-9:])", _against, left=_RATIO),
)
"""What would otherwise be taken for times; for what starts with a figure."""

AMOUNTS: tuple[Rule, ...] = (
    # money
    rule(rf"(?P<n>{NUMBER})\s?{_SCALE}\s?(?P<currency>{_CURRENCY})(?![A-Za-z0-9])", _money, left=_BARE),
    rule(rf"{NUMBER}(?=\s?[元块])", lambda m: number(_trimmed(m[0])) if "." in m[0] else None, left=_BARE),
    # shares
    rule(
        rf"(?P<n>{NUMBER})(?=\s?[-~至到]\s?(?P<b>{NUMBER})(?P<sign>[%‰]))",
        lambda m: _percent(m["n"], m["sign"]),
        left=_BARE,
    ),
    rule(rf"(?P<n>{NUMBER})\s?(?P<sign>[%‰])", lambda m: _percent(m["n"], m["sign"])),
    # measures
    rule(r"(?P<minute>[0-9]{1,2})′(?P<second>[0-9]{1,2}(?:\.[0-9]{1,3})?)″", _minutes_and_seconds, left=_BARE),
    rule(
        r"(?P<feet>[4-7])'(?P<inches>[0-9]{1,2})\"",
        lambda m: f"{cardinal(m['feet'])}英尺{cardinal(m['inches'])}英寸",
        left=_BARE,
    ),
    rule(rf"(?P<n>{NUMBER})″", lambda m: number(m["n"]) + "英寸", left=_BARE),
    rule(rf"(?P<n>{NUMBER})[eE](?P<power>[-+]?[0-9]{{1,3}})(?![0-9A-Za-z])", _scientific, left=_BARE),
    rule(rf"(?P<n>{NUMBER})°(?!\s?[CF])(?:(?P<minute>[0-9]{{1,2}})[′'])?(?:(?P<second>[0-9]{{1,2}})[″\"])?", _angle),
    rule(rf"(?P<n>{NUMBER})[wW](?=\+|[粉人阅点播年月])\s?", lambda m: _amount(m["n"], "万"), left=_BARE),
    rule(rf"(?P<n>{NUMBER})A(?![A-Za-z0-9])", lambda m: number(m["n"]) + "安", left="[VW]/"),
    rule(rf"(?P<n>{NUMBER})w(?![A-Za-z0-9])", lambda m: _amount(m["n"], "万"), left=_BARE),
    rule(rf"(?P<n>{NUMBER})[kK](?=元|[-~][0-9])", lambda m: _amount(m["n"], "k"), left=_BARE),
    rule(rf"(?P<n>{NUMBER})[kK](?![A-Za-z0-9])", lambda m: _amount(m["n"], "k"), left=rf"{_PAID}|[0-9][kK][-~]"),
    rule(rf"(?![248]k|16k)(?P<n>{NUMBER})k(?![A-Za-z0-9])", lambda m: _amount(m["n"], "k"), left=_BARE),
    rule(rf"(?P<n>{NUMBER})M(?=\s?(?:宽带|流量|内存|带宽|[的]?网速))", lambda m: number(m["n"]) + "兆", left=_BARE),
    rule(
        rf"(?P<n>{NUMBER})\s?(?P<unit>{_UNIT})(?:/(?P<per>{_UNIT}))?(?![A-Za-z0-9²³]){_NOT_AMPERE}(?!(?<=g)(?:网|手机|信号))",
        _unit,
        left=r"^-?|[^0-9.A-Za-z-]|[^0-9A-Za-z]-|[0-9A-Za-z]-",
    ),
    # fractions and ratios
    rule("(?P<whole>[0-9]{1,3}) (?P<a>[0-9])/(?P<b>[0-9]{1,2})(?![0-9/.])", _mixed, left=_BARE),
    rule(r"(?P<whole>[0-9]{1,8})?(?P<part>[½⅓⅔¼¾⅐-⅞])", _vulgar),
    rule(
        rf"(?P<a>[0-9]{{1,4}})/(?P<b>[0-9]{{1,4}})(?![0-9/.%])(?!\s?(?:{_UNIT})(?![A-Za-z]))",
        _fraction,
        left=r"^|[^0-9.:/A-Za-z]|[^0-9][.:]",
    ),
    rule(
        r"[0-9]{1,4}(?:\.[0-9]{1,3})?(?::[0-9]{1,8}(?:\.[0-9]{1,3})?){1,3}(?![0-9:])",
        _against,
        left=r"^|[^0-9:.]|[^0-9][.:]",
    ),
    # ordinals, counts and what is left
    rule(r"(?P<n>[0-9]{1,4})#", lambda m: number(m["n"]) + "号"),
    rule(r"[0-9]{1,8}(?![0-9.])", lambda m: cardinal(m[0]), left=r"第\s?"),
    rule(r"(?P<n>[0-9]{1,4})(?:st|nd|rd|th)(?![A-Za-z])", lambda m: "第" + cardinal(m["n"])),
    rule(r"2(?=[栋幢座](?:[0-9]|单元))", lambda m: "二"),
    rule("2(?=室[0-9一二两]厅)", lambda m: "两", left=WHOLE),
    rule(
        rf"2(?![0-9.,])\s?(?=(?:[-~到至][0-9]+)?{_TWO}|[-~到至][0-9]+{_LETTER_UNITS})",
        lambda m: "两",
        left=r"^|[^0-9./:第十]|[^0-9][.:]",
    ),
    rule(
        rf"(?P<n>{NUMBER})\s(?={HAN})",
        lambda m: number(m["n"]) if len(m["n"]) < 8 and m["n"][0] != "0" else None,
    ),
    rule(r"[0-9]{1,16}(?![0-9.])", lambda m: digits(m[0]), left=r"(?:^|[^\w.)])\."),
    rule(NUMBER, _plain),
    rule(r"[0-9]+", lambda m: digits(m[0])),
)
"""Rules for text that starts with a figure."""

_WITH_MILLIONS = _SCALE.replace("[kKMBT]", "[kKMBTm]")
PREFIXED_MONEY = rule(
    rf"(?P<currency>{_CURRENCY})\s?(?P<n>{NUMBER})\s?{_WITH_MILLIONS}(?:元|美元|港元|欧元|英镑)?", _money
)
"""Rules for text that starts with a letter or a sign."""


def is_falling(match: re.Match[str]) -> bool:
    """Tell whether the plain number before a sign is larger than the one that follows it."""
    left = re.search(r"(?:^|[^0-9.:,-]|[^0-9][.:,])([0-9]{1,9}(?:\.[0-9]{1,6})?)\s?$", before(match))
    right = re.match(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)(?![0-9:.,/-])", after(match))
    return bool(left and right and float(left[1]) >= float(right[1]))
