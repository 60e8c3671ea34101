"""Prepares a model in a process of its own: the memory that this takes is not that of what is measured afterwards."""

from __future__ import annotations

from typing import Any

from edge_tts.config.settings import Config
from edge_tts.engines import loading
from edge_tts.engines.model import ModelFiles
from edge_tts.engines.tuning import Way
from edge_tts.measuring import fresh_process


def _prepare(order: dict[str, Any]) -> dict[str, Any]:
    """Prepare; there is nothing to tell of it."""
    model, config = ModelFiles.from_message(order["model"]), Config.from_message(order["config"])
    loading.prepare(model, Way(**order["way"]), config)
    return {}


if __name__ == "__main__":
    fresh_process.serve(_prepare)
