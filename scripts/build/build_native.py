"""Compile edge_tts/native/libconvolution.so; run by the build where there is a C compiler, or by hand.

lanes.c is compiled once for each instruction set of the target; the processor decides between them when the library is
loaded. A set that the compiler does not know is left out. CC and CFLAGS are heeded, for cross compiling too:
CC=aarch64-linux-gnu-gcc scripts/build/build_native.py
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2] / "edge_tts" / "native"
LIBRARY = SOURCES / "libconvolution.so"

FLAGS = (
    "-O3", "-std=gnu11", "-fPIC", "-fvisibility=hidden", "-Wall", "-Wextra", "-ffp-contract=fast",
    "-ffinite-math-only", "-fno-signed-zeros", "-fno-math-errno", "-fno-trapping-math",
)  # fmt: skip
FILES = ("convolution", "tile")
LANES: dict[str, dict[str, tuple[str, ...]]] = {
    "x86_64": {
        "avx2": ("-mavx2", "-mfma"),
        "avxvnni": ("-mavx2", "-mfma", "-mavxvnni"),
        "avx512vnni": (
            "-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mavx512vnni", "-mfma", "-mprefer-vector-width=512",
        ),
    },
    "aarch64": {"dotprod": ("-march=armv8.2-a+dotprod",)},
}  # fmt: skip


def compiler() -> list[str]:
    """Return the command of the C compiler, empty if there is none."""
    command = shlex.split(os.environ.get("CC", "cc"))
    return command if command and shutil.which(command[0]) else []


def target(cc: list[str]) -> str:
    """Return the processor family that the compiler makes code for."""
    machine = subprocess.run([*cc, "-dumpmachine"], check=True, capture_output=True, text=True).stdout
    return machine.partition("-")[0]


def compile_object(cc: list[str], source: Path, output: Path, *flags: str) -> bool:
    """Compile one file; return whether that went well."""
    own = shlex.split(os.environ.get("CFLAGS", ""))
    command = [*cc, *FLAGS, *flags, *own, "-c", str(source), "-o", str(output)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        print(f"build_native: {' '.join(flags)}: {done.stderr.strip()[-500:]}", file=sys.stderr)
    return done.returncode == 0


def build(library: Path = LIBRARY) -> list[str]:
    """Compile the library; return the instruction sets in it, none where that cannot be done, which is no error."""
    try:
        cc = compiler()
        return _build(cc, library) if cc else _without(f"there is no C compiler: CC={os.environ.get('CC', 'cc')}")
    except subprocess.CalledProcessError as error:
        return _without(f"{shlex.join(map(str, error.cmd))[:200]} failed: {(error.stderr or '').strip()[-500:]}")
    except (OSError, ValueError) as error:  # it cannot be run, or CC or CFLAGS are no words of a shell
        return _without(str(error))


def _build(cc: list[str], library: Path) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        wanted: dict[str, tuple[str, ...]] = {"portable": (), **LANES.get(target(cc), {})}
        made = [
            name
            for name, flags in wanted.items()
            if compile_object(cc, SOURCES / "lanes.c", scratch / f"{name}.o", f"-DLANES_NAME={name}", *flags)
        ]
        defines = [f"-DHAVE_{name}" for name in made]
        if "portable" not in made or not all(
            compile_object(cc, SOURCES / f"{name}.c", scratch / f"{name}.o", *defines) for name in FILES
        ):
            return _without("the C compiler fails")
        objects = [str(scratch / f"{name}.o") for name in (*made, *FILES)]
        own = shlex.split(os.environ.get("CFLAGS", ""))
        command = [*cc, "-shared", *own, "-o", str(scratch / "library"), *objects, "-pthread", "-lm"]
        subprocess.run(command, check=True, capture_output=True, text=True)
        shutil.copy(scratch / "library", library.with_suffix(".new"))
        library.with_suffix(".new").replace(library)
    return made


def _without(reason: str) -> list[str]:
    print(f"build_native: {reason}; without the native library speech takes more than twice as long", file=sys.stderr)
    return []


if __name__ == "__main__":
    sets = build(*map(Path, sys.argv[1:2]))
    print(*sets)
    sys.exit(not sets)
