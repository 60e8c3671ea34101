"""Plots as SVG text: lines over a logarithmic or linear axis, and stacked horizontal bars.

They carry their own background and colours for light and for dark pages, and need no library.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

_WIDTH, _LEFT, _RIGHT, _TOP, _BOTTOM = 760, 74, 24, 64, 58
_PLOT_HEIGHT = 250
_BAR, _BAR_GAP, _LABEL = 20, 14, 210
_LIGHT = ("#0b66c3", "#c2410c", "#15803d", "#7e22ce", "#a16207", "#475569")
_DARK = ("#6cb6ff", "#ff9e64", "#7ee787", "#d2a8ff", "#e3b341", "#b1bac4")
_FONT = "-apple-system, 'Segoe UI', 'Noto Sans', 'Noto Sans CJK SC', 'PingFang SC', Helvetica, Arial, sans-serif"


@dataclass(frozen=True, slots=True)
class Line:
    """Points that belong together.

    Attributes:
        name: the name in the legend.
        points: x and y, by rising x.
        colour: number of its colour; lines of one thing may share it.
        dashed: whether it belongs to another line, as a high percentile does to its median.
    """

    name: str
    points: Sequence[tuple[float, float]]
    colour: int
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """One direction of a plot.

    Attributes:
        label: the quantity and its unit.
        ticks: values that are written, rising.
        logarithmic: whether equal factors are equal distances.
    """

    label: str
    ticks: Sequence[float]
    logarithmic: bool = False

    def share(self, value: float) -> float:
        """Return where a value is, from 0 at the first tick to 1 at the last."""
        low, high = self.ticks[0], self.ticks[-1]
        if self.logarithmic:
            return math.log(value / low) / math.log(high / low)
        return (value - low) / (high - low)


def axis(label: str, values: Sequence[float], *, logarithmic: bool = False) -> Axis:
    """Return an axis on which all values have room: from 0 where it is linear."""
    return Axis(label, list(_decades(min(values), max(values)) if logarithmic else _steps(max(values))), logarithmic)


def lines(title: str, x: Axis, y: Axis, curves: Sequence[Line]) -> str:
    """Return a plot of lines with points, as SVG."""
    width, bottom = _WIDTH - _LEFT - _RIGHT, _TOP + _PLOT_HEIGHT
    across: Callable[[float], float] = lambda value: _LEFT + x.share(value) * width  # noqa: E731
    up: Callable[[float], float] = lambda value: bottom - y.share(value) * _PLOT_HEIGHT  # noqa: E731
    body = [_text(_WIDTH - _RIGHT, bottom + 42, x.label, "end"), _text(16, _TOP - 14, y.label, "start")]
    for tick in x.ticks:
        body += [_rule(across(tick), _TOP, across(tick), bottom), _text(across(tick), bottom + 20, number(tick))]
    for tick in y.ticks:
        body += [_rule(_LEFT, up(tick), _WIDTH - _RIGHT, up(tick)), _text(_LEFT - 8, up(tick) + 4, number(tick), "end")]
    for curve in curves:
        places = [(across(a), up(b)) for a, b in curve.points]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in places)
        dash = ' stroke-dasharray="5 4"' if curve.dashed else ""
        body.append(f'<polyline class="s{curve.colour}" points="{path}"{dash}/>')
        body += [f'<circle class="f{curve.colour}" cx="{a:.1f}" cy="{b:.1f}" r="3"/>' for a, b in places]
    named = [(curve.name, curve.colour, curve.dashed) for curve in curves]
    return _document(title, bottom + _BOTTOM, [*body, *_legend(named)])


def bars(title: str, unit: str, rows: Sequence[tuple[str, Sequence[float]]], parts: Sequence[str] = ()) -> str:
    """Return a plot of horizontal bars, as SVG.

    Args:
        title: above it.
        unit: the unit of the values.
        rows: what each bar is called, and the parts that it is stacked from.
        parts: what these are called, for the legend.
    """
    scale = axis(unit, [sum(values) for _, values in rows])
    top, left = _TOP if parts else _TOP - 18, _LABEL
    bottom, width = top + len(rows) * (_BAR + _BAR_GAP), _WIDTH - left - 92
    body = [_text(_WIDTH - _RIGHT, bottom + 42, unit, "end")]
    for tick in scale.ticks:
        place = left + scale.share(tick) * width
        body += [_rule(place, top - 4, place, bottom), _text(place, bottom + 20, number(tick))]
    for index, (name, values) in enumerate(rows):
        y, place = top + index * (_BAR + _BAR_GAP) + _BAR_GAP / 2, float(left)
        body.append(_text(left - 10, y + 15, name, "end"))
        for colour, value in enumerate(values):
            length = scale.share(value) * width
            body.append(f'<rect class="f{colour}" x="{place:.1f}" y="{y:.1f}" width="{length:.1f}" height="{_BAR}"/>')
            place += length
        body.append(_text(place + 8, y + 15, _short(sum(values)), "start", "value"))
    return _document(title, bottom + _BOTTOM, [*body, *_legend([(name, n, False) for n, name in enumerate(parts)])])


def number(value: float) -> str:
    """Return a tick's value for people."""
    return f"{value:,.10g}".replace(",", "\u202f")


def _short(value: float) -> str:
    """Return a value with three digits that count."""
    return number(float(f"{value:.3g}"))


def _steps(most: float) -> Iterator[float]:
    """Yield 0 and round values up to one that is not below the largest, about five."""
    rough = most / 5 or 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough)
    yield from (round(index * step, 12) for index in range(math.ceil(most / step - 1e-9) + 1))


def _decades(least: float, most: float) -> Iterator[float]:
    """Yield 1, 2 and 5 times powers of ten, from one not above the least to one not below the most."""
    exponents = range(math.floor(math.log10(least)), math.ceil(math.log10(most)) + 1)
    marks = [round(factor * 10.0**exponent, 12) for exponent in exponents for factor in (1, 2, 5)]
    first = max(index for index, mark in enumerate(marks) if mark <= least)
    last = next(index for index, mark in enumerate(marks) if mark >= most)
    yield from marks[first : max(last, first + 1) + 1]


def _legend(names: Sequence[tuple[str, int, bool]]) -> Iterator[str]:
    place = float(_WIDTH - _RIGHT)
    for name, colour, dashed in reversed(names):
        place -= 7.2 * sum(1.0 if char.isascii() else 1.8 for char in name)
        yield _text(place, 52, name, "start")
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        yield f'<line class="s{colour}" x1="{place - 28:.1f}" y1="48" x2="{place - 6:.1f}" y2="48"{dash}/>'
        place -= 46


def _text(x: float, y: float, text: str, anchor: str = "middle", kind: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind or "small"}">{escape(text)}</text>'


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="rule" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _document(title: str, height: float, body: Sequence[str]) -> str:
    heading = f'<text x="16" y="28" class="title">{escape(title)}</text>'
    card = f'<rect class="card" x="0.5" y="0.5" width="{_WIDTH - 1}" height="{height - 1:.0f}" rx="8"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:.0f}" width="{_WIDTH}" '
        f'height="{height:.0f}" role="img">\n<title>{escape(title)}</title>\n<style>\n{_style()}</style>\n'
        + "\n".join([card, heading, *body])
        + "\n</svg>\n"
    )


def _style() -> str:
    shared = (
        f"text {{ font-family: {_FONT}; font-size: 12px; }}\n.title {{ font-size: 15px; font-weight: 600; }}\n"
        ".value { font-weight: 600; }\npolyline, line { fill: none; stroke-width: 2; }\n.rule { stroke-width: 1; }\n"
    )
    light = _colours("#ffffff", "#d0d7de", "#1f2328", "#57606a", "#eaeef2", _LIGHT)
    dark = _colours("#0d1117", "#30363d", "#e6edf3", "#9da7b3", "#21262d", _DARK)
    return f"{shared}{light}@media (prefers-color-scheme: dark) {{\n{dark}}}\n"


def _colours(card: str, border: str, title: str, text: str, rule: str, palette: Sequence[str]) -> str:
    marks = "".join(f".s{n} {{ stroke: {c}; }} .f{n} {{ fill: {c}; }}\n" for n, c in enumerate(palette))
    return (
        f".card {{ fill: {card}; stroke: {border}; }}\n.title, .value {{ fill: {title}; }}\n"
        f".small {{ fill: {text}; }}\n.rule {{ stroke: {rule}; }}\n{marks}"
    )
