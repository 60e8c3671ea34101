"""How numbers and signs are read in English sentences, a table per class."""

from __future__ import annotations

import re

from edge_tts.text.normalization import emoji
from edge_tts.text.normalization.english_numbers import cardinal, digits, minutes, number, ordinal, plural, roman, year
from edge_tts.text.normalization.english_units import CURRENCIES, MONTHS, OPERATORS, PARTS, SHORT_MONTHS, UNITS
from edge_tts.text.normalization.numerals import FRACTIONS
from edge_tts.text.normalization.rules import GREEK, NUMBER, Reader, Rule, Table, choice, rule

_UNIT = choice(UNITS)
_CURRENCY = choice(CURRENCIES)
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.?"
)
_MONTH_OR_DAY = (
    r"(?:(?:January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul"
    r"|Aug|Sept?|Oct|Nov|Dec|Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)\.?)"
)
_ENDED = r"(?:[0-9]|BCE?|CE|AD|[ap]\.?m\.?|AM|PM)\s?"
"""What the first time or year of a range ends with."""
_YEAR = "(?:1[1-9]|20)[0-9]{2}"
_BARE = r"^|[^0-9.A-Za-z]"
_SCALE = r"(?:\s?(?P<scale>million|billion|trillion|thousand)(?![a-z])|(?P<letter>[KMBk])(?![A-Za-z]))?"
_SCALES = {"K": " thousand", "k": " thousand", "M": " million", "B": " billion"}


def _spaced(pattern: str, read: Reader, left: str = "") -> Rule:
    return rule(pattern, lambda match: None if (words := read(match)) is None else f" {words} ", left)


def _day(month: str, day: str) -> str | None:
    return f"{MONTHS[int(month) - 1]} {ordinal(int(day))}" if 1 <= int(month) <= 12 and 1 <= int(day) <= 31 else None


def _date(match: re.Match[str]) -> str | None:
    day = _day(match["month"], match["day"])
    return day and f"{day} {year(match['year'])}"


def _time(match: re.Match[str]) -> str | None:
    hour, minute, second, half = int(match["hour"]), match["minute"], match["second"], match["half"]
    if hour > 24 or int(minute) > 59:
        return None
    tail = "" if int(minute) == 0 and half else "o'clock" if int(minute) == 0 else minutes(minute)
    words = f"{cardinal(hour)} {tail}" + (f" and {number(str(int(second)))} seconds" if second else "")
    return words + _half_day(half)


def _half_day(half: str | None) -> str:
    return f" {half[0].upper()} M" if half else ""


def _money(match: re.Match[str]) -> str:
    singular, many, cent = CURRENCIES[match["currency"]]
    scale = match["scale"] or _SCALES.get(match["letter"] or "", "").strip()
    whole, _, cents = match["n"].partition(".")
    if scale or len(cents) != 2 or not cent:
        return f"{number(match['n'])} {scale} {singular if match['n'] == '1' and not scale else many}"
    words = f"{number(whole)} {singular if whole == '1' else many}"
    if not int(cents):
        return words
    return f"{words} and {cardinal(int(cents))} {cent if int(cents) == 1 or cent == 'pence' else plural(cent)}"


def _unit(match: re.Match[str]) -> str:
    singular, many = UNITS[match["unit"]]
    return f"{number(match['n'])} {singular if match['n'] == '1' else many}"


def _parts(above: str, below: str) -> str:
    name = PARTS.get(below, ordinal(int(below)) if int(below) > 1 else "over one")
    if above == "1":
        return f"one {name}"
    return f"{number(above)} {'halves' if name == 'half' else plural(name) if int(below) > 2 else name}"


def _power(match: re.Match[str]) -> str:
    power = match["n"]
    return "to the power of " + ("minus " if power[0] == "-" else "") + number(power.lstrip("-"))


def _address(match: re.Match[str]) -> str:
    text = re.sub(r"^[A-Za-z]+://", "", match[0]).rstrip("/")
    for sign, word in (
        (".", "dot"),
        ("@", "at"),
        ("/", "slash"),
        ("-", "dash"),
        ("_", "underscore"),
        ("?", "question mark"),
        ("=", "equals"),
        ("&", "and"),
        (":", "colon"),
        ("%", "percent"),
        ("#", "hash"),
        ("+", "plus"),
    ):
        text = text.replace(sign, f" {word} ")
    text = text.replace("www", "WWW")
    return re.sub(r"[0-9]+", lambda run: f" {digits(run[0])} ", text)


def _model(match: re.Match[str]) -> str:
    figures = match["figures"]
    as_code = len(figures.partition(".")[0]) > 2 or figures[0] == "0"
    return f"{match['letters']} {digits(figures) if as_code and '.' not in figures else number(figures)}"


_ADDRESSES: tuple[Rule, ...] = (
    _spaced(r"[A-Za-z0-9_][A-Za-z0-9.+_-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}", _address),
    _spaced(r"(?:https?|ftp)://[!-~]*[!-+\--~/]", _address),
    _spaced(
        r"(?:[A-Za-z0-9-]{1,63}\.){1,6}(?:com|cn|org|net|edu|gov|io|ai|dev|uk|de|co)(?![A-Za-z0-9-])"
        r"(?:/[A-Za-z0-9/_.%?=&#~+-]{0,200}[A-Za-z0-9/_=])?",
        _address,
        left="^|[^A-Za-z0-9.-]",
    ),
)
_DATES: tuple[Rule, ...] = (
    _spaced(
        rf"(?P<year>{_YEAR})(?P<by>[-/.])(?P<month>[0-9]{{1,2}})(?P=by)(?P<day>[0-9]{{1,2}})(?![0-9-]|\.[0-9])",
        _date,
        _BARE,
    ),
    _spaced(r"(?P<month>[0-9]{1,2})/(?P<day>[0-9]{1,2})/(?P<year>(?:19|20)[0-9]{2})(?![0-9/])", _date, _BARE),
    _spaced(r"[0-9]{1,2}(?![0-9.:%])(?=,? |$|[.,!?])", lambda m: ordinal(int(m[0])), left=rf"{_MONTH} "),
    _spaced(rf"[0-9]{{1,2}}(?= {_MONTH})", lambda m: ordinal(int(m[0])), _BARE),
    _spaced(r"(?:1[1-9]|20)[0-9]0s", lambda m: plural(year(m[0][:4])), _BARE),
    _spaced(r"[2-9]0s(?![A-Za-z])", lambda m: plural(cardinal(int(m[0][:2]))), r"(?:the |')"),
    _spaced(
        r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?(?![0-9:])"
        r"(?:\s?(?P<half>[aApP]\.?[mM]\.?)(?![A-Za-z]))?",
        _time,
        r"^|[^0-9:.]",
    ),
    _spaced(
        r"(?P<hour>1[0-2]|[1-9])\s?(?P<half>[aApP]\.?[mM]\.?)(?![A-Za-z])",
        lambda m: cardinal(int(m["hour"])) + _half_day(m["half"]),
        _BARE,
    ),
)
_CODES: tuple[Rule, ...] = (
    _spaced(r"[0-9]{16,}(?:\.[0-9]+)?|[0-9]+\.[0-9]{17,}", lambda m: " point ".join(map(digits, m[0].split(".")))),
    _spaced(r"(?:1-)?[0-9]{3}-[0-9]{3}-[0-9]{4}(?![0-9-])|1[3-9][0-9]{9}(?![0-9.])", lambda m: digits(m[0]), _BARE),
    _spaced(r"[0-9]{3}-[0-9]{4}(?![0-9-])", lambda m: digits(m[0]), _BARE),
    _spaced(r"[0-9]{2,6}(?![0-9]|\.[0-9])", lambda m: digits(m[0]), r"(?:[Ee]xt|EXT|[Ee]xtension)\.?\s?"),
    _spaced(
        r"[0-9]{1,8}(?:\.[0-9]{1,8}){2,6}(?![0-9])",
        lambda m: " point ".join(number(p) if len(p) < 3 else digits(p) for p in m[0].split(".")),
    ),
)
_AMOUNTS: tuple[Rule, ...] = (
    _spaced(rf"(?P<n>{NUMBER})\s?%", lambda m: f"{number(m['n'])} percent"),
    _spaced(rf"(?P<n>{NUMBER})\s?‰", lambda m: f"{number(m['n'])} per thousand"),
    _spaced(rf"(?P<n>{NUMBER}){_SCALE}\s(?P<currency>USD|CNY|EUR|GBP|RMB|HKD|JPY)(?![A-Za-z])", _money, _BARE),
    _spaced(r"(?P<n>[0-9]{1,9})(?:st|nd|rd|th)(?![A-Za-z])", lambda m: ordinal(int(m["n"])), _BARE),
    _spaced(
        rf"(?P<n>{NUMBER})\s?(?P<unit>{_UNIT})(?![A-Za-z0-9²³/])", _unit, r"^-?|[^0-9.A-Za-z-]|[0-9]-|[^0-9A-Za-z]-"
    ),
    _spaced(
        r"(?:(?P<whole>[0-9]{1,4}) )?(?P<a>[0-9]{1,3})/(?P<b>[1-9][0-9]{0,2})(?![0-9/.])",
        lambda m: (f"{number(m['whole'])} and " if m["whole"] else "") + _parts(m["a"], m["b"]),
        r"^|[^0-9./A-Za-z]",
    ),
    _spaced(
        r"(?P<whole>[0-9]{1,4})?(?P<part>[½⅓⅔¼¾⅐-⅞])",
        lambda m: (f"{number(m['whole'])} and " if m["whole"] else "") + _parts(*FRACTIONS[m["part"]]),
    ),
    _spaced(r"[0-9]{1,4}:[0-9]{1,4}(?![0-9:])", lambda m: " to ".join(map(number, m[0].split(":"))), r"^|[^0-9:.]"),
    _spaced(
        rf"{_YEAR}(?![0-9,A-Za-z]|\.[0-9])",
        lambda m: year(m[0]) if m[0] != "2000" else cardinal(2000),
        r"^|[^0-9.,A-Za-z$€£¥]",
    ),
    _spaced(NUMBER, lambda m: number(m[0])),
    _spaced(r"[0-9]+", lambda m: digits(m[0])),
)
_PREFIXED = _spaced(rf"(?P<currency>{_CURRENCY})\s?(?P<n>{NUMBER}){_SCALE}", _money)
_ROMAN = dict(zip("II III IV VI VII VIII IX XI XII".split(), "2 3 4 6 7 8 9 11 12".split(), strict=True))
_NAMES: tuple[Rule, ...] = (
    _spaced(rf"(?:{choice(_ROMAN)})(?![A-Za-z0-9])", lambda m: number(_ROMAN[m[0]]), left=r"[A-Za-z]{2}\s"),
    _spaced(rf"(?P<month>{choice(SHORT_MONTHS)})\.?(?= [0-9])", lambda m: SHORT_MONTHS[m["month"]]),
    _spaced("[IVX]{1,5}(?![A-Za-z'])", lambda m: cardinal(roman(m[0])), "(?:War|Part|Chapter|Volume|Phase|Act|Type) "),
    _spaced(
        "[IVX]{2,5}(?![A-Za-z'])",
        lambda m: cardinal(roman(m[0])),
        "(?:Book|Section|Stage|Episode|Level|Class|Mark|Henry|Louis|George|Final|Edition) ",
    ),
    _spaced(r"C\+\+", lambda m: "C plus plus"),
    _spaced(r"[A-Z]{1,2}&[A-Z](?![A-Za-z])", lambda m: " and ".join(" ".join(one) for one in m[0].split("&"))),
    _spaced(r"(?:No|NO)\.\s?(?P<n>[0-9]{1,6})(?![0-9]|\.[0-9])", lambda m: f"number {number(m['n'])}"),
    _spaced(
        r"[vV](?P<n>[0-9]{1,4}(?:\.[0-9]{1,4}){0,4})(?![0-9])",
        lambda m: f"{m[0][0]} " + " point ".join(map(number, m["n"].split("."))),
    ),
    _spaced(r"[xX]\s?(?=[0-9])", lambda m: "times", r"[0-9]\s?"),
    _spaced(r"(?P<letters>[A-Za-z]{1,20})-?(?P<figures>[0-9]{1,15}(?:\.[0-9]{1,4}(?![0-9.]))?)(?![0-9])", _model),
)
_SIGNS: tuple[Rule, ...] = (
    _PREFIXED,
    _spaced("[½⅓⅔¼¾⅐-⅞]", lambda m: _parts(*FRACTIONS[m[0]])),
    _spaced("[²³]", lambda m: "squared" if m[0] == "²" else "cubed", "[0-9A-Za-z)]"),
    _spaced(r"\^(?P<n>-?[0-9]{1,4})", _power,
            "[0-9A-Za-z)]"),
    _spaced(r"[-~](?=[0-9.]+\s?[=+×÷*])", lambda m: "minus", r"[0-9)]\s?"),
    _spaced(r"[-~]\s?(?=[0-9$€£¥])", lambda m: "to", r"[0-9%°℃]\s?"),
    _spaced(r"[-~]\s?(?=(?:AD|CE|BCE?|noon|midnight)\b|[0-9])", lambda m: "to", _ENDED),
    _spaced(rf"[-~]\s?(?={_MONTH_OR_DAY})", lambda m: "to", rf"{_MONTH_OR_DAY}\s?"),
    _spaced(r"-(?=[0-9$€£¥])", lambda m: "minus", r"^|[^0-9A-Za-z)-]"),
    _spaced(r"[+=×÷*<>≤≥≈≠](?=\s?[-0-9A-Za-z(])", lambda m: OPERATORS[m[0]], r"[0-9A-Za-z)%²³]\s?"),
    _spaced(r"[±≈≤≥](?=\s?[0-9])", lambda m: OPERATORS[m[0]]),
    _spaced(r"&", lambda m: "and", r"[0-9A-Za-z]\s?"),
    _spaced(r"@(?=[A-Za-z0-9_])", lambda m: "at"),
    _spaced(r"#(?=[0-9])", lambda m: "number"),
    _spaced(r"√(?=\s?[0-9A-Za-z(])", lambda m: "the square root of"),
    _spaced(f"[{GREEK}]{{1,2}}(?![{GREEK}])", lambda m: " ".join(emoji.greek(one, "en") for one in m[0])),
    _spaced(emoji.SEQUENCE, lambda m: (named := emoji.name(m["picture"], "en")) and f", {named},"),
)  # fmt: skip

TABLE = Table(
    digits=(*_CODES[:1], *_ADDRESSES, *_DATES, *_CODES[1:], *_AMOUNTS),
    letters=(*_ADDRESSES, _PREFIXED, *_NAMES),
    signs={"": _SIGNS},
)
