"""Sentences that are read before they are wanted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from edge_tts.errors import RequestError
from edge_tts.text import Sentence, analyze
from edge_tts.worker.job import Lookahead

TEXT = "一。二。三。四。"


def broken() -> Iterator[Sentence]:
    yield from analyze("一。")
    raise RequestError("the second sentence cannot be read")


@pytest.mark.parametrize("prepared", [(), (0,), (1, 3), (0, 1, 2, 3, 4)])
def test_sentences_are_the_same_whichever_were_read_before(prepared: tuple[int, ...]) -> None:
    sentences, found = Lookahead(iter(analyze(TEXT))), []
    for place in range(5):
        if place in prepared:
            sentences.prepare()
        found += [sentence] if (sentence := next(sentences, None)) else []
    assert found == list(analyze(TEXT))


def test_only_one_is_read_before_however_often_it_is_asked_for() -> None:
    sentences = Lookahead(iter(analyze(TEXT)))
    sentences.prepare()
    sentences.prepare()
    assert list(sentences) == list(analyze(TEXT))


def test_what_is_wrong_with_a_sentence_is_said_when_it_is_wanted() -> None:
    sentences = Lookahead(broken())
    next(sentences)
    sentences.prepare()
    sentences.prepare()
    with pytest.raises(RequestError, match="second sentence"):
        next(sentences)
