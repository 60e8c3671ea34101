"""What emoji and Greek letters are called, in Chinese and in English.

A sequence that is drawn as one picture (joined people, flags, keycaps) has one name; skin tones are not read, and a
picture that is repeated is named once. The names are those of Unicode CLDR, compiled by scripts/build/build_lexicon.py.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

from edge_tts.text.lexicon import DATA
from edge_tts.text.sentence import Language

Pictures = Literal["name", "drop"]
"""Whether emoji are read by their names or not at all."""

PICTURE = "©®™ℹ↔-↙↩↪⌀-\u245f\u2500-➿⤴⤵⬀-⯿〰〽Ⓜ㊗㊙\U0001f000-\U0001faff"
"""What a picture begins with, for a class of a pattern; not all of these characters are emoji."""
JOINER = "\u200d"
SKIN_TONES = "\U0001f3fb-\U0001f3ff"
TAGS = "\U000e0020-\U000e007f"
_FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
SEQUENCE = (
    rf"(?P<picture>{_FLAG}|[{PICTURE}][{TAGS}]{{0,8}}(?:{JOINER}[{PICTURE}]){{0,9}}"
    r")(?:\s?(?P=picture))*"
)
"""Pattern of a picture and its repetitions in folded text."""
ANY = re.compile(SEQUENCE)

_GREEK_NAMES = dict(
    line.split(" ", 1)
    for line in """α 阿尔法 alpha;β 贝塔 beta;γ 伽马 gamma;δ 德尔塔 delta;ε 艾普西龙 epsilon;ζ 泽塔 zeta;η 伊塔 eta
θ 西塔 theta;ι 约塔 iota;κ 卡帕 kappa;λ 拉姆达 lambda;μ 缪 mu;ν 纽 nu;ξ 克西 xi;ο 奥密克戎 omicron;π 派 pi;ρ 柔 rho
σ 西格玛 sigma;ς 西格玛 sigma;τ 陶 tau;υ 宇普西龙 upsilon;φ 斐 phi;χ 希 chi;ψ 普西 psi;ω 欧米伽 omega""".replace(
        "\n", ";"
    ).split(";")
)


def greek(letter: str, language: Language) -> str:
    """Return the name of a Greek letter."""
    names = _GREEK_NAMES[letter.lower()].split(" ")
    return names[0] if language == "zh" else names[1]


def name(sequence: str, language: Language) -> str | None:
    """Return what a picture is called, None for one without a name; of an unknown sequence the names of its parts."""
    found = _names().get(sequence)
    if found is None and JOINER in sequence:
        parts = [_names().get(part) for part in sequence.split(JOINER)]
        found = next((part for part in parts if part), None)
    return None if found is None else found[language == "en"]


def dropped(sequence: str) -> str | None:
    """Return a space for a picture that has a name, None for what stays."""
    return " " if name(sequence, "zh") else None


@cache
def _names() -> dict[str, tuple[str, str]]:
    """Return the Chinese and the English name of each picture; read when first needed."""
    rows = (line.split("\t") for line in (DATA / "emoji.tsv").read_text("utf-8").splitlines())
    return {sequence: (chinese, english) for sequence, chinese, english in rows}
