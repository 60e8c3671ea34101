"""How the texts of a published package are read: whoever wrote them used whatever editor."""

from __future__ import annotations

import codecs
import json


def decoded(content: bytes) -> str:
    """Return a text of UTF-8, UTF-16 or UTF-32, with a byte-order mark or without, else of GB 18030 (GBK), as it is.

    What is none of those has replacement characters.
    """
    encoding = json.detect_encoding(content)  # by the mark, or by the zeros among the first four bytes
    for name in (encoding, "gb18030"):
        try:
            return content.decode(name).removeprefix(codecs.BOM_UTF8.decode())
        except UnicodeDecodeError:
            continue
    return content.decode("utf-8", "replace")
