"""Names the edition of the front end, which its readings depend on; keys of cached audio contain it.

Standard library only: the daemon asks for it, and must not pay for numpy.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from edge_tts.errors import StoreError

VERSION = "5"
"""Version of the rules; it changes whenever the same text may be read differently."""

_TABLES = Path(__file__).with_name("data") / "version.txt"


def version(lexicon_digest: str = "") -> str:
    """Return the versions of rules, compiled lexicon and the user's own words.

    Args:
        lexicon_digest: the digest of the user's own words, see user_lexicon.UserLexicon; "" without any.

    Raises:
        StoreError: the compiled lexicon is missing from the installation.
    """
    return "-".join((VERSION, _tables(), *([lexicon_digest] if lexicon_digest else [])))


@cache
def _tables() -> str:
    try:
        return _TABLES.read_text("ascii").strip()
    except (OSError, ValueError) as error:
        raise StoreError(
            f"expected the compiled lexicon's {_TABLES}, got {error}; install the package again"
        ) from error
