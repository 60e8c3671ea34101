"""Reads Arabic numerals in English."""

from __future__ import annotations

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
_LONGEST = 15  # digits; longer numbers are read digit by digit


def digits(text: str) -> str:
    """Read digit by digit; what is no digit is passed over."""
    return " ".join(_SMALL[int(digit)] for digit in text if digit.isdecimal())


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


def ordinal(value: int) -> str:
    """Read 21 as twenty first."""
    *front, last = cardinal(value).split()
    ending = _ORDINALS.get(last) or (f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")
    return " ".join([*front, ending])


def year(text: str) -> str:
    """Read four digits as a year: 1905 is nineteen oh five, 2008 two thousand eight."""
    high, low = int(text[:2]), int(text[2:])
    if high == 20 and low < 10:
        return cardinal(int(text))
    return f"{cardinal(high)} " + ("hundred" if not low else f"oh {_SMALL[low]}" if low < 10 else cardinal(low))


def plural(words: str) -> str:
    """Return the plural of a number word: nineties, hundreds."""
    return f"{words[:-1]}ies" if words.endswith("y") else f"{words}s"


def minutes(text: str) -> str:
    """Read the minutes of a time: 05 is oh five."""
    return f"oh {_SMALL[int(text)]}" if text[0] == "0" else cardinal(int(text))


def roman(text: str) -> int:
    """Return the value of a Roman numeral of the letters I, V and X."""
    values = [{"I": 1, "V": 5, "X": 10}[letter] for letter in text]
    return abs(sum(-a if a < b else a for a, b in zip(values, [*values[1:], 0], strict=True)))
