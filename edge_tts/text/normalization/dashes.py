"""How dashes and tildes are read in Chinese: as a range, as minus or below zero, or not at all."""

from __future__ import annotations

import re

from edge_tts.text.normalization.amounts import is_falling
from edge_tts.text.normalization.rules import HAN, NUMBER, Rule, after, before, choice, rule
from edge_tts.text.normalization.units import UNITS

_UNIT = choice(UNITS)
_DEGREES = r"(?:\s?(?:℃|°|℉|度|摄氏))"
_SERIES = "[歼苏运直轰]|东风|长征|嫦娥|神舟|天问|天宫|玉兔|红旗|巨浪|鹰击"
_DATED = "[年月日号点时分秒周期]"
_ERA = "公元|西元|民国|今年|明年|去年|后年|前年|次[年月]|同年|现在|现今|今天|明天|后天|次日|翌日|如今|目前|当前"
_LATER = (
    rf"{_ERA}|上午|下午|晚上|中午|凌晨|早上|傍晚|午夜|[早晚夜](?=[0-9])|周|星期|礼拜|[春夏秋冬][季天]|[上下本][周月]|第[0-9]"
    rf"|[一二三四五六七八九十]{{1,3}}{_DATED}"
)
"""What a range of dates or times may end with, beside a figure."""


def _dash(match: re.Match[str]) -> str:
    """Read a dash between numbers: as 减 where it can't be a range."""
    left, right = before(match), after(match)
    equation = re.match(
        r"[0-9./]{1,12}[%‰]?\s?[)）]?\s?[=<>≈≠≤≥+×÷*]|[0-9]{1,6}[abcnpqrxyz](?![A-Za-z])", right
    ) or re.search(r"[+×÷*=^][0-9.]{1,10}$", left)
    if equation and not re.search(r":[0-9]{2}$", left):
        return "减"
    return "减" if match[0].strip() == "-" and is_falling(match) else "到"


def _series(match: re.Match[str]) -> str | None:
    """Read the dash of A1-A5 as a range, where both have the same letter."""
    left = re.search(r"([A-Za-z])([0-9]{1,4})$", before(match))
    right = re.match(r"([A-Za-z])([0-9]{1,4})", after(match))
    return "到" if left and right and left[1] == right[1] and int(left[2]) < int(right[2]) else None


def _same_unit(match: re.Match[str]) -> str | None:
    """Read the dash of 8公里-10公里: to, where both numbers have the same unit."""
    left = re.search(rf"[0-9]\s?({HAN}{{1,4}})\s?$", before(match))
    return "到" if left and re.match(rf"[0-9.,]{{1,9}}\s?{left[1]}", after(match)) else None


def _minus(match: re.Match[str]) -> str:
    cold = re.match(rf"{NUMBER}(?:\s?(?:[-~至到]|到)\s?-?{NUMBER})?{_DEGREES}", match.string[match.end() :][:40])
    return "零下" if cold else "负"


DASHES: tuple[Rule, ...] = (
    rule(r"[-~](?=[0-9])", lambda m: "到", left=r"[0-9]\s?(?:[aApP]\.?[mM]\.?|[kKwW])\s?"),
    rule(r"(?:--|~~|[-~])\s?(?=至今|至)", lambda m: "", left=rf"(?:[0-9]|{_DATED})\s?"),
    rule("[-~](?=No)", lambda m: "到", left=r"[0-9]\s?"),
    rule("-(?=[0-9])", lambda m: "杠", left=r"(?:波音|空客A?)\s?[0-9]{3}"),
    rule(r"-(?=[0-9])", lambda m: "", left=rf"[A-Za-z]-?[0-9]{{1,5}}(?:\.[0-9]{{1,2}})?|{_SERIES}"),
    rule(r"(?:--|~~|[-~])\s?(?=[0-9.])", _dash, left=r"[0-9%‰℃℉°]\s?"),
    rule(r"(?:--|~~|[-~])\s?(?=[-+][0-9])", lambda m: "到" if m[0][0] == "~" else "减", left=r"[0-9%‰℃℉°]\s?"),
    rule(
        r"(?:--|~~|[-~])\s?(?=[0-9])",
        lambda m: "到",
        left=rf"[0-9]\s?(?:{_UNIT}|[年月日号点时分秒元块万亿千百度米里岁天个周级层楼页章斤吨人次倍折])\s?",
    ),
    rule(r"(?:--|~~|[-~])\s?(?=[0-9])", _same_unit, left=rf"{HAN}\s?"),
    rule("-(?=[A-Za-z][0-9])", _series, left="[A-Za-z][0-9]{1,4}"),
    rule(
        rf"(?:--|~~|[-~])\s?(?={_LATER})",
        lambda m: "到",
        left=rf"(?:[0-9]|{_DATED}|[周期拜][一二三四五六日]|今[天年]|[春夏秋冬][季天]|[午晚]上?)\s?",
    ),
    rule(r"(?:--|~~|[-~])\s?(?=[¥$€£][0-9])", lambda m: "到", left=r"[0-9元万亿]\s?"),
    rule(r"-\s?(?=[0-9])", lambda m: "减", left=r"[)²³]\s?|(?:^|[^A-Za-z])[a-z]\s?"),
    rule(r"-\s?(?=[a-z](?![A-Za-z]))", lambda m: "减", left=r"(?:[0-9)²³]|(?:^|[^A-Za-z-])[a-z])\s?"),
    rule(r"-(?=[¥$€£]\s?[0-9])", lambda m: "负", left=r"^|[^\w)-]"),
    rule(r"-(?=\.?[0-9])", _minus, left=r"^|[^0-9A-Za-z)-]"),
    rule(r"-(?=[A-Za-z](?![A-Za-z]))", lambda m: "负", left=r"[=(<>]\s?"),
    rule(r"~\s?(?=[0-9])", lambda m: "约", left=r"^|[^0-9A-Za-z]"),
    rule(r"->\s?", lambda m: "到", left=r"[\w%]\s?"),
)
"""Rules for text that starts with - or ~."""
