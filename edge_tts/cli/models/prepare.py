"""`edge-tts models prepare`: prepares models for this machine, and times them on it."""

from __future__ import annotations

import argparse
from typing import Any

from edge_tts import store
from edge_tts.cli.terminal import ProgressBar, print_json, size, table
from edge_tts.config.loading import load as load_config
from edge_tts.config.settings import Config, Engines
from edge_tts.disk import Lease
from edge_tts.engines import loading, tuning
from edge_tts.engines import ways as engine_ways
from edge_tts.engines.model import ModelFiles
from edge_tts.engines.tuning import Figures, Tuning
from edge_tts.graphs import gpu
from edge_tts.measuring import tune


def run(options: argparse.Namespace) -> None:
    """Prepare the named model or all of them, and measure."""
    settings = load_config()
    models = [store.find(settings.paths, options.name)] if options.name else store.installed(settings.paths)
    bar, made = ProgressBar(), []
    for model in models:
        files = model.files_for_engine(settings.paths.prepared)
        try:
            with Lease(files.prepared, make=True):
                record = make(files, settings, bar, again=True, every=options.tune)
        finally:
            bar.close()
        if options.json:
            made.append({"name": model.name, "measured": rows(record)})
        else:
            print(model.name)
            show(record)
    if options.json:
        print_json(made)


def make(
    model: ModelFiles, config: Config, bar: ProgressBar, *, again: bool = False, every: bool = True
) -> Tuning | None:
    """Prepare a model and measure it; return the record, None if there is nothing to choose.

    Args:
        model: an installed model.
        config: of this process.
        bar: shows what is being done.
        again: measure even if there is a record.
        every: try every way of computing, not only the one that is used now.
    """
    bar.show("prepare", "for this machine", 0, 0)
    engines = config.engines
    loading.prepare_best(model, engines.threads, engines.provider, config)
    known = tuning.read(model.prepared)
    ways = tune.ways(model.engine, engines)
    if not every:
        ways = [known.chosen.way] if known else ways[:1]
    if not ways or (known and not again):
        return known
    return tune.tune(model, ways, lambda way, count: bar.steps("measure", str(way), count, len(ways)), config)


def computed(model: ModelFiles, settings: Engines) -> str:
    """Return what computes a model here and how, and why not the GPU, for people."""
    way = engine_ways.way(model.engine, model.prepared, settings.threads, "", settings.provider)
    why = "" if settings.provider == "cpu" else gpu.problem()
    if way.device != "CPU" and why:
        way = engine_ways.way(model.engine, model.prepared, settings.threads, "", "cpu")
    return f"by the {way.device}, {way}{f'; no GPU: {why}' if why else ''}"


def show(record: Tuning | None) -> None:
    """Print the figures of each way, the chosen one first."""
    if record:
        shown = [
            {
                "way": f"{figures.way}{', chosen' if figures is record.chosen else ''}",
                "rtf": f"{figures.rtf:.3f}",
                "first": f"{figures.first_seconds * 1000:.0f} ms",
                "memory": size(figures.private_bytes),
            }
            for figures in record.tried
        ]
        print(table(shown, {"way": "MEASURED", "rtf": "RTF", "first": "FIRST SOUND", "memory": "OWN MEMORY"}))


def rows(record: Tuning | None) -> list[dict[str, Any]]:
    """Return the figures as JSON has them, the chosen way first."""
    return [_row(figures) for figures in record.tried] if record else []


def _row(figures: Figures) -> dict[str, Any]:
    return {
        "variant": figures.way.variant,
        "threads": figures.way.threads,
        "rtf": figures.rtf,
        "first_seconds": figures.first_seconds,
        "private_bytes": figures.private_bytes,
    }
