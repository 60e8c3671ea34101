"""What a converted Sambert voice consists of: `voice.json` beside its graphs, and how texts become its numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from edge_tts.engines.sambert.symbols import Token
from edge_tts.errors import EngineError, ModelCorrupt

if TYPE_CHECKING:
    from numpy.typing import NDArray

FILE_NAME = "voice.json"
GRAPHS = ("encoder", "duration", "memory_keys", "decoder_step", "postnet")
"""Names of the acoustic model's graphs."""

NEEDS_PITCH = "the vocoder is one with a source, whose pitch the acoustic model does not predict"
"""Says why a vocoder whose mels are right cannot be used."""

CATEGORY = "emotion_"
"""Prefix of the names of emotions in the original's tables."""
_PLAIN_NAME = re.compile(r"[a-z0-9_][a-z0-9_.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class MelFormat:
    """What a vocoder must agree on with an acoustic model.

    Attributes:
        sample_rate: Hz.
        hop_length: samples in a frame.
        win_length: samples in a window of the analysis.
        n_fft: samples in its transform.
        n_mels: bands.
        fmin: of the lowest band, Hz.
        fmax: of the highest, Hz.
        norm_type: how values were normalised in training.
        max_norm: what they were scaled to.
        symmetric: whether around zero.
        min_level_db: of what counts as silence.
        ref_level_db: of what counts as full.
    """

    sample_rate: int
    hop_length: int
    win_length: int
    n_fft: int
    n_mels: int
    fmin: float
    fmax: float
    norm_type: str
    max_norm: float = 1.0
    symmetric: bool = False
    min_level_db: float = -100.0
    ref_level_db: float = 20.0

    def __str__(self) -> str:
        """Return all of it on one line, for people and to compare."""
        return (
            f"{self.sample_rate} Hz, hop {self.hop_length}, window {self.win_length} of {self.n_fft}, "
            f"{self.n_mels} mels {self.fmin:g}-{self.fmax:g} Hz, {self.norm_type} {self.max_norm:g}"
            f"{' symmetric' if self.symmetric else ''}, {self.min_level_db:g} to {self.ref_level_db:g} dB"
        )

    def unlike(self, vocoder: MelFormat) -> str:
        """Return how these mels, of an acoustic model, differ from those of a vocoder, with both formats."""
        names = [entry.name for entry in fields(self) if getattr(self, entry.name) != getattr(vocoder, entry.name)]
        return f"{', '.join(names)} differ: the acoustic model makes {self}; the vocoder takes {vocoder}"


@dataclass(frozen=True, slots=True)
class Vocoder:
    """The vocoder of a voice.

    Attributes:
        graph: its file, beside voice.json.
        past: frames that it looks back.
        ahead: frames that it looks ahead.
        harmonics: of its source, 0 for a vocoder without one.
        mel: what it was trained on.
    """

    graph: str
    past: int
    ahead: int
    harmonics: int
    mel: MelFormat


@dataclass(frozen=True, slots=True)
class SambertVoice:
    """A converted voice.

    Attributes:
        name: of the voice.
        symbols: phones and breaks, by row of their table.
        tones: likewise.
        syllable_flags: likewise.
        word_places: likewise.
        emotions: names by row of the emotion table, without `emotion_`.
        speakers: names by row of the speaker table; one for a voice with a speaker's vector.
        break_emotion: whether breaks have the emotion of the sentence, "same", or "none".
        outputs_per_step: frames that a decoder step gives.
        heads: of the attention.
        decoder_layers: how many.
        decoder_size: of one head of them.
        postnet_past: frames that the postnet looks back.
        postnet_ahead: frames that it looks ahead.
        postnet_size: of its state.
        pitch_scale: multiplies a predicted pitch to give Hz, 0 where none is predicted.
        pitch_offset: added to it, Hz.
        mel: of the acoustic model.
        vocoder: that speaks its mels.
    """

    name: str
    symbols: tuple[str, ...]
    tones: tuple[str, ...]
    syllable_flags: tuple[str, ...]
    word_places: tuple[str, ...]
    emotions: tuple[str, ...]
    speakers: tuple[str, ...]
    break_emotion: Literal["none", "same"]
    outputs_per_step: int
    heads: int
    decoder_layers: int
    decoder_size: int
    postnet_past: int
    postnet_ahead: int
    postnet_size: int
    pitch_scale: float
    pitch_offset: float
    mel: MelFormat
    vocoder: Vocoder

    def unfit(self, vocoder: Vocoder) -> str:
        """Return why a vocoder cannot speak this voice's frames, "" if it can."""
        if self.mel != vocoder.mel:
            return self.mel.unlike(vocoder.mel)
        return NEEDS_PITCH if vocoder.harmonics and not self.pitch_scale else ""

    def as_json(self) -> str:
        """Return the content of voice.json."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"

    def encode(self, tokens: Sequence[Token]) -> NDArray[np.int64]:
        """Return the rows of each token in the four tables, shape (T, 4).

        Raises:
            EngineError: a table lacks one of them.
        """
        columns = (
            self._rows("symbols", (token.symbol for token in tokens)),
            self._rows("tones", (token.tone for token in tokens)),
            self._rows("syllable_flags", (token.syllable for token in tokens)),
            self._rows("word_places", (token.word for token in tokens)),
        )
        return np.ascontiguousarray(np.array(columns, np.int64).T)

    def _rows(self, table: str, wanted: Any) -> list[int]:
        rows = {entry: row for row, entry in enumerate(getattr(self, table))}
        try:
            return [rows[entry] for entry in wanted]
        except KeyError as error:
            raise EngineError(f"voice {self.name} has no {error.args[0]!r} among its {table}") from None

    def emotion(self, name: str) -> int:
        """Return the row of an emotion, with or without `emotion_` before its name.

        Raises:
            EngineError: it knows no such emotion.
        """
        return self._rows("emotions", [name.removeprefix(CATEGORY)])[0]


def read(path: Path) -> SambertVoice:
    """Read a voice.json.

    Raises:
        ModelCorrupt: it cannot be read, or vocoder and acoustic model do not fit.
    """
    try:
        voice = _voice(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelCorrupt(f"{path} is no Sambert voice: {error}") from error
    if not _PLAIN_NAME.fullmatch(voice.vocoder.graph):
        raise ModelCorrupt(f"{path}: expected the vocoder's graph to be a file beside it, got {voice.vocoder.graph!r}")
    if why := voice.unfit(voice.vocoder):
        raise ModelCorrupt(f"{path}: acoustic model and vocoder do not fit: {why}")
    return voice


def _voice(found: Mapping[str, Any]) -> SambertVoice:
    vocoder = {**found["vocoder"], "mel": MelFormat(**found["vocoder"]["mel"])}
    lists = {key: tuple(value) for key, value in found.items() if isinstance(value, list)}
    return SambertVoice(**{**found, **lists, "mel": MelFormat(**found["mel"]), "vocoder": Vocoder(**vocoder)})
