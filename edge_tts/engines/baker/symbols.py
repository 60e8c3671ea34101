"""The alphabet of voices that were trained on the Baker corpus: initials, finals with tones, and prosodic marks.

    sil n i2 #0 h ao3 #3 sh iii4 #0 j ie4 sil eos

Each syllable is followed by one mark, #0 inside a prosodic word to #3 at the end of a clause; the last one by silence.
The corpus is labelled with tones as spoken; a 儿 that only colours its syllable is er5 after it. The scheme is that
of the corpus's own labels as TensorFlowTTS reads them (processor/baker.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from edge_tts.errors import EngineError
from edge_tts.text.reading.loanwords import in_mandarin
from edge_tts.text.sentence import CLAUSE

if TYPE_CHECKING:
    from edge_tts.text.sentence import Syllable, Word

    Unit = tuple[Syllable, int]
    """A syllable and the break after it, 0 to 4."""

SILENCE, END = "sil", "eos"

_NO_INITIAL = "^"
_INITIALS = frozenset("b c ch d f g h j k l m n p q r s sh t x z zh".split())
_FINALS = frozenset(
    "a ai an ang ao e ei en eng er i ia ian iang iao ie in ing iong iou o ong ou u ua uai uan uang uei uen ueng uo "
    "v van ve vn".split()
)
_SPOKEN_AS = {"ê": "ei", "io": "iou", "m": "en", "n": "en", "ng": "en"}
"""Finals that the corpus has no symbol for, and the nearest that it has."""
_APICAL = {**dict.fromkeys(("z", "c", "s"), "ii"), **dict.fromkeys(("zh", "ch", "sh", "r"), "iii")}
"""How the final of zi and zhi is written."""


def units(words: Iterable[Word]) -> Iterator[Unit]:
    """Yield the syllables of words with the break after each; English words in Mandarin syllables."""
    for word in words:
        syllables = word.syllables or (in_mandarin(word) if word.phonemes else ())
        for number, syllable in enumerate(syllables, start=1):
            yield syllable, word.break_after if number == len(syllables) else 0


def symbols(phrase: Sequence[Unit]) -> list[str]:
    """Return what is said in one run of a model, from silence to silence.

    Args:
        phrase: at least one syllable.

    Raises:
        EngineError: a syllable has an initial, final or tone that is none.
    """
    written = [SILENCE]
    for syllable, break_after in phrase:
        written += [*_syllable(syllable), f"#{min(break_after, CLAUSE)}"]
    return [*written[:-1], SILENCE, END]


def _syllable(syllable: Syllable) -> list[str]:
    initial, tone = syllable.initial or _NO_INITIAL, syllable.surface_tone
    final = _SPOKEN_AS.get(syllable.final, syllable.final)
    known = (initial == _NO_INITIAL or initial in _INITIALS) and final in _FINALS and 1 <= tone <= 5
    if not known:
        raise EngineError(f"no Mandarin syllable: {syllable.initial}{syllable.final}{tone}")
    if final == "i":
        final = _APICAL.get(initial, final)
    return [initial, f"{final}{tone}", *(["er5"] if syllable.erhua else [])]
