"""The user's own words: a file of `word<TAB>reading<TAB>comment` lines that people can edit. Pure.

    重庆	chong2qing4	the city
    玩儿	wanr2
    Nginx	[ipa:ˈɛnʤɪnɛks]

A reading of Chinese characters is pinyin with tone digits, v or ü for ü, 5 for neutral, an r before the digit for
er-hua; of an English word it is IPA. Lines that are empty or begin with # say nothing. A later line wins.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from edge_tts.errors import RequestError
from edge_tts.text.pinyin import parse as parse_syllable

MOST_ENTRIES = 10_000
MOST_BYTES = 524_288
"""Longest file; a list of all its entries fits into one frame of the protocol."""
LONGEST_WORD = 20
"""Characters of a Chinese word."""
LONGEST_ENGLISH = 40
"""Letters of an English word."""

_LONGEST_READING = 200  # characters
_LONGEST_COMMENT = 200  # characters
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]+")
_ENGLISH = re.compile(r"[A-Za-z]+(?:['-][A-Za-z]+){0,3}")
_SYLLABLE = re.compile(r"[ '·-]*([a-zü]+)([1-5])")
_IPA = re.compile(r"\[ipa:(.+)\]")
_SYMBOLS = frozenset("AIOWYbdfhijklmnpstuvwzæðŋɑɔəɛɜɡɪɹɾʃʊʌʒʤʧˈˌθᵊᵻʔ")
_VOWELS = frozenset("AIOWYiuæɑɔəɛɜɪʊʌᵊᵻ")
_SAME = (
    ("eɪ", "A"), ("aɪ", "I"), ("oʊ", "O"), ("əʊ", "O"), ("aʊ", "W"), ("ɔɪ", "Y"), ("tʃ", "ʧ"), ("t͡ʃ", "ʧ"),
    ("dʒ", "ʤ"), ("d͡ʒ", "ʤ"), ("ɝ", "ɜɹ"), ("ɚ", "əɹ"), ("g", "ɡ"), ("r", "ɹ"), ("'", "ˈ"), (",", "ˌ"), ("ː", ""),
    (":", ""), (".", ""), (" ", ""), ("e", "ɛ"), ("ɐ", "ʌ"), ("ɒ", "ɑ"), ("a", "ɑ"), ("o", "ɔ"), ("ɫ", "l"),
)  # fmt: skip
"""Common IPA as the front end's own alphabet has it, see english.py; the longer ones come first."""


@dataclass(frozen=True, slots=True)
class Sounds:
    """One syllable of a reading.

    Attributes:
        text: the character or, with a fused 儿, characters that it stands for.
        initial: see text/sentence.py.
        final: see text/sentence.py.
        tone: 1-5.
        erhua: whether 儿 is fused into it.
    """

    text: str
    initial: str
    final: str
    tone: int
    erhua: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A word and how the user wants it read."""

    word: str
    reading: str
    comment: str = ""

    @property
    def key(self) -> str:
        """What the word is found by: English words without regard to capitals."""
        return self.word.lower()

    @property
    def line(self) -> str:
        """The entry as the file has it, without the line's end."""
        return "\t".join((self.word, self.reading, *([self.comment] if self.comment else [])))


@dataclass(frozen=True, slots=True, eq=False)
class UserLexicon:
    """What a file says.

    Attributes:
        entries: the words in the order of the file, each once.
        problems: what is wrong with lines that say nothing usable, each beginning with the line's number.
    """

    entries: tuple[Entry, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Identify what the entries say, for keys of cached audio; "" without entries."""
        if not self.entries:
            return ""
        said = "\n".join(sorted(f"{entry.key}\t{entry.reading}" for entry in self.entries))
        return hashlib.sha256(said.encode()).hexdigest()[:16]


EMPTY = UserLexicon()


@lru_cache(maxsize=2 * MOST_ENTRIES)
def entry(word: str, reading: str, comment: str = "") -> Entry:
    """Return a checked entry.

    Raises:
        RequestError: the word or its reading cannot be used; the message says what was expected and what came.
    """
    word, reading, comment = word.strip(), reading.strip(), comment.strip()
    if len(reading) > _LONGEST_READING or len(comment) > _LONGEST_COMMENT:
        raise RequestError(
            f"expected at most {_LONGEST_READING} characters of reading and of comment for {word[:40]!r}"
        )
    if not comment.isprintable():
        raise RequestError(f"expected a comment of one line without tabs for {word[:40]!r}")
    if _HAN.fullmatch(word) and len(word) <= LONGEST_WORD:
        sounds(word, reading)
        return Entry(word, "".join(_spellings(reading)), comment)
    if _ENGLISH.fullmatch(word) and len(word) <= LONGEST_ENGLISH:
        phonemes(reading)
        return Entry(word, reading, comment)
    raise RequestError(
        f"expected a word of up to {LONGEST_WORD} Chinese characters or one English word of letters, got {word[:60]!r}"
    )


def sounds(word: str, reading: str) -> tuple[Sounds, ...]:
    """Return the syllables of Chinese characters read as pinyin.

    Raises:
        RequestError: the reading is no pinyin, or has too few or too many syllables.
    """
    made: list[Sounds] = []
    syllables = _spellings(reading)
    place = 0
    for spelling in syllables:
        erhua = spelling[:-1].endswith("r") and spelling[:-1] != "er"
        size = 2 if erhua and word[place + 1 : place + 2] == "儿" else 1
        try:
            initial, final, tone = parse_syllable(spelling[:-2] + spelling[-1] if erhua else spelling)
        except ValueError as error:
            raise RequestError(f"{word}: {error}") from error
        made.append(Sounds(word[place : place + size], initial, final, tone, erhua))
        place += size
    if place != len(word):
        expected = len(word) - sum(len(one.text) == 2 for one in made)
        raise RequestError(f"{word}: expected {expected} syllables, got {len(syllables)} in {reading!r}")
    return tuple(made)


def phonemes(reading: str) -> str:
    """Return the phonemes of a reading such as `[ipa:ˈɛkstɹə]` in the alphabet of english.py.

    Raises:
        RequestError: it is not written so, or has a sound that English has not.
    """
    match = _IPA.fullmatch(reading)
    if match is None:
        raise RequestError(f"expected a reading such as '[ipa:ˈɛkstɹə]' for an English word, got {reading[:60]!r}")
    text = match[1]
    for common, own in _SAME:
        text = text.replace(common, own)
    strange = [char for char in text if char not in _SYMBOLS]
    if strange:
        raise RequestError(f"expected the sounds of English in IPA, got {strange[0]!r} in {reading[:60]!r}")
    if not _VOWELS.intersection(text):
        raise RequestError(f"expected at least one vowel, got none in {reading[:60]!r}")
    return text


def parse(text: str) -> UserLexicon:
    """Return what a file says; lines that cannot be used are named in its problems."""
    found: dict[str, Entry] = {}
    problems: list[str] = []
    for number, line in enumerate(_lines(text), 1):
        try:
            one = _entry_of(line)
        except RequestError as error:
            problems.append(f"line {number}: {error}")
            continue
        if one is None:
            continue
        key = one.key
        if len(found) == MOST_ENTRIES and key not in found:
            problems.append(f"line {number}: expected at most {MOST_ENTRIES} entries; this one and later ones are left")
            break
        found.pop(key, None)
        found[key] = one
    return UserLexicon(tuple(found.values()), tuple(problems))


def with_entries(text: str, entries: Iterable[Entry]) -> str:
    """Return the file with entries put in the place of older ones or at its end; all other lines stay."""
    new = {one.key: one for one in entries}
    lines: list[str] = []
    for line in _lines(text):
        key = _key(line)
        if key is None or key not in new:
            lines.append(line)
    return "".join(f"{line}\n" for line in [*lines, *(one.line for one in new.values())])


def without(text: str, word: str) -> str:
    """Return the file without a word, all other lines as they were.

    Raises:
        RequestError: it is not listed.
    """
    key = word.strip().lower()
    lines = list(_lines(text))
    kept = [line for line in lines if _key(line) != key]
    if len(kept) == len(lines):
        raise RequestError(f"{word[:60]!r} is not in the lexicon")
    return "".join(f"{line}\n" for line in kept)


def count(text: str) -> int:
    """Return how many words a file has usable entries for."""
    return len({_key(line) for line in _lines(text)} - {None})


def _spellings(reading: str) -> list[str]:
    """Return the syllables of pinyin with tone digits, ü as v."""
    spellings, place = [], 0
    text = reading.strip().lower().replace("u:", "ü")
    while place < len(text):
        match = _SYLLABLE.match(text, place)
        if match is None:
            raise RequestError(f"expected pinyin with tone digits such as 'chong2qing4', got {reading[:60]!r}")
        spellings.append(match[1].replace("ü", "v") + match[2])
        place = match.end()
    return spellings


def _lines(text: str) -> Iterator[str]:
    lines = text.removeprefix("\ufeff").split("\n")
    return (line.removesuffix("\r") for line in (lines[:-1] if lines[-1] == "" else lines))


@lru_cache(maxsize=2 * MOST_ENTRIES)  # a change of one word reads the whole file again, several times
def _entry_of(line: str) -> Entry | None:
    if not line.strip() or line.startswith("#"):
        return None
    if not line.isascii() and any("\ud800" <= char <= "\udfff" for char in line):
        raise RequestError("expected UTF-8, got other bytes")
    cells = line.split("\t")
    if not 2 <= len(cells) <= 3:
        raise RequestError(f"expected word, reading and perhaps a comment with tabs between, got {line[:60]!r}")
    return entry(*cells)


def _key(line: str) -> str | None:
    """Return the key of the entry that a line holds, None for any other line."""
    try:
        one = _entry_of(line)
    except RequestError:
        return None
    return one.key if one else None
