"""`edge-tts say`: a text to the loudspeaker, to a file, or to standard output."""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from edge_tts.cli.audio_file import AudioFile
from edge_tts.cli.input_text import joined, text_of
from edge_tts.client.blocking import Client
from edge_tts.errors import DaemonUnavailable, Interrupted, RequestError
from edge_tts.wire import Audio, Done, Message, Started

_TRIES = 5


def say(options: argparse.Namespace) -> None:
    """Speak, and print how it went when asked to."""
    text = _text(options)
    play = options.play if options.play is not None else not (options.output or options.raw)
    returns = bool(options.output or options.raw) or not play
    with _target(options) as target:
        request = {
            "voice": options.voice,
            "style": options.style,
            "speed": options.speed,
            "pitch": options.pitch,
            "energy": options.energy,
            "seed": options.seed,
            "volume": options.volume,
            "priority": options.priority,
            "cache": options.cache,
            "emoji": options.emoji,
            "output": "both" if play and returns else "play" if play else "return",
        }
        stats = _said(text, request, target)
    if options.json:
        from edge_tts.cli.terminal import print_json  # whoever waits for sound does not wait for what prints

        print_json(stats)
    elif said := followed(stats):
        print(f"edge-tts: {said}", file=sys.stderr)


def followed(stats: Mapping[str, Any]) -> str:
    """Return for people what the voice did not do as it was asked, "" if it did everything."""
    instead = [f"{name} is {value} here" for name, value in stats.get("approximated", {}).items()]
    ignored = ", ".join(stats.get("ignored", ()))
    return "; ".join([*instead, *([f"without effect on this voice: {ignored}"] if ignored else [])])


@contextlib.contextmanager
def connected() -> Iterator[Client]:
    """Connect to the daemon, starting one if none runs."""
    try:
        client = Client()
    except DaemonUnavailable as error:
        if error.retry_after is None:  # there is one
            raise
        from edge_tts.config.loading import load as load_config
        from edge_tts.daemon.starting import start_daemon

        settings = load_config()
        start_daemon(settings)
        client = Client(settings.paths.socket)
    with client:
        yield client


def _text(options: argparse.Namespace) -> str:
    """Return what to say, from exactly one of the places it can come from."""
    if options.file and options.text:
        raise RequestError("expected either TEXT or -f FILE, both came")
    if options.file or options.text == ["-"]:
        return text_of(options.file or "-")
    if not options.text:
        raise RequestError("expected TEXT, -f FILE or -, nothing came")
    return joined(options.text)


def _target(options: argparse.Namespace) -> contextlib.AbstractContextManager[Any]:
    """Return what takes the samples: a file that appears when it is complete, standard output, or nothing."""
    if options.output and options.raw:
        raise RequestError("expected either -o FILE or --raw, both came")
    if options.output == "-":
        raise RequestError("expected a file after -o, got -; --raw writes samples to standard output")
    if options.output:
        return AudioFile(Path(options.output))
    if options.raw and options.json:
        raise RequestError("expected either --raw or --json on standard output, both came")
    return contextlib.nullcontext(sys.stdout.buffer if options.raw else None)


def _said(text: str, request: dict[str, Any], target: Any) -> dict[str, Any]:
    """Have it said; by the next daemon where one ends before anything of it was heard."""
    for left in reversed(range(_TRIES)):
        heard: list[Message] = []
        try:
            with connected() as client:
                return _exchange(client, text, request, target, heard)
        except (DaemonUnavailable, Interrupted) as error:
            if heard or error.retry_after is None or not left:
                raise
            time.sleep(error.retry_after)
    raise DaemonUnavailable("no daemon lived long enough")  # pragma: no cover - the last try raises its own


def _exchange(client: Client, text: str, request: dict[str, Any], target: Any, heard: list[Message]) -> dict[str, Any]:
    stats: dict[str, Any] = {}
    with contextlib.closing(client.utter(text, format="pcm_s16le", **request)) as replies:
        for message in replies:
            match message:
                case Started():
                    heard.append(message)
                    if isinstance(target, AudioFile):
                        target.begin(message.sample_rate)
                case Audio() if target is not None:
                    target.write(message.data)
                    target.flush()
                case Done():
                    stats = message.stats
    return stats
