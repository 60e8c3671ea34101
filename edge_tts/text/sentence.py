"""What the front end hands to an engine: sentences of words, engine-neutral.

This is the contract between `text/` and `engines/`. Each engine maps it to its own symbols.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from edge_tts.text.pinyin import spell

Language = Literal["zh", "en"]

Span = tuple[int, int]
"""Half-open range of character positions in the text that the user wrote."""


@dataclass(frozen=True, slots=True)
class Syllable:
    """One Mandarin syllable.

    Attributes:
        text: the character (or characters, for fused er-hua) that it stands for.
        initial: pinyin initial, one of b p m f d t n l g k h j q x zh ch sh r z c s, or "" (no y, w).
        final: pinyin final in full, unabbreviated spelling: iou uei uen v ve van vn …, "i" after zh z too; "er".
        lexical_tone: 1-4, or 5 for neutral, as the dictionary has it.
        surface_tone: 1-5, as spoken after sandhi.
        erhua: whether 儿 is fused into it.
    """

    text: str
    initial: str
    final: str
    lexical_tone: int
    surface_tone: int
    erhua: bool = False

    @property
    def lexical(self) -> str:
        """Pinyin with the dictionary's tone, `yin2`; v for ü, 5 for neutral, `dianr3` for er-hua."""
        return f"{self._spelling()}{self.lexical_tone}"

    @property
    def surface(self) -> str:
        """Pinyin with the tone as spoken."""
        return f"{self._spelling()}{self.surface_tone}"

    def _spelling(self) -> str:
        return spell(self.initial, self.final) + ("r" if self.erhua else "")


@dataclass(frozen=True, slots=True)
class Manner:
    """How a word is to be said beside how the whole text is; the factors multiply with those of the request.

    Attributes:
        speed: 1.0 as the rest, 2.0 twice as fast.
        pitch: 1.0 as the rest.
        volume: factor on the samples.
        voice: name of another voice, "" for that of the request.
        apart: whether a break goes before and after the span, as around what is emphasized.
    """

    speed: float = 1.0
    pitch: float = 1.0
    volume: float = 1.0
    voice: str = ""
    apart: bool = False


PLAIN = Manner()
"""The manner of the whole text."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word and what follows it.

    Attributes:
        text: the word in normalized text.
        language: "zh" words have syllables, "en" words have phonemes.
        syllables: the syllables of a Chinese word, else empty.
        phonemes: an English word in IPA with stress marks ˈ ˌ before the stressed vowel's syllable; "" for Chinese.
        break_after: prosodic break 0 none, 1 prosodic word, 2 prosodic phrase, 3 intonation phrase, 4 sentence end.
        punctuation: the mark that follows, one of , . ! ? : ; … — 、 or ""; ( for a bracket before or after.
        span: place in the source text.
        pause_seconds: silence after the word that the user asks for.
        manner: how the user wants it said.
        quoted: whether it stands in a short quotation together with the next word.
    """

    text: str
    language: Language
    syllables: tuple[Syllable, ...]
    phonemes: str
    break_after: int
    punctuation: str
    span: Span
    pause_seconds: float = 0.0
    manner: Manner = PLAIN
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Unread:
    """A piece of the text that cannot be read aloud: another script, a sign without a name.

    Attributes:
        text: its characters.
        span: place in the source text.
    """

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Sentence:
    """The unit of synthesis.

    Attributes:
        text: normalized text of the sentence.
        words: never empty.
        span: place in the source text.
        unread: what is passed over, in order; that of a text without a word counts to the sentence beside it.
        ends_paragraph: whether a new line or paragraph follows.
        ends_text: whether nothing follows.
    """

    text: str
    words: tuple[Word, ...]
    span: Span
    unread: tuple[Unread, ...] = ()
    ends_paragraph: bool = False
    ends_text: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the sentence as `edge-tts text --json` prints it."""
        return {
            "text": self.text,
            "words": [_word_json(word) for word in self.words],
            "span": list(self.span),
            "unread": [{"text": piece.text, "span": list(piece.span)} for piece in self.unread],
            "ends_paragraph": self.ends_paragraph,
        }


def _word_json(word: Word) -> dict[str, Any]:
    return {
        "text": word.text,
        "language": word.language,
        "syllables": [
            {**asdict(syllable), "lexical": syllable.lexical, "surface": syllable.surface}
            for syllable in word.syllables
        ],
        "phonemes": word.phonemes,
        "break": word.break_after,
        "punctuation": word.punctuation,
        "span": list(word.span),
        "pause_seconds": word.pause_seconds,
        "manner": asdict(word.manner),
    }


NONE, WORD, PHRASE, CLAUSE, SENTENCE = range(5)
