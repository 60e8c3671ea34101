"""The numeric tests, with every way of OpenBLAS and NumPy to compute that this processor has."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.native_lanes import lanes_here

ROOT = Path(__file__).resolve().parents[2]
CHOSEN = (
    "tests/engines/test_kokoro_native.py",
    "tests/engines/test_hifigan_native.py::test_pieces_are_bit_for_bit_what_one_run_makes",
    "tests/engines/test_hifigan_native.py::test_a_float_vocoder_makes_the_audio_of_its_graph",
    "tests/native/test_convolution.py",
    "tests/convert/test_saturation.py",
)
CORES = {
    "x86_64": ("Haswell", "Zen", "SkylakeX", "Cooperlake", "Sandybridge", "Prescott"),
    "aarch64": ("ARMV8", "NEOVERSEN1", "NEOVERSEV1"),
}.get(platform.machine(), ())
"""Names that OpenBLAS has for its kernels; Prescott's and ARMV8's are those for any processor of 64 bits."""

CORE = """
import ctypes, numpy
numpy.ones((64, 64)) @ numpy.ones((64, 64)), numpy.ones((64, 64), "f4") @ numpy.ones(64, "f4")
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
    """Run them with the fastest native loops: what OpenBLAS and NumPy do is the same beside the others."""
    others = " or ".join(lanes_here()[:-1]) or "none"
    found = run("-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-k", f"not ({others})", *CHOSEN, **variables)
    assert found.returncode == 0, found.stdout[-4000:]
    assert " passed" in found.stdout


@pytest.mark.timeout(600)
@pytest.mark.parametrize("core", CORES)
def test_what_is_claimed_holds_with_every_kernel_of_openblas(core: str) -> None:
    used = run("-c", CORE, OPENBLAS_CORETYPE=core)
    if used.returncode == -signal.SIGILL:
        pytest.skip(f"this processor cannot execute the kernels of {core}")
    assert used.returncode == 0, used.stderr
    name = used.stdout.strip().lower()
    if name == run("-c", CORE).stdout.strip().lower():
        pytest.skip(f"{core} computes with this processor's own kernels, as all other tests do")
    if name != core.lower() and name in map(str.lower, CORES):
        pytest.skip(f"this OpenBLAS computes {core} with the kernels of {name}, which have their own test")
    numeric_tests(OPENBLAS_CORETYPE=core)


@pytest.mark.timeout(600)
def test_what_is_claimed_holds_without_what_numpy_has_for_newer_processors() -> None:
    features = run("-c", FEATURES).stdout.strip()
    if not features:
        pytest.skip("NumPy has nothing else for this processor")
    numeric_tests(NPY_DISABLE_CPU_FEATURES=features)
