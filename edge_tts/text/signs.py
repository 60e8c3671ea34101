"""How signs between and before numbers, letters and words are read in Chinese."""

from __future__ import annotations

import re

from edge_tts.text import emoji
from edge_tts.text.amounts import PREFIXED_MONEY, is_falling
from edge_tts.text.numerals import FRACTIONS, cardinal, digits, number
from edge_tts.text.rules import GREEK, HAN, LETTER, NUMBER, Rule, after, before, choice, rule
from edge_tts.text.units import OPERATORS, PER, SYMBOLS, UNITS

_DEGREES = r"(?:\s?(?:℃|°|℉|度|摄氏))"
_OPERAND = rf"[-√(]?[0-9{LETTER}({HAN}]"
_ENDS = r"[0-9A-Za-z%‰°℃²³)\]元块万亿千百个次人分岁度斤米" + "]"
_UNIT = choice(UNITS)
_SERIES = "[歼苏运直轰]|东风|长征|嫦娥|神舟|天问|天宫|玉兔|红旗|巨浪|鹰击"
_DATED = "[年月日号点时分秒周期]"


def _dash(match: re.Match[str]) -> str:
    """Read a dash between numbers: as 减 where it can't be a range."""
    left, right = before(match), after(match)
    equation = re.match(r"[0-9.]{1,12}\s?[)）]?\s?[=<>≈≠≤≥+×÷*]|[0-9]{1,6}[a-z](?![A-Za-z])", right) or re.search(
        r"[+×÷*=^][0-9.]{1,10}$", left
    )
    if equation and not re.search(r":[0-9]{2}$", left):
        return "减"
    return "减" if match[0].strip() == "-" and is_falling(match) else "到"


def _minus(match: re.Match[str]) -> str:
    cold = re.match(rf"{NUMBER}(?:\s?(?:[-~至到]|到)\s?-?{NUMBER})?{_DEGREES}", match.string[match.end() :][:40])
    return "零下" if cold else "负"


def _operator(match: re.Match[str]) -> str:
    return OPERATORS[match[0].strip()]


def _power(match: re.Match[str]) -> str:
    power, unit = match["n"], match["unit"]
    return f"的{power if power.isalpha() else number(power)}次方{UNITS[unit] if unit else ''}"


def _picture(match: re.Match[str]) -> str | None:
    """Read the name of a picture, set off from the words around it."""
    named = emoji.name(match["picture"], "zh")
    if named is None:
        return None
    left = "，" if re.search(rf"[0-9A-Za-z{HAN}{emoji.PICTURE}]\s?$", before(match)) else ""
    return left + named + ("，" if re.match(rf"\s?[0-9A-Za-z{HAN}]", after(match)) else "")


SIGN_RULES: tuple[Rule, ...] = (
    PREFIXED_MONEY,
    rule(r"\+86[- ]?(?=1[3-9][0-9])", lambda m: "加八六"),
    rule(r"\+(?P<n>[0-9]{1,3})(?=[- ][0-9])", lambda m: "加" + digits(m["n"]), left=r"^|[^0-9A-Za-z)]"),
    rule("[½⅓⅔¼¾⅕⅛]", lambda m: "{1}分之{0}".format(*map(cardinal, FRACTIONS[m[0]]))),
    # powers
    rule(r"[²³]", lambda m: "的平方" if m[0] == "²" else "的立方", left="(?:^|[^A-Za-z])[0-9]{1,8}"),
    rule(r"[²³]", lambda m: "平方" if m[0] == "²" else "立方", left=f"[0-9{LETTER})米里]"),
    rule(
        rf"\^\s?\(?(?P<n>-?[0-9]{{1,4}}|[a-z](?![A-Za-z]))\)?(?:\s?(?P<unit>{_UNIT})(?![A-Za-z0-9²³]))?",
        _power,
        left=f"[0-9{LETTER})]",
    ),
    # ranges and minus
    rule(r"-(?=[0-9])", lambda m: "", left=rf"[A-Za-z]-?[0-9]{{1,5}}|{_SERIES}"),
    rule(r"(?:--|~~|[-~])\s?(?=[0-9.])", _dash, left=r"[0-9%‰℃℉°]\s?"),
    rule(r"(?:--|~~|[-~])\s?(?=[-+][0-9])", lambda m: "到" if m[0][0] == "~" else "减", left=r"[0-9%‰℃℉°]\s?"),
    rule(
        r"(?:--|~~|[-~])\s?(?=[0-9])",
        lambda m: "到",
        left=rf"[0-9]\s?(?:{_UNIT}|[年月日号点时分秒元块万亿千百度米里岁天个周级层楼页章斤吨人次倍折])\s?",
    ),
    rule(
        rf"(?:--|~~|[-~])\s?(?=上午|下午|晚上|中午|凌晨|次日|周|星期|[一二三四五六七八九十]{{1,3}}{_DATED})",
        lambda m: "到",
        left=rf"(?:[0-9]|{_DATED}|[周期][一二三四五六日])",
    ),
    rule(r"(?:--|~~|[-~])\s?(?=[¥$€£][0-9])", lambda m: "到", left=r"[0-9元万亿]\s?"),
    rule(r"-\s?(?=[0-9])", lambda m: "减", left=r"[)²³]\s?|(?:^|[^A-Za-z])[a-z]\s?"),
    rule(r"-\s?(?=[a-z](?![A-Za-z]))", lambda m: "减", left=r"(?:[0-9)²³]|(?:^|[^A-Za-z-])[a-z])\s?"),
    rule(r"-(?=[0-9])", _minus, left=r"^|[^0-9A-Za-z)-]"),
    rule(r"-(?=[A-Za-z](?![A-Za-z]))", lambda m: "负", left=r"[=(<>]\s?"),
    rule(r"\+(?=[0-9])", lambda m: "正", left=r"^|[^0-9A-Za-z)²³=%+万亿]"),
    # operators
    rule(r"(?:<=|>=|!=|==)\s?(?=[-0-9A-Za-z(])", _operator, left=rf"(?:^|[\s,，:0-9{LETTER}({HAN})])\s?"),
    rule(r"(?:->|=>|→)\s?", lambda m: "到", left=rf"[0-9A-Za-z%{HAN}]\s?"),
    rule(rf"[=≈≠≤≥±]\s?(?={_OPERAND}|$)", _operator),
    rule(
        rf"[<>]\s?(?={_OPERAND})", _operator, left=rf"(?:^|[\s,，:(0-9)²³%元℃{HAN}{GREEK}]|(?:^|[^A-Za-z/])[A-Za-z])\s?"
    ),
    rule(
        rf"\+(?!\+)\s?(?={_OPERAND})",
        _operator,
        left=rf"(?:[0-9)²³%元{GREEK}]|(?:^|[^A-Za-z])[A-Za-z]|[A-Z]|[{HAN}])\s?",
    ),
    rule(r"\+(?![+0-9A-Za-z])", _operator, left=r"[0-9A-Zw万亿千百岁]"),
    rule(rf"[×÷]\s?(?={_OPERAND})", _operator),
    rule(r"\*\s?(?=[-0-9(]|[a-z](?![A-Za-z]))", _operator, left=r"(?:[0-9)²³]|(?:^|[^A-Za-z])[a-z])\s?"),
    rule(rf"√\s?(?=[0-9{LETTER}(])", lambda m: "根号"),
    rule(r"/\s?(?=[0-9a-z](?![A-Za-z]))", lambda m: "除以", left=r"(?:[)²³]|(?:^|[^A-Za-z])[a-z])\s?"),
    # per, and, about
    rule(rf"/(?=[0-9]{{0,3}}(?:{PER}))", lambda m: "每", left=rf"[0-9]\s?(?:{_UNIT})"),
    rule(rf"/(?P<unit>{_UNIT})(?![A-Za-z])", lambda m: "每" + UNITS[m["unit"]], left=rf"[{HAN}]"),
    rule(
        rf"/(?=[0-9]{{0,3}}(?:{PER}))",
        lambda m: "每",
        left=r"[0-9元块角分次人个件米克斤吨里升卡度瓦焦只台万亿步字帧张页条杯瓶粒片]",
    ),
    rule(rf"/(?=[{HAN}])", lambda m: "、", left=f"[{HAN}]"),
    rule(r"/(?=[0-9])", lambda m: "杠", left="[0-9]"),
    rule(r"/(?=[0-9])", lambda m: "", left=rf"[0-9]\s?(?:{_UNIT})"),
    rule(rf"&\s?(?=[0-9{HAN}])", lambda m: "和", left=rf"[0-9A-Za-z{HAN}]\s?"),
    rule(
        r"&\s?(?=[A-Za-z])",
        lambda m: " and " if before(m).rstrip()[-1:].isascii() else "和",
        left=rf"[0-9A-Za-z{HAN}]\s?",
    ),
    rule(r"~\s?(?=[0-9])", lambda m: "约", left=r"^|[^0-9A-Za-z]"),
    # marks before a number or a name
    rule(rf"@(?=[0-9A-Za-z_{HAN}])", lambda m: "艾特"),
    rule(r"#\s?(?P<n>[0-9]{1,4})(?![0-9#A-Za-z])", lambda m: cardinal(m["n"]) + "号"),
    rule(
        r"§\s?(?P<n>[0-9]{1,3}(?:\.[0-9]{1,3}){0,3})(?![0-9])",
        lambda m: "第" + "点".join(map(cardinal, m["n"].split("."))) + "节",
    ),
    rule(r"№\s?(?P<n>[0-9]{1,6})", lambda m: "第" + cardinal(m["n"])),
    rule(r"[★☆]", lambda m: "星", left="[0-9]"),
    rule(r"[℃℉]", lambda m: UNITS[m[0]], left=f"[0-9{HAN}]"),
    # letters, symbols and pictures
    rule(f"[{GREEK}]{{1,2}}(?![{GREEK}])", lambda m: "".join(emoji.greek(one, "zh") for one in m[0])),
    rule(f"[{''.join(SYMBOLS)}]", lambda m: SYMBOLS[m[0]]),
    rule(emoji.SEQUENCE, _picture),
)
"""For what starts with a sign."""
