"""Preparing a model and opening it, in the best way that works; which class serves it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from edge_tts.config.settings import Config
from edge_tts.engines import ways
from edge_tts.engines.engine import Engine, EngineClass
from edge_tts.engines.model import ModelFiles
from edge_tts.engines.tuning import Way
from edge_tts.errors import EngineError, ModelCorrupt

if TYPE_CHECKING:
    from edge_tts.graphs.prepared import Prepared

log = logging.getLogger(__name__)

_Done = TypeVar("_Done")


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


def prepare(model: ModelFiles, way: Way, config: Config) -> dict[str, Prepared]:
    """Make what a model's default voice is computed with on this machine, as far as it is not there.

    Args:
        model: an installed model.
        way: how it is going to be computed.
        config: of this process.

    Raises:
        EngineError: no such engine, or ONNX Runtime cannot load a graph, or the device cannot be used.
        ModelCorrupt: a file is missing, or not what is prepared in this way.
    """
    from edge_tts.graphs import prepared  # loads ONNX Runtime

    parts = _engine_class(model).parts(model, way.variant)
    return {name: prepared.prepare(part, config) for name, part in parts.items()}


def open_prepared(model: ModelFiles, prepared: Mapping[str, Prepared], way: Way, config: Config) -> Engine:
    """Return the engine of a model, with what was prepared of it mapped.

    Args:
        model: an installed model.
        prepared: what `prepare` returned for this way.
        way: how to compute.
        config: of this process.

    Raises:
        EngineError: no such engine, or a graph cannot be loaded.
        ModelCorrupt: a file is not what it should be.
    """
    return _engine_class(model)(model, prepared, way, config)


def prepare_best(model: ModelFiles, threads: int, provider: str, config: Config) -> Way:
    """Prepare a model for the best way that works, and return that; see `load_best`."""
    way, _, _ = _best(model, threads, provider, lambda way: prepare(model, way, config))
    return way


def load_best(model: ModelFiles, threads: int, provider: str, config: Config) -> LoadedEngine:
    """Load the engine of a model in the best way that works; where the GPU cannot be used, the CPU computes.

    Args:
        model: an installed model; it is prepared as far as it is not.
        threads: how many threads to compute with, 0 for as many as were measured best.
        provider: as in settings.Engines.
        config: of this process.

    Raises:
        EngineError: no such engine, or its files cannot be loaded.
        ModelCorrupt: a file is not what it should be.
    """
    way, engine, note = _best(model, threads, provider, lambda way: _load(model, way, config))
    return LoadedEngine(engine, way, note)


def load(model: ModelFiles, threads: int, variant: str = "", *, config: Config) -> Engine:
    """Load the engine of a model.

    Args:
        model: an installed model; it is prepared as far as it is not.
        threads: how many threads to compute with, 0 for as many as were measured best, unmeasured one per core.
        variant: one of the engine's variants, "" for the one for the CPU that was measured best.
        config: of this process.

    Raises:
        EngineError: no such engine or variant, or its files cannot be loaded.
        ModelCorrupt: a file is not what it should be.
    """
    return _load(model, ways.way(model.engine, model.prepared, threads, variant, "cpu"), config)


def _best(model: ModelFiles, threads: int, provider: str, attempt: Callable[[Way], _Done]) -> tuple[Way, _Done, str]:
    """Return the first way that works, what `attempt` returned for it, and why no other was taken."""
    note, *others = "", *ways.in_turn(model.engine, model.prepared, threads, provider)
    while others[1:]:
        way = others.pop(0)
        try:
            return way, attempt(way), note
        except (EngineError, ModelCorrupt) as error:
            note = note or f"not computed with {way.device}: {error}"
            log.warning("%s is not computed with %s: %s", model.name, way.device, error)
    return others[0], attempt(others[0]), note


def _load(model: ModelFiles, way: Way, config: Config) -> Engine:
    return open_prepared(model, prepare(model, way, config), way, config)


def _engine_class(model: ModelFiles) -> EngineClass:
    """Return the class that serves a model; imported only now, for each brings what it computes with."""
    match model.engine:
        case "fastspeech2":
            from edge_tts.engines.baker.engine import FastSpeech2

            return FastSpeech2
        case "kokoro":
            from edge_tts.engines.kokoro.engine import Kokoro

            return Kokoro
        case "sambert":
            from edge_tts.engines.sambert.engine import Sambert

            return Sambert
        case "tone":
            from edge_tts.engines.tone import Tone

            return Tone
        case name:
            known = "fastspeech2, kokoro, sambert or tone"
            raise EngineError(f"model {model.name} wants engine {name!r}, expected {known}")
