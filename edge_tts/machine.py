"""What a measurement was made on: processor, memory, versions."""

from __future__ import annotations

import os
from typing import Any

from edge_tts.version import __version__

_RUNTIMES = ("onnxruntime", "onnxruntime-gpu")
_INSTRUCTIONS = {
    **{"avx2": "AVX2", "avx512f": "AVX-512", "avx_vnni": "AVX-VNNI", "avx512_vnni": "AVX-512 VNNI"},
    **{"asimd": "NEON", "asimddp": "NEON dot products", "i8mm": "I8MM"},
}
"""Flags of /proc/cpuinfo that make a difference to a neural voice, and what people call them."""


def about() -> dict[str, Any]:
    """Return for programs what this machine is: processor, instructions, cores, memory_bytes, system, versions.

    `cores` are those that this process may use.
    """
    import platform  # here: whoever speaks asks for cpu_features alone

    facts = _processor()
    flags = set((facts.get("flags") or facts.get("Features") or "").split())
    return {
        "processor": facts.get("model name") or facts.get("Model") or platform.machine(),
        "architecture": platform.machine(),
        "instructions": [name for flag, name in _INSTRUCTIONS.items() if flag in flags],
        "cores": processors(),
        "memory_bytes": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "onnxruntime": next(filter(None, map(_version, _RUNTIMES)), None),
        "edge_tts": __version__,
    }


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0))


def _processor() -> dict[str, str]:
    """Return what /proc/cpuinfo says, of its last processor where they differ."""
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as lines:
        pairs = (line.partition(":") for line in lines)
        return {name.strip(): value.strip() for name, _, value in pairs}


def _version(distribution: str) -> str | None:
    from importlib import metadata

    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def cpu_features() -> str:
    """Return the kernel's list of CPU features, which decides what kernels ONNX Runtime uses; "" if unknown."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if line.startswith(("flags", "Features")):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return ""
