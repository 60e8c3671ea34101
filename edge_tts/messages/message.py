"""What all messages are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from edge_tts.fields import integer


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Base of all messages; `id` ties replies to the request of the same connection, 0 when none is known."""

    type: ClassVar[str] = ""
    id: int = integer(0)
