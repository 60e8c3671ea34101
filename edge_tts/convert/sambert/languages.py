"""Finds the languages that a Sambert package speaks, by what it says of itself.

The original takes a language that it does not know for PinYin; what was said then is not what was meant, so here such a
package is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from edge_tts.errors import ConversionError

_CHINESE = re.compile(r"|pinyin\w*|zh|zh(cn|cmn|hans)\w*|cmn\w*|cn|chinese|mandarin|putonghua")
_ENGLISH = re.compile(r"en|en(us|gb|uk|in|au|ca)\w*|english\w*|us|uk")


def languages(voice: str, said: Mapping[str, object]) -> tuple[str, ...]:
    """Return the codes of the languages of a voice, its own first.

    Args:
        voice: its name.
        said: the places where the package names its language, and the names.

    Raises:
        ConversionError: it speaks one whose sounds the text front end does not make.
    """
    plain = {where: re.sub(r"[\W_]", "", str(what or "")).lower() for where, what in said.items()}
    for where, name in plain.items():
        if not _CHINESE.fullmatch(name) and not _ENGLISH.fullmatch(name):
            raise ConversionError(
                f"voice {voice} speaks {said[where]!s:.40}, as {where} says, whose sounds the text front "
                "end does not make; expected Mandarin (PinYin) or English"
            )
    return ("en",) if any(name and _ENGLISH.fullmatch(name) for name in plain.values()) else ("zh", "en")
