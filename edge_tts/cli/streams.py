"""Prints where the terminal, or whatever reads the output, cannot show all characters."""

from __future__ import annotations

import codecs
import io
import sys

_LOOKS_LIKE = str.maketrans("█▉▊▋▌▍▎▏░…→‖·—–×✗“”‘’", "####===-..>|.--xx\"\"''")


def replace_unknown_signs() -> None:
    """Make standard streams write similar characters or "?" for those that they cannot encode."""
    codecs.register_error("edge_tts", _replaced)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="edge_tts")


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    alike = error.object[error.start : error.end].translate(_LOOKS_LIKE)
    return "".join(sign if sign.isascii() else "?" for sign in alike), error.end
