"""Plots and tables of the benchmarks, from small results."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from scripts.evaluate.speed.benchmark_pages import plots, tables, voices
from scripts.evaluate.speed.plots import Line, axis, bars, lines, number

SVG = "{http://www.w3.org/2000/svg}"


def _memory(own: int) -> dict[str, int]:
    return {"own_bytes": own, "mapped_bytes": 9_000_000}


def _voice(name: str, lengths: dict[int, list[float]], clients: dict[int, list[float]]) -> dict[str, Any]:
    common = {"worker": _memory(60_000_000), "daemon": _memory(20_000_000)}
    return {
        "voice": name,
        "lengths": [{**common, "characters": n, "first_seconds": f, "rtf": [0.02]} for n, f in lengths.items()],
        "clients": [
            {**common, "clients": n, "first_seconds": f, "audio_per_second": [50.0], "fairness": [0.98]}
            for n, f in clients.items()
        ],
        "cold": [{"daemon_seconds": 0.2, "first_seconds": 0.45}],
    }


def _result(**result: Any) -> dict[str, Any]:
    machine = {
        "processor": "A processor", "architecture": "riscv64", "instructions": [], "cores": 4, "python": "3.12.1",
        "memory_bytes": 8_000_000_000, "system": "Linux 6.1", "onnxruntime": "1.30.0",
    }  # fmt: skip
    return {"command": "do", "date": "2026-01-02", "commit": "abc", "result": {"machine": machine, **result}}


PEER = {
    "program": "other", "rtf": 0.5, "cpu_per_second": 0.9, "cpu_ratio": 3.0, "first_seconds": {"5": 0.25, "60": 1.5},
    "cold_seconds": 2.0, "own_bytes": 300_000_000, "mapped_bytes": 40_000_000, "disk_bytes": 0,
}  # fmt: skip
RESULTS = {
    "light": _result(voices=[_voice("v", {5: [0.04, 0.03, 0.05], 5000: [0.5]}, {1: [0.04], 16: [0.4, 0.8]})]),
    "long": _result(voices=[_voice("w", {5000: [0.25]}, {}), _voice("w", {20: [0.3]}, {})]),
    "peers-zh": _result(summary=[PEER]),
    "peers-en": _result(summary=[PEER]),
}


def test_tables_have_the_figures() -> None:
    made = tables(RESULTS)
    assert made["machine"] == (
        "A processor (riscv64), 4 cores, 8.00 GB of memory; Linux, Python 3.12.1, ONNX Runtime 1.30.0"
    )
    assert made["peers-zh"].splitlines()[2] == (
        "| other | 250 ms | 1.50 s | 0.500 | 0.900 | 3.00 | 2.00 s | 300 MB | 40.0 MB |  |"
    )
    summary = made["summary"].splitlines()
    assert summary[2] == "| `v` | 40.0 ms | 50.0 ms | 50.0 ms | 0.020 | 60.0 MB | 9.0 MB | 29.0 MB | 450 ms |"
    assert len(summary) == 4, "runs of one voice are one voice"
    assert [row.split(" | ")[1] for row in made["lengths"].splitlines()[2:]] == ["5", "5000", "5000", "20"]
    assert made["clients"].splitlines()[3].startswith("| `v` | 16 | 400 ms | 800 ms | 800 ms | 50.0 s | 0.98 |")


def test_what_was_measured_at_another_commit_is_shown_apart() -> None:
    later = {**RESULTS["long"], "commit": "def"}
    found = voices({"long": RESULTS["long"], "later": later})
    assert list(found) == ["w", "w def"]


def test_every_plot_is_xml_that_fits_its_picture() -> None:
    made = plots(RESULTS)
    assert len(made) == 11
    for svg in made.values():
        picture = ElementTree.fromstring(svg)
        left, top, right, bottom = map(float, picture.attrib["viewBox"].split())
        for shape in picture.iter():
            for name, low, high in (("cx", left, right), ("cy", top, bottom), ("x", left, right), ("y", top, bottom)):
                assert low <= float(shape.attrib.get(name, low)) <= high
        assert "prefers-color-scheme: dark" in svg


def test_a_point_is_where_its_value_says() -> None:
    x, y = axis("x", [1, 100], logarithmic=True), axis("y", [80])
    assert (x.ticks, y.ticks) == ([1, 2, 5, 10, 20, 50, 100], [0, 20, 40, 60, 80])
    picture = ElementTree.fromstring(lines("t", x, y, [Line("a & b", [(1, 0), (10, 40), (100, 80)], 0)]))
    first, middle, last = ((float(c.attrib["cx"]), float(c.attrib["cy"])) for c in picture.iter(f"{SVG}circle"))
    assert middle == pytest.approx(((first[0] + last[0]) / 2, (first[1] + last[1]) / 2), abs=0.1)
    assert first[1] > last[1], "upwards"


def test_bars_are_as_long_as_their_parts() -> None:
    picture = ElementTree.fromstring(bars("t", "MB", [("one", [30.0, 10.0]), ("two", [20.0, 0.0])], ("own", "files")))
    _, own, files, two, none = (float(bar.attrib["width"]) for bar in picture.iter(f"{SVG}rect"))
    assert own == pytest.approx(3 * files, abs=0.2)
    assert two == pytest.approx(2 * files, abs=0.2)
    assert none == 0
    assert "40" in [text.text for text in picture.iter(f"{SVG}text") if text.attrib["class"] == "value"]


@pytest.mark.parametrize(("low", "high"), [(5, 20_000), (0.03, 0.9), (7, 7), (1, 16)])
def test_an_axis_has_room_for_every_value(low: float, high: float) -> None:
    for logarithmic in (False, True):
        found = axis("", [low, high], logarithmic=logarithmic)
        assert all(0 <= found.share(value) <= 1 for value in (low, high))
    assert number(20_000) == "20\u202f000"
