"""The documents of this repository, as the tests read them."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]


def protocol() -> str:
    """Return all that is written about the protocol: how to talk, then the reference of messages, errors and frames."""
    docs = ROOT / "docs"
    return "\n".join(path.read_text("utf-8") for path in (docs / "PROTOCOL.md", *sorted(docs.glob("protocol/*.md"))))
