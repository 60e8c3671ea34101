"""Which way a model is computed in: as asked for, as it was measured best, on the CPU where the GPU cannot be used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from edge_tts import native
from edge_tts.engines import tuning
from edge_tts.engines.tuning import Way
from edge_tts.errors import EngineError

if TYPE_CHECKING:
    from edge_tts.graphs.gpu import Device


def variants(engine: str, provider: str = "cpu") -> tuple[str, ...]:
    """Return the ways that an engine can compute in, the one used unmeasured first; none if it makes no difference.

    What is prepared for one of several variants only is in a folder of its name, inside the model's prepared folder.

    Args:
        engine: its name.
        provider: as in settings.Engines; with "auto" those for the CPU and those for a GPU.
    """
    match engine:
        case "fastspeech2":
            on_cpu: tuple[str, ...] = (*(("native",) if native.LIBRARY.is_file() else ()), "int8", "float")
        case "kokoro":
            on_cpu = ("native", "onnx", "float") if native.LIBRARY.is_file() else ("onnx", "float")
        case "sambert":
            on_cpu = ("native", "onnx") if native.LIBRARY.is_file() else ("onnx",)
        case "tone":
            return ()
        case _:
            on_cpu = ("",)
    by_provider = {"cpu": on_cpu, "auto": (*on_cpu, "mixed", "cuda"), "cuda": ("mixed", "cuda")}
    return by_provider.get(provider, (provider,))


def way(engine: str, prepared: Path, threads: int, variant: str, provider: str) -> Way:
    """Return what was asked for, what was measured best where nothing was, and the default where nothing is known.

    Args:
        engine: its name.
        prepared: folder of what is prepared from the model.
        threads: how many, 0 for as many as were measured best.
        variant: "" for the one that was measured best.
        provider: as in settings.Engines.

    Raises:
        EngineError: no such variant.
    """
    known = {*variants(engine, "auto"), *variants(engine, "tensorrt")}
    if variant and variant not in known:
        there = ", ".join(sorted(known)) or "none"
        raise EngineError(f"engine {engine} has no variant {variant!r}, there are: {there}")
    allowed = (variant,) if variant else variants(engine, provider)
    tuned = tuning.read(prepared)
    measured = (figures.way for figures in (tuned.tried if tuned else ()))
    best = next((tried for tried in measured if tried.variant in allowed), Way(allowed[0] if allowed else ""))
    return Way(best.variant, threads or best.threads)


def in_turn(engine: str, prepared: Path, threads: int, provider: str) -> list[Way]:
    """Return the best way and those that it gives way to where it does not work; the last one is for the CPU.

    Args:
        engine: its name.
        prepared: folder of what is prepared from the model.
        threads: how many, 0 for as many as were measured best.
        provider: as in settings.Engines.
    """
    best = way(engine, prepared, threads, "", provider)
    if best.variant not in tuning.GPU:
        return [best]
    others = [variant for variant in variants(engine, provider) if variant in tuning.GPU and variant != best.variant]
    on_gpu = [Way(variant, best.threads) for variant in others]
    return [best, *on_gpu, way(engine, prepared, threads, "", "cpu")]


def devices(variant: str) -> tuple[Device, Device]:
    """Return what computes a model's many small steps, and what the part that most of the arithmetic is in."""
    match variant:
        case "cuda":
            return "cuda", "cuda"
        case "mixed":
            return "cpu", "cuda"
        case "tensorrt":
            return "cpu", "tensorrt"
        case _:
            return "cpu", "cpu"
