"""The package is built whatever the C compiler does, and says what is missing then."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from edge_tts.cli import doctor
from edge_tts.config.loading import load as load_config

SCRIPT = Path(__file__).parents[2] / "scripts" / "build" / "build_native.py"

NO_LINKER = '#!/bin/sh\ncase " $* " in *" -shared "*) echo cannot link >&2; exit 1; esac\nexec cc "$@"\n'
CRASHES = '#!/bin/sh\n[ "$1" = -dumpmachine ] && exec echo x86_64-linux-gnu\nkill -SEGV $$\n'
NOT_A_PROGRAM = "\x7fELF"


@pytest.mark.parametrize(
    "compiler", ["/bin/false", "/bin/true", "/nonexistent/cc", "", "no-such-compiler -m32", ".", "cc '-O2"]
)
def test_a_compiler_that_does_not_compile_is_no_error(tmp_path: Path, compiler: str) -> None:
    assert_builds_without(tmp_path, compiler)


@pytest.mark.parametrize("program", [NO_LINKER, CRASHES, NOT_A_PROGRAM])
def test_a_compiler_that_fails_later_is_no_error(tmp_path: Path, program: str) -> None:
    compiler = tmp_path / "compiler"
    compiler.write_text(program)
    compiler.chmod(0o755)
    assert_builds_without(tmp_path, str(compiler))


def assert_builds_without(folder: Path, compiler: str) -> None:
    library = folder / "library.so"
    result = subprocess.run(
        [sys.executable, str(SCRIPT), str(library)], env={**os.environ, "CC": compiler}, capture_output=True, text=True
    )
    assert "Traceback" not in result.stderr
    assert "without the native library speech takes more than twice as long" in result.stderr
    assert result.returncode == 1
    assert not library.exists()


def test_the_build_goes_on_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "/bin/false")
    assert runpy.run_path(str(SCRIPT))["build"](tmp_path / "library.so") == []


def test_doctor_says_what_the_lack_of_the_library_costs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LIBRARY", tmp_path / "missing.so")
    finding = doctor._check_native(load_config({"EDGE_TTS_HOME": str(tmp_path)}))
    assert not finding.ok
    assert "more than twice as long" in finding.finding
    assert "apt install gcc" in finding.mend
