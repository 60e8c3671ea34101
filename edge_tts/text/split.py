"""Cuts folded text into sentences at closing marks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from edge_tts.text.traced import Traced

_END = re.compile(
    r"(?:[。！？…;；\n]|(?<=[\u4e00-\u9fff”」』）)\]》】])[!?]|[!?](?![A-Za-z0-9])|\.{2,}|\.(?=\s|$|[\"”」』)\]\u4e00-\u9fff]))+"
    r"[\"”」』）)\]》】]*"
)
_ABBREVIATION = re.compile(
    r"(?<![A-Za-z])(?:Mr|Mrs|Ms|Dr|St|Jr|vs|etc|No|Prof|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|e\.g|i\.e|[A-Z])$"
)
_LONGEST_ABBREVIATION = 6  # characters to look back


def sentences(traced: Traced) -> Iterator[Traced]:
    """Yield the sentences in order, each with its closing marks and quotes; blank ones too."""
    start = 0
    for match in _END.finditer(traced.text):
        before = traced.text[max(start, match.start() - _LONGEST_ABBREVIATION) : match.start()]
        if match.group() == "." and match.end() < len(traced.text):
            goes_on = traced.text[match.end() : match.end() + 2].strip()[:1].islower()
            if goes_on or _ABBREVIATION.search(before):
                continue
        yield traced.cut(start, match.end())
        start = match.end()
    if start < len(traced.text):
        yield traced.cut(start, len(traced.text))
