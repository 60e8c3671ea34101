"""How numbers and signs are read in English sentences: an ordered table of patterns."""

from __future__ import annotations

import re
from collections.abc import Callable

Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str | None]]

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
_TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()
_SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred"))
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip
_UNITS = {
    "km": "kilometers", "m": "meters", "cm": "centimeters", "mm": "millimeters", "kg": "kilograms", "g": "grams",
    "mg": "milligrams", "km/h": "kilometers per hour", "mph": "miles per hour", "℃": "degrees Celsius",
    "°C": "degrees Celsius", "°F": "degrees Fahrenheit", "℉": "degrees Fahrenheit", "°": "degrees",
    "ms": "milliseconds",
    "GB": "gigabytes", "MB": "megabytes", "Hz": "hertz", "GHz": "gigahertz", "W": "watts", "L": "liters",
    "ml": "milliliters",
}  # fmt: skip
_CURRENCIES = {"$": "dollars", "€": "euros", "£": "pounds", "¥": "yuan"}
_SIGNS = {"+": "plus", "=": "equals", "×": "times", "*": "times", "÷": "divided by", "&": "and", "<": "less than",
          ">": "greater than", "≤": "at most", "≥": "at least", "≈": "about", "±": "plus or minus"}  # fmt: skip
_LONGEST = 15  # digits; longer numbers are read digit by digit
_NUMBER = r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?"
_UNIT = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))


def digits(text: str) -> str:
    """Read digit by digit."""
    return " ".join(_SMALL[int(digit)] for digit in text)


def cardinal(value: int) -> str:
    """Read a whole number below 10¹⁵."""
    if value < 20:
        return _SMALL[value]
    if value < 100:
        return _TENS[value // 10] + (f" {_SMALL[value % 10]}" if value % 10 else "")
    size, name = next(scale for scale in _SCALES if value >= scale[0])
    rest = value % size
    return f"{cardinal(value // size)} {name}" + (f" {cardinal(rest)}" if rest else "")


def number(text: str) -> str:
    """Read a number with thousands commas and decimals; long or zero-led ones digit by digit."""
    whole, point, decimals = text.replace(",", "").partition(".")
    as_code = len(whole) > _LONGEST or (len(whole) > 1 and whole[0] == "0")
    words = digits(whole) if as_code else cardinal(int(whole))
    return words + (f" point {digits(decimals)}" if point else "")


def _year(match: re.Match[str]) -> str:
    high, low = int(match[0][:2]), int(match[0][2:])
    if high == 20 and low < 10:
        return cardinal(int(match[0]))
    return f"{cardinal(high)} " + ("hundred" if not low else f"oh {_SMALL[low]}" if low < 10 else cardinal(low))


def _ordinal(match: re.Match[str]) -> str:
    *front, last = cardinal(int(match["n"])).split()
    ending = _ORDINALS.get(last) or (f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")
    return " ".join([*front, ending])


def _time(match: re.Match[str]) -> str | None:
    hour, minute = int(match["hour"]), int(match["minute"])
    if hour > 24 or minute > 59:
        return None
    tail = "o'clock" if not minute else f"oh {_SMALL[minute]}" if minute < 10 else cardinal(minute)
    return f"{cardinal(hour)} {tail}"


def _address(match: re.Match[str]) -> str:
    text = re.sub(r"^[a-z]+://", "", match[0])
    text = text.replace("www", "WWW").replace(".", " dot ").replace("@", " at ").replace("/", " slash ")
    return re.sub(r"[0-9]+", lambda run: f" {digits(run[0])} ", text.replace("-", " dash ").replace("_", " "))


def _rule(pattern: str, replace: Callable[[re.Match[str]], str | None]) -> Rule:
    return re.compile(pattern), lambda match: None if (new := replace(match)) is None else f" {new} "


RULES: tuple[Rule, ...] = (
    _rule(r"[0-9]{16,}", lambda m: digits(m[0])),
    _rule(r"(?<![A-Za-z0-9.+_-])[A-Za-z0-9.+_-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", _address),
    _rule(r"(?<![A-Za-z])https?://[!-~]+", _address),
    _rule(r"(?<![A-Za-z0-9.-])(?:[A-Za-z0-9-]+\.)+(?:com|cn|org|net|edu|gov|io|ai)(?![A-Za-z0-9])", _address),
    _rule(r"(?<![0-9:.])(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?![0-9:])", _time),
    _rule(
        r"\$(?P<n>[0-9]{1,9})\.(?P<cents>[0-9]{2})(?![0-9])",
        lambda m: f"{number(m['n'])} dollars and {cardinal(int(m['cents']))} cents",
    ),
    _rule(
        rf"(?P<sign>[$€£¥])(?P<n>{_NUMBER})(?P<scale> ?(?:million|billion|thousand)(?![a-z]))?",
        lambda m: f"{number(m['n'])}{m['scale'] or ''} {_CURRENCIES[m['sign']]}",
    ),
    _rule(rf"(?<![0-9.])(?P<n>{_NUMBER})%", lambda m: f"{number(m['n'])} percent"),
    _rule(r"(?<![0-9A-Za-z])(?P<n>[0-9]{1,9})(?:st|nd|rd|th)(?![A-Za-z])", _ordinal),
    _rule(
        rf"(?<![0-9A-Za-z.-])(?P<n>{_NUMBER})\s?(?P<unit>{_UNIT})(?![A-Za-z0-9])",
        lambda m: f"{number(m['n'])} {_UNITS[m['unit']]}",
    ),
    _rule(r"(?<![0-9.])[0-9]{1,8}(?:\.[0-9]{1,8}){2,}", lambda m: " point ".join(digits(p) for p in m[0].split("."))),
    _rule(r"(?<=[0-9])(?P<v>\s?[-~]\s?)(?=[0-9])", lambda m: "to"),
    _rule(r"(?<![0-9A-Za-z)-])(?P<v>-)(?=[0-9])", lambda m: "minus"),
    _rule(
        rf"(?<=[0-9A-Za-z)])\s?(?P<v>[{''.join(map(re.escape, _SIGNS))}])(?=\s?[0-9A-Za-z(])",
        lambda m: _SIGNS[m["v"]],
    ),
    _rule(r"(?<![0-9.,A-Za-z-])(?:1[1-9]|20)[0-9]{2}(?![0-9,A-Za-z]|\.[0-9])", _year),
    _rule(
        r"(?<![A-Za-z0-9])(?P<letters>[A-Za-z]{1,20})-?(?P<figures>[0-9]{3,16})(?![0-9.])",
        lambda m: f"{m['letters']} {digits(m['figures'])}",
    ),
    _rule(_NUMBER, lambda m: number(m[0])),
)
