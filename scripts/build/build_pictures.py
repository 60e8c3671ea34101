"""Names of emoji for edge_tts/text/data/emoji.tsv, from the package emoji, which has those of Unicode CLDR."""

from __future__ import annotations

import json
import re
from pathlib import Path

_SKIN_TONE = "_?(?:(?:较浅|中等浅|中等深|较深|中等)肤色)+|_(?:(?:medium-)?(?:light|dark)|medium)_skin_tone"
_NOT_SPOKEN = "[\U0001f3fb-\U0001f3ff\ufe0f]"  # skin tones, and the selector of the coloured picture
_NOT_COUNTRIES = frozenset("欧盟 联合国 台湾 南极洲".split())


def table(package: Path) -> str:
    """Return lines of picture, Chinese name and English name, separated by tabs.

    Args:
        package: folder of the package.
    """
    codes = package / "unicode_codes"
    chinese = json.loads((codes / "emoji_zh.json").read_text("utf-8"))
    english = json.loads((codes / "emoji.json").read_text("utf-8"))
    names: dict[str, tuple[str, str]] = {}
    for sequence in english:
        key = re.sub(_NOT_SPOKEN, "", sequence)
        if key and "\u20e3" not in key and key not in names:  # a keycap is read as its digit
            names[key] = _spoken(key, chinese[sequence], english[sequence]["en"])
    names["\U0001f51f"] = ("十", "ten")
    return "".join("\t".join((key, *names[key])) + "\n" for key in sorted(names))


def _spoken(key: str, chinese: str, english: str) -> tuple[str, str]:
    names = _chinese(chinese), " ".join(re.sub(_SKIN_TONE, "", english.strip(":")).split("_"))
    return _flag(*names) if "\U0001f1e6" <= key[0] <= "\U0001f1ff" else names


def _chinese(listed: str) -> str:
    """Return the name without skin tones, remarks in brackets, and who the people of a picture are."""
    plain = re.sub(rf"{_SKIN_TONE}|[(（].*?[)）]", "", listed.strip(":"))
    head, _, tail = plain.partition("_")
    if tail.endswith(("秃顶", "发")):
        return tail + head
    return head if tail.startswith(("男", "女", "成人", "面向")) else head + tail


def _flag(chinese: str, english: str) -> tuple[str, str]:
    kind = "区旗" if chinese.endswith("特别行政区") else "旗" if chinese in _NOT_COUNTRIES else "国旗"
    return chinese + kind, f"flag of {english}"
