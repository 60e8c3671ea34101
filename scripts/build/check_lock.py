"""See that scripts/lock has a wheel with a pinned digest for every Python and machine that it is for.

Usage: python -m scripts.build.check_lock. Asks the package index that pip is configured with; installs nothing. Exit
status 1 if something is missing. (sources.txt is compiled where it is installed and needs no wheel.)
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement

from scripts.build.make_lock import LOCK

PYTHONS = ("3.10", "3.11", "3.12", "3.13")
MACHINES = ("x86_64", "aarch64")
GLIBC = range(17, 29)
"""Minor versions of glibc 2 whose wheels run where that of Debian 11 is installed, or newer."""


def main() -> int:
    """Ask for every combination, and print what is missing."""
    missing = 0
    for name in ("speak.txt", "build.txt"):
        for python in PYTHONS:
            for machine in MACHINES:
                why = problem(name, python, machine)
                missing += bool(why)
                print(f"{name:<10} Python {python:<5} {machine:<8} {why or 'all wheels are there'}")
    return 1 if missing else 0


def problem(name: str, python: str, machine: str) -> str:
    """Return what pip says is missing of a lock file, "" if nothing is."""
    chosen = list(entries((LOCK / name).read_text(encoding="utf-8"), python, machine))
    platforms = [f"--platform=manylinux_2_{minor}_{machine}" for minor in GLIBC]
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / name
        wanted.write_text("".join(chosen), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--disable-pip-version-check",
             "--require-hashes", "--only-binary=:all:", "--no-deps", "--ignore-installed", "--ignore-requires-python",
             f"--target={folder}/none", f"--python-version={python}", "--implementation=cp",
             f"--platform=manylinux2014_{machine}", *platforms, "-r", str(wanted)],
            capture_output=True, text=True,
        )  # fmt: skip
    return done.stderr.strip().rpartition("\n")[2] if done.returncode else ""


def entries(locked: str, python: str, machine: str) -> Iterator[str]:
    """Yield the entries of a lock file that are for a Python and a machine, without the marker that says so."""
    environment = {"python_version": python, "python_full_version": f"{python}.0", "platform_machine": machine,
                   "sys_platform": "linux", "implementation_name": "cpython"}  # fmt: skip
    for entry in re.findall(r"^\S.*\n(?: .*\n)*", locked, re.MULTILINE):
        requirement = Requirement(entry.partition("\\")[0].strip())
        if requirement.marker is None or requirement.marker.evaluate(environment):
            yield re.sub(r" ; [^\\\n]*", " ", entry, count=1)


if __name__ == "__main__":
    sys.exit(main())
