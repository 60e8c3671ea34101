"""Silence: how long it is after each mark, and that which the user asks for.

The figures follow what listeners call natural in Mandarin: 0.6 s at a comma and 0.6 to 1.2 s at a full stop of a speech
(Lin, Nakajima, Liu, Ueda and Remijn, "The influence of comma- and period-pause duration on the listener's impression
of speeches made in Mandarin Chinese"), shorter here as a device gives information and no speech, and near what Kokoro
does by itself at a mark inside a sentence (scripts/evaluate/quality/pause_lengths.py; docs/measurements/voices.md has
both).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace

from edge_tts.text.marked import LONGEST_PAUSE, Pause
from edge_tts.text.sentence import CLAUSE, SENTENCE, Sentence, Word

LONGEST_IN_SENTENCE = 10.0
"""Seconds after which a sentence is cut, so that the silence in what is made at a time is limited."""


AFTER_MARK = {
    **{"(": 0.15, "、": 0.2, ",": 0.3, "—": 0.35, ":": 0.35, ";": 0.45, "…": 0.5, ".": 0.6, "!": 0.6, "?": 0.6},
}
"""Seconds of silence after a word with this mark, at the usual speed; quotation marks have none of their own."""
AFTER_BREAK = (0.0, 0.0, 0.0, 0.15, 0.6)
"""Seconds of silence after a word without a mark, by its break."""
AFTER_PARAGRAPH = 0.3
"""Seconds more at the end of a paragraph; not an engine's business."""


def after(word: Word) -> float:
    """Return the seconds of silence that are heard after a word at the usual speed, whichever engine speaks."""
    return AFTER_MARK[word.punctuation] if word.punctuation else AFTER_BREAK[word.break_after]


def after_run(sentence: Sentence, words: Sequence[Word]) -> float:
    """Return the seconds of silence that are heard after some words of a sentence, said in one run, at the usual speed.

    A text ends as a full stop does, whatever mark it has there.
    """
    last = words[-1]
    if last.break_after == SENTENCE and (sentence.ends_text or last.punctuation == "("):
        return max(after(last), AFTER_BREAK[SENTENCE])
    return after(last)


def put(words: list[Word], pauses: Sequence[Pause], places: Sequence[int], end: int | None) -> list[Word]:
    """Return the words with the silence that follows each of them.

    Args:
        words: the words of one sentence, at least one, with spans in the text that the pauses are in.
        pauses: the pauses of the whole text, in order.
        places: theirs.
        end: the place where the next sentence's first word begins, None after the last sentence.
    """
    if not pauses:
        return words
    starts = [word.span[0] for word in words]
    ends = [*starts[1:], places[-1] + 1 if end is None else end]
    made = []
    for word, start, following in zip(words, starts, ends, strict=True):
        found = pauses[bisect_right(places, start) : bisect_right(places, following)]
        seconds = min(sum(pause.seconds for pause in found), LONGEST_PAUSE)
        made.append(replace(word, pause_seconds=seconds) if seconds else word)
    return made


def mark(words: list[Word]) -> list[Word]:
    """Return the words with a clause's end at each silence."""
    return [
        replace(word, break_after=CLAUSE) if word.pause_seconds and word.break_after < CLAUSE else word
        for word in words
    ]


def parts(sentence: Sentence) -> Iterator[Sentence]:
    """Yield a sentence in parts that end where silence follows or the manner changes."""
    words, start = sentence.words, 0
    for index, word in enumerate(words):
        last = index + 1 == len(words)
        if last or word.pause_seconds or word.manner != words[index + 1].manner:
            yield replace(sentence, words=words[start : index + 1], ends_text=last and sentence.ends_text)
            start = index + 1
