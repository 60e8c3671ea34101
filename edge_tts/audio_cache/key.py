"""What cached audio depends on: the same key means the same audio, whenever and by whom it was made."""

from __future__ import annotations

import hashlib
import json
import re

from edge_tts.engines.model import ModelFiles
from edge_tts.text import edition as front_end
from edge_tts.version import __version__
from edge_tts.wire import Speak

LAYOUT = 1
"""Version of keys and recordings; it changes with what either means."""

_INDIFFERENT = frozenset("id priority output format sample_rate stream cache pin".split())
"""Fields of a request that say nothing of how it sounds; what is added to it later does until it is named here."""

_PLAIN = ("pcm_s16le", "pcm_f32le", "wav")
_KEY = re.compile("[0-9a-f]{40}")


def edition(lexicon_digest: str) -> str:
    """Return what makes the same request sound different: this program, its front end and the user's own words.

    Raises:
        StoreError: the compiled lexicon is missing from the installation.
    """
    return f"{__version__}-{front_end.version(lexicon_digest)}"


def keeps_samples(speak: Speak, sample_rate: int) -> bool:
    """Return whether the engine's samples are kept; they serve the loudspeaker and all formats without a codec.

    Args:
        speak: what is asked for.
        sample_rate: of the engine, Hz.
    """
    return speak.output == "play" or (speak.format in _PLAIN and speak.sample_rate in (0, sample_rate))


def key(speak: Speak, model: ModelFiles, edition: str) -> str:
    """Return the key of the audio for a request, 40 hexadecimal digits.

    Played or returned, samples have one key, see `keeps_samples`; what a codec or a resampler made is kept as it was
    sent, under a key of its own.

    Args:
        speak: with the voice's name filled in.
        model: that speaks.
        edition: see `edition`.
    """
    settings = {name: value for name, value in speak.values().items() if name not in _INDIFFERENT}
    said = [
        LAYOUT,
        edition,
        [model.digest, model.tones, model.sample_rate],
        {name: float(value) if type(value) is int else value for name, value in settings.items()},
        None if keeps_samples(speak, model.sample_rate) else _encoding(speak, model),
    ]
    data = json.dumps(said, separators=(",", ":"), sort_keys=True).encode("ascii")
    return hashlib.blake2b(data, digest_size=20).hexdigest()


def _encoding(speak: Speak, model: ModelFiles) -> list[object]:
    return [speak.format, speak.sample_rate or model.sample_rate, speak.stream, speak.plays]


def is_key(text: str) -> bool:
    """Return whether a text can be a key; only then may it become the name of a file."""
    return _KEY.fullmatch(text) is not None
