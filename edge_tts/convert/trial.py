"""Has a converted voice say a sentence: what does not fit together in a checkpoint shows at the latest then."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from edge_tts.convert.quantization import calibration
from edge_tts.convert.quantization.fidelity import Runner
from edge_tts.convert.sambert.conversion import Converted
from edge_tts.errors import ConversionError

_NO_MEMORY = re.compile(r"bad_?\s?alloc|failed to allocate memory", re.IGNORECASE)


def try_out(converted: Converted, folder: Path) -> None:
    """Speak the first of the calibration's sentences with the graphs in a folder.

    Raises:
        ConversionError: a graph cannot be loaded or run, or what it gives is no audio.
    """
    voice = converted.settings
    with understood(f"voice {voice.name} cannot be spoken"):
        model = calibration.acoustic_model(voice, folder)
        tables = converted.speakers, converted.emotions
        frames = calibration.mels(voice, model, *tables, sentences=calibration.said(converted.languages)[:1])
        vocoder = Runner.load(folder / voice.vocoder.graph)
        pieces = [vocoder.run_all(feed)[0] for feed in calibration.vocoder_pieces(voice, frames)]
    if not all(np.isfinite(piece).all() for piece in pieces):
        raise ConversionError(f"voice {voice.name} cannot be spoken: its audio has values that are no numbers")


@contextmanager
def understood(what: str) -> Iterator[None]:
    """Turn whatever building or running graphs of a wrong checkpoint raises into a ConversionError.

    Raises:
        MemoryError: there was too little of it.
    """
    try:
        yield
    except (ConversionError, MemoryError):
        raise
    except KeyError as error:
        raise ConversionError(f"{what}: there is no {error}") from error
    except Exception as error:  # what a runtime raises has no common base, and shapes go wrong in many ways
        if _NO_MEMORY.search(str(error)):
            raise MemoryError from error
        lines = str(error).splitlines() or [""]
        raise ConversionError(f"{what}: {type(error).__name__}: {lines[0][:300]}") from error
