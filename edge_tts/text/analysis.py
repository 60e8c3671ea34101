"""Turns what a user wrote into sentences of words with pronunciations. Pure.

markup (ssml, manner) → fold → lines, abbreviations → split → normalize → tokens (given, segment) → reading
→ pauses → prosody → sandhi.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from edge_tts.errors import UnsupportedText
from edge_tts.text.lexicon import lexicon as listed
from edge_tts.text.marked import Marked
from edge_tts.text.markup import manner, markup
from edge_tts.text.normalization.abbreviations import dotless
from edge_tts.text.normalization.emoji import Pictures
from edge_tts.text.normalization.fold import fold
from edge_tts.text.normalization.lines import unmarked
from edge_tts.text.normalization.normalize import language_of, normalize
from edge_tts.text.normalization.split import sentences
from edge_tts.text.prosody import pauses, prosody, quotations, sandhi
from edge_tts.text.reading import reading
from edge_tts.text.reading.given import Given
from edge_tts.text.reading.tokens import tokens, unread
from edge_tts.text.reading.user_lexicon import EMPTY, UserLexicon
from edge_tts.text.sentence import Language, Sentence, Unread, Word
from edge_tts.text.traced import Traced

LONGEST_SENTENCE = 120  # syllables; what is longer is cut at a comma, else between words
_CHINESE_MARKS = {",": "，", ".": "。", "!": "！", "?": "？", ":": "：", ";": "；", "…": "……", "—": "——", "(": ""}
_QUOTED = 40  # characters of the text that an error message shows


def analyze(
    text: str | Marked,
    *,
    language: Language | None = None,
    lexicon: UserLexicon = EMPTY,
    emoji: Pictures = "name",
) -> list[Sentence]:
    """Return the sentences of a text, never empty; arguments and errors as `sentences_of`."""
    return list(sentences_of(text, language=language, lexicon=lexicon, emoji=emoji))


def sentences_of(
    text: str | Marked,
    *,
    language: Language | None = None,
    lexicon: UserLexicon = EMPTY,
    emoji: Pictures = "name",
) -> Iterator[Sentence]:
    """Yield the sentences of a text, at least one, and read no further than to the one after it.

    Args:
        text: any text, Chinese and English mixed; or one whose marks, see docs/MARKUP.md, are parsed already.
        language: the language to read numbers in where a text has no Chinese characters; by default English if
            it has English words.
        lexicon: the user's own words, which win over all others.
        emoji: whether they are read by their names or not at all.

    Raises:
        UnsupportedText: the text has nothing that can be read aloud.
        StoreError: the lexicon is missing from the installation.
    """
    marked = markup.parse(text) if isinstance(text, str) else text
    if not marked.source.strip():
        raise UnsupportedText("text is empty")
    folded = dotless(unmarked(fold(marked.text)))
    around = language or language_of(folded.text)
    given = Given(lexicon, marked.readings, {place for place, _ in marked.manners})
    parts = ((normalize(raw.strip(), around, emoji), "\n" in raw.text) for raw in sentences(folded))
    found = False
    for sentence in _all(_readable(parts, given), marked):
        yield _placed(sentence, marked)
        found = True
    if not found:
        shown = marked.source if len(marked.source) <= _QUOTED else f"{marked.source[:_QUOTED]}…"
        raise UnsupportedText(f"nothing in the text can be read aloud: {shown!r}")


def describe(text: str, *, lexicon: UserLexicon = EMPTY, emoji: Pictures = "name") -> dict[str, Any]:
    """Return text, normalized text and sentences as `edge-tts text --json` prints them; errors as analyze."""
    found = analyze(text, lexicon=lexicon, emoji=emoji)
    return {
        "text": text,
        "normalized": " ".join(sentence.text for sentence in found),
        "sentences": [sentence.as_json() for sentence in found],
    }


class _Part(NamedTuple):
    """A sentence as the user made it: its text, its words, what cannot be read there, whether a new line follows."""

    text: Traced
    words: list[Word]
    unread: list[Unread]
    ends_paragraph: bool
    ends_text: bool = False


def _readable(texts: Iterable[tuple[Traced, bool]], given: Given) -> Iterator[tuple[_Part, int | None]]:
    """Yield the parts that have words, and where the next one's words begin, None after the last.

    What cannot be read beside them counts to the next, or to the last one.
    """
    part: _Part | None = None
    waiting: list[Unread] = []
    for text, ends in texts:
        found = list(tokens(text, listed(), given))
        waiting += unread(found)
        if words := reading.read([token for token in found if token.kind != "unread"], listed()):
            if part:
                yield part, words[0].span[0]
            part, waiting = _Part(text, quotations.mark(words, text), waiting, ends), []
        elif part and ends:
            part = part._replace(ends_paragraph=True)
    if part:
        yield part._replace(unread=[*part.unread, *waiting], ends_text=True), None


def _all(parts: Iterable[tuple[_Part, int | None]], marked: Marked) -> Iterator[Sentence]:
    places = [pause.place for pause in marked.pauses]
    for part, end in parts:
        words = manner.put(pauses.put(part.words, marked.pauses, places, end), marked.manners)
        yield from _sentences(part._replace(words=words))


def _placed(sentence: Sentence, marked: Marked) -> Sentence:
    """Return a sentence of the plain text with its places in what the user wrote."""
    if marked.spans is None:
        return sentence
    words = tuple(replace(word, span=marked.place(word.span)) for word in sentence.words)
    unread = tuple(replace(piece, span=marked.place(piece.span)) for piece in sentence.unread)
    return replace(sentence, words=words, span=marked.place(sentence.span), unread=unread)


def _sentences(part: _Part) -> Iterator[Sentence]:
    pieces = list(_pieces(prosody.mark(part.words, listed())))
    spans, waiting = part.text.spans, deque(part.unread)
    for index, piece in enumerate(pieces):
        last = index + 1 == len(pieces)
        start = piece[0].span[0] if index else spans[0][0]
        end = spans[-1][1] if last else piece[-1].span[1]
        words = sandhi.apply(manner.mark(pauses.mark(piece)), listed())
        passed = []
        while waiting and (last or waiting[0].span[0] < end):
            passed.append(waiting.popleft())
        ends = (last and part.ends_paragraph, last and part.ends_text)
        yield Sentence(_text(words), tuple(words), (start, end), tuple(passed), *ends)


def _pieces(words: list[Word]) -> Iterator[list[Word]]:
    """Yield the words in pieces of at most LONGEST_SENTENCE syllables, and without too much silence."""
    start, length, silence = 0, 0, 0.0
    for index, word in enumerate(words):
        length += prosody.size(word)
        if length > LONGEST_SENTENCE and index > start:
            end = _strongest(words, start, index)
            yield words[start:end]
            length = sum(prosody.size(left) for left in words[end : index + 1])
            start = end
        silence += word.pause_seconds
        if silence >= pauses.LONGEST_IN_SENTENCE:
            yield words[start : index + 1]
            start, length, silence = index + 1, 0, 0.0
    if start < len(words):
        yield words[start:]


def _strongest(words: list[Word], start: int, end: int) -> int:
    """Return where to part the words between two places: after the last of the strongest breaks."""
    return max(range(start + 1, end + 1), key=lambda at: (words[at - 1].break_after, at))


def _text(words: list[Word]) -> str:
    parts: list[str] = []
    for index, word in enumerate(words):
        if index and word.language == "en" and (words[index - 1].language == "en" or words[index - 1].punctuation):
            parts.append(" ")
        plain = word.language == "en" and word.punctuation != "("
        mark = word.punctuation if plain else _CHINESE_MARKS.get(word.punctuation, word.punctuation)
        parts += (word.text, mark)
    return "".join(parts)
