"""Kokoro's voices: their styles, and what the native generator has to know of each.

The latter is measured on five utterances, one after each of the first sentences that a voice speaks on this machine,
and kept in a file of about 220 kB beside the prepared graph.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_tts import disk
from edge_tts.cancel import CancelToken
from edge_tts.config.settings import Config
from edge_tts.engines.kokoro.moments import Measured, fit
from edge_tts.engines.kokoro.weights import EDITION
from edge_tts.engines.model import ModelFiles
from edge_tts.errors import ModelCorrupt, StoreError
from edge_tts.graphs import array_file
from edge_tts.system.replacing import replacing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_tts.engines.kokoro.moments import Coefficients
    from edge_tts.engines.kokoro.native import NativeGraph

log = logging.getLogger(__name__)

STYLES = (510, 256)
"""Shape of a voice's table: a style vector for every number of tokens."""

_FILE_BYTES = 262_144
_SAID = {
    "zh": (
        "ʨʰi↓ŋʂau→tə↓ŋ.",
        "ʨʰi↓ŋ ʦai↘ sa→nxau↘ ꭧʰwa→ŋkʰou↗ ʨʰy↓ ni↗n tɤ kʰwai↘ti↘.",
        "ʨi→ntʰjɛ→ntʰjɛ→nʨʰi↘ ꭧə→n xau↓, wo↓mən i↘ʨʰi↓ ʨʰy↘ kʊ→ŋɥɛ↗n sa↘npu↘ pa.",
        "ʨʰi↓ŋ ʦai↘ tʰi→ŋtau↘ tʰi↗ʂɨ↘i→n i↓xou↘, a↘n pʰi↗ŋmu↘ ʂa↘ŋ tɤ a↘nnjou↓, ʨʰy↗ ʦou↓ ni↗n tɤ pʰjau↘ʨy↘, "
        "ɕja↘ i→pa→n lje↘ꭧʰɤ→ ʂɨ↗sɨ↘tjɛ↓n li↗ŋu↓fə→n fa→ꭧʰɤ→.",
    ),
    "en": (
        "plˈiz wˈAt.",
        "plˈiz tˈAk jʊɹ tˈɪkət æt wˈɪndO θɹˈi.",
        "ðə wˈɛðəɹ ɪz vˈɛɹi ɡˈʊd tədˈA, sˌO lˈɛt ˌʌs ɡˌO fɔɹ ɐ wˈɔk ɪn ðə pˈɑɹk.",
        "wˌɛn ju hˈɪɹ ðə tˈOn, pɹˈɛs ðə bˈʌtn ˌɔn ðə skɹˈin ænd tˈAk jʊɹ tˈɪkət, ðˈɛn wˈAt ˌʌntˈɪl ðə nˈɛkst tɹˈAn "
        "lˈivz æt fˈIv pˈæst tˈu.",
    ),
}
"""What a voice of each language is measured on, in Kokoro's symbols: from a second of speech to eight."""
_MEASURED: tuple[tuple[int, float | None], ...] = ((0, None), (1, None), (2, None), (2, 0.45), (3, 0.08))
"""Indices of these texts, and the share of silence to weight each with, None for its own: the regression has to tell
the effect of silence from that of the length."""


class Voices:
    """The voices of an installed model.

    Args:
        model: has a file of role voice for each, one float32 table named after it.
        vocabulary: number of each symbol.
        config: the budget of the disk.

    Raises:
        ModelCorrupt: a table is not what it should be.
    """

    def __init__(self, model: ModelFiles, vocabulary: Mapping[str, int], config: Config) -> None:
        """Map the tables."""
        self.languages = {voice.name: voice.language for voice in model.voices}
        self._tables = {path.stem: _table(path) for path in model.files["voice"]}
        self._vocabulary = vocabulary
        self._folder, self._config = model.prepared, config
        self._known: dict[str, Coefficients] = {}
        self._measured: dict[str, list[Measured]] = {}

    def inputs(self, voice: str, tokens: list[int], speed: float) -> dict[str, NDArray[Any]]:
        """Return the graph's inputs.

        Args:
            voice: which one.
            tokens: at most 510.
            speed: 1.0 as trained.
        """
        style = self._tables[voice][min(len(tokens), STYLES[0] - 1)]
        return {
            "tokens": np.array([[0, *tokens, 0]], np.int64),
            "style": style[np.newaxis],
            "speed": np.array([speed], np.float32),
        }

    def coefficients(self, voice: str) -> Coefficients | None:
        """Return the coefficients of a voice's moments (moments.py), None until they are measured."""
        if voice not in self._known:
            try:
                self._known[voice] = array_file.read(self._path(voice))
            except ModelCorrupt:
                return None
        return self._known[voice]

    def measure(self, voice: str, graph: NativeGraph, cancel: CancelToken) -> None:
        """Measure one more of the utterances that a voice's coefficients follow from, and after the last find them.

        Raises:
            Interrupted: `cancel` was called.
        """
        measured = self._measured.setdefault(voice, [])
        number, silence = _MEASURED[len(measured)]
        tokens = [self._vocabulary[symbol] for symbol in _SAID[self.languages[voice]][number]]
        measured.append(graph.measure(self.inputs(voice, tokens, 1.0), silence, cancel))
        if len(measured) == len(_MEASURED):
            self._known[voice] = fit(self._measured.pop(voice))
            _keep(self._path(voice), self._known[voice], self._config)

    def _path(self, voice: str) -> Path:
        return self._folder / f"moments-{EDITION}-{voice}.bin"


def _keep(path: Path, arrays: Mapping[str, NDArray[Any]], config: Config) -> None:
    """Write a file of arrays, whole or not at all; without it they are measured again by the next process."""
    purpose = f"keeping {path.name}"
    try:
        with disk.reserve(config, path.parent, _FILE_BYTES, purpose) as room:
            with disk.writing(path.parent, _FILE_BYTES, purpose):
                path.parent.mkdir(parents=True, exist_ok=True)
                with replacing(path, durable=False) as scratch:
                    room.covers(scratch)
                    array_file.write(scratch, arrays)
    except StoreError as error:
        log.warning("%s", error)


def _table(path: Path) -> NDArray[np.float32]:
    try:
        return np.memmap(path, dtype="<f4", mode="r", shape=STYLES)
    except (OSError, ValueError) as error:
        raise ModelCorrupt(f"{path} is not a voice table of {STYLES[0]} × {STYLES[1]} float32: {error}") from error
