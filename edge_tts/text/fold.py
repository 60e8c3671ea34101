"""First look at the characters: width, digits, accents and invisible marks; positions are kept."""

from __future__ import annotations

import re
import unicodedata

from edge_tts.text.emoji import JOINER, PICTURE, SKIN_TONES, TAGS
from edge_tts.text.traced import Traced
from edge_tts.text.traditional import simplified

_PLAIN = {
    "\u3000": " ", "\t": " ", "\r": " ", "\v": "\n", "\f": "\n", "\x85": "\n", "\u2028": "\n", "\u2029": "\n",
    "￥": "¥", "–": "-", "−": "-", "‐": "-", "‑": "-", "﹣": "-", "～": "~", "〜": "~", "’": "'", "＇": "'",
    "﹪": "%", "﹒": ".", "∶": ":", "〇": "零", "○": "零", "µ": "μ", "Ω": "Ω", "ϵ": "ε", "ϕ": "φ", "ϑ": "θ",
    "❓": "?", "❔": "?", "❗": "!", "❕": "!", "✖": "×", "➕": "+", "➖": "-", "➗": "÷",
}  # fmt: skip
_SUPERSCRIPTS = dict(zip("⁰¹⁴⁵⁶⁷⁸⁹⁻⁺", "01456789-+", strict=True))
_KEPT = frozenset("½⅓⅔¼¾⅕⅛²³℃℉°‰×÷±≈≠≤≥㎡㎥㎏㎞㎝㎜㏄Ωμ")
_INVISIBLE = frozenset(("Cc", "Cf", "Mn", "Me"))
_INSIDE_PICTURE = re.compile(f"(?<=[{PICTURE}{TAGS}])[{TAGS}]|(?<=[{PICTURE}{TAGS}\ufe0f]){JOINER}(?=[{PICTURE}])")
_SKIN_TONE = re.compile(f"(?<=[{PICTURE}\ufe0f])[{SKIN_TONES}]")


def fold(text: str) -> Traced:
    """Return the text in half width with ASCII digits and letters, without invisible characters.

    Each character of the result stands for one character of the source. Traditional characters become
    simplified. Emoji keep what joins them, without skin tones. Other scripts, unassigned characters and halves of
    surrogate pairs stay, so that what cannot be read is known.
    """
    chars: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        new = char if " " <= char <= "~" or "\u4e00" <= char <= "\u9fff" else _one(char)
        if not new and _INSIDE_PICTURE.match(text, place):
            new = char
        elif SKIN_TONES[0] <= char <= SKIN_TONES[-1] and _SKIN_TONE.match(text, place):
            new = ""
        if char in _SUPERSCRIPTS:
            new = _SUPERSCRIPTS[char] if text[place - 1 : place] in _SUPERSCRIPTS else f"^{_SUPERSCRIPTS[char]}"
        elif char in "²³" and text[place - 1 : place] in _SUPERSCRIPTS:
            new = "2" if char == "²" else "3"
        if char == "，" and "0" <= text[place - 1 : place] <= "9":
            new = char  # it stands between numbers, not within one
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
    if category[0] == "L":
        base = unicodedata.normalize("NFKD", char)[0]
        return base if base.isascii() or "\u4e00" <= base <= "\u9fff" else char
    return " " if category == "Zs" else char
