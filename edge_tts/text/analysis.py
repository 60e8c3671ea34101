"""From what a user wrote to sentences of words with pronunciations. Pure.

Stages, a file each: fold → split → normalize → tokens (segment) → reading (polyphones, erhua, english) →
prosody → sandhi.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edge_tts.errors import UnsupportedText
from edge_tts.text import prosody, reading, sandhi
from edge_tts.text.fold import fold
from edge_tts.text.given import Given
from edge_tts.text.lexicon import lexicon as listed
from edge_tts.text.normalize import language_of, normalize
from edge_tts.text.sentence import Language, Sentence, Word
from edge_tts.text.split import sentences
from edge_tts.text.tokens import tokens
from edge_tts.text.traced import Traced
from edge_tts.user_lexicon import EMPTY, UserLexicon

VERSION = "1"
"""Version of the rules; it changes whenever the same text may be read differently."""

LONGEST_SENTENCE = 120  # syllables; what is longer is cut at a comma, else between words
_CHINESE_MARKS = {",": "，", ".": "。", "!": "！", "?": "？", ":": "：", ";": "；", "…": "……", "—": "——"}
_QUOTED = 40  # characters of the text that an error message shows


def version(lexicon: UserLexicon = EMPTY) -> str:
    """Return the versions of rules, lexicon and the user's own words, for keys of cached audio."""
    return "-".join((VERSION, listed().version, *([lexicon.digest] if lexicon.digest else [])))


def analyze(text: str, *, language: Language | None = None, lexicon: UserLexicon = EMPTY) -> list[Sentence]:
    """Return the sentences of a text, never empty.

    Args:
        text: any text, Chinese and English mixed.
        language: in which to read numbers where a text has no Chinese characters; by default English if it
            has English words.
        lexicon: the user's own words, which win over all others.

    Raises:
        UnsupportedText: the text has nothing that can be read aloud.
        StoreError: the lexicon is missing from the installation.
    """
    if not text.strip():
        raise UnsupportedText("text is empty")
    folded = fold(text)
    around = language or language_of(folded.text)
    given = Given(lexicon)
    result = [found for part in sentences(folded) for found in _sentences(normalize(part.strip(), around), given)]
    if not result:
        shown = text if len(text) <= _QUOTED else f"{text[:_QUOTED]}…"
        raise UnsupportedText(f"nothing in the text can be read aloud: {shown!r}")
    return result


def describe(text: str, *, lexicon: UserLexicon = EMPTY) -> dict[str, Any]:
    """Return text, normalized text and sentences as `edge-tts text --json` prints them; errors as analyze."""
    found = analyze(text, lexicon=lexicon)
    return {
        "text": text,
        "normalized": " ".join(sentence.text for sentence in found),
        "sentences": [sentence.as_json() for sentence in found],
    }


def _sentences(part: Traced, given: Given) -> Iterator[Sentence]:
    pieces = list(_pieces(reading.read(list(tokens(part, listed(), given)), listed())))
    for index, piece in enumerate(pieces):
        start = piece[0].span[0] if index else part.spans[0][0]
        end = piece[-1].span[1] if index + 1 < len(pieces) else part.spans[-1][1]
        words = sandhi.apply(prosody.mark(piece), listed())
        yield Sentence(_text(words), tuple(words), (start, end))


def _pieces(words: list[Word]) -> Iterator[list[Word]]:
    """Yield the words in pieces of at most LONGEST_SENTENCE syllables."""
    start, length, comma = 0, 0, 0
    for index, word in enumerate(words):
        length += prosody.size(word)
        if length > LONGEST_SENTENCE and index > start:
            end = comma or index
            yield words[start:end]
            length = sum(prosody.size(left) for left in words[end : index + 1])
            start, comma = end, 0
        if word.punctuation:
            comma = index + 1
    if start < len(words):
        yield words[start:]


def _text(words: list[Word]) -> str:
    parts: list[str] = []
    for index, word in enumerate(words):
        if index and word.language == "en" and (words[index - 1].language == "en" or words[index - 1].punctuation):
            parts.append(" ")
        mark = word.punctuation if word.language == "en" else _CHINESE_MARKS.get(word.punctuation, word.punctuation)
        parts += (word.text, mark)
    return "".join(parts)
