"""Make edge_tts/text/data/traditional.txt from the dictionaries of OpenCC.

Usage: build_traditional.py FOLDER, the folder of TSCharacters.txt and TSPhrases.txt, e.g. opencc/dictionary of the
PyPI package opencc-python-reimplemented.
"""

from __future__ import annotations

import sys
from pathlib import Path

TARGET = Path(__file__).parents[2] / "edge_tts/text/data/traditional.txt"
HEAD = "# Traditional characters and words, and how they are written in simplified Chinese. From OpenCC, Apache-2.0.\n"
MINE = {"著": "着", "裏": "里", "喫": "吃", "衆": "众", "麪": "面", "臺": "台", "檯": "台", "牠": "它", "妳": "你",
        "麼": "么", "祂": "他", "堃": "坤", "佔": "占", "併": "并", "藉": "借", "覆": "覆"}  # fmt: skip
WORDS = """著名 著作 名著 显著 專著 原著 巨著 編著 論著 土著 卓著 昭著 著書 著稱 著述 執著 譯著 著錄 合著 遺著 拙著 所著
乾坤 乾隆 康乾 乾清 乾陵 狼藉 慰藉 藉藉 蘊藉 答覆 回覆 反覆 重覆""".split()
OTHERS = "閤朮"  # they have readings of their own, 合 and 术 another
CHANGED = {"答覆": "答复", "回覆": "回复", "反覆": "反复", "重覆": "重复"}


def main() -> None:
    """Write the table: a character or word, a space, its simplified form, one a line."""
    folder = Path(sys.argv[1])
    characters = {old: new for old, new in _pairs(folder / "TSCharacters.txt") if _common(old) and _common(new)} | MINE
    characters = {old: new for old, new in characters.items() if old != new and old not in OTHERS}
    words = {old: new for old, new in _pairs(folder / "TSPhrases.txt") if 2 <= len(old) <= 3 and len(old) == len(new)}
    words |= {word: CHANGED.get(word, _by_character(word, characters, keep="著乾藉覆")) for word in WORDS}
    words = {old: new for old, new in words.items() if new != _by_character(old, characters)}
    lines = [f"{old} {new}\n" for table in (characters, words) for old, new in sorted(table.items())]
    TARGET.write_text(HEAD + "".join(lines), "utf-8")


def _pairs(path: Path) -> list[tuple[str, str]]:
    rows = [line.split() for line in path.read_text("utf-8").splitlines()]
    return [(row[0], row[1]) for row in rows if len(row) > 1]


def _common(character: str) -> bool:
    try:
        character.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True


def _by_character(word: str, characters: dict[str, str], keep: str = "") -> str:
    return "".join(char if char in keep else characters.get(char, char) for char in word)


if __name__ == "__main__":
    main()
