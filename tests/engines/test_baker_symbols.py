"""Words in the alphabet of voices trained on the Baker corpus."""

from __future__ import annotations

import pytest

from edge_tts import text
from edge_tts.engines.baker.symbols import symbols, units
from edge_tts.errors import EngineError
from edge_tts.text.sentence import Syllable
from tests.engines.test_kokoro_symbols import ALL

INITIALS = set("^ b c ch d f g h j k l m n p q r s sh t x z zh".split())
FINALS = set(
    "a ai an ang ao e ei en eng er i ia ian iang iao ie ii iii in ing iong iou o ong ou u ua uai uan uang uei uen ueng "
    "uo v van ve vn".split()
)
"""What the published list of symbols has."""


def written(line: str) -> str:
    return " ".join(symbols([unit for sentence in text.analyze(line) for unit in units(sentence.words)]))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("你好", "sil n i2 #0 h ao3 sil eos"),
        ("吃四十只", "sil ch iii1 #0 s ii4 #0 sh iii2 #1 zh iii1 sil eos"),
        ("一点儿", "sil ^ i4 #0 d ian3 er5 sil eos"),
        ("远，雨", "sil ^ van3 #3 ^ v3 sil eos"),
        ("嗯", "sil ^ en4 sil eos"),
    ],
)
def test_a_line_is_written_as_the_corpus_is(line: str, expected: str) -> None:
    assert written(line) == expected


def test_english_is_written_in_mandarin_syllables() -> None:
    said = written("用WiFi").split()
    assert said[:3] == ["sil", "^", "iong4"]
    assert len([symbol for symbol in said if symbol[-1].isdigit() and not symbol.startswith("#")]) >= 3


@pytest.mark.parametrize(("initial", "final"), ALL)
def test_every_syllable_of_mandarin_has_symbols_that_the_voice_knows(initial: str, final: str) -> None:
    _, first, second, _, _ = symbols([(Syllable("字", initial, final, 3, 3), 0)])
    assert first in INITIALS
    assert second.endswith("3")
    assert second[:-1] in FINALS


@pytest.mark.parametrize(
    "syllable", [Syllable("字", "y", "i", 1, 1), Syllable("字", "b", "xx", 1, 1), Syllable("字", "b", "a", 1, 6)]
)
def test_what_is_no_syllable_is_an_engine_error(syllable: Syllable) -> None:
    with pytest.raises(EngineError, match="no Mandarin syllable"):
        symbols([(syllable, 0)])
