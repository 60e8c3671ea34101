"""Cuts folded text, without dots that end no sentence, into sentences at closing marks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from edge_tts.text.traced import Traced

_END = re.compile(
    r"(?:[。！？…;；\n]|(?<=[\u4e00-\u9fff”」』）)\]》】])[!?]|[!?](?![A-Za-z0-9])|\.{2,}|\.(?=\s|$|[\"”」』)\]\u4e00-\u9fff]))+"
    r"[\"”」』）)\]》】]*"
)


def sentences(traced: Traced) -> Iterator[Traced]:
    """Yield the sentences in order, each with its closing marks and quotes; blank ones too."""
    start = 0
    for match in _END.finditer(traced.text):
        if match.group() == "." and match.end() < len(traced.text):
            if traced.text[match.end() : match.end() + 2].strip()[:1].islower():
                continue
        yield traced.cut(start, match.end())
        start = match.end()
    if start < len(traced.text):
        yield traced.cut(start, len(traced.text))
