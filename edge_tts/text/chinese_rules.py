"""How numbers and signs are read in Chinese: an ordered table of patterns."""

from __future__ import annotations

import re
from collections.abc import Callable

from edge_tts.text.numerals import cardinal, code, digits, number
from edge_tts.text.units import CURRENCIES, MEASURES, NOT_MEASURES, SYMBOLS, UNITS

Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str | None]]

_NUMBER = r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?"
_START = r"(?<![0-9.])"
_HAN = r"\u3400-\u9fff"
_DIALLED = "拨打|电话|热线|致电|拨|呼叫|尾号|航班|车次|报警|急救"
_NUMBERED = "验证码|密码|代码|编号|邮编|账号|卡号|单号|工号|学号|号码|房间号|取餐号"
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50}


def _choice(words: tuple[str, ...] | dict[str, str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_UNIT = _choice(UNITS)
_SIGNS = "".join(map(re.escape, SYMBOLS))
_CURRENCY = _choice(CURRENCIES)


def _date(match: re.Match[str]) -> str | None:
    month, day = int(match["month"]), int(match["day"])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    return f"{digits(match['year'])}年{cardinal(match['month'])}月{cardinal(match['day'])}日"


def _hour(text: str) -> str:
    return "两" if int(text) == 2 else cardinal(text)


def _time(match: re.Match[str]) -> str | None:
    hour, minute, second = match["hour"], match["minute"], match["second"]
    if int(hour) > 24 or int(minute) > 59:
        return None
    words = f"{_half_day(match['half'])}{_hour(hour)}点"
    if int(minute) or second:
        words += ("零" if minute[0] == "0" and int(minute) else "") + f"{cardinal(minute)}分"
    return words + (f"{cardinal(second)}秒" if second else "")


def _half_day(half: str | None) -> str:
    return "" if not half else "上午" if half[0] in "aA" else "下午"


def _year(match: re.Match[str]) -> str | None:
    year = match["v"]
    return None if year.endswith("00") and match["after"] in ("前", "后", "历", "来") else digits(year)


def _url(match: re.Match[str]) -> str:
    address = re.sub(r"^[a-z]+://", "", match.group()).rstrip("/")
    address = re.sub(r"(?<![A-Za-z0-9])(www|cn|tv|io)(?![A-Za-z0-9])", lambda part: part[0].upper(), address)
    for sign, word in (
        (".", "点"),
        ("/", "斜杠"),
        ("-", "杠"),
        ("_", "下划线"),
        ("@", " at "),
        ("?", "问号"),
        ("=", "等于"),
        ("&", "和"),
        (":", "冒号"),
        ("%", "百分号"),
    ):
        address = address.replace(sign, word)
    return digits(address)


def _roman(match: re.Match[str]) -> str | None:
    values = [_ROMAN[letter] for letter in match["v"]]
    total = sum(-a if a < b else a for a, b in zip(values, [*values[1:], 0], strict=True))
    return None if total < 1 or match["v"] in ("X", "XX", "XXX", "L") else cardinal(str(total))


def _letters_and_digits(match: re.Match[str]) -> str:
    letters, figures = match["letters"], match["figures"]
    if len(figures) >= 3 or figures.startswith("0"):
        return letters + (code if letters.isupper() and len(letters) <= 2 else digits)(figures)
    return letters + cardinal(figures)


def _money(match: re.Match[str]) -> str:
    return number(match["n"]) + (match["scale"] or "") + CURRENCIES[match["currency"]]


def _unit(match: re.Match[str]) -> str:
    unit = UNITS[match["unit"]]
    plain = match["n"] == "2" and unit not in ("摄氏度", "华氏度", "度", "安", "伏")
    return ("两" if plain else number(match["n"])) + unit


def _plain(match: re.Match[str]) -> str:
    text = match.group()
    whole = text.partition(".")[0]
    as_code = len(whole) >= 8 or (len(whole) > 1 and whole[0] == "0")
    if as_code and "," not in text:
        return "点".join(digits(part) for part in text.split("."))
    return number(text)


def _rule(pattern: str, replace: Callable[[re.Match[str]], str | None]) -> Rule:
    return re.compile(pattern), replace


RULES: tuple[Rule, ...] = (
    _rule(r"[0-9]{17,}", lambda m: digits(m[0])),
    # addresses
    _rule(r"(?<![A-Za-z0-9.+_-])[A-Za-z0-9.+_-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", _url),
    _rule(r"(?<![A-Za-z])(?:https?|ftp)://[!-~]+", _url),
    _rule(
        r"(?<![A-Za-z0-9.-])(?:[A-Za-z0-9-]+\.)+(?:com|cn|org|net|edu|gov|io|ai|tv|me)(?![A-Za-z0-9])(?:/[A-Za-z0-9/_.%-]*)?",
        _url,
    ),
    # dates and times
    _rule(rf"{_START}(?P<year>[12][0-9]{{3}})([-/.])(?P<month>[0-9]{{1,2}})\2(?P<day>[0-9]{{1,2}})(?![0-9])日?", _date),
    _rule(
        rf"{_START}(?P<year>[12][0-9]{{3}})[-/](?P<month>0[1-9]|1[0-2])(?![0-9/:-])",
        lambda m: f"{digits(m['year'])}年{cardinal(m['month'])}月",
    ),
    _rule(
        rf"{_START}(?P<a>[12][0-9]{{3}})\s?[-~至到]\s?(?P<b>[12][0-9]{{3}})(?=\s?年)",
        lambda m: f"{digits(m['a'])}到{digits(m['b'])}",
    ),
    _rule(r"(?<=:[0-9]{2})(?P<v>\s?[-~]\s?)(?=[0-9]{1,2}:[0-9]{2})", lambda m: "到"),
    _rule(rf"{_START}(?P<v>[0-9]{{4}})\s?(?=年(?P<after>.?))", _year),
    _rule(rf"{_START}(?P<v>[12][0-9]{{3}})(?=款|届|版|财年|赛季|世界杯|奥运)", lambda m: digits(m[0])),
    _rule(r"(?:比分|战胜|击败|以|胜|负|平|战成)(?:[是为了]{0,2})(?P<v>[0-9]{1,3}[:-][0-9]{1,3})(?![0-9:])",
          lambda m: "比".join(cardinal(part) for part in re.split("[:-]", m["v"]))),
    _rule(
        r"(?<![0-9:.])(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?(?![0-9:])"
        r"(?:\s?(?P<half>[aApP]\.?[mM]\.?)(?![A-Za-z]))?",
        _time,
    ),
    _rule(r"(?<![0-9:.])(?P<hour>1?[0-9])(?P<minute>)(?P<second>)\s?(?P<half>[aApP][mM])(?![A-Za-z])",
          lambda m: f"{_half_day(m['half'])}{_hour(m['hour'])}点"),
    # telephones and codes
    _rule(r"(?<![0-9])(?:\+?86[- ]?)?(?P<v>1[3-9][0-9]([- ]?)[0-9]{4}\2[0-9]{4})(?![0-9])",
          lambda m: code(re.sub("[- ]", "", m["v"]))),
    _rule(r"(?<![0-9-])(?:0[0-9]{2,3}-[0-9]{7,8}(?:-[0-9]{1,5})?|[48]00-[0-9]{3,4}-[0-9]{3,4})(?![0-9-])",
          lambda m: code(m[0].replace("-", ""))),
    _rule(rf"(?:{_DIALLED})[是为:：]?\s?(?P<v>[0-9]{{3,}})(?![0-9.])", lambda m: code(m["v"])),
    _rule(rf"(?:{_NUMBERED})[是为:：]{{0,2}}\s?(?P<v>[0-9]{{2,}})(?![0-9.])", lambda m: digits(m["v"])),
    _rule(rf"{_START}(?P<v>[0-9]{{3,4}})(?=号?房|室|会议室|路公|路车)", lambda m: code(m["v"])),
    _rule(r"(?<![0-9-])[0-9]+(?:-[0-9]+){2,}(?![0-9-])", lambda m: "杠".join(digits(p) for p in m[0].split("-"))),
    _rule(r"(?<![0-9.])[0-9]{1,8}(?:\.[0-9]{1,8}){2,}",
          lambda m: "点".join(digits(p) if len(p) > 2 else cardinal(p) for p in m[0].split("."))),
    # ranges, ratios, fractions, signs
    _rule(r"(?<=[0-9%‰℃元])(?P<v>-|\s-\s|\s?~\s?)(?=[0-9]+[^=]|[0-9]+$)", lambda m: "到"),
    _rule(rf"(?<=[0-9])(?P<v>(?:{_UNIT})\s?[-~]\s?)(?={_NUMBER}(?:{_UNIT})(?![A-Za-z]))",
          lambda m: UNITS[re.sub(r"\s?[-~]\s?$", "", m["v"])] + "到"),
    _rule(rf"(?<![0-9.:/])(?P<a>[0-9]{{1,4}})/(?P<b>[0-9]{{1,4}})(?![0-9/.])(?!\s?(?:{_UNIT})(?![A-Za-z]))",
          lambda m: f"{cardinal(m['b'])}分之{cardinal(m['a'])}"),
    _rule(rf"{_START}(?P<a>[0-9]{{1,4}}):(?P<b>[0-9]{{1,4}})(?![0-9:])",
          lambda m: f"{number(m['a'])}比{number(m['b'])}"),
    _rule(rf"(?P<v>-)(?=(?:{_NUMBER})[)）]?=)", lambda m: "减"),
    _rule(r"(?<![0-9A-Za-z)-])(?P<v>-)(?=[0-9])", lambda m: "负"),
    _rule(r"(?<![0-9A-Za-z)²³])(?P<v>\+)(?=[0-9])", lambda m: "正"),
    # quantities
    _rule(rf"(?P<n>{_START}{_NUMBER})(?P<sign>[%‰])",
          lambda m: ("百分之" if m["sign"] == "%" else "千分之") + number(m["n"])),
    _rule(rf"(?P<currency>{_CURRENCY})\s?(?P<n>{_NUMBER})(?P<scale>[千百]?[万亿])?元?", _money),
    _rule(rf"(?P<n>{_START}{_NUMBER})\s?(?P<scale>[万亿])?(?P<currency>{_CURRENCY})(?![A-Za-z])", _money),
    _rule(rf"(?P<n>{_START}(?<![A-Za-z0-9-]){_NUMBER})\s?(?P<unit>{_UNIT})(?![A-Za-z0-9²³])", _unit),
    _rule(rf"(?<=[0-9{_HAN}])/(?P<unit>{_UNIT})(?![A-Za-z])", lambda m: "每" + UNITS[m["unit"]]),
    _rule(rf"(?<=[0-9)²³{_HAN}])\s?(?P<v>[{_SIGNS}])(?=\s?[-0-9])", lambda m: SYMBOLS[m["v"]]),
    _rule(r"(?<=[0-9A-Za-z)²³])(?P<v>\s?[=+]\s?)(?=[A-Za-z0-9(-])", lambda m: SYMBOLS[m["v"].strip()]),
    _rule(r"(?<=[=0-9A-Za-z)²³])(?P<v>÷)", lambda m: "除以"),
    _rule(r"(?P<v>[<>≤≥≠≈±])(?=\s?[0-9])", lambda m: SYMBOLS[m["v"]]),
    _rule(r"(?<=[0-9A-Za-z])[²³]", lambda m: "平方" if m[0] == "²" else "立方"),
    # ordinals, Roman numerals
    _rule(r"第\s?(?P<v>[0-9]{1,8})(?![0-9.])", lambda m: cardinal(m["v"])),
    _rule(rf"(?:第|(?<=[{_HAN}]))(?P<v>[IVXL]{{1,6}})(?![A-Za-z0-9])", _roman),
    # letters with digits, 两, and what is left
    _rule(r"(?<![A-Za-z0-9])[A-Za-z]*[A-Z]{2} (?P<v>[0-9]{3,5})(?![0-9.])", lambda m: digits(m["v"])),
    _rule(r"(?<![A-Za-z0-9])(?P<letters>[A-Za-z]{1,20})-?(?P<figures>[0-9]{1,16})(?![0-9.])", _letters_and_digits),
    _rule(rf"{_START}(?P<v>2)\s?(?=(?:到[0-9]+)?(?!{_choice(NOT_MEASURES)})(?:{_choice(MEASURES)}))", lambda m: "两"),
    _rule(rf"(?<=[0-9{_HAN}])\s?(?P<v>&)\s?", lambda m: "和"),
    _rule(r"(?<=[A-Za-z])\s?&\s?(?=[A-Za-z])", lambda m: " and "),
    _rule(_NUMBER, _plain),
)  # fmt: skip
"""The order matters: what is recognized by more context comes first."""
