"""How each Chinese character and word is read, which words there are and how frequent; run by build_lexicon.py.

Sources, from the build requirements of pyproject.toml: jieba's dictionary (words, frequencies, parts of speech),
pypinyin's phrases and characters (readings), pypinyin-dict's large list of phrases (readings of jieba's words that
pypinyin does not list), and this project's own lists edge_tts/text/data/{readings,neutral}.txt, which win.
"""

from __future__ import annotations

import importlib.util
import json
import re
import runpy
import unicodedata
from collections.abc import Callable, Container, Iterable, Iterator
from pathlib import Path

TEXT = Path(__file__).resolve().parents[2] / "edge_tts" / "text"
LONGEST_WORD = 8  # characters; longer entries are set phrases that segment well by their parts
NO_WORDS = {"地走", "雨来", "花都", "家住"}  # of jieba's list, which would be cut out of other words
SHAPES = [  # readings of a character that follow from the shape of a word
    (re.compile(".得[见起到及住上下出开过动了着懂清成好准远高来去回进多通透完]"), 1, "de5"),
    (re.compile(".[不得]着"), 2, "zhao2"),
    (re.compile(".[不得]了"), 2, "liao3"),
]
OBSCURE = {"wòng"}  # a reading of two dialect characters that no Mandarin syllable matches
TONE_MARKS = {"\u0304": "1", "\u0301": "2", "\u030c": "3", "\u0300": "4"}


PINYIN = runpy.run_path(str(TEXT / "pinyin.py"))
encode: Callable[[str], int] = PINYIN["encode"]
WEAK: int = PINYIN["WEAK"]
LEXICAL = {"一": encode("yi1"), "不": encode("bu4")}  # phrases have them with sandhi


def source(package: str, *names: str) -> Path:
    """Return the path of a file inside an installed package, without importing the package."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise SystemExit(f"build_lexicon: expected the package {package} to be installed")
    return Path(spec.origin).parent.joinpath(*names)


def own_lines(name: str) -> Iterator[list[str]]:
    """Yield the fields of each line of one of our lists; # starts a comment."""
    for line in (TEXT / "data" / name).read_text("utf-8").splitlines():
        fields = line.partition("#")[0].split()
        if fields:
            yield fields


def plain(marked: str) -> str:
    """Return `lǜ` as `lv4`, and ê as ei; a syllable without a mark is neutral."""
    tone, letters = "5", ""
    for mark in unicodedata.normalize("NFD", marked):
        if mark in TONE_MARKS:
            tone = TONE_MARKS[mark]
        elif mark == "\u0308":
            letters = letters[:-1] + "v"
        elif mark == "\u0302":
            letters += "i"
        else:
            letters += mark
    return letters + tone


def characters() -> dict[str, list[int]]:
    """Return each character's readings, the default first."""
    text = json.loads(source("pypinyin", "pinyin_dict.json").read_text("utf-8"))
    found = {chr(int(point)): readings.split(",") for point, readings in text.items()}
    table = {
        char: [encode(plain(reading)) for reading in readings if reading not in OBSCURE]
        for char, readings in found.items()
    }
    for word, *readings in own_lines("readings.txt"):
        if len(word) == 1:
            first = [encode(reading) for reading in readings]
            table[word] = first + table.get(word, [])
    return {char: list(dict.fromkeys(codes)) for char, codes in table.items() if codes}


def phrases(defaults: dict[str, list[int]]) -> dict[str, list[int]]:
    """Return the reading of each listed phrase; 一 and 不 as in the dictionary, without sandhi."""
    text = json.loads(source("pypinyin", "phrases_dict.json").read_text("utf-8"))
    table = {}
    for phrase, readings in text.items():
        codes = [encode(plain(choices[0])) for choices in readings]
        if len(codes) == len(phrase):
            table[phrase] = [LEXICAL.get(char, code) for char, code in zip(phrase, codes, strict=True)]
    own = {word: [encode(reading) for reading in readings] for word, *readings in own_lines("readings.txt")}
    table.update({word: codes for word, codes in own.items() if len(word) > 1})
    for word in (word for fields in own_lines("neutral.txt") for word in fields):
        *front, last = compose(word, table, defaults)
        table[word] = [*front, weakened(last, defaults[word[-1]], repeated=word[-1] == word[-2])]
    return table


def neutral(code: int) -> int:
    """Return the same syllable in the neutral tone."""
    initial, final, _ = PINYIN["decode"](code)
    return encode(PINYIN["spell"](initial, final) + "5")


def weakened(code: int, readings: list[int], *, repeated: bool) -> int:
    """Return the code of a syllable that a word speaks without its tone.

    Its dictionary tone is neutral only where its character has such a reading or the phrases have it so; a repeated
    character (弟弟) keeps its own.
    """
    if code == neutral(code) and repeated and code != readings[0]:
        code = readings[0]
    return neutral(code) if neutral(code) in (code, *readings) else code | WEAK


def from_large_list(
    words: Iterable[str], known: dict[str, list[int]], defaults: dict[str, list[int]]
) -> dict[str, list[int]]:
    """Return readings of words of which characters would else be guessed, those characters by the large list."""
    large: dict[str, list[list[str]]] = {}
    for path in sorted(source("pypinyin_dict", "phrase_pinyin_data").glob("large_pinyin_*.py")):
        large |= runpy.run_path(str(path))["phrases_dict"]
    table = {}
    for word in words:
        readings = [code_of(choices[0]) for choices in large.get(word, ())]
        readings = [LEXICAL.get(char, code) for char, code in zip(word, readings, strict=False)]
        if word[-1] == "子":
            readings[-1:] = [defaults["子"][0]]  # the list has many suffixes in full tone
        if len(readings) == len(word) and any(len(part) == 1 for part in parts(word, known)):
            table[word] = filled(word, readings, known, defaults)
    return table


def code_of(marked: str) -> int:
    """Return the code of a reading, 0 for what is no syllable of Mandarin."""
    try:
        return encode(plain(marked))
    except ValueError:
        return 0


def filled(word: str, readings: list[int], known: dict[str, list[int]], defaults: dict[str, list[int]]) -> list[int]:
    """Return a word's reading by its listed parts, its other characters by readings that they have by themselves."""
    codes: list[int] = []
    for part in parts(word, known):
        code = readings[len(codes)]
        codes += known[part] if len(part) > 1 else [code if code in defaults[part] else defaults[part][0]]
    return codes


def frequencies() -> tuple[dict[str, int], dict[str, str]]:
    """Return jieba's words of Chinese characters with their counts, and with their parts of speech."""
    counts, classes = {}, {}
    for line in source("jieba", "dict.txt").read_text("utf-8").splitlines():
        word, count, *tags = line.split(" ")
        counts[word] = max(int(count), 1)
        classes[word] = tags[0][0] if tags and tags[0] else "x"
    return counts, classes


def parts(word: str, known: Container[str]) -> Iterator[str]:
    """Yield the longest phrases that a word is made of, else its characters."""
    while word:
        part = next((word[:n] for n in range(len(word), 1, -1) if word[:n] in known), word[0])
        yield part
        word = word[len(part) :]


def compose(word: str, known: dict[str, list[int]], defaults: dict[str, list[int]]) -> list[int]:
    """Return a word's reading by its parts."""
    return [code for part in parts(word, known) for code in (known[part] if len(part) > 1 else defaults[part][:1])]


def certainty(word: str, known: Container[str], own: Container[str]) -> int:
    """Return the upper bits of a word's entry: 24 + n for a character read by its default, 23 for our words."""
    bits, place = (1 << 23 if word in own else 0), 0
    for part in parts(word, known):
        bits |= 1 << 24 + place if len(part) == 1 else 0
        place += len(part)
    return bits


def shaped(word: str, codes: list[int]) -> list[int]:
    """Return a word's reading with the character that its shape decides; empty for a word of no such shape."""
    for shape, place, reading in SHAPES:
        if shape.fullmatch(word):
            return [*codes[:place], encode(reading), *codes[place + 1 :]]
    return []


def words(counts: dict[str, int], chars: dict[str, list[int]]) -> tuple[dict[str, list[int]], dict[str, int], set[str]]:
    """Return the codes of every word, the upper bits of its entry, and which words are of our own readings.

    Args:
        counts: jieba's words.
        chars: readings of the characters that words are made of.
    """
    known = phrases(chars)
    known |= from_large_list((word for word in counts if 1 < len(word) <= LONGEST_WORD), known, chars)
    own = {fields[0] for fields in own_lines("readings.txt")}
    certain = own | {word for fields in own_lines("neutral.txt") for word in fields}
    listed = {word for word in counts.keys() | known.keys() if len(word) <= LONGEST_WORD}
    listed = {word for word in listed if all(char in chars for char in word)} | chars.keys() & counts.keys()
    listed -= NO_WORDS
    known |= {word: found for word in listed - own if (found := shaped(word, compose(word, known, chars)))}
    codes = {word: compose(word, known, chars) for word in sorted(listed)}
    return codes, {word: certainty(word, known, certain) if len(word) > 1 else 0 for word in codes}, own
