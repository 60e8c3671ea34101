"""Check the native convolutions against their definition where an ordinary test cannot reach.

Parts: `paths` runs the loops of every x86 instruction set that this processor can run, AVX-VNNI's with the equal
instruction of AVX-512 where it has only that; `sanitized` runs them under the address, undefined-behaviour and thread
sanitizers, with 1 to 8 threads; `arm` compiles for ARM64 and runs on emulated processors with and without dot products.
Each convolves signals of random shapes: no rows, one channel, dilations beyond the signal, unaligned memory.

    python -m scripts.evaluate.soak.check_native [--cases N] [--seed N] [paths] [sanitized] [arm]
"""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from scripts.build import build_native
from tests.support import native_cases
from tests.support.native_cases import Case, check, compile_runner

ROOT = Path(__file__).resolve().parents[3]

GCC, ARM_GCC = ["gcc"], ["aarch64-linux-gnu-gcc"]
ARM_PACKAGES = ("gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross", "qemu-user")
AVXVNNI_AS_AVX512 = (
    "-mavx2", "-mfma", "-mavx512vl", "-mavx512vnni", "-include", str(ROOT / "tests/support/native/avxvnni_as_avx512.h"),
)  # fmt: skip
FEATURES = {"avx2": "avx2", "avx512vnni": "avx512_vnni", "avxvnni": "avx_vnni"}
"""Names of instruction sets in /proc/cpuinfo."""
SANITIZERS = {"address, undefined": "address,undefined", "thread": "thread"}
ARM_PROCESSORS = {"cortex-a72": "portable", "max": "dotprod"}
"""Emulated processors: Raspberry Pi 4's, and one with dot products; and the fastest loops of each."""

Found = Iterator[tuple[str, float]]
"""Names of what was run, and the largest error, of what is allowed."""


def paths(cases: Sequence[Case], folder: Path) -> Found:
    """Run the loops of each instruction set."""
    features = set(Path("/proc/cpuinfo").read_text().split())
    lanes = {"portable": (), **build_native.LANES.get(platform.machine(), {})}
    if "avx_vnni" not in features and "avxvnni" in lanes:
        lanes["avxvnni"] = AVXVNNI_AS_AVX512
        features |= {"avx_vnni"} if "avx512_vnni" in features else set()
    able = {name: flags for name, flags in lanes.items() if FEATURES.get(name, name) in features or name == "portable"}
    program = compile_runner(folder, GCC, able, "-D__builtin_cpu_supports(x)=1")
    for name in able:
        yield f"{name} loops, 2 threads", check([program, name, "2"], cases)
    for name in lanes.keys() - able.keys():
        print(f"left out: this processor cannot run {name}")


def sanitized(cases: Sequence[Case], folder: Path) -> Found:
    """Run the fastest and the portable loops under sanitizers, with several numbers of threads."""
    lanes = {"portable": (), **build_native.LANES.get(platform.machine(), {})}
    for name, sanitizer in SANITIZERS.items():
        flags = (f"-fsanitize={sanitizer}", "-fno-sanitize-recover=all", "-g", "-O1")
        program = compile_runner(folder, GCC, lanes, *flags)
        for threads in (1, 2, 3, 5, 8):
            for loops in ("-", "portable"):
                yield f"{name}; {loops} loops, {threads} threads", check([program, loops, str(threads)], cases)


def arm(cases: Sequence[Case], folder: Path) -> Found:
    """Run the loops for ARM64 on emulated processors."""
    if subprocess.run([ROOT / "scripts" / "system-packages", *ARM_PACKAGES]).returncode:
        sys.exit(3)
    lanes = {"portable": (), **build_native.LANES["aarch64"]}
    program = compile_runner(folder, ARM_GCC, lanes, "-static")
    for processor, loops in ARM_PROCESSORS.items():
        for name in dict.fromkeys(["-", loops, "portable"]):
            emulated: list[str | Path] = ["qemu-aarch64", "-cpu", processor, program, name, "2"]
            yield f"{processor}; {'fastest' if name == '-' else name} loops", check(emulated, cases)


PARTS: dict[str, Callable[[Sequence[Case], Path], Found]] = {"paths": paths, "sanitized": sanitized, "arm": arm}


def main() -> None:
    """Run the parts that are asked for; the exit status is 1 where something is wrong, 3 where a tool is missing."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all by default")
    parser.add_argument("--cases", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if unknown := set(options.parts) - PARTS.keys():
        parser.error(f"unknown part {min(unknown)!r}, expected {', '.join(PARTS)}")
    random = np.random.default_rng(options.seed)
    cases = [native_cases.random_case(random) for _ in range(options.cases)]
    for part in options.parts or PARTS:
        with tempfile.TemporaryDirectory() as folder:
            started = time.monotonic()
            try:
                for name, error in PARTS[part](cases, Path(folder)):
                    print(
                        f"{part:<9}  {name:<45}  {error:5.0%} of the error allowed  {time.monotonic() - started:5.1f} s"
                    )
            except AssertionError as error:
                sys.exit(f"{part}: {error}")


if __name__ == "__main__":
    main()
