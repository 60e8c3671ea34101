"""What a process asks of the kernel for itself: a limit of memory, an end with its parent, texts that stay private."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
from pathlib import Path

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4  # prctl(2)

OOM_SCORE = 500
"""Of 1000; how much rather than others of its size the kernel ends a worker when memory runs out, proc(5)."""


def keep_private() -> None:
    """Leave no core dump, and let no other process of the same user read the memory: it holds texts.

    What /proc/PID/status and statm tell stays readable; smaps becomes the administrator's.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _prctl(_PR_SET_DUMPABLE, 0)


def end_with(parent: int) -> None:
    """Have the kernel kill this process when its parent ends, even if this one is stopped; end now if it has already.

    Args:
        parent: process id, as the parent knows it.
    """
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def yield_memory() -> None:
    """Be ended before other processes when memory runs out; without effect where /proc cannot be written."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(OOM_SCORE), "ascii")


def limit_memory(more_bytes: int) -> None:
    """Let this process take no more than so many bytes besides what it has; beyond, allocating fails.

    That is RLIMIT_DATA: memory that is its own to write, whether used or not. Mapped weights do not count.

    Args:
        more_bytes: 0 for no limit.
    """
    taken = _data_bytes()
    if not more_bytes or not taken:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = taken + more_bytes
    if soft == resource.RLIM_INFINITY or limit < soft:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


def _data_bytes() -> int:
    """Return what counts towards RLIMIT_DATA now, 0 if the kernel does not tell."""
    try:
        lines = Path("/proc/self/status").read_text("utf-8", "replace").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmData:")), 0)


def _prctl(option: int, value: int) -> None:
    """Call prctl(2); a kernel or sandbox that refuses leaves things as they are."""
    call = getattr(ctypes.CDLL(None, use_errno=True), "prctl", None)
    if call is not None:
        call(ctypes.c_int(option), *map(ctypes.c_ulong, (value, 0, 0, 0)))
