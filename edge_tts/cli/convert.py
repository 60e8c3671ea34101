"""`edge-tts convert`: models of other projects become models that can be installed. For a workstation."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path

from edge_tts.cli.terminal import ProgressBar, print_json, size
from edge_tts.errors import ConversionError

_PACKAGES = ("onnx", "onnxruntime", "yaml")
_EXTRA = "pip install 'edge-tts-daemon[convert,cpu]'"


def sambert(options: argparse.Namespace) -> None:
    """Convert a Sambert-HiFiGAN package."""
    missing = [name for name in _PACKAGES if find_spec(name) is None]
    if missing:
        raise ConversionError(f"converting needs the package {missing[0]}, which is not installed: {_EXTRA}")
    from edge_tts.convert.model import Options, convert

    bar = ProgressBar()
    vocoder = Path(options.vocoder) if options.vocoder else None
    wanted = Options(tuple(options.voice), options.precision, options.break_emotion, options.speakers, vocoder)
    try:
        summary = convert(
            Path(options.package), Path(options.output), wanted, lambda what, done, of: bar.show(what, "", done, of)
        )
    finally:
        bar.close()
    if options.json:
        print_json({**asdict(summary), "folder": str(summary.folder)})
        return
    print(f"model       {summary.name}, {size(summary.bytes)}, in {summary.folder}")
    print(f"voices      {', '.join(summary.voices)}")
    for voice, found in summary.vocoders.items():
        form = f"8 bits, {found.decibels:.1f} dB above its error" if found.form else "left in float: too much was lost"
        print(f"vocoder     {voice}: {form}")
    print(f"install it  edge-tts models install {summary.folder}")
