"""How signs between and before numbers, letters and words are read in Chinese."""

from __future__ import annotations

import re

from edge_tts.text.normalization import emoji
from edge_tts.text.normalization.amounts import PREFIXED_MONEY
from edge_tts.text.normalization.dashes import DASHES
from edge_tts.text.normalization.numerals import FRACTIONS, cardinal, code, digits, number
from edge_tts.text.normalization.rules import GREEK, HAN, HAN_OR_DIGIT, LETTER, Rule, after, before, choice, rule
from edge_tts.text.normalization.units import CURRENCIES, OPERATORS, PER, SYMBOLS, UNITS

_OPERAND = r"[-√(]?[\w(]"
_ENDS = r"[0-9A-Za-z%‰°℃²³)\]元块万亿千百个次人分岁度斤米" + "]"
_UNIT = choice(UNITS)
_BEFORE_POINT = r"(?:^|[^\w.)]|[^0-9A-Za-z.][-+])"


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
    left = "，" if re.search(rf"[\w{emoji.PICTURE}]\s?$", before(match)) else ""
    return left + named + ("，" if re.match(r"\s?\w", after(match)) else "")


_NAMED: tuple[Rule, ...] = (
    rule(f"[{GREEK}]{{1,2}}(?![{GREEK}])", lambda m: "".join(emoji.greek(one, "zh") for one in m[0])),
    rule(f"[{''.join(SYMBOLS)}]", lambda m: SYMBOLS[m[0]]),
    rule(emoji.SEQUENCE, _picture),
)
"""Letters, symbols and pictures that are read wherever they stand."""

SIGN_RULES: dict[str, tuple[Rule, ...]] = {
    "".join(sorted({sign[0] for sign in CURRENCIES if not sign[0].isalpha()})): (PREFIXED_MONEY,),
    "-~": DASHES,
    "+": (
        rule(r"\+86[- ]?(?=1[3-9][0-9]|[0-9]{2,3}[- ][0-9]{3,4})", lambda m: "加八六"),
        rule(
            r"\+(?P<country>[0-9]{1,3})[- ](?P<rest>\(?[0-9]{1,4}\)?(?:[- ][0-9]{2,5}){1,4})(?![0-9])",
            lambda m: "加" + digits(m["country"]) + code(re.sub("[^0-9]", "", m["rest"])),
            left=r"^|[^0-9A-Za-z)]",
        ),
        rule(r"\+(?P<n>[0-9]{1,3})(?=[- ][0-9])", lambda m: "加" + digits(m["n"]), left=r"^|[^0-9A-Za-z)]"),
        rule(r"\+(?=[¥$€£]\s?[0-9])", lambda m: "正", left=r"^|[^\w)]"),
        rule(r"\+(?=[0-9])", lambda m: "正", left=r"^|[^0-9A-Za-z)²³=%+万亿]"),
        rule(
            rf"\+(?!\+)\s?(?={_OPERAND})",
            _operator,
            left=rf"(?:[)%]|{HAN_OR_DIGIT}|(?:^|[^A-Za-z])[A-Za-z]|[A-Z])\s?",
        ),
        rule(r"\+(?![+0-9A-Za-z])", _operator, left=r"[0-9A-Zw万亿千百岁%‰]"),
    ),
    "".join(FRACTIONS): (
        rule(f"[{''.join(FRACTIONS)}]", lambda m: "{1}分之{0}".format(*map(cardinal, FRACTIONS[m[0]]))),
    ),
    "²³": (
        rule(r"[²³]", lambda m: "的平方" if m[0] == "²" else "的立方", left="(?:^|[^A-Za-z])[0-9]{1,8}"),
        rule(r"[²³]", lambda m: "平方" if m[0] == "²" else "立方", left=f"[0-9{LETTER})米里]"),
    ),
    "^": (
        rule(
            rf"\^\s?\(?(?P<n>-?[0-9]{{1,4}}|[a-z](?![A-Za-z]))\)?(?:\s?(?P<unit>{_UNIT})(?![A-Za-z0-9²³]))?",
            _power,
            left=f"[0-9{LETTER})]",
        ),
    ),
    "<>": (
        rule(r"(?:<=|>=|!=|==)\s?(?=[-0-9A-Za-z(])", _operator, left=r"(?:^|[\s,，:\w()])\s?"),
        rule(
            rf"[<>]\s?(?={_OPERAND})",
            _operator,
            left=rf"(?:^|[\s,，:()|%℃]|{HAN_OR_DIGIT}|(?:^|[^A-Za-z/])[A-Za-z])\s?",
        ),
    ),
    "=": (
        rule(r"(?:<=|>=|!=|==)\s?(?=[-0-9A-Za-z(])", _operator, left=r"(?:^|[\s,，:\w()])\s?"),
        rule(r"=>\s?", lambda m: "到", left=r"[\w%]\s?"),
        rule(rf"[=≈≠≤≥±]\s?(?={_OPERAND}|[?？]|$)", _operator),
    ),
    "≈≠≤≥±": (rule(rf"[=≈≠≤≥±]\s?(?={_OPERAND}|$)", _operator),),
    "→↔⇄⇌": (
        rule(r"[→↔⇄⇌]\s?", lambda m: "到", left=r"[\w%]\s?"),
        *_NAMED,
    ),
    "×÷": (rule(rf"[×÷]\s?(?={_OPERAND})", _operator),),
    "*": (rule(r"\*\s?(?=[-0-9(]|[a-z](?![A-Za-z]))", _operator, left=r"(?:[0-9)²³]|(?:^|[^A-Za-z])[a-z])\s?"),),
    "√": (
        rule(rf"√\s?(?=[0-9{LETTER}(])", lambda m: "根号"),
        *_NAMED,
    ),
    "/": (
        rule("/(?=1[3-9][0-9]{9})", lambda m: "、", left="[0-9]{8}"),
        rule("/(?=[0-9]{1,2}次)", lambda m: "杠", left="[GDCZTK][0-9]{1,4}"),
        rule(r"/\s?(?=[0-9a-z](?![A-Za-z]))", lambda m: "除以", left=r"(?:[)²³]|(?:^|[^A-Za-z])[a-z])\s?"),
        rule(rf"/(?=[0-9]{{0,3}}(?:{PER}))", lambda m: "每", left=rf"[0-9]\s?(?:{_UNIT})"),
        rule(rf"/(?P<unit>{_UNIT})(?![A-Za-z])", lambda m: "每" + UNITS[m["unit"]], left=HAN),
        rule(
            rf"/(?=[0-9]{{0,3}}(?:{PER}))",
            lambda m: "每",
            left=r"[0-9元块角分次人个件米克斤吨里升卡度瓦焦只台万亿步字帧张页条杯瓶粒片%‰]",
        ),
        rule(rf"/(?={HAN})", lambda m: "、", left=HAN),
        rule(r"/(?=1[12][0-9](?![0-9]))", lambda m: "、", left="(?:^|[^0-9])1[12][0-9]"),
        rule(r"/(?=[0-9])", lambda m: "杠", left="[0-9]"),
        rule(r"/(?=[0-9])", lambda m: "", left=rf"[0-9]\s?(?:{_UNIT})"),
    ),
    "&": (
        rule(rf"&\s?(?={HAN_OR_DIGIT})", lambda m: "和", left=r"\w\s?"),
        rule(
            r"&\s?(?=[A-Za-z])",
            lambda m: " and " if before(m).rstrip()[-1:].isascii() else "和",
            left=r"\w\s?",
        ),
    ),
    "@": (rule(r"@(?=\w)", lambda m: "艾特"),),
    "#": (rule(r"#\s?(?P<n>[0-9]{1,4})(?![0-9#A-Za-z])", lambda m: cardinal(m["n"]) + "号"),),
    "§": (
        rule(
            r"§\s?(?P<n>[0-9]{1,3}(?:\.[0-9]{1,3}){0,3})(?![0-9])",
            lambda m: "第" + "点".join(map(cardinal, m["n"].split("."))) + "节",
        ),
    ),
    "№": (rule(r"№\s?(?P<n>[0-9]{1,6})", lambda m: "第" + cardinal(m["n"])),),
    ".": (rule(r"\.(?=[0-9])", lambda m: "零点", left=_BEFORE_POINT),),
    "★☆": (
        rule(r"[★☆]", lambda m: "星", left="[0-9]"),
        *_NAMED,
    ),
    "℃℉": (rule(r"[℃℉]", lambda m: UNITS[m[0]], left=HAN_OR_DIGIT),),
    "": _NAMED,
}
"""Rules for text that starts with a sign, by that sign; "" has those for all other signs."""
