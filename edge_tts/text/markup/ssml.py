"""A safe subset of SSML 1.1 (W3C): no document types, no entities of its own, limited depth and size."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from xml.parsers import expat

from edge_tts.errors import RequestError, UnsupportedText
from edge_tts.text.marked import Marked
from edge_tts.text.markup import manner
from edge_tts.text.markup.manner import EMPHASIS, inside
from edge_tts.text.markup.say_as import SPOKEN, as_it_is
from edge_tts.text.markup.writer import Writer, seconds_of
from edge_tts.text.normalization.normalize import language_of
from edge_tts.text.sentence import PLAIN, Manner, Span

DEEPEST = 16
"""Most levels of elements inside each other."""
LONGEST = 200_000
"""Most characters of a document, tags included."""

_BEGIN = re.compile(r"\ufeff?\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<speak[\s>/]|<!DOCTYPE\s+speak\b)")
_REFERENCE = re.compile(r"&[^;]{1,12};|\r\n")
_TAG = re.compile(r"<[^<>]*>")
_STRENGTHS = {"none": 0.0, "x-weak": 0.1, "weak": 0.2, "medium": 0.4, "strong": 0.7, "x-strong": 1.0}
_ELEMENTS = ("speak", "break", "say-as", "phoneme", "sub", "emphasis", "prosody", "voice", "p", "s")
_PROSODY: dict[str, tuple[Callable[[str], float | None], str]] = {
    "rate": (manner.rate, "slow, fast, 80% or +10%"),
    "pitch": (manner.pitch, "low, high, +10% or -2st"),
    "volume": (manner.volume, "soft, loud, -6dB or 80%"),
}
_ENDS = {"p": "\n", "s": "。"}
"""The mark that ends the sentence before an element and in it."""
_WITH_TEXT_ONLY = frozenset({"say-as", "phoneme", "sub"})


@dataclass(slots=True)
class _Element:
    """An element that is open.

    Attributes:
        name: what the element is called.
        attributes: the values of its attributes, by name.
        start: the place in the source where its tag begins.
        text: its content, where only text is allowed.
        spans: the places in the source of the characters of `text`.
        manner: how its content is said, if the element changes that.
    """

    name: str
    attributes: dict[str, str]
    start: int
    text: str
    spans: list[Span]
    manner: Manner | None = None


def begins(text: str) -> bool:
    """Return whether a text is meant as SSML."""
    return _BEGIN.match(text) is not None


def parse(text: str) -> Marked:
    """Return a text without its elements, and what they ask for; see `markup.parse`."""
    if len(text) > LONGEST:
        raise UnsupportedText(f"SSML of {len(text)} characters, limit is {LONGEST}")
    return _Reader(text).read()


class _Reader:
    """Goes through one document."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._chinese = language_of(_TAG.sub(" ", source)) == "zh"
        self._writer = Writer(source)
        self._open: list[_Element] = []
        self._bytes = b""
        self._byte, self._char = 0, source.index("<")
        self._parser = expat.ParserCreate("utf-8")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._refuse_declaration
        self._parser.EntityDeclHandler = self._refuse_declaration

    def read(self) -> Marked:
        """Return what the document says."""
        try:
            self._bytes = self._source[self._char :].encode()
            self._parser.Parse(self._bytes, True)
        except UnicodeEncodeError as error:
            place = self._char + error.start
            raise UnsupportedText(f"SSML must be valid Unicode, character {place} is a lone surrogate") from error
        except expat.ExpatError as error:
            raise self._error(expat.ErrorString(error.code)) from error
        return self._writer.finish()

    def _place(self) -> int:
        """Return where in the source the parser is; it only goes forward."""
        byte = self._parser.CurrentByteIndex
        if byte > self._byte:
            self._char += len(self._bytes[self._byte : byte].decode(errors="replace"))
            self._byte = byte
        return self._char

    def _error(self, message: str, element: _Element | None = None) -> UnsupportedText:
        place = element.start if element else self._place()
        line = self._source.count("\n", 0, place) + 1
        column = place - self._source.rfind("\n", 0, place)
        return UnsupportedText(f"SSML, line {line}, column {column}: {message}")

    def _refuse_declaration(self, *_: object) -> None:
        raise self._error("expected no document type and no entities")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name not in _ELEMENTS:
            raise self._error(f"expected one of the elements {', '.join(_ELEMENTS)}, got {name[:40]!r}")
        if (name == "speak") == bool(self._open):
            raise self._error("expected one element speak around everything")
        if self._open and self._open[-1].name in _WITH_TEXT_ONLY:
            raise self._error(f"expected only text in {self._open[-1].name}, got an element {name}")
        if len(self._open) == DEEPEST:
            raise self._error(f"expected elements at most {DEEPEST} deep")
        element = _Element(name, attributes, self._place(), "", [])
        self._open.append(element)
        if name in _ENDS:
            self._sentence_end(element)
        elif name in _MANNERS:
            element.manner = inside(self._manner(), _MANNERS[name](self, element))
            self._writer.speak(element.manner)

    def _end(self, name: str) -> None:
        element = self._open.pop()
        if name in _MEANINGS:
            _MEANINGS[name](self, element)
        elif name in _MANNERS:
            self._writer.speak(self._manner())

    def _manner(self) -> Manner:
        """Return how the text is said here."""
        return next((one.manner for one in reversed(self._open) if one.manner), PLAIN)

    def _characters(self, data: str) -> None:
        start = self._place()
        if self._source.startswith(data, start):
            spans = [(place, place + 1) for place in range(start, start + len(data))]
        else:
            match = _REFERENCE.match(self._source, start)
            spans = [(start, match.end() if match else min(start + 1, len(self._source)))] * len(data)
        element = self._open[-1]
        if element.name in _WITH_TEXT_ONLY:
            element.text += data
            element.spans += spans
        else:
            self._writer.write(data, spans)

    def _sentence_end(self, element: _Element) -> None:
        place = self._place()
        self._writer.write(_ENDS[element.name], [(place, place)])

    def _break(self, element: _Element) -> None:
        time, strength = element.attributes.get("time"), element.attributes.get("strength", "medium")
        if strength not in _STRENGTHS:
            raise self._error(f"expected strength to be one of {', '.join(_STRENGTHS)}, got {strength[:40]!r}", element)
        seconds = _STRENGTHS[strength] if time is None else seconds_of(time.strip())
        if seconds is None:
            raise self._error(f"expected a time such as 500ms or 0.5s, got {(time or '')[:40]!r}", element)
        if seconds:
            self._writer.pause(seconds, self._span(element))

    def _sub(self, element: _Element) -> None:
        if "alias" not in element.attributes:
            raise self._error("expected an attribute alias of sub", element)
        self._replace(element, element.attributes["alias"])

    def _say_as(self, element: _Element) -> None:
        kind = element.attributes.get("interpret-as", "")
        if kind not in SPOKEN:
            self._writer.marked.ignore("say-as")
        self._replace(element, SPOKEN.get(kind, as_it_is)(element.text.strip(), self._chinese))

    def _phoneme(self, element: _Element) -> None:
        alphabet, reading = element.attributes.get("alphabet", "ipa"), element.attributes.get("ph", "")
        if alphabet not in ("pinyin", "ipa"):
            raise self._error(f"expected alphabet to be pinyin or ipa, got {alphabet[:40]!r}", element)
        text = element.text.strip()
        if not text:
            raise self._error("expected the text of phoneme, got none", element)
        start = element.text.find(text)
        try:
            given = reading if alphabet == "pinyin" else f"[ipa:{reading}]"
            self._writer.read(text, element.spans[start : start + len(text)], given)
        except RequestError as error:
            raise self._error(str(error), element) from error

    def _prosody(self, element: _Element) -> Manner:
        factors = {"rate": 1.0, "pitch": 1.0, "volume": 1.0}
        for name, value in element.attributes.items():
            if name not in _PROSODY:
                self._writer.marked.ignore(name)
                continue
            read, expected = _PROSODY[name]
            factor = read(value.strip())
            if factor is None:
                raise self._error(f"expected {name} to be {expected}, got {value[:40]!r}", element)
            factors[name] = factor
        return Manner(factors["rate"], factors["pitch"], factors["volume"])

    def _emphasis(self, element: _Element) -> Manner:
        level = element.attributes.get("level", "moderate")
        if level not in EMPHASIS:
            raise self._error(f"expected level to be one of {', '.join(EMPHASIS)}, got {level[:40]!r}", element)
        return EMPHASIS[level]

    def _voice(self, element: _Element) -> Manner:
        names = element.attributes.get("name", "").split()
        if not names:
            self._writer.marked.ignore("voice")  # other ways to choose one are not known here
        return Manner(voice=names[0] if names else "")

    def _replace(self, element: _Element, text: str) -> None:
        self._writer.write(text, [self._span(element)] * len(text))

    def _span(self, element: _Element) -> Span:
        return element.start, max(self._place(), element.start + 1)


_MEANINGS: dict[str, Callable[[_Reader, _Element], None]] = {
    "break": _Reader._break,
    "say-as": _Reader._say_as,
    "phoneme": _Reader._phoneme,
    "sub": _Reader._sub,
    "p": _Reader._sentence_end,
    "s": _Reader._sentence_end,
}
_MANNERS: dict[str, Callable[[_Reader, _Element], Manner]] = {
    "prosody": _Reader._prosody,
    "emphasis": _Reader._emphasis,
    "voice": _Reader._voice,
}
