"""Estimates how much memory a conversion takes, and checks before it starts that there is as much."""

from __future__ import annotations

import ctypes
import math
import resource
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from edge_tts.convert.checkpoints.weights import count, tensors_of
from edge_tts.convert.quantization.quantize import PIECE_FRAMES
from edge_tts.convert.sambert.conversion import generator_settings
from edge_tts.convert.sambert.package import VoicePackage
from edge_tts.errors import ConversionError
from edge_tts.sizes import size

_BASE = 50_000_000
"""Bytes of Python, ONNX and ONNX Runtime beside a model's tensors; see scripts/evaluate/speed/convert_memory.py."""
_PER_BYTE = 3.2
"""Bytes for each byte of a model's tensors in float: the tensors, their graph, and that graph serialized."""
_QUANTIZING = 10_000_000
"""Bytes that quantizing takes besides: the sentences that it is measured by."""
_PER_VOCODER_BYTE = 5.0
"""Bytes for each byte of a vocoder's tensors when it is quantized: its graph, that with ranges, both loaded."""
_PER_SAMPLE = 12_000
"""Bytes for each sample of a piece that a vocoder is calibrated with: all its signals."""
_SPACE = 1_300_000_000
"""Address space that is never touched: stacks and heaps of threads, libraries."""

_M_MMAP_THRESHOLD, _LARGE = -3, 256 << 10


def of_voice(package: VoicePackage, *, quantized: bool) -> int:
    """Return the bytes that converting a voice takes at most; figures: scripts/evaluate/speed/convert_memory.py.

    Raises:
        ConversionError: a checkpoint cannot be read, or has none or too many values.
    """
    acoustic = tensors_of(package.acoustic, "model")
    vocoder = tensors_of(package.vocoder, "model", "generator")
    spoken, sounded = 4 * count(acoustic.values()), 4 * count(vocoder.values())
    need = _BASE + _PER_BYTE * (spoken + sounded)
    if quantized:
        piece = PIECE_FRAMES * math.prod(generator_settings(package.vocoder_config).scales)
        need += _QUANTIZING + _PER_VOCODER_BYTE * sounded + _PER_SAMPLE * piece
    return int(need)


def require(need: int) -> None:
    """Check that there is so much memory.

    Raises:
        ConversionError: there is not.
    """
    there, where = min(_limits(), default=(need, ""))
    if there < need:
        raise ConversionError(f"converting takes up to {size(need)} of memory, there are {size(max(there, 0))} {where}")


def return_freed() -> None:
    """Have the C library give back every large block that is freed, mallopt(3); by itself it keeps ever larger ones."""
    call = getattr(ctypes.CDLL(None), "mallopt", None)  # others than glibc do so anyway
    if call is not None:
        call(_M_MMAP_THRESHOLD, _LARGE)


def too_little(need: int) -> ConversionError:
    """Return what is said if memory runs out all the same."""
    return ConversionError(f"there is too little memory: converting takes up to {size(need)}")


def _limits() -> Iterator[tuple[int, str]]:
    """Yield how many bytes may still be taken, and where that is limited."""
    if free := _field(Path("/proc/meminfo"), "MemAvailable"):
        yield free, "free on this machine"
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft != resource.RLIM_INFINITY:
        yield soft - _field(Path("/proc/self/status"), "VmSize") - _SPACE, "of address space to spare (ulimit -v)"
    for most, now in _groups():
        with suppress(OSError, ValueError):  # the root has no limit, "max" is none either
            spare = int(most.read_text()) - int(now.read_text()) + _reclaimable(most.parent)
            yield spare, f"to spare in the control group {most.parent}"


def _groups() -> Iterator[tuple[Path, Path]]:
    """Yield the files with limit and use of the control groups that this process is in, cgroups(7)."""
    lines = []
    with suppress(OSError):
        lines = Path("/proc/self/cgroup").read_text(encoding="utf-8", errors="replace").splitlines()
    for line in lines:
        _, kinds, path = line.split(":", 2)
        root = Path("/sys/fs/cgroup") if not kinds else Path("/sys/fs/cgroup/memory")
        names = ("memory.max", "memory.current")
        if kinds:
            if "memory" not in kinds.split(","):
                continue
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes")
        place = root / path.lstrip("/")
        for folder in (place, *place.parents):
            if folder.is_relative_to(root):
                yield folder / names[0], folder / names[1]


def _reclaimable(group: Path) -> int:
    """Return the bytes of a control group's page cache that are given back when they are needed."""
    for line in (group / "memory.stat").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(" ")
        if name in ("inactive_file", "total_inactive_file"):
            return int(value)
    return 0


def _field(path: Path, name: str) -> int:
    """Return the bytes of a line of kilobytes, 0 where there is none."""
    with suppress(OSError, ValueError, IndexError):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024
    return 0
