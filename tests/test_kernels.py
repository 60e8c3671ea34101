"""The numeric tests, with every way of OpenBLAS and NumPy to compute that this processor has."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TESTS = ("test_kokoro_native.py", "test_hifigan_native.py", "test_convert_saturation.py")
CORES = {"x86_64": ("Haswell", "Zen", "SkylakeX", "Sandybridge", "Nehalem", "Prescott")}
"""Names that OpenBLAS has for its kernels; Prescott's are those for any x86-64 processor."""

CORE = """
import ctypes, numpy
maps = {line.split()[-1] for line in open("/proc/self/maps") if "openblas" in line}
name = getattr(ctypes.CDLL(maps.pop()), "scipy_openblas_get_corename64_")
name.restype = ctypes.c_char_p
print(name().decode())
"""
FEATURES = """
import numpy._core._multiarray_umath as umath
print(" ".join(name for name in umath.__cpu_dispatch__ if umath.__cpu_features__.get(name)))
"""


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, **variables}
    return subprocess.run(
        [sys.executable, *arguments], env=environ, cwd=ROOT, capture_output=True, text=True, timeout=600
    )


def numeric_tests(**variables: str) -> None:
    chosen = [f"tests/{name}" for name in TESTS]
    found = run("-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:randomly", *chosen, **variables)
    assert found.returncode == 0, found.stdout[-4000:]
    assert " passed" in found.stdout


@pytest.mark.timeout(600)
@pytest.mark.parametrize("core", CORES.get(platform.machine(), ()))
def test_what_is_claimed_holds_with_every_kernel_of_openblas(core: str) -> None:
    used = run("-c", CORE, OPENBLAS_CORETYPE=core)
    if used.returncode != 0 or used.stdout.strip().lower() != core.lower():
        pytest.skip(f"OpenBLAS computes with {used.stdout.strip() or 'nothing'} here where {core} is asked for")
    numeric_tests(OPENBLAS_CORETYPE=core)


@pytest.mark.timeout(600)
def test_what_is_claimed_holds_without_what_numpy_has_for_newer_processors() -> None:
    features = run("-c", FEATURES).stdout.strip()
    if not features:
        pytest.skip("NumPy has nothing else for this processor")
    numeric_tests(NPY_DISABLE_CPU_FEATURES=features)
