"""The native convolutions under sanitizers and on ARM64, where the tools are."""

from __future__ import annotations

import platform
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.support import native_cases

CASES = 12
ARM_GCC, EMULATOR = "aarch64-linux-gnu-gcc", "qemu-aarch64"


@pytest.fixture(scope="module")
def cases() -> list[native_cases.Case]:
    random = np.random.default_rng(0)
    return [native_cases.random_case(random) for _ in range(CASES)]


@pytest.mark.parametrize("sanitizer", ["address,undefined", "thread"])
def test_no_sanitizer_finds_fault(cases: list[native_cases.Case], tmp_path: Path, sanitizer: str) -> None:
    flags = (f"-fsanitize={sanitizer}", "-fno-sanitize-recover=all")
    (tmp_path / "empty.c").write_text("int main(void) { return 0; }")
    try:
        native_cases.run(["cc", *flags, tmp_path / "empty.c", "-o", tmp_path / "empty"])
        native_cases.run([tmp_path / "empty"])
    except (AssertionError, OSError) as error:
        pytest.skip(f"the C compiler has no such sanitizer here: {error}")
    lanes = {"portable": (), **native_cases.build_native.LANES.get(platform.machine(), {})}
    program = native_cases.compile_runner(tmp_path, ["cc"], lanes, *flags, "-O1")
    native_cases.check([program, "-", "3"], cases)


@pytest.mark.skipif(not (shutil.which(ARM_GCC) and shutil.which(EMULATOR)), reason=f"needs {ARM_GCC} and {EMULATOR}")
@pytest.mark.parametrize(("processor", "lanes"), [("cortex-a72", "portable"), ("max", "dotprod")])
def test_arm_computes_the_same(cases: list[native_cases.Case], tmp_path: Path, processor: str, lanes: str) -> None:
    loops = {"portable": (), **native_cases.build_native.LANES["aarch64"]}
    program = native_cases.compile_runner(tmp_path, [ARM_GCC], loops, "-static")
    native_cases.check([EMULATOR, "-cpu", processor, program, lanes, "2"], cases)
