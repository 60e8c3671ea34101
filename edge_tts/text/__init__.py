"""The text front end: from what a user wrote to sentences of words with pronunciations. Pure.

Stages, a file each: markup (ssml) → fold → lines, abbreviations → split → normalize → tokens (given, segment) →
reading (polyphones, erhua, english, capitals) → pauses → prosody → sandhi; analysis.py puts them together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edge_tts.text import prosody
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
    "prosody",
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

    if name == "prosody":
        return import_module("edge_tts.text.prosody")
    return getattr(import_module(f"edge_tts.text.{_HOMES.get(name, 'analysis')}"), name)
