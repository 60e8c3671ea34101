"""Reads Arabic numerals in Chinese."""

from __future__ import annotations

DIGITS = "零一二三四五六七八九"
FRACTIONS = {
    "½": "12", "⅓": "13", "⅔": "23", "¼": "14", "¾": "34", "⅕": "15", "⅖": "25", "⅗": "35", "⅘": "45", "⅙": "16",
    "⅚": "56", "⅐": "17", "⅛": "18", "⅜": "38", "⅝": "58", "⅞": "78", "⅑": "19",
}  # fmt: skip
"""Numerator and denominator of the characters for fractions."""
LARGEST = 16  # digits; longer numbers are read digit by digit
_READ = str.maketrans("0123456789", DIGITS)
_READ_CODE = str.maketrans("0123456789", DIGITS.replace("一", "幺"))


def digits(text: str) -> str:
    """Read digit by digit, as years and codes are: "2026" is 二零二六."""
    return text.translate(_READ)


def code(text: str) -> str:
    """Read digit by digit with 幺 for 1, as telephone numbers and flights are."""
    return text.translate(_READ_CODE)


def cardinal(text: str) -> str:
    """Read a whole number: "10305" is 一万零三百零五, "2000" is 两千; leading zeros do not count."""
    text = text.lstrip("0")
    if not text:
        return "零"
    if len(text) > LARGEST:
        return digits(text)
    words = _large(text)
    if words.startswith("一十"):
        return words[1:]
    return "两" + words[1:] if words[0] == "二" and words[1:2] in tuple("千万亿") else words


def number(text: str) -> str:
    """Read a number with optional sign, thousands commas and decimals: "-1,234.5" is 负一千二百三十四点五."""
    sign = "负" if text.startswith("-") else ""
    whole, point, decimals = text.lstrip("+-").replace(",", "").partition(".")
    return sign + cardinal(whole) + ("点" + digits(decimals) if point else "")


def _large(text: str) -> str:
    for unit, size in (("亿", 8), ("万", 4)):
        if len(text) > size:
            high, low = text[:-size], text[-size:]
            rest = low.lstrip("0")
            zero = "零" if rest and low[0] == "0" else ""
            return _large(high) + unit + zero + (_large(rest) if rest else "")
    return _below_ten_thousand(text)


def _below_ten_thousand(text: str) -> str:
    words = ""
    for place, digit in zip(range(len(text) - 1, -1, -1), text, strict=True):
        if digit != "0":
            words += DIGITS[int(digit)] + ("", "十", "百", "千")[place]
        elif words and not words.endswith("零"):
            words += "零"
    return words.rstrip("零")
