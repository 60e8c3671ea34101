"""First look at the characters: width, digits, accents and invisible marks; positions are kept."""

from __future__ import annotations

import re
import unicodedata

from edge_tts.text.normalization.emoji import JOINER, PICTURE, SKIN_TONES, TAGS
from edge_tts.text.normalization.numerals import FRACTIONS
from edge_tts.text.normalization.traditional import simplified
from edge_tts.text.traced import Traced

_PLAIN = {
    "\u3000": " ", "\t": " ", "\r": " ", "\v": "\n", "\f": "\n", "\x85": "\n", "\u2028": "\n", "\u2029": "\n",
    "￥": "¥", "–": "-", "－": "-", "−": "-", "‐": "-", "‑": "-", "﹣": "-", "～": "~", "〜": "~", "’": "'", "＇": "'",
    "﹪": "%", "﹒": ".", "∶": ":", "〇": "零", "○": "零", "µ": "μ", "Ω": "Ω", "º": "°", "˚": "°",
    "＂": '"', "﹢": "+", "﹦": "=", "﹤": "<", "﹥": ">", "＄": "$", "ϵ": "ε", "ϕ": "φ", "ϑ": "θ",
    "❓": "?", "❔": "?", "❗": "!", "❕": "!", "✖": "×", "➕": "+", "➖": "-", "➗": "÷",
}  # fmt: skip
_SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+", strict=True))
_LONG_POWER = re.compile("[²³](?:(?=[⁰¹²³⁴-⁹])|(?<=[⁰¹²³⁴-⁹⁻][²³]))")
_KEPT = frozenset("²³℃℉°‰×÷±≈≠≤≥㎡㎥㎏㎞㎝㎜Ωμ…″‴№™").union(FRACTIONS)
_SPELLED = {
    "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d",
    "Đ": "D", "ħ": "h", "ı": "i", "þ": "th", "Þ": "Th", "ð": "th", "Ð": "Th",
}  # fmt: skip
_TO_PLAIN = str.maketrans("∕⁄", "//")
_POWERS = str.maketrans("23", "²³")
_INVISIBLE = frozenset(("Cc", "Cf", "Mn", "Me"))
_DASHES = "—―─"
_BETWEEN_FIGURES = re.compile(
    rf"(?<=[0-9０-９年月日号点时分元%％℃])[{_DASHES}](?=[0-9０-９]|公元|西元|民国|至|次日|现在|今[年天])"
    rf"|(?<=[0-9０-９][年月日号点时分])[{_DASHES}](?=[{_DASHES}][0-9０-９])"
    rf"|(?<=[0-9０-９][年月日号点时分][{_DASHES}])[{_DASHES}](?=[0-9０-９])"
    rf"|(?<=周[一二三四五六日])[{_DASHES}](?=周)|(?<=期[一二三四五六日])[{_DASHES}](?=星期)"
)
_IN_WIDE_NUMBER = re.compile("(?<=[０-９])，(?=[０-９]{3})")
_INSIDE_PICTURE = re.compile(f"(?<=[{PICTURE}{TAGS}])[{TAGS}]|(?<=[{PICTURE}{TAGS}\ufe0f]){JOINER}(?=[{PICTURE}])")
_PICTURE = re.compile(f"[{PICTURE}]")
_SKIN_TONE = re.compile(f"(?<=[{PICTURE}\ufe0f])[{SKIN_TONES}]")


def fold(text: str) -> Traced:
    """Return the text in half width with ASCII digits and letters, without invisible characters.

    Each character of the result stands for one character of the source, which may be written out as several.
    Traditional characters become simplified. Emoji keep what joins them, without skin tones. Other scripts, unassigned
    characters and halves of surrogate pairs stay, so that what cannot be read is known.
    """
    chars: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        new = char if " " <= char <= "~" or "\u4e00" <= char <= "\u9fff" else _one(char)
        if not new and _INSIDE_PICTURE.match(text, place):
            new = char
        elif SKIN_TONES[0] <= char <= SKIN_TONES[-1] and _SKIN_TONE.match(text, place):
            new = ""
        if char in _SUPERSCRIPTS and (char not in "²³" or _LONG_POWER.match(text, place)):
            new = _SUPERSCRIPTS[char] if text[place - 1 : place] in _SUPERSCRIPTS else f"^{_SUPERSCRIPTS[char]}"
        if char == "，" and not _IN_WIDE_NUMBER.match(text, place):
            new = char  # it stands between numbers, not within one
        if char in _DASHES and _BETWEEN_FIGURES.match(text, place):
            new = "-"
        elif "①" <= char <= "⒛" and "①" <= text[place + 1 : place + 2] <= "⒛":
            new += "、"  # a list, not one number
        chars.append(new)
        places += [place] * len(new)
    return Traced(simplified("".join(chars)), [(place, place + 1) for place in places])


def _one(char: str) -> str:
    if char in _KEPT or char == "\n":
        return char
    if char in _PLAIN:
        return _PLAIN[char]
    if "！" <= char <= "～":  # the full-width forms of ASCII
        return chr(ord(char) - 0xFEE0)
    category = unicodedata.category(char)
    if category in _INVISIBLE:
        return ""
    if category in ("Nd", "No", "Nl"):
        value = unicodedata.numeric(char, -1)
        return f"{value:.0f}" if value >= 0 and value == int(value) else char
    if category == "Zs":
        return " "
    if category[0] not in "LPS" or category == "Sm" or _PICTURE.match(char):
        return char
    return _SPELLED.get(char) or _written_out(char)


def _written_out(char: str) -> str:
    """Return the characters that one stands for, as ﬁ, ㎖ and ℡; without accents; itself if they are no plain ones."""
    parts = "".join(part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part))
    parts = parts.translate(_TO_PLAIN)
    if not all(part.isascii() or "\u3001" <= part <= "\u3011" or "\u4e00" <= part <= "\u9fff" for part in parts):
        return char
    square = unicodedata.decomposition(char).startswith("<square>") and parts[-1:] in "23"
    return parts.translate(_POWERS) if square else parts.strip()
