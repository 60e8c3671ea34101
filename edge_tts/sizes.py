"""How a number of bytes is written for people, and read from what people write."""

from __future__ import annotations

import re

_DECIMAL = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_BINARY = {"ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}
_FACTORS = {**_DECIMAL, **_BINARY}
_FORM = re.compile(r"\s*(\d{1,19}(?:\.\d{1,19})?)\s*([kmgt]i?|)b?\s*", re.IGNORECASE)


def size(count: float) -> str:
    """Return a number of bytes for people, in units of 1000."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.2f} GB"


def parse_size(text: str) -> int | None:
    """Return the bytes that a text such as "10GB", "9.5 GiB", "500 MB" or "4096" means, None if it means none.

    k, M, G and T are powers of 1000, with an i of 1024; the B and the case of letters do not matter.
    """
    found = _FORM.fullmatch(text)
    return round(float(found[1]) * _FACTORS[found[2].lower()]) if found else None
