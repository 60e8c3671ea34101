"""`edge-tts convert`: models of other projects become models that can be installed. For a workstation."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from edge_tts.cli.terminal import ProgressBar, print_json, size
from edge_tts.errors import ConversionError, RequestError

if TYPE_CHECKING:
    from edge_tts.convert.sambert.model import Summary

_PACKAGES = ("onnx", "onnxruntime", "yaml")
_EXTRA = "pip install 'edge-tts-daemon[convert,cpu]'"


def require_packages() -> None:
    """Raise ConversionError if a package is missing that converting needs."""
    missing = [name for name in _PACKAGES if find_spec(name) is None]
    if missing:
        raise ConversionError(f"converting needs the package {missing[0]}, which is not installed: {_EXTRA}")


def sambert(options: argparse.Namespace) -> None:
    """Convert a Sambert-HiFiGAN package."""
    require_packages()
    if options.report and options.precision == "fp32":
        raise ConversionError("a report compares with fp32; expected --precision int8 or auto with it")
    from edge_tts.config.loading import load as load_config
    from edge_tts.convert import report
    from edge_tts.convert.sambert.model import Options, convert

    bar = ProgressBar()
    vocoder = Path(options.vocoder) if options.vocoder else None
    wanted = Options(
        voices=tuple(options.voice),
        precision=options.precision,
        break_emotion=options.break_emotion,
        speakers=options.speakers,
        vocoder=vocoder,
        name=options.name,
        acoustic_checkpoint=Path(options.am_ckpt) if options.am_ckpt else None,
        vocoder_checkpoint=Path(options.voc_ckpt) if options.voc_ckpt else None,
    )
    try:
        summary = convert(Path(options.package), Path(options.output), wanted, steps(bar), announce)
        if options.report:
            save(Path(options.report), report.write(Path(options.package), summary, wanted, steps(bar), load_config()))
    finally:
        bar.close()
    if options.json:
        print_json({**asdict(summary), "folder": str(summary.folder)})
        return
    print(f"model       {summary.name}, {size(summary.bytes)}, in {summary.folder}")
    print(f"voices      {', '.join(summary.voices)}")
    print_quantized(summary)
    if options.report:
        print(f"report      {options.report}")
    print(f"install it  edge-tts models install {summary.folder}")


def save(path: Path, content: str) -> None:
    """Write a report.

    Raises:
        RequestError: it cannot be written.
    """
    try:
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise RequestError(f"cannot write {path}: {error.strerror}") from error


def steps(bar: ProgressBar) -> Callable[[str, int, int], None]:
    """Return a function that draws the steps of a conversion."""
    return lambda what, done, of: bar.show(what, "", done, of, f"{done} of {of}")


def announce(memory_bytes: int) -> None:
    """Say how much memory a conversion takes."""
    print(f"takes up to {size(memory_bytes)} of memory", file=sys.stderr)


def print_quantized(summary: Summary) -> None:
    """Print how faithful each vocoder is in 8 bits, and what became of the durations."""
    for voice, found in summary.vocoders.items():
        form = f"8 bits, {found.decibels:.1f} dB above its error" if found.form else "left in float: too much was lost"
        print(f"vocoder     {voice}: {form}")
        print(f"durations   {voice}: {summary.lengths[voice]}")
