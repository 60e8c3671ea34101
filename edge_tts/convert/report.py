"""Writes a page about a conversion: every graph before and after, and both models side by side."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path

from edge_tts import store
from edge_tts.config.settings import Config
from edge_tts.convert.quantization.quantize import Quantized
from edge_tts.convert.sambert.model import Options, Summary, convert
from edge_tts.measuring.comparison import SENTENCES, page
from edge_tts.measuring.comparison.comparison import Subject, compare
from edge_tts.sizes import size
from edge_tts.store.installed import Installed

Report = Callable[[str, int, int], None]

_WHY = (
    "; they are computed in float and stored in 16 bits, of a text that is encoded in 8 bits, so that a value near a "
    "half is rounded to the other side"
)
_HEAD = ("graph", "float", "8 bits", "ratio", "signal to noise", "largest error", "mean error")


def write(
    package: Path,
    summary: Summary,
    options: Options,
    report: Report,
    config: Config,
    texts: Sequence[str] = SENTENCES,
) -> str:
    """Return the page; the package is converted to float for it, and both models speak.

    Args:
        package: the package that was converted.
        summary: what the conversion made.
        options: how it was converted.
        report: is told of progress.
        config: of this process.
        texts: the sentences that both models say.

    Raises:
        ConversionError: the package cannot be converted.
        EngineError: one of the models cannot speak.
    """
    with tempfile.TemporaryDirectory() as scratch:
        plain = convert(package, Path(scratch) / "fp32", replace(options, precision="fp32"), report)
        subjects = [
            _subject(folder, label, Path(scratch) / label)
            for folder, label in ((plain.folder, "fp32"), (summary.folder, options.precision))
        ]
        found = compare((subjects[0], subjects[1]), texts, 0, config, judge=True, ears=None, report=report)
        sections = [_graphs(voice, plain.folder, summary) for voice in summary.voices]
    return page.write(f"{summary.name}: float and {options.precision}", found, sections)


def _subject(folder: Path, label: str, prepared: Path) -> Subject:
    model = Installed(store.manifest_of(folder), folder)
    files = model.files_for_engine(prepared)
    return Subject(label, files, model.voices[0].name, "", model.manifest.needs.installed_bytes)


def _graphs(voice: str, plain: Path, summary: Summary) -> str:
    """Return the section of a voice: its graphs, and the layers that were left in float."""
    graphs = summary.graphs.get(voice, {})
    lengths = summary.lengths.get(voice)
    lines = [_line(name, plain / voice, summary.folder / voice, one) for name, one in graphs.items()]
    items = "".join(f"<li>{line}</li>" for line in (*_exceptions(graphs), f"durations: {lengths}{_WHY}"))
    return (
        f"<h2>Graphs of {escape(voice)}</h2>"
        "<p>Each graph in 8 bits is fed what the float graphs feed it. Errors are those of its outputs, the mean one "
        "as a share of the mean value.</p>"
        f"{page.table(_HEAD, lines)}<ul>{items}</ul>"
    )


def _line(name: str, before: Path, after: Path, found: Quantized) -> list[str]:
    sizes = [(folder / f"{name}.onnx").stat().st_size for folder in (before, after)]
    error = found.fidelity
    return [
        name,
        *map(size, sizes),
        f"{sizes[0] / sizes[1]:.2f}",
        f"{error.decibels:.1f} dB",
        f"{error.largest:.3g}",
        f"{error.relative:.2%}",
    ]


def _exceptions(graphs: dict[str, Quantized]) -> Iterator[str]:
    """Yield as HTML what was decided by measured error."""
    for name, found in graphs.items():
        if found.tried:
            ways = "a faster way" if len(found.tried) == 1 else f"{len(found.tried)} faster ways"
            yield f"{name}: {ways} gave only {', '.join(f'{one:.1f}' for one in found.tried)} dB"
        if found.floats:
            layers = "a layer stays" if len(found.floats) == 1 else f"{len(found.floats)} layers stay"
            yield (f"<details><summary>{name}: {layers} in float</summary>{escape(', '.join(found.floats))}</details>")
