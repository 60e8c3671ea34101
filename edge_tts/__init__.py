"""Offline Chinese and English speech for one Linux device.

from edge_tts import Client

with Client() as client:
    client.speak("你好")
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from edge_tts import offline
from edge_tts.version import __version__

if TYPE_CHECKING:
    from edge_tts.client.asynchronous import AsyncClient
    from edge_tts.client.blocking import Client
    from edge_tts.client.conversation import Sound

__all__ = ["AsyncClient", "Client", "Sound", "__version__"]

offline.tell(os.environ)

_HOMES = {"Client": "blocking", "AsyncClient": "asynchronous", "Sound": "conversation"}


def __getattr__(name: str) -> Any:
    """Import the clients when they are asked for: the command line's own start must not pay for asyncio."""
    if name not in _HOMES:
        raise AttributeError(f"module 'edge_tts' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"edge_tts.client.{_HOMES[name]}"), name)
