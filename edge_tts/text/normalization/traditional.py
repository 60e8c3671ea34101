"""Writes traditional characters as simplified ones, one for one, so that the lexicon knows their words."""

from __future__ import annotations

import re
from functools import cache

from edge_tts.text.lexicon import DATA

_OTHER = re.compile(r"[^\u3400-\u9fff]+")
_BOTH = frozenset("著乾徵藉吒薹")
"""Characters that simplified text has too: they count as traditional only beside others that are."""
_BOTH_SCRIPTS_CODE = re.compile("[乾吒夥後徵捱摺於榘甯菸著薹藉醣麴麽]")
"""What GB 2312, the standard set of simplified characters, has although it is traditional."""
_VERB_PARTICLE = re.compile(r"(?<=[看跟有走站坐拿等笑想沿随听躺抱背挂穿活忙朝])著(?![名作者述])")
_LONGEST = 3  # characters of a listed word


def simplified(text: str) -> str:
    """Return the text with as many characters, none of them traditional."""
    if _is_simplified(text):
        return text
    characters, words = _tables()
    if not any(char in characters and char not in _BOTH for char in text):
        return _VERB_PARTICLE.sub("着", text)
    parts: list[str] = []
    at = 0
    while at < len(text):
        word = text[at]
        if word in words:
            found = (text[at : at + size] for size in range(_LONGEST, 1, -1))
            word = next((part for part in found if part in words[text[at]]), word)
        parts.append(words[word[0]][word] if len(word) > 1 else characters.get(word, word))
        at += len(word)
    return "".join(parts)


def _is_simplified(text: str) -> bool:
    if _BOTH_SCRIPTS_CODE.search(text):
        return False
    try:
        _OTHER.sub("", text).encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


@cache
def _tables() -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Return the characters, and the words by their first character; read when first needed."""
    characters: dict[str, str] = {}
    words: dict[str, dict[str, str]] = {}
    for line in (DATA / "traditional.txt").read_text("utf-8").splitlines():
        old, new = line.split()[:2]
        if len(old) == 1:
            characters[old] = new
        elif not line.startswith("#"):
            words.setdefault(old[0], {})[old] = new
    characters.pop("#", None)
    return characters, words
