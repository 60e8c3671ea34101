"""What scripts/quickstart installs is pinned with digests, and is what pyproject.toml asks for."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "scripts" / "lock"
ENTRY = re.compile(r"^(\S.*?) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
COMPUTE = {"onnxruntime", "numpy", "soundfile", "sounddevice", "soxr"}


def entries(*names: str) -> list[Requirement]:
    return [Requirement(found[0]) for name in names for found in ENTRY.findall((LOCK / name).read_text("utf-8"))]


def pins(locked: list[Requirement], python: str) -> dict[str, str]:
    """Return versions by name for one Python on Linux."""
    here = {"python_version": python, "python_full_version": f"{python}.1", "sys_platform": "linux"}
    kept = [entry for entry in locked if not entry.marker or entry.marker.evaluate(here)]
    names = [entry.name.lower() for entry in kept]
    assert len(names) == len(set(names)), names
    return {entry.name.lower(): str(entry.specifier).removeprefix("==") for entry in kept}


@pytest.mark.parametrize("name", ["speak.txt", "build.txt", "sources.txt"])
def test_every_line_is_a_pin_with_digests(name: str) -> None:
    text = (LOCK / name).read_text("utf-8")
    assert ENTRY.sub("", text) == ""
    assert all(re.fullmatch("==[^,*]+", str(entry.specifier)) for entry in entries(name))


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("what", ["speak", "build"])
def test_the_pins_are_what_the_project_asks_for(python: str, what: str) -> None:
    if what == "speak":
        wanted = [*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["cpu"]]
        locked = pins(entries("speak.txt"), python)
    else:
        wanted = PROJECT["build-system"]["requires"]
        locked = pins(entries("build.txt", "sources.txt"), python)
    for line in wanted:
        requirement = Requirement(line)
        if not requirement.marker or requirement.marker.evaluate({"python_version": python}):
            version = locked[requirement.name.lower()]
            assert requirement.specifier.contains(version, prereleases=True), (line, version)


def test_what_computes_has_an_upper_bound() -> None:
    optional = PROJECT["project"]["optional-dependencies"]
    lines = [*PROJECT["project"]["dependencies"], *optional["cpu"], *optional["gpu"]]
    bounded = {entry.name.removesuffix("-gpu"): str(entry.specifier) for entry in map(Requirement, lines)}
    assert all("<" in bounded[name] for name in COMPUTE), bounded
