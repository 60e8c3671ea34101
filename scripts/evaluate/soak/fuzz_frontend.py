"""Feed the text front end whatever atheris (libFuzzer) comes up with, until time is over or something breaks.

It needs the extra `fuzz`. A text may be refused with the documented errors; anything else, a place outside the text, or
a result that is no JSON, is a finding: the input is then written to the current folder as crash-….
Usage: python -m scripts.evaluate.soak.fuzz_frontend [--seconds N] [FILE…]; a FILE is run once, to see a finding again.
"""

from __future__ import annotations

import argparse
import json
import sys

import atheris

with atheris.instrument_imports(include=["edge_tts"]):
    from edge_tts.errors import RequestError
    from edge_tts.text import analyze

BEGINNINGS = ("", "", "", "<speak>", "<speak><prosody rate='fast'>", "[重庆|", "你好[pause ", "共")
LONGEST = 2_000  # bytes of input


def check(data: bytes) -> None:
    """Read one text and look at the result; errors as found."""
    provider = atheris.FuzzedDataProvider(data)
    beginning = BEGINNINGS[provider.ConsumeIntInRange(0, len(BEGINNINGS) - 1)]
    emoji = "drop" if provider.ConsumeBool() else "name"
    text = beginning + provider.ConsumeUnicode(LONGEST) * provider.ConsumeIntInRange(1, 4)
    try:
        sentences = analyze(text, emoji="drop" if emoji == "drop" else "name")
    except RequestError:  # unsupported text among them
        return
    json.dumps([sentence.as_json() for sentence in sentences], ensure_ascii=False).encode()
    spans = [word.span for sentence in sentences for word in sentence.words]
    spans += [unread.span for sentence in sentences for unread in sentence.unread]
    if not all(0 <= start < end <= len(text) for start, end in spans):
        raise AssertionError(f"expected places within {len(text)} characters, got {spans}")


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=int, default=60, metavar="N", help="how long to search (default: 60)")
    parser.add_argument("files", nargs="*", metavar="FILE", help="a finding to run again")
    options = parser.parse_args()
    limits = [f"-max_total_time={options.seconds}", f"-max_len={LONGEST}", "-timeout=20", "-rss_limit_mb=1024"]
    atheris.Setup([sys.argv[0], *limits, *options.files], check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
