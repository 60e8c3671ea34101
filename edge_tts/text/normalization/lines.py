"""What stands before the text of a line when people paste Markdown or mail: quotes, headings, lists, rules, fences."""

from __future__ import annotations

import re

from edge_tts.text.traced import Traced

_QUANTITY = r"[<>=]*\s*[-+]?[¥$€£]?\s?[0-9][0-9.,]*\s?\S{0,8}[ \t]*(?:\n|$)"
_LEADING = re.compile(
    r"^[ \t]*(?P<v>"
    rf"(?:>(?![=\d]|{_QUANTITY})[ \t]*)+"  # a quote; not >5, and not a line that says no more than > 5%
    r"|\#{1,6}[ \t]+(?=\S)"
    r"|[-*+•·‣▪●○■□►◦–—][ \t]+(?:\[[ xX✓]?\][ \t]+)?(?=\S)"
    r"|(?:```|~~~)[ \t]*[A-Za-z0-9+#_-]*[ \t]*$"
    r"|(?:[-*_=~][ \t]*){3,}$"
    r")",
    re.MULTILINE,
)
_QUOTED_LIST = 3  # levels of marks before one line: > > - text
_NUMBERED = re.compile(r"^[ \t]*[0-9]{1,2}(?P<v>[.)][ \t]+)(?=\S)", re.MULTILINE)
_EMPHASIS = re.compile(r"(?<![0-9A-Za-z*_)])(?P<mark>\*\*\*|\*\*|__|~~|`)(?=\S)[^\n]{0,500}?\S?(?P=mark)")


def unmarked(text: Traced) -> Traced:
    """Return folded text without the marks that only say how its lines look; a list's number is followed by a comma."""
    for _ in range(_QUOTED_LIST):
        text, before = text.rewrite(_LEADING, lambda match: ""), text
        if text is before:
            break
    text = text.rewrite(_NUMBERED, lambda match: "，")
    return text.replaced(
        (place, place + len(match["mark"]), "")
        for match in _EMPHASIS.finditer(text.text)
        for place in (match.start(), match.end() - len(match["mark"]))
    )
