"""Other libraries that read Chinese, for comparison during development; none is used at run time.

The extra `frontend-oracles` of pyproject.toml installs them. Each reads in its own way what the front end reads.
"""

from __future__ import annotations

import importlib.util
import logging
import re
import warnings
from collections.abc import Callable

from edge_tts.text.pinyin import spell

STARTS = {
    "edge_tts": "from edge_tts.text import analyze as read",
    "pypinyin": "from pypinyin import Style, lazy_pinyin\nread = lambda text: lazy_pinyin(text, style=Style.TONE3)",
    "g2pM": "from g2pM import G2pM\nread = G2pM()",
    "wetext": "from wetext import Normalizer\nread = Normalizer(lang='zh', operator='tn').normalize",
    "misaki": "from misaki.zh import ZHG2P\nread = ZHG2P(version='1.1')",
}
"""Code that makes `read(text)`, by library."""

Normalizer = Callable[[str], str]
Reader = Callable[[str], list[str]]


def installed() -> list[str]:
    """Return the names of the libraries that are there."""
    return [name for name in STARTS if importlib.util.find_spec(name)]


def normalizers() -> dict[str, Normalizer]:
    """Return those that write numbers and signs as words, by library."""
    found: dict[str, Normalizer] = {"edge_tts": _ours_normalized}
    if "wetext" in installed():
        from wetext import Normalizer as WeText

        found["wetext"] = WeText(lang="zh", operator="tn").normalize
    if "misaki" in installed():
        from cn2an import transform

        warnings.filterwarnings("ignore", module="cn2an")  # it warns of numbers that it leaves as they are
        found["misaki"] = lambda text: str(transform(text, "an2cn"))
    return found


def readers() -> dict[str, Reader]:
    """Return those that give a toned syllable for each character, as spoken where they know how, by library."""
    found: dict[str, Reader] = {"edge_tts": _ours}
    if "pypinyin" in installed():
        found["pypinyin"] = _pypinyin
    if "g2pM" in installed():
        from g2pM import G2pM

        model = G2pM()
        found["g2pM"] = lambda text: _syllables(model(text, char_split=True))
    if "misaki" in installed():
        found["misaki"] = _misaki()
    return found


def by_character() -> dict[str, Callable[[str, int], str | None]]:
    """Return those that give the dictionary's pinyin of the character at a place, by library."""
    found: dict[str, Callable[[str, int], str | None]] = {"edge_tts": _ours_at}
    if "pypinyin" in installed():
        found["pypinyin"] = _pypinyin_at
    if "g2pM" in installed():
        from g2pM import G2pM

        model = G2pM()
        found["g2pM"] = lambda text, place: str(model(text, char_split=True)[place]).replace("u:", "v")
    return found


def _ours_normalized(text: str) -> str:
    from edge_tts.text.normalization.fold import fold
    from edge_tts.text.normalization.normalize import language_of, normalize
    from edge_tts.text.normalization.split import sentences

    folded = fold(text)
    around = language_of(folded.text)
    return " ".join(normalize(part.strip(), around).text for part in sentences(folded))


def _ours(text: str) -> list[str]:
    from edge_tts.text import analyze

    return [one.surface for sentence in analyze(text) for word in sentence.words for one in word.syllables]


def _ours_at(text: str, place: int) -> str | None:
    from edge_tts.text import analyze

    for sentence in analyze(text):
        for word in sentence.words:
            if word.span[0] <= place < word.span[1]:
                found = [one for one in word.syllables if one.text[0] == text[place]]
                exact = [one for one in found if text[word.span[0] : place].count(text[place]) == 0]
                return (exact or found)[0 if exact else -1].lexical if found else None
    return None


def _pypinyin(text: str) -> list[str]:
    from pypinyin import Style, lazy_pinyin

    found = lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True, tone_sandhi=True, v_to_u=False)
    return _syllables(found)


def _pypinyin_at(text: str, place: int) -> str | None:
    from pypinyin import Style, pinyin

    found = pinyin(text, style=Style.TONE3, neutral_tone_with_five=True, errors=list, v_to_u=False)  # type: ignore[arg-type]
    return str(found[place][0]) if len(found) == len(text) else None


def _misaki() -> Reader:
    import jieba
    from jieba import posseg
    from misaki.zh_frontend import ZHFrontend

    jieba.setLogLevel(logging.WARNING)
    frontend = ZHFrontend()
    sandhi = frontend.tone_modifier

    def read(text: str) -> list[str]:
        syllables: list[str] = []
        for word, kind in sandhi.pre_merge_for_modify(posseg.lcut(text)):
            if re.fullmatch("[\u3400-\u9fff]+", word):
                initials, finals = frontend._get_initials_finals(word)
                for initial, final in zip(initials, sandhi.modified_tone(word, kind, finals), strict=False):
                    syllables.append(spell(initial, re.sub("i{2,3}", "i", final[:-1])) + final[-1:])
        return syllables

    return read


def _syllables(found: list[str]) -> list[str]:
    return [one.replace("u:", "v") for one in found if re.fullmatch("[a-züê:]+[1-5]", one)]
