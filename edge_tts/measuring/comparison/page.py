"""Writes a comparison as one HTML file that needs no other: tables, and spectrograms side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import Any

from edge_tts import machine
from edge_tts.measuring.comparison import pictures
from edge_tts.measuring.comparison.comparison import Comparison, hears
from edge_tts.measuring.comparison.opinion import network
from edge_tts.measuring.comparison.spectra import HOP, Difference
from edge_tts.sizes import size

_STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 90rem; margin: 2rem auto; padding: 0 1rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .8rem; border-bottom: 1px solid #8886; text-align: right; white-space: nowrap; }
th { border-bottom: 2px solid #888; }
th:first-child, td:first-child { padding-left: 0; text-align: left; white-space: normal; }
@media (max-width: 40rem) { th, td { padding: .25rem .4rem; } }
figure { margin: 2rem 0; } figcaption { margin-bottom: .5rem; } figcaption b { display: block; }
.row { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); gap: .8rem; }
svg { width: 100%; height: auto; } svg text { fill: currentColor; font-size: 11px; }
""".strip()


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


_FIGURES: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("loading", "load_seconds", _milliseconds),
    ("first sound after loading", "cold_seconds", _milliseconds),
    ("first sound later", "first_seconds", _milliseconds),
    ("seconds for a second of audio", "rtf", "{:.3f}".format),
    ("peak memory of its own", "own_bytes", size),
    ("peak memory with mapped files", "resident_bytes", size),
)
_OPINIONS = (
    ("opinion of all, 1 to 5", "overall"),
    ("opinion of the voice, 1 to 5", "speech"),
    ("opinion of the background, 1 to 5", "background"),
)
"""Mean opinion scores that DNSMOS estimates."""


def rows(comparison: Comparison) -> list[tuple[str, ...]]:
    """Return the figures of both for people, in rows: what it is, the first, the second, their ratio."""
    return [*_measured(comparison), *_judged(comparison)]


def _measured(comparison: Comparison) -> Iterator[tuple[str, ...]]:
    sizes = [side.subject.installed_bytes for side in comparison.sides]
    yield ("size", *map(size, sizes), _ratio(sizes))
    for label, name, shown in _FIGURES:
        values = [getattr(side.figures, name) for side in comparison.sides]
        yield (label, *map(shown, values), _ratio(values))


def _judged(comparison: Comparison) -> Iterator[tuple[str, ...]]:
    """Yield what was judged, and the packages that could judge more; nothing where no judgement was asked for."""
    errors = [side.errors for side in comparison.sides]
    if not hears() or errors != [None, None]:
        without = "-" if hears() else "needs pip install 'edge-tts-daemon[intelligibility]'"
        yield ("characters heard wrong", *(without if one is None else f"{one:.1%}" for one in errors), "")
    opinions = [side.opinion for side in comparison.sides]
    if network() and opinions == [None, None]:
        return
    without = "-" if network() else "needs pip install 'edge-tts-daemon[quality]'"
    for label, name in _OPINIONS:
        yield (label, *(without if one is None else f"{getattr(one, name):.2f}" for one in opinions), "")


def _ratio(values: Sequence[float]) -> str:
    return f"{values[0] / values[1]:.2f}" if values[1] else ""


def remarks(comparison: Comparison) -> list[str]:
    """Return the remarks on both together."""
    ratio = comparison.decibels
    lines = [f"log-spectral distance {comparison.spectral:.2f} dB, mean of {len(comparison.texts)} sentences"]
    if ratio is not None:
        lines.append(f"signal to noise ratio {ratio:.1f} dB, where both have the same length")
    return lines


def write(title: str, comparison: Comparison, sections: Sequence[str] = ()) -> str:
    """Return the page.

    Args:
        title: the title of the page.
        comparison: what it shows.
        sections: HTML between the figures and the spectrograms.
    """
    about = machine.about()
    names = [side.subject.label for side in comparison.sides]
    body = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(about['processor'])}, {about['cores']} cores, {escape(about['system'])}, ONNX Runtime "
        f"{escape(str(about['onnxruntime']))}. Each model spoke in a process of its own; memory is from /proc.</p>",
        table(["", *names, "ratio"], rows(comparison)),
        *(f"<p>{escape(line)}.</p>" for line in remarks(comparison)),
        *sections,
        "<h2>Mel-spectrograms</h2>",
        "<p>Where lengths differ, the frames of the second are laid beside those of the first that they fit best.</p>",
        *_figures(comparison, names),
    ]
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    head += f"<title>{escape(title)}</title><style>{_STYLE}</style>"
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n' + "\n".join(body) + "\n</body></html>\n"


def table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Return an HTML table of plain text."""
    cells = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    written = ("".join(f"<td>{escape(cell)}</td>" for cell in line) for line in lines)
    lines_written = "".join(f"<tr>{line}</tr>" for line in written)
    return f'<div class="wide"><table><tr>{cells}</tr>{lines_written}</table></div>'


def _figures(comparison: Comparison, names: Sequence[str]) -> Iterator[str]:
    for text, one in zip(comparison.texts, comparison.differences, strict=True):
        ratio = "lengths differ" if one.decibels is None else f"signal to noise {one.decibels:.1f} dB"
        caption = f"<b>{escape(text)}</b> log-spectral distance {one.spectral:.2f} dB, {ratio}"
        yield f'<figure><figcaption>{caption}</figcaption><div class="row">{_row(one, names)}</div></figure>'


def _row(one: Difference, names: Sequence[str]) -> str:
    seconds = len(one.first) * HOP / one.sample_rate
    top = float(max(one.first.max(), one.second.max()))
    shown = zip(names, (one.first, one.second), strict=True)
    rate = one.sample_rate
    both = [pictures.spectrogram(name, mels, top, seconds, rate) for name, mels in shown]
    changed = pictures.change("second less first: red louder, blue softer", one.first, one.second, seconds, rate)
    return "".join([*both, changed])
