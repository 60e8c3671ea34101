"""The text front end: it turns what a user wrote into sentences of words with pronunciations. Pure.

Stages, a folder each: markup → normalization → reading → prosody; analysis.py puts them together. Nothing here knows
how a Sentence becomes sound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edge_tts.text.analysis import LONGEST_SENTENCE, analyze, describe, sentences_of
    from edge_tts.text.edition import VERSION, version
    from edge_tts.text.sentence import Language, Sentence, Syllable, Unread, Word

__all__ = [
    "LONGEST_SENTENCE",
    "VERSION",
    "Language",
    "Sentence",
    "Syllable",
    "Unread",
    "Word",
    "analyze",
    "describe",
    "sentences_of",
    "version",
]

_HOMES = dict.fromkeys(("Language", "Sentence", "Syllable", "Unread", "Word"), "sentence") | dict.fromkeys(
    ("VERSION", "version"), "edition"
)


def __getattr__(name: str) -> Any:
    """Import the stages when they are asked for: the daemon checks pinyin and must not pay for numpy."""
    if name not in __all__:
        raise AttributeError(f"module 'edge_tts.text' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"edge_tts.text.{_HOMES.get(name, 'analysis')}"), name)
