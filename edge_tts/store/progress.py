"""How far an operation on the store has come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Phase = Literal["download", "install", "verify", "copy", "export"]


@dataclass(frozen=True, slots=True)
class Step:
    """One report; enough to draw a bar.

    Attributes:
        phase: files are downloaded, put in place and hashed, hashed where they are, copied, or put into an archive.
        file: what is worked on, a path in the model or the names of packages.
        bytes_done: how much of the whole phase is done.
        bytes_total: how much the whole phase has; for `download` what the manifest declares.
    """

    phase: Phase
    file: str
    bytes_done: int
    bytes_total: int


Progress = Callable[[Step], None]
"""Is called often, from the thread that called the operation; what it raises ends the operation."""


def silent(step: Step) -> None:
    """Report to nobody."""
