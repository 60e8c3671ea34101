"""How dates, years and times of day are read in Chinese."""

from __future__ import annotations

import math
import re

from edge_tts.text.normalization.numerals import cardinal, digits
from edge_tts.text.normalization.rules import WHOLE, Rule, after, before, rule

_COUNTING = re.compile(r"(?:距今|长达|近|约|超过|过去|未来|整整|成立|工作|有期徒刑|产权|满|第|[过了有达这那])\s?$")
_LASTING = re.compile(r"(?:距今|长达|超过|整整|有期徒刑|产权|满)\s?$")
"""Words before a count of years that never stand before the name of a year."""
_DURATION = re.compile(r"\s?(?:的?历史|以?来|间|内|期|产权|多|时间|左右|之久|之[前后]|如一日|[前后])")
_DAY_CONTEXT = re.compile(r"(?:日期|生日|[于在从自至到])[是为]?\s?[:：]?\s?$")
_DAY_FOLLOWS = re.compile(
    r"\s?(?:日|号|前|之前|上午|下午|晚|早|凌晨|中午|开始|截止|出发|到期|当[天日]|那天|[(（]?(?:周|星期)[一二三四五六日]"
    r"|是?.{0,4}(?:生日|节(?!课|车)|纪念日)|上线|上映|开播|发布|举行|开幕|开学|放假|起)"
)
_CALCULATED = re.compile(r"\s?[-=+×÷*<>]")
_COUNTED = re.compile(r"\s?(?:[日号]|[前后]?[名位个])")
_DAY_NAMES = {"9.11": "九幺幺", "10.1": "十一"}
_YEAR = "(?:1[0-9]|20)[0-9]{2}"


def _is_day(month: str, day: str) -> bool:
    return 1 <= int(month) <= 12 and 1 <= int(day) <= 31


def _date(match: re.Match[str]) -> str | None:
    if not _is_day(match["month"], match["day"]):
        return None
    return f"{digits(match['year'])}年{cardinal(match['month'])}月{cardinal(match['day'])}日"


def _day_first(match: re.Match[str]) -> str | None:
    month, day = match["a"], match["b"]
    if int(month) > 12:
        month, day = day, month
    if not _is_day(month, day):
        return None
    return f"{digits(match['year'])}年{cardinal(month)}月{cardinal(day)}日"


def _month_and_day(match: re.Match[str]) -> str | None:
    """Read 11/22: a date by its context, by a leading zero, or where a fraction would not be reduced.

    11-22 is a date only by its context.
    """
    month, day = match["month"], match["day"]
    if not _is_day(month, day) or _CALCULATED.match(after(match)):
        return None
    dated = _DAY_CONTEXT.search(before(match)) or _DAY_FOLLOWS.match(after(match))
    if match["by"] == "-":
        return f"{cardinal(month)}月{cardinal(day)}日" if dated and not _COUNTED.match(after(match)) else None
    reducible = math.gcd(int(month), int(day)) > 1 and int(month) > 2
    if not (dated or reducible or (day == "1" and month != "1") or month[0] == "0" or day[0] == "0"):
        return None
    return f"{cardinal(month)}月{cardinal(day)}日"


def _four_figures(match: re.Match[str]) -> str | None:
    year, rest, left = match[0], after(match), before(match)
    counted = _COUNTING.search(left) and (year.endswith("00") or _LASTING.search(left)) and not left.endswith("到了")
    if left.endswith("公元前") or int(year) > 2999 or counted:
        return cardinal(year)
    if year.endswith("00") and re.match(r"\s?年(?:前|的?历史|来|的?文明|多)", rest):
        return cardinal(year)
    return digits(year)


def _two_figures(match: re.Match[str]) -> str | None:
    year, rest = match[0], after(match)[1:]
    if year[0] == "0" or re.match(r"(?:[0-9]{1,2}月|[初底末]|[春夏秋冬]|上半年|下半年)", rest):
        return digits(year)
    counted = int(year) < 75 or _COUNTING.search(before(match)) or _DURATION.match(rest)
    return None if counted else digits(year)


def _hour(text: str) -> str:
    return "两" if int(text) == 2 else cardinal(text)


def _below_sixty(text: str, unit: str) -> str:
    zero = "零" if len(text) == 2 and text[0] == "0" and int(text) else ""
    return f"{zero}{cardinal(text)}{unit}"


def _half_day(half: str | None) -> str:
    return "" if not half else "上午" if half[0] in "aA" else "下午"


def _time(match: re.Match[str]) -> str | None:
    hour, minute, second = match["hour"], match["minute"], match["second"]
    if int(hour) > 24 or int(minute) > 59 or int(second or 0) > 59:
        return None
    words = f"{_half_day(match['half'])}{_hour(hour)}点"
    if int(minute) or second:
        words += _below_sixty(minute, "分")
    return words + (_below_sixty(second, "秒") if second else "")


def _hours(match: re.Match[str]) -> str:
    return f"{_hour(match['hour'])}小时{cardinal(match['minute'])}分钟"


_HALF = r"\s?(?P<half>[aApP]\.?[mM]\.?)(?![A-Za-z])"
_NOT_INSIDE = r"^|[^0-9.:]|[^0-9][.:]"

DATES: tuple[Rule, ...] = (
    rule(r"0[1-9](?=\s?[月日号点时])", lambda m: cardinal(m[0]), left=_NOT_INSIDE),
    rule(
        r"[0-9]{1,2}·[0-9]{1,2}(?![0-9·])",
        lambda m: _DAY_NAMES.get(m[0].replace("·", ".")) or digits(m[0].replace("·", "")),
    ),
    rule(
        r"[0-9]{1,2}[.·][0-9]{1,2}(?=[”\"]?(?:[^级]{0,2}地震|大促|晚会|事件|运动|购物节|放假|假期|劳动节|国庆|恐怖|事变|惨案|黄金周|长假|起义|革命|讲话))",
        lambda m: _DAY_NAMES.get(re.sub("[.·]", ".", m[0])) or digits(re.sub("[.·]", "", m[0])),
        left=_NOT_INSIDE,
    ),
    rule(
        rf"(?P<year>{_YEAR})(?P<by>[-/.])(?P<month>[0-9]{{1,2}})(?P=by)(?P<day>[0-9]{{1,2}})(?![0-9]|[.][0-9]|-[0-9]{{1,3}}(?![0-9]))日?(?:T(?=[0-9]))?",
        _date,
        left=r"^|[^0-9.]",
    ),
    rule(r"(?P<a>[0-9]{1,2})/(?P<b>[0-9]{1,2})/(?P<year>(?:19|20)[0-9]{2})(?![0-9/])", _day_first, left=_NOT_INSIDE),
    rule(
        rf"(?P<year>{_YEAR})[-/.](?P<month>0[1-9]|1[0-2])(?![0-9/:.-])(?!\s?[=元%])",
        lambda m: f"{digits(m['year'])}年{cardinal(m['month'])}月" if "." not in m[0] else None,
        left=r"^|[^0-9.]",
    ),
    rule(rf"{_YEAR}(?=\s?[-~至到]{{1,2}}\s?{_YEAR}(?![0-9]))", lambda m: digits(m[0]), left=_NOT_INSIDE),
    rule(rf"{_YEAR}(?![0-9])", lambda m: digits(m[0]), left=rf"(?:^|[^0-9]){_YEAR}\s?[-~至到—]{{1,2}}\s?"),
    rule(
        r"(?P<year>(?:1[5-9]|20)[0-9]0)s|(?P<decade>[5-9]0)[sS](?![A-Za-z])",
        lambda m: f"{digits(m['year'])}年代" if m["year"] else f"{cardinal(m['decade'])}年代",
        left=_NOT_INSIDE,
    ),
    rule(r"[0-9]{4}(?=\s?年[多余])", lambda m: cardinal(m[0])),
    rule(r"[0-9]{4}(?=\s?年)", _four_figures, left=WHOLE),
    rule(rf"{_YEAR}(?=\s?[-~—]?\s?(?:至今|现在|今天))", lambda m: digits(m[0]), left=_NOT_INSIDE),
    rule(r"[1-9][0-9]{2}(?=\s?年)", lambda m: digits(m[0]), left="公元前?(?:[0-9]{1,4}[-~至到])?"),
    rule(r"[1-9][0-9]{1,3}(?=\s?[-~至到]\s?[0-9]{1,4}\s?年)", lambda m: digits(m[0]), left="公元前?"),
    rule(
        rf"{_YEAR}(?=款|届|版|财年|财季|赛季|学年|年度|世界杯|奥运|春晚|Q[1-4]|新年|全年|跨年|春节|元旦|高考|考研|国考|[秋春]招|亚运|欧洲杯|[上下]半|[春夏秋冬]季?)",
        lambda m: digits(m[0]),
        left=WHOLE,
    ),
    rule(rf"{_YEAR}/(?=[0-9]{{2}}(?:赛季|学年|财年|年度))", lambda m: digits(m[0][:4]) + "到"),
    rule(
        r"[0-9]{2}[-/](?=[0-9]{2}(?:赛季|学年|财年))", lambda m: digits(m[0][:2]) + "到", left=r"^|[^0-9.,]|[^0-9][.,]"
    ),
    rule(rf"{_YEAR}[-](?=[0-9]{{2}}(?:赛季|学年|财年|年(?!代)))", lambda m: digits(m[0][:4]) + "到", left=WHOLE),
    rule(r"[0-9]{2}(?=赛季|学年|财年)", lambda m: digits(m[0]), left=WHOLE),
    rule(r"[0-9]{2}(?=年代)", lambda m: cardinal(m[0]), left=WHOLE),
    rule(r"[06789][05](?=\s?[、/和与到至~-]\s?[0-9][05]后)", lambda m: digits(m[0]), left=WHOLE),
    rule(r"[06789][05](?=后(?!卫|腰|排|天|来|会))", lambda m: digits(m[0]), left=WHOLE),
    rule(r"[0-9]{2}(?=年)", _two_figures, left=WHOLE),
    rule(
        r"(?P<month>[0-9]{1,2})(?P<by>[/-])(?P<day>[0-9]{1,2})(?![0-9/.%:-])",
        _month_and_day,
        left=r"^|[^0-9./A-Za-z=+×÷*-]",
    ),
    rule(rf"{_YEAR}(?=》)", lambda m: digits(m[0]), left="《"),
    rule(
        rf"(?P<hour>[0-9]{{1,2}}):(?P<minute>[0-9]{{2}})(?::(?P<second>[0-9]{{2}}))?(?![0-9:])(?:{_HALF}|分(?!钟))?",
        _time,
        left=_NOT_INSIDE,
    ),
    rule(r"[0-9]{2}(?![0-9.年月日天小分秒个])", lambda m: digits(m[0]), left="[0-9]秒"),
    rule(r"(?P<hour>[0-9]{1,3})h(?P<minute>[0-9]{1,2})(?:min|m)(?![A-Za-z0-9])", _hours, left=_NOT_INSIDE),
    rule(rf"(?P<hour>1[0-2]|[1-9]){_HALF}", lambda m: f"{_half_day(m['half'])}{_hour(m['hour'])}点", left=_NOT_INSIDE),
)
"""Rules for text that starts with a figure."""
