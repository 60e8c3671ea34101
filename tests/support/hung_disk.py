"""A disk that does not answer: a file system whose server is there and never says anything."""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

_DETACH = 2  # MNT_DETACH, umount2(2)


@contextlib.contextmanager
def hung(folder: Path) -> Iterator[Callable[[], None]]:
    """Have every look into a folder hang until the function that is yielded is called, or the block ends."""
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        server = os.open("/dev/fuse", os.O_RDWR)
    except OSError as error:
        pytest.skip(f"no file system can be served: {error}")
    options = f"fd={server},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()}"
    if libc.mount(b"hung", os.fsencode(folder), b"fuse", 0, options.encode()):
        os.close(server)
        pytest.skip(f"mounting a file system is not permitted: {os.strerror(ctypes.get_errno())}")

    def answer() -> None:
        nonlocal server
        if server >= 0:
            os.close(server)  # whoever waits gets an error
            libc.umount2(os.fsencode(folder), _DETACH)
            server = -1

    try:
        yield answer
    finally:
        answer()
