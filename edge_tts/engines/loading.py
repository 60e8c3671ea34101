"""Which class serves a model, and loading it in the best way that works."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from edge_tts.config.settings import Config
from edge_tts.engines import tuning, ways
from edge_tts.engines.engine import Engine
from edge_tts.engines.model import ModelFiles
from edge_tts.engines.tuning import Way
from edge_tts.errors import EngineError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LoadedEngine:
    """A loaded engine.

    Attributes:
        engine: to speak with.
        way: how it computes.
        note: why not as it was wanted, "" if it is.
    """

    engine: Engine
    way: Way
    note: str = ""


def load_best(model: ModelFiles, threads: int, provider: str, config: Config) -> LoadedEngine:
    """Load the engine of a model in the best way that works; where the GPU cannot be used, the CPU computes.

    Args:
        model: an installed model.
        threads: how many threads to compute with, 0 for as many as were measured best.
        provider: as in settings.Engines.
        config: of this process.

    Raises:
        EngineError: no such engine, or its files cannot be loaded.
    """
    way = ways.way(model.engine, model.prepared, threads, "", provider)
    if way.variant not in tuning.GPU:
        return LoadedEngine(_load(model, way, config), way)
    try:
        return LoadedEngine(_load(model, way, config), way)
    except EngineError as error:
        note = f"not computed with {way.device}: {error}"
    log.warning("%s is %s", model.name, note)
    way = ways.way(model.engine, model.prepared, threads, "", "cpu")
    return LoadedEngine(_load(model, way, config), way, note)


def load(model: ModelFiles, threads: int, variant: str = "", *, config: Config) -> Engine:
    """Load the engine of a model.

    Args:
        model: an installed model.
        threads: how many threads to compute with, 0 for as many as were measured best, unmeasured one per core.
        variant: one of the engine's variants, "" for the one for the CPU that was measured best.
        config: of this process.

    Raises:
        EngineError: no such engine or variant, or its files cannot be loaded.
    """
    return _load(model, ways.way(model.engine, model.prepared, threads, variant, "cpu"), config)


def _load(model: ModelFiles, way: Way, config: Config) -> Engine:
    match model.engine:
        case "fastspeech2":
            from edge_tts.engines.baker.engine import FastSpeech2

            return FastSpeech2(model, way.threads, way.variant, config)
        case "kokoro":
            from edge_tts.engines.kokoro.engine import Kokoro

            return Kokoro(model, way.threads, way.variant, config)
        case "sambert":
            from edge_tts.engines.sambert.engine import Sambert

            return Sambert(model, way.threads, way.variant, config)
        case "tone":
            from edge_tts.engines.tone import Tone

            return Tone(model)
        case name:
            known = "fastspeech2, kokoro, sambert or tone"
            raise EngineError(f"model {model.name} wants engine {name!r}, expected {known}")
