"""Pin what scripts/quickstart installs, with digests, from the requirements of pyproject.toml.

Writes scripts/lock/: speak.txt, what speaking needs; build.txt, what the package is built with; sources.txt, what of
that has no wheels. All for Python 3.10 to 3.13 on x86-64 and aarch64. Needs uv, and a package index: that of
UV_DEFAULT_INDEX. Read the release notes of what rises and computes, see CONTRIBUTING.md.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "scripts" / "lock"
SOURCES = ("jieba",)
BUILDERS = (
    "setuptools",
    "wheel",
    "editables",
)  # what those and what is installed in place ask for


def main() -> None:
    """Write the lock files."""
    with open(ROOT / "pyproject.toml", "rb") as file:
        document: dict[str, Any] = tomllib.load(file)
    project = document["project"]
    LOCK.mkdir(exist_ok=True)
    (LOCK / "speak.txt").write_text(
        "".join(pinned([*project["dependencies"], *project["optional-dependencies"]["cpu"]])), encoding="utf-8"
    )
    entries = pinned([*document["build-system"]["requires"], *BUILDERS])
    sources = [entry for entry in entries if re.split("==", entry)[0] in SOURCES]
    (LOCK / "sources.txt").write_text("".join(sources), encoding="utf-8")
    (LOCK / "build.txt").write_text("".join(entry for entry in entries if entry not in sources), encoding="utf-8")


def pinned(requirements: Sequence[str]) -> list[str]:
    """Return an entry for each package: its version, for which Python, and its digests."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "wanted.in"
        wanted.write_text("\n".join(requirements), encoding="utf-8")
        command = ["uv", "pip", "compile", "--quiet", "--no-config", "--universal", "--python-version", "3.10"]
        text = ["--generate-hashes", "--no-annotate", "--no-header", "--no-emit-index-url"]
        done = subprocess.run([*command, *text, str(wanted)], check=True, stdout=subprocess.PIPE, encoding="utf-8")
    return re.findall(r"^\S.*\n(?: .*\n)*", done.stdout, re.MULTILINE)


if __name__ == "__main__":
    main()
