"""How a text is read, for people: source, characters, pinyin and breaks in columns, as wide as the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from unicodedata import normalize

from edge_tts.cli.terminal import dim, pad, red, width

LEGEND = "· bound  | phrase  ‖ clause  (…) in the dictionary  ✗ cannot be read"
_BREAKS = ("·", " ", " | ", " ‖ ", "")
_ACCENTS = ("", "\u0304", "\u0301", "\u030c", "\u0300", "")
"""Combining marks of the tones 1 to 4; none for 5."""
_LONGEST_SOURCE = 40  # cells of a rewritten piece that are shown


@dataclass(frozen=True, slots=True)
class Block:
    """What stands together on a line: one word, or the words that one number became.

    Attributes:
        source: what the user wrote, where it is something else than the words; else "".
        text: the characters, or what cannot be read.
        spoken: pinyin as spoken or phonemes, the mark and the break.
        listed: the dictionary's reading where it is another.
        unread: whether it is passed over.
    """

    source: str
    text: str
    spoken: str
    listed: str
    unread: bool = False

    @property
    def cells(self) -> int:
        """How many terminal cells it takes."""
        return max(map(width, (self.source, self.text, self.spoken, self.listed)))


def lines(document: dict[str, Any], columns: int | None) -> Iterator[str]:
    """Yield the lines for a text that `text.describe` described.

    Args:
        document: what `text.describe` returned.
        columns: width of the terminal, None for lines as long as the sentences.
    """
    between = False
    for sentence in document["sentences"]:
        for row in _rows(list(_blocks(sentence, document["text"])), columns):
            if between:
                yield ""
            between = True
            yield from _drawn(row)


def accented(pinyin: str) -> str:
    """Return pinyin such as `lv4` with a tone mark, `lǜ`; the neutral tone has none."""
    letters, tone = pinyin[:-1].replace("v", "ü"), _ACCENTS[int(pinyin[-1])]
    place = next((letters.index(vowel) for vowel in "aoe" if vowel in letters), -1)
    if place < 0:
        place = max(letters.rfind(vowel) for vowel in "iuü")
    return normalize("NFC", f"{letters[: place + 1]}{tone}{letters[place + 1 :]}")


def _rows(blocks: list[Block], columns: int | None) -> Iterator[list[Block]]:
    """Yield the blocks of each line; one that is wider than the terminal has a line for itself."""
    row: list[Block] = []
    taken = 0
    for block in blocks:
        if row and columns is not None and taken + block.cells > columns:
            yield row
            row, taken = [], 0
        row.append(block)
        taken += block.cells
    if row:
        yield row


def _drawn(row: list[Block]) -> Iterator[str]:
    source, listed = (
        "".join(pad(getattr(block, name), block.cells) for block in row).rstrip() for name in ("source", "listed")
    )
    if source:
        yield dim(source)
    for name in ("text", "spoken"):
        shown = [(pad(getattr(block, name), block.cells), block.unread) for block in row]
        yield "".join(red(text) if unread else text for text, unread in shown).rstrip()
    if listed:
        yield dim(listed)


def _blocks(sentence: dict[str, Any], source: str) -> Iterator[Block]:
    """Yield the words and what cannot be read in the order of the source; words of one number are one block."""
    pieces = sorted([*sentence["words"], *sentence["unread"]], key=lambda piece: tuple(piece["span"]))
    group: list[dict[str, Any]] = []
    for piece in pieces:
        if group and not _belongs(piece, group, source):
            yield _block(group, source)
            group = []
        if "syllables" in piece:
            group.append(piece)
        else:
            yield Block("", _printable(piece["text"]), "✗ ", "", unread=True)
    if group:
        yield _block(group, source)


def _belongs(piece: dict[str, Any], group: list[dict[str, Any]], source: str) -> bool:
    """Tell whether a piece comes from the same number, date or sign as the words before it."""
    start, end = group[0]["span"][0], group[-1]["span"][1]
    if "syllables" not in piece or piece["span"][0] < end:
        return "syllables" in piece
    touching = piece["span"][0] == end and piece["span"][1] - start <= _LONGEST_SOURCE // 2
    return touching and _rewritten(group[-1], source) and _rewritten(piece, source)


def _rewritten(word: dict[str, Any], source: str) -> bool:
    return bool(source[slice(*word["span"])] != word["text"])


def _block(words: list[dict[str, Any]], source: str) -> Block:
    columns = [column for word in words for column in _columns(word)]
    text, spoken, listed = ("".join(row) for row in zip(*columns, strict=True))
    written = source[words[0]["span"][0] : words[-1]["span"][1]]
    if written == "".join(word["text"] for word in words):
        written = ""
    elif width(written) > _LONGEST_SOURCE:
        written = written[: _LONGEST_SOURCE // 2] + "…"
    return Block(_printable(written) and _printable(written) + " ", text, spoken, listed)


def _columns(word: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield three cells of the same width for each syllable of a word, or for an English word.

    They hold the characters, how they are spoken, and the dictionary's reading where it is another; the last
    ones end with the mark and the break.
    """
    cells = [_readings(syllable) for syllable in word["syllables"]] or [(word["text"], f"[{word['phonemes']}]", "")]
    mark = word["punctuation"] + _BREAKS[word["break"]]
    cells[-1] = cells[-1][0], cells[-1][1] + mark, cells[-1][2]
    for above, below, listed in cells:
        wide = max(width(above), width(below), width(listed))
        yield pad(above, wide), pad(below, wide), pad(listed, wide)


def _readings(syllable: dict[str, Any]) -> tuple[str, str, str]:
    spoken, listed = accented(syllable["surface"]), accented(syllable["lexical"])
    return syllable["text"], spoken, f"({listed})" if listed != spoken else ""


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "\ufffd" for char in text)
